"""Owns the addresses of blob storage: which scheme means which kind. Refuses to know what is stored."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from postroom.blobs.local import LocalBlobs
from postroom.errors import Invalid
from postroom.ports import BlobStore

_VALID = "What is valid: file:///FOLDER, an absolute path; s3://BUCKET, or s3://BUCKET?endpoint=URL."
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def open_blobs(url: str, *, drafts: Path | None = None) -> BlobStore:
    """The store at `url`. Makes a folder if it is not there. Invalid if the address is of no known kind.

    drafts: a folder for unfinished uploads where the storage itself cannot hold them.
    """
    address = urlsplit(url)
    if address.scheme == "s3":
        return _s3(url, address, drafts)
    if address.scheme != "file":
        raise Invalid(f"The blob storage address {url!r} is not supported. {_VALID}", field="blobs")
    folder = Path(unquote(address.path))
    extras = address.netloc not in ("", "localhost") or address.query or address.fragment
    # `parts[1:]`: the root of the file system is no place for blobs.
    if extras or not folder.is_absolute() or not folder.parts[1:] or "\0" in str(folder):
        raise Invalid(f"The blob storage address {url!r} names no folder. {_VALID}", field="blobs")
    return LocalBlobs(folder)


def _s3(url: str, address: SplitResult, drafts: Path | None) -> BlobStore:
    query = parse_qs(address.query, keep_blank_values=True)
    (endpoint,) = query.pop("endpoint", [""])[:1]
    good = not endpoint or urlsplit(endpoint).scheme in ("http", "https")
    if query or not good or address.path.strip("/") or not _BUCKET.fullmatch(address.netloc):
        raise Invalid(f"The blob storage address {url!r} names no bucket. {_VALID}", field="blobs")
    # Only here: who stores on disk should not wait for it, nor pay with memory.
    from postroom.blobs.s3 import S3Blobs

    folder = drafts or Path(tempfile.gettempdir()) / "postroom" / "drafts"
    return S3Blobs(address.netloc, endpoint=endpoint or None, drafts=folder)
