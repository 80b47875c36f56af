"""Owns uploads that go on where they stopped: from the beginning to the end, over as many requests as it takes.

The database says how far one has got; those bytes are durable, and what the draft holds beyond is written
again. So a crash costs the bytes since the last checkpoint and nothing else. Refuses to know tus.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from postroom.core.states import DocumentState, JobState
from postroom.core.uploads import Mode
from postroom.db import job as job_rows
from postroom.db import upload as rows
from postroom.db.upload import Upload
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.errors import Conflict, DigestMismatch, NotFound, TooLarge, Unavailable
from postroom.ports import DraftWriter, TakesDrafts


async def find(desk: Desk, access: Access, upload: UUID) -> Upload:
    """A resumable upload of the caller's, as far as it has got. NotFound if there is none.

    Conflict (code `upload_over`) if its document was taken back, or its job ended before it had arrived.
    """
    found = await rows.get(desk.db, upload)
    if (
        found is None
        or (found.account, found.environment) != access.whose
        or found.mode is not Mode.RESUMABLE
    ):
        raise NotFound("There is no upload with this id.", field="id")
    if found.stored_at is None:
        if found.document_state is not DocumentState.REGISTERED or found.job_state != JobState.OPEN:
            raise Conflict("The upload is over: its document is not waited for any more.", code="upload_over")
        if found.arrived and await _is_published(desk, found):
            # Whoever had put the last byte there died before it could say so.
            await _receive(desk, found)
            return await find(desk, access, upload)
    return found


async def append(
    desk: Desk,
    upload: Upload,
    offset: int,
    body: AsyncIterator[bytes],
    *,
    digest: str | None = None,
    expected: bytes | None = None,
) -> int:
    """Go on at `offset`, which must be where the upload stands; returns how far it has got.

    The last byte makes it whole: the document is received. With `digest` (an algorithm of hashlib) and
    `expected`, the bytes of this call count only if they have that digest: DigestMismatch otherwise.
    Conflict `offset_mismatch`; TooLarge beyond the announced size; Busy if another process is writing.
    A body that breaks off raises as it does, and what came of it counts, unless a digest was asked for.
    """
    _expect_at(upload, offset)
    if upload.stored_at is not None:
        return upload.size
    if not isinstance(desk.blobs, TakesDrafts):
        raise Unavailable("The storage takes no resumable uploads.")
    writer = await desk.blobs.draft(upload.id.hex, offset=offset, length=upload.size - offset, digest=digest)
    try:
        await _begin(desk, upload, writer, offset)
        size = await _Progress(desk, upload, writer, checked=expected is not None).take(body, expected)
    finally:
        await writer.stop()
    if size == upload.size:
        await _finish(desk, upload)
    return size


def _expect_at(upload: Upload, offset: int) -> None:
    if offset != upload.arrived:
        raise Conflict(
            f"The upload stands at {upload.arrived}, not at {offset}.",
            code="offset_mismatch",
            field="Upload-Offset",
        )


async def _begin(desk: Desk, upload: Upload, writer: DraftWriter, offset: int) -> None:
    """Make the draft end at `offset`. Only now that it is ours nobody else gets further: another request,
    of another process perhaps, may have since we looked, and what it was told is stored must stay."""
    now = await rows.get(desk.db, upload.id)
    if now is None:
        raise Conflict("The upload is over: its document is not waited for any more.", code="upload_over")
    _expect_at(now, offset)
    if now.stored_at is not None:  # of no bytes: where it ends is where it began
        raise Conflict("All bytes of this upload have arrived already.", code="upload_complete")
    try:
        await writer.cut()
    except NotFound as error:
        # The folder of drafts is gone, with the machine perhaps: from the beginning.
        await rows.arrived(desk.db, upload.id, offset, 0)
        raise Conflict("What was sent before is lost; begin again.", code="offset_mismatch") from error


class _Progress:
    """One call's bytes, noted while the draft is still ours. `at`: how far the database says that the upload
    has got."""

    def __init__(self, desk: Desk, upload: Upload, writer: DraftWriter, *, checked: bool) -> None:
        self._desk = desk
        self._upload = upload
        self._writer = writer
        self._checked = checked
        self._start = self._at = upload.arrived
        self._marking: asyncio.Task[None] | None = None

    async def take(self, body: AsyncIterator[bytes], expected: bytes | None) -> int:
        try:
            came = await self._pour(body)
            await self._marked()
            stored, found = await self._writer.end()
            assert stored == came
            if expected is not None and bytes.fromhex(found) != expected:
                raise DigestMismatch(
                    "The bytes that arrived do not have the checksum that was sent with them.",
                    field="Upload-Checksum",
                )
        except BaseException:
            if self._marking is not None:
                await asyncio.gather(self._marking, return_exceptions=True)
            settled = await self._writer.settle()
            if self._checked:
                await self._writer.cut()  # bytes that do not count must not be there to be published
            else:
                await self._note(min(self._start + settled, self._upload.size - 1))
            raise
        size = self._start + came
        if size < self._upload.size:
            await self._note(size)
        return size

    async def _pour(self, body: AsyncIterator[bytes]) -> int:
        came, synced = 0, 0
        async for piece in body:
            came += len(piece)
            if self._start + came > self._upload.size:
                raise TooLarge(
                    f"The upload is announced with {self._upload.size} bytes; more arrived.",
                    limit=self._upload.size,
                )
            await self._writer.write(piece)
            whole = self._start + came == self._upload.size
            if not self._checked and not whole and came - synced >= self._desk.settings.upload_checkpoint:
                synced = came
                await self._marked()
                self._marking = asyncio.create_task(self._mark(), name="tus-checkpoint")
        return came

    async def _mark(self) -> None:
        """A checkpoint, while the next bytes arrive."""
        await self._note(self._start + await self._writer.sync())

    async def _marked(self) -> None:
        """The checkpoint under way is done; raises what it raised."""
        if self._marking is not None:
            await asyncio.shield(self._marking)

    async def _note(self, size: int) -> None:
        """The last byte is noted by `_receive` only, when the blob is there: an upload that stands at its end
        is a document that has arrived."""
        if size > self._at:
            if not await rows.arrived(self._desk.db, self._upload.id, self._at, size):
                raise Conflict("A later request goes on with this upload.", code="upload_replaced")
            self._at = size


async def _finish(desk: Desk, upload: Upload) -> None:
    assert isinstance(desk.blobs, TakesDrafts)
    await desk.blobs.publish(upload.id.hex, upload.blob, upload.size)
    await _receive(desk, upload)


async def _is_published(desk: Desk, upload: Upload) -> bool:
    try:
        return await desk.blobs.size(upload.blob) == upload.size
    except NotFound:
        return False


async def _receive(desk: Desk, upload: Upload) -> None:
    async with desk.db.transaction() as connection:
        await job_rows.lock(connection, [upload.job])
        found = await rows.of_job(connection, upload.job, [upload.document])
        if not found or found[0].job_state != JobState.OPEN:
            raise Conflict("The upload is over: its job takes no documents any more.", code="upload_over")
        await rows.stored(connection, upload.id, upload.blob, None)
        await rows.receive(connection, [upload.document])
