"""Owns the arrival of bytes that were announced: by signed PUT, in parts, as Base64. Used by `web/signed.py`.

Refuses to know signatures and requests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from postroom.core.documents import Document
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.intake.digest import Expected


async def put_content(
    desk: Desk,
    access: Access,
    job: UUID,
    document: UUID,
    body: AsyncIterator[bytes],
    *,
    expected: Expected | None = None,
) -> Document:
    """Store the whole bytes of a PUT upload that came another way (Base64). Size and digest must be those
    announced, and `expected` as well: Invalid/Malformed `length_mismatch`, DigestMismatch. Repeating is
    harmless. Token and mode are checked by the caller (`upload.check_token`)."""
    raise NotImplementedError
