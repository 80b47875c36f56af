"""Owns what makes two requests the same: method, path, fields, file names and digests; never raw bytes,
because a retried form has another boundary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable


def fingerprint(
    method: str,
    path: str,
    fields: Iterable[tuple[str, str]] = (),
    files: Iterable[tuple[str, str, str]] = (),
) -> bytes:
    """32 bytes. fields: (name, value), order kept. files: (field, file name, SHA-256 hex), order kept.

    The parts are joined as JSON, so no value can pass for another by holding a separator.
    """
    parts = [method.upper(), path, [list(pair) for pair in fields], [list(triple) for triple in files]]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).digest()
