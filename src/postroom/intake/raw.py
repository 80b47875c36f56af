"""Owns a request whose whole body is one document. Refuses to know forms, routes and signatures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from postroom.errors import Malformed
from postroom.intake.body import watched
from postroom.intake.digest import Expected
from postroom.intake.upload import Upload
from postroom.ports import BlobStore, Stored


@dataclass(frozen=True, slots=True)
class RawFile:
    """first: the first bytes (at most 1,024), to tell the type from."""

    stored: Stored
    first: bytes


async def read_raw(
    body: AsyncIterator[bytes],
    blobs: BlobStore,
    key: str,
    *,
    limit: int,
    length: int | None = None,
    expected: Expected | None = None,
    idle: float | None = None,
) -> RawFile:
    """Store the body under `key`. limit, length: bytes; idle: seconds. If it raises, nothing is stored.

    TooLarge over the limit, Malformed if the body is cut off, stops or is not `length` bytes long,
    DigestMismatch if it is not what was announced.
    """
    upload = Upload(blobs, key, limit=limit, expected=expected or Expected(), label="The body")
    try:
        async for piece in watched(body, idle):
            await upload.write(piece)
            if length is not None and upload.size > length:
                break  # no need to take in the rest of what is wrong already
        if length is not None and upload.size != length:
            raise Malformed(
                f"The body must be {length} bytes long; "
                + ("more arrived." if upload.size > length else f"{upload.size} arrived."),
                code="length_mismatch",
            )
        return RawFile(await upload.finish(), upload.first)
    except BaseException:
        # Also a cancelled request: its client is gone.
        await upload.drop()
        raise
