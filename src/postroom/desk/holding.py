"""Owns what the storage holds of announced uploads: look at it, put parts together, drop it.

Here the two kinds of storage differ: ours keeps drafts and tells us what arrives, S3 keeps parts and does not.
Everything is safe to repeat. Refuses to know what becomes of a document.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from uuid import UUID

from postroom.core.uploads import Completion, Mode, ranges
from postroom.db import upload as rows
from postroom.db.upload import Upload
from postroom.desk.context import Desk
from postroom.errors import Conflict, Invalid, NotFound
from postroom.ports import PresignsUploads, TakesDrafts


async def put_together(desk: Desk, uploads: Sequence[Upload], completions: Sequence[Completion]) -> None:
    """First every check, then what changes the storage: the parts of each multipart upload become one."""
    open_ones = [
        (upload, given)
        for upload, given in zip(uploads, completions, strict=True)
        if upload.stored_at is None
    ]
    checked = [(upload, await _parts(desk, upload, given)) for upload, given in open_ones]
    for upload, parts in checked:
        if parts is not None:
            await _join(desk, upload, parts)


async def _parts(desk: Desk, upload: Upload, given: Completion) -> list[tuple[int, str]] | None:
    """The parts to be put together, in order; None if there is nothing to put together. Raises what is wrong."""
    store = desk.blobs
    if upload.mode is Mode.PUT:
        if not isinstance(store, PresignsUploads):
            raise _incomplete(upload, "nothing has arrived")
        await _check_size(desk, upload)
        return None
    if isinstance(store, PresignsUploads):
        try:
            there = await store.list_parts(upload.blob, upload.foreign_id or "")
        except NotFound:  # put together before, by a call that died before it could say so
            await _check_size(desk, upload)
            return None
    else:
        there = await rows.parts(desk.db, upload.id)
    return match(upload, there, given.parts or ())


async def _check_size(desk: Desk, upload: Upload) -> None:
    try:
        size = await desk.blobs.size(upload.blob)
    except NotFound as error:
        raise _incomplete(upload, "nothing has arrived") from error
    if size != upload.size:
        raise Conflict(
            f"{size} bytes arrived; {upload.size} were announced.",
            code="size_mismatch",
            document=str(upload.document),
        )


def match(
    upload: Upload, there: dict[int, tuple[int, str]], given: Sequence[tuple[int, str]]
) -> list[tuple[int, str]]:
    """The parts as announced, as they are there and as the client names them: all three must agree."""
    named = sorted(given)
    wanted = list(ranges(upload.size, upload.part_size or 1))
    if [number for number, _ in named] != [one.number for one in wanted]:
        raise _incomplete(upload, f"the parts must be named 1 to {len(wanted)}, each once")
    for one, (number, etag) in zip(wanted, named, strict=True):
        if number not in there:
            raise _incomplete(upload, f"part {number} has not arrived")
        size, stored = there[number]
        if size != one.size:
            raise Conflict(
                f"Part {number} has {size} bytes; it must have {one.size}.",
                code="size_mismatch",
                document=str(upload.document),
            )
        if not hmac.compare_digest(stored.encode(), etag.strip('"').encode("utf-8", "replace")):
            raise Invalid(
                f"The ETag of part {number} must be the one that its upload was answered with.",
                code="etag_mismatch",
                field="etag",
                document=str(upload.document),
            )
    return [(one.number, there[one.number][1]) for one in wanted]


def _incomplete(upload: Upload, what: str) -> Conflict:
    return Conflict(
        f"The upload of '{upload.name}' is not complete: {what}.",
        code="upload_incomplete",
        document=str(upload.document),
    )


async def _join(desk: Desk, upload: Upload, parts: Sequence[tuple[int, str]]) -> None:
    if isinstance(desk.blobs, PresignsUploads):
        await desk.blobs.complete_parts(upload.blob, upload.foreign_id or "", parts)
        await _check_size(desk, upload)
    elif isinstance(desk.blobs, TakesDrafts):
        try:
            await desk.blobs.publish(upload.id.hex, upload.blob, upload.size)
        except NotFound as error:
            # Rows without bytes: a database that was restored from a backup, which holds no drafts.
            await rows.forget_parts(desk.db, upload.id)
            raise _incomplete(upload, "its parts are lost; send all of them again") from error


async def drop_bytes(desk: Desk, upload: Upload) -> None:
    """What has arrived of an upload that is over."""
    if isinstance(desk.blobs, PresignsUploads) and upload.foreign_id is not None:
        await desk.blobs.abort_parts(upload.blob, upload.foreign_id)
    if isinstance(desk.blobs, TakesDrafts):
        await desk.blobs.discard([upload.id.hex])
    await desk.blobs.delete([upload.blob])


async def puts_that_arrived(desk: Desk, job: UUID) -> list[Upload]:
    """Uploads by PUT to a storage that does not tell us, and whose bytes are there: for whoever closes."""
    if not isinstance(desk.blobs, PresignsUploads):
        return []
    found = []
    for upload in await rows.of_job(desk.db, job):
        if upload.mode is Mode.PUT and not upload.held and upload.stored_at is None:
            try:
                if await desk.blobs.size(upload.blob) == upload.size:
                    found.append(upload)
            except NotFound:
                continue
    return found
