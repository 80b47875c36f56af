"""Owns the end of announced uploads: complete, fail, leave out, withdraw, and closing a job over them.

Everything is verified before anything is changed. What the storage must do first (putting parts together) is
safe to repeat; what the database must do is one transaction.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from postroom.core.documents import Document
from postroom.core.jobs import Job
from postroom.core.states import DocumentMove, DocumentState
from postroom.core.uploads import Completion, Failure, Mode
from postroom.db import document as document_rows
from postroom.db import event
from postroom.db import job as job_rows
from postroom.db import upload as rows
from postroom.db.connection import Connection
from postroom.db.upload import Upload
from postroom.desk.access import Access
from postroom.desk.advance import failures as failure_events
from postroom.desk.announce import hashed
from postroom.desk.context import Desk, Seal
from postroom.desk.document import expect_open, locked_open
from postroom.desk.holding import drop_bytes, put_together
from postroom.desk.job import close_locked
from postroom.desk.job import get as get_job
from postroom.errors import Conflict, Invalid, NotFound

_WITHDRAWN = {"code": "withdrawn", "message": "The client took the document back before it had arrived."}
_NOT_INCLUDED = {
    "code": "not_included",
    "message": "The document was not among those that were to be processed.",
}


async def check_token(desk: Desk, access: Access, job: UUID, document: UUID, token: str, mode: Mode) -> None:
    """Invalid (code `invalid_upload_token`, field `uploadToken`) unless this is the document's token and its
    upload is of this mode. NotFound if the job has no such document."""
    await get_job(desk, access, job)
    found = await rows.of_job(desk.db, job, [document])
    if not found:
        raise NotFound("The job has no announced document with this id.", field="document")
    _check_token(found[0], Completion(document, token), mode)


def _check_mode(upload: Upload, given: Completion) -> None:
    if upload.mode is not (Mode.PUT if given.parts is None else Mode.MULTIPART):
        raise Invalid(
            "This document was announced for another kind of upload: a single one is completed without parts, "
            "one in parts with them.",
            code="other_mode",
            field="completions",
            document=str(given.document),
        )


def _check_token(upload: Upload, given: Completion, mode: Mode) -> None:
    right = given.token is None or hmac.compare_digest(upload.token_hash, hashed(given.token))
    if not right or upload.mode is not mode or given.upload not in (None, upload.id):
        raise Invalid(
            "The upload token, the upload's id and its mode must be those of the document.",
            code="invalid_upload_token",
            field="uploadToken",
            document=str(given.document),
        )


async def complete(
    desk: Desk,
    access: Access,
    job: UUID,
    completions: Sequence[Completion],
    *,
    seal: Seal[list[Document]] | None = None,
) -> list[Document]:
    """Receive these documents, all or none; the job stays open. Repeating it changes nothing.

    Each raises as `complete_and_close` does.
    """
    await get_job(desk, access, job)
    uploads = await _verified(desk, job, completions)
    if any(one.document_state is DocumentState.REGISTERED for one in uploads):
        await expect_open(desk, access, job)
        await put_together(desk, uploads, completions)
    async with desk.db.transaction() as connection:
        await job_rows.lock(connection, [job])
        await _receive(desk, connection, access, job, uploads)
        ids = [given.document for given in completions]
        found = {document.id: document for document in await document_rows.of_ids(connection, ids)}
        result = [found[each] for each in ids]
        if seal is not None:
            await seal(connection, result)
    return result


async def complete_and_close(
    desk: Desk,
    access: Access,
    job: UUID,
    completions: Sequence[Completion] = (),
    failures: Sequence[Failure] = (),
    *,
    only: Sequence[UUID] | None = None,
    seal: Seal[Job] | None = None,
) -> Job:
    """Receive, fail and leave out, then close the job: one transaction. Any error leaves the job as it was.

    completions: documents whose bytes are sent. failures: documents that fail with the client's own words.
    only: if given, documents (of any way in) that are neither in it, nor in completions or failures, are left
    out: `cancelled`, code `not_included`, which is no failure. Without it, registered documents that nobody
    named fail with `upload_incomplete`.
    Verified in this order, for all before anything is changed:
      NotFound; Conflict `job_closed`; Invalid `unknown_document` (field names the list), `named_twice`;
      Invalid `other_mode` (announced for a PUT and completed with parts, or the other way round);
      Invalid `invalid_upload_token` (token or upload id do not match);
      Conflict `upload_incomplete` (no bytes at storage, a part is missing or there is one too many);
      Invalid `etag_mismatch`; Conflict `size_mismatch`;
      Conflict `no_documents` (nothing received, nothing reported as failed).
    The digest of PUT uploads was verified when they arrived; that of multipart uploads is in `checking`.
    """
    await expect_open(desk, access, job)
    await _check_named(desk, job, completions, failures, only)
    uploads = await _verified(desk, job, completions)
    await put_together(desk, uploads, completions)
    async with desk.db.transaction() as connection:
        row = await locked_open(connection, access, job)
        await _receive(desk, connection, access, job, uploads)
        ended = await rows.end(
            connection, DocumentMove.FAIL, [(one.document, _error(one)) for one in failures]
        )
        if only is not None:
            named = {*only, *(one.document for one in completions), *(one.document for one in failures)}
            left = await document_rows.others(connection, job, sorted(named))
            await rows.end(connection, DocumentMove.CANCEL, [(each, _NOT_INCLUDED) for each in left])
        if not await document_rows.any_left(connection, job) and not failures:
            raise Conflict(
                "There is no document to process: none has arrived, and none is reported as failed.",
                code="no_documents",
                field="id",
            )
        await event.append(connection, job, failure_events(ended))
        return await close_locked(desk, connection, row, seal)


def _error(said: Failure) -> dict[str, Any]:
    details = {"details": dict(said.details)} if said.details else {}
    return {"code": said.code, "message": said.message, **details}


async def _check_named(
    desk: Desk,
    job: UUID,
    completions: Sequence[Completion],
    failures: Sequence[Failure],
    only: Sequence[UUID] | None,
) -> None:
    announced = [given.document for given in completions] + [given.document for given in failures]
    for name, ids in (("documentId", announced), ("documentIds", only or ())):
        if len(set(ids)) < len(ids):
            raise Invalid("A document is named twice.", code="named_twice", field=name)
    wanted = {*announced, *(only or ())}
    known = await document_rows.known(desk.db, job, sorted(wanted))
    for name, ids in (
        ("documentIds", only or ()),
        ("completions", [given.document for given in completions]),
        ("failures", [given.document for given in failures]),
    ):
        if unknown := [each for each in ids if each not in known]:
            raise Invalid(
                "The job has no document with this id.",
                code="unknown_document",
                field=name,
                document=str(unknown[0]),
            )


async def _verified(desk: Desk, job: UUID, completions: Sequence[Completion]) -> list[Upload]:
    found = {
        upload.document: upload
        for upload in await rows.of_job(desk.db, job, [given.document for given in completions])
    }
    for given in completions:
        upload = found.get(given.document)
        if upload is None:
            raise Invalid(
                "This document was not announced for a signed upload.",
                code="unknown_document",
                field="completions",
                document=str(given.document),
            )
        _check_mode(upload, given)
    for given in completions:
        upload = found[given.document]
        _check_token(upload, given, upload.mode)
    return [found[given.document] for given in completions]


async def _receive(
    desk: Desk, connection: Connection, access: Access, job: UUID, uploads: Sequence[Upload]
) -> None:
    waiting = [one for one in uploads if one.document_state is DocumentState.REGISTERED]
    if not waiting:
        return
    await locked_open(connection, access, job)
    for one in waiting:
        if one.stored_at is None:
            await rows.stored(connection, one.id, one.blob, None)
    await rows.receive(connection, [one.document for one in waiting])


async def withdraw(desk: Desk, access: Access, job: UUID, document: UUID) -> None:
    """Take an announced document back, with whatever bytes of it are there. Repeatable.

    It ends as `cancelled` (code `withdrawn`), which is no failure of its job. NotFound if it was not
    announced, Conflict if it has arrived or its job is closed.
    """
    async with desk.db.transaction() as connection:
        await locked_open(connection, access, job)
        found = await rows.of_job(connection, job, [document])
        if not found:
            raise NotFound("The job has no announced document with this id.", field="document")
        (upload,) = found
        if upload.document_state not in (DocumentState.REGISTERED, DocumentState.CANCELLED):
            raise Conflict(
                "The document has arrived; only one that has not can be taken back.",
                code="upload_complete",
                field="document",
            )
        await rows.end(connection, DocumentMove.CANCEL, [(document, _WITHDRAWN)])
    # After the commit: should we die here, the sweep finds what no row names.
    await drop_bytes(desk, upload)
