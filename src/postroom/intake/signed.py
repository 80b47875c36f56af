"""Owns the addresses that we sign ourselves, for uploads to our own storage. Pure: HMAC over what is granted.

An address is bound to one upload, one part of it, its size, its digest, the headers that must come with the
bytes, and a time. It opens nothing else, and there is nothing to steal but the right to send those bytes.
Refuses to know requests and the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

PREFIX = "/signed"
CHECKSUM = "x-amz-checksum-sha256"  # Base64 of the 32 bytes, as S3 has it


@dataclass(frozen=True, slots=True)
class Grant:
    """What one address allows. part: 0 for the whole. size in bytes. expires: Unix seconds.

    headers: must come with the bytes, unchanged; names in lower case. One of them carries the digest.
    """

    upload: UUID
    size: int
    expires: int
    part: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


def headers_of(sha256: str | None, declared_type: str | None) -> dict[str, str]:
    """What must come with a PUT of a document: its type and its digest, as far as they are known."""
    found = {"content-type": declared_type} if declared_type else {}
    if sha256 is not None:
        found[CHECKSUM] = base64.b64encode(bytes.fromhex(sha256)).decode()
    return found


def address(key: bytes, grant: Grant) -> str:
    """Path and query of the address. key: the installation's secret."""
    query = urlencode({"expires": grant.expires, "signature": _signature(key, grant)})
    return f"{PREFIX}/{grant.upload.hex}/{grant.part}?{query}"


def holds(key: bytes, grant: Grant, signature: str) -> bool:
    """Whether `signature` is that of the grant. In constant time."""
    return hmac.compare_digest(_signature(key, grant).encode(), signature.encode("utf-8", "replace"))


def _signature(key: bytes, grant: Grant) -> str:
    lines = [
        "postroom-upload-1",
        grant.upload.hex,
        str(grant.part),
        str(grant.size),
        str(grant.expires),
        *(f"{name}:{value}" for name, value in sorted(grant.headers.items())),
    ]
    # Each line with its length: no value can pass for two lines.
    text = "".join(f"{len(line)}:{line}\n" for line in lines)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
