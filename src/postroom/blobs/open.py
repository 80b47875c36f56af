"""Owns the addresses of blob storage: which scheme means which kind. Refuses to know what is stored."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from postroom.blobs.local import LocalBlobs
from postroom.errors import Invalid
from postroom.ports import BlobStore

_VALID = "What is valid now: file:///FOLDER, an absolute path."


def open_blobs(url: str) -> BlobStore:
    """The store at `url`. Makes the folder if it is not there. Invalid if the address is of no known kind."""
    address = urlsplit(url)
    if address.scheme != "file":
        raise Invalid(f"The blob storage address {url!r} is not supported. {_VALID}", field="blobs")
    folder = Path(unquote(address.path))
    extras = address.netloc not in ("", "localhost") or address.query or address.fragment
    # `parts[1:]`: the root of the file system is no place for blobs.
    if extras or not folder.is_absolute() or not folder.parts[1:] or "\0" in str(folder):
        raise Invalid(f"The blob storage address {url!r} names no folder. {_VALID}", field="blobs")
    return LocalBlobs(folder)
