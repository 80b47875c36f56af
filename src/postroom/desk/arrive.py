"""Owns the arrival of bytes that were announced: at a signed address, whole or in parts, or as Base64.

Refuses to know requests: it takes a stream and says what has been stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeAlias
from uuid import UUID

from postroom.blobs.key import fresh
from postroom.core.documents import Document
from postroom.core.states import DocumentState, JobState
from postroom.core.uploads import Mode, ranges
from postroom.db import document as document_rows
from postroom.db import job as job_rows
from postroom.db import secret
from postroom.db import upload as rows
from postroom.db.upload import Upload
from postroom.desk.access import Access
from postroom.desk.announce import SIGNING, grant_of
from postroom.desk.context import Desk
from postroom.desk.document import expect_open
from postroom.errors import Conflict, Forbidden, Malformed, NotFound, Unavailable
from postroom.intake import signed
from postroom.intake.digest import Expected, Verifier
from postroom.intake.hold import held
from postroom.intake.raw import read_raw
from postroom.ports import Stored, TakesDrafts

# Says whether bytes that have been read may count, and which SHA-256 they must have besides.
Judge: TypeAlias = Callable[[], Awaitable[Expected]]

_NO_LIMIT = 1 << 62  # the announced size decides
_LATEST = 1 << 40  # Unix seconds; what is later is no time


async def admitted(
    desk: Desk, upload: UUID, part: int, expires: str, signature: str, headers: Mapping[str, str]
) -> Upload:
    """The upload that a signed address belongs to, if these bytes may be sent there now. Forbidden otherwise.

    headers: of the request, names in lower case. code: `invalid_signature`, `address_expired`,
    `header_mismatch` (the message names the header), `upload_closed`.
    """
    found = await rows.get(desk.db, upload)
    size = _size(found, part) if found is not None else None
    when = int(expires) if expires.isascii() and expires.isdigit() and len(expires) < 13 else _LATEST
    if found is None or size is None or when >= _LATEST:
        raise _refused("invalid_signature", "This is no address that we have signed.")
    grant = grant_of(found, part, size, when)
    if not signed.holds(await secret.of(desk.db, SIGNING), grant, signature):
        raise _refused("invalid_signature", "This is no address that we have signed.")
    if desk.clock.now().timestamp() > when:
        raise _refused("address_expired", "The address has expired; register the document again.")
    for name, value in grant.headers.items():
        if headers.get(name) != value:
            raise _refused(
                "header_mismatch", f"The header {name} must be sent as the upload's instruction has it."
            )
    over = found.job_state != JobState.OPEN or found.document_state not in (
        DocumentState.REGISTERED,
        DocumentState.RECEIVED,
    )
    if over:
        raise _refused("upload_closed", "The document's job takes no bytes any more.")
    return found


def _size(upload: Upload, part: int) -> int | None:
    """Bytes that belong to an address; None if there is no such address."""
    if part == 0:
        return upload.size if upload.mode is Mode.PUT else None
    if upload.mode is not Mode.MULTIPART:
        return None
    return next((one.size for one in ranges(upload.size, upload.part_size or 1) if one.number == part), None)


def _refused(code: str, message: str) -> Forbidden:
    return Forbidden(message, code=code)


async def take_whole(
    desk: Desk,
    upload: Upload,
    body: AsyncIterator[bytes],
    *,
    length: int | None,
    expected: Expected,
    judge: Judge | None = None,
) -> str:
    """Store the bytes of a PUT upload; returns their SHA-256. Repeating it is harmless.

    length: as the request declares it. Malformed `length_mismatch`, DigestMismatch; Conflict if the document
    has arrived already, with other bytes.
    """
    if length is not None and length != upload.size:
        raise _wrong_length(upload.size, length)
    if upload.announced_sha256 is not None:
        expected += Expected.sha256(bytes.fromhex(upload.announced_sha256), "the announcement")
    raw = await read_raw(
        body,
        desk.blobs,
        fresh("document"),
        limit=_NO_LIMIT,
        length=upload.size,
        expected=expected,
        idle=desk.settings.body_idle_timeout,
    )
    stored = raw.stored
    async with held(lambda: desk.blobs.delete([stored.key])) as hold:
        if judge is not None:
            await Verifier(await judge()).check(stored.sha256)
        before = await _take(desk, upload, stored)
        if before is not None:
            hold.keep()
    if before is not None:
        await desk.blobs.delete([before])
    return stored.sha256


async def _take(desk: Desk, upload: Upload, stored: Stored) -> str | None:
    """These bytes are the upload's from now on; returns where it had its bytes before. None if it has the
    same bytes already and its document has gone on."""
    async with desk.db.transaction() as connection:
        await job_rows.lock(connection, [upload.job])
        (now,) = await rows.of_job(connection, upload.job, [upload.document]) or [upload]
        if now is upload or now.job_state != JobState.OPEN:  # its row is gone, or its job is closed
            raise _refused("upload_closed", "The document's job takes no bytes any more.")
        if now.document_state is not DocumentState.REGISTERED:
            if now.sha256 != stored.sha256:
                raise Conflict("The document has arrived already.", code="upload_complete")
            return None
        await rows.stored(connection, upload.id, stored.key, stored.sha256)
        if not upload.held:
            await rows.receive(connection, [upload.document])
    # Only now that it is certain: until then the old bytes are still named.
    return now.blob


async def take_part(
    desk: Desk, upload: Upload, number: int, body: AsyncIterator[bytes], *, length: int | None
) -> str:
    """Store one part of a multipart upload; returns its MD5. A part that is sent again replaces itself.

    Malformed `length_mismatch`, Busy if another process is writing it, Conflict if all has been put together.
    """
    part = next(one for one in ranges(upload.size, upload.part_size or 1) if one.number == number)
    if length is not None and length != part.size:
        raise _wrong_length(part.size, length)
    if upload.stored_at is not None:
        raise Conflict("All bytes of this upload have been put together already.", code="upload_complete")
    if not isinstance(desk.blobs, TakesDrafts):
        raise Unavailable(
            "The storage takes no parts from us.", cause="a part came to us for another storage"
        )
    writer = await desk.blobs.draft(upload.id.hex, offset=part.offset, length=part.size, digest="md5")
    size = 0
    try:
        # From here until all of it is there, nobody may take the part for whole.
        await rows.forget_part(desk.db, upload.id, number)
        async for piece in body:
            size += len(piece)
            if size > part.size:
                raise _wrong_length(part.size, size)
            await writer.write(piece)
        if size != part.size:
            raise _wrong_length(part.size, size)
        _, etag = await writer.end()
        etag = etag or hashlib.md5(b"", usedforsecurity=False).hexdigest()
        # While the range is ours: afterwards somebody else may be writing over it.
        async with desk.db.transaction() as connection:
            await rows.set_part(connection, upload.id, number, size, etag)
    finally:
        await writer.stop()
    return etag


async def put_content(
    desk: Desk,
    access: Access,
    job: UUID,
    document: UUID,
    body: AsyncIterator[bytes],
    *,
    judge: Judge | None = None,
) -> Document:
    """Store the whole bytes of a PUT upload that came another way (Base64). Size and digest must be those
    announced: Malformed `length_mismatch`, DigestMismatch. Repeating is harmless.

    judge: called when all bytes are read and before any of them counts. What it raises drops them (here the
    caller checks the token with `upload.check_token`, as it may stand behind the content in the body); the
    digests that it returns must hold, too."""
    await expect_open(desk, access, job)
    found = await rows.of_job(desk.db, job, [document])
    if not found or found[0].mode is not Mode.PUT:
        raise NotFound("The job has no announced document with this id.", field="document")
    await take_whole(desk, found[0], body, length=None, expected=Expected(), judge=judge)
    row = await document_rows.get(desk.db, job, document)
    if row is None:
        raise NotFound("The job has no document with this id.", field="document")
    return document_rows.document_of(row)


def _wrong_length(wanted: int, found: int) -> Malformed:
    return Malformed(f"{wanted} bytes were announced, not {found}.", code="length_mismatch")
