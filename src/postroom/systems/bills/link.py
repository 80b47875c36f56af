"""Owns the short-lived addresses under which a document's file can be fetched without a key. HMAC, no state.

An address opens one file until one moment, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postroom.db import secret
from postroom.db.connection import Connection, Database
from postroom.systems.bills import contract

_NAME = "bills-download"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes addresses. base: scheme and host. key: the installation's secret. expires: Unix seconds."""

    base: str
    version: str
    key: bytes
    expires: int

    def download(self, document: UUID) -> str:
        query = f"expires={self.expires}&signature={_signature(self.key, document, self.expires)}"
        return f"{self.base}/{self.version}/document/{document}/download?{query}"

    def audit(self, document: UUID) -> str:
        """Where each value of a document was read from."""
        return f"{self.base}/postroom/v1/{contract.DESK}/documents/{document}"


async def key_of(db: Database | Connection) -> bytes:
    return await secret.of(db, _NAME)


def holds(key: bytes, document: UUID, expires: str, signature: str, now: datetime) -> bool:
    """Whether an address is one of ours and still good. In constant time."""
    if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
        return False
    right = hmac.compare_digest(
        _signature(key, document, int(expires)).encode(), signature.encode("utf-8", "replace")
    )
    return right and now.timestamp() <= int(expires)


def _signature(key: bytes, document: UUID, expires: int) -> str:
    return hmac.new(key, f"bills-download-1 {document.hex} {expires}".encode(), hashlib.sha256).hexdigest()
