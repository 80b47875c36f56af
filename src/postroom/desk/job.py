"""Owns what can be done with a job as a whole: submit, close, cancel, block, resume, retry, delete, read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.core.documents import Duplicates
from postroom.core.events import EventType
from postroom.core.jobs import Job
from postroom.core.states import JOB, DocumentMove, DocumentState, JobMove, JobState
from postroom.db import chunk, document, event, upload
from postroom.db import job as rows
from postroom.db.connection import Connection, Row
from postroom.desk.access import Access
from postroom.desk.advance import advance, block, end_early, failures, move
from postroom.desk.context import Desk, Seal
from postroom.desk.holding import drop_bytes, puts_that_arrived
from postroom.errors import Conflict, Invalid, NotFound
from postroom.intake.gate import Gate
from postroom.ports import NamesDocuments

__all__ = ["Order", "block", "cancel", "close", "delete", "get", "listing", "resume", "retry", "submit"]

_PLAIN = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*\Z")
_REASON = 500
_INCOMPLETE = {
    "code": "upload_incomplete",
    "message": "The document was announced, and its bytes did not arrive.",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a client asks for. options are the workflow's own; webhook_url is told of the end.

    expires_in: seconds that it may stay open; None: as long as settings say.
    """

    workflow: str
    profile: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    external_id: str | None = None
    webhook_url: str | None = None
    expires_in: float | None = None


async def submit(desk: Desk, access: Access, order: Order, *, seal: Seal[Job] | None = None) -> Job:
    """A new job, open for documents."""
    values = _validated(desk, access, order)
    async with desk.db.transaction() as connection:
        row = await _insert(desk, connection, values)
        result = rows.job_of(row)
        if seal is not None:
            await seal(connection, result)
    return result


def _validated(desk: Desk, access: Access, order: Order) -> dict[str, Any]:
    offer = desk.offer(order.workflow)
    options = dict(offer.workflow.options(order.options))
    _text("profile", order.profile, 200)
    _text("externalId", order.external_id, 256)
    _address(desk, order.webhook_url)
    return {
        "id": uuid7(),
        "account_id": access.account,
        "system": offer.system,
        "workflow": order.workflow,
        "profile": order.profile,
        "environment": access.environment,
        "state": JobState.OPEN.value,
        "policy": offer.workflow.policy.value,
        "duplicates": _duplicates(options.get("duplicates", Duplicates.PROCESS)).value,
        "finishes": offer.workflow.finishes,
        "options": options,
        "external_id": order.external_id,
        "webhook_url": order.webhook_url,
        "activity": "Waiting for documents.",
        "expires_at": desk.clock.now()
        + timedelta(seconds=desk.settings.open_job_ttl if order.expires_in is None else order.expires_in),
    }


def _duplicates(value: object) -> Duplicates:
    # A workflow may leave this option to us: what it means is the engine's rule, not the workflow's.
    if not isinstance(value, str) or value not in list(Duplicates):
        names = ", ".join(Duplicates)
        raise Invalid(f"'duplicates' must be one of: {names}.", field="duplicates")
    return Duplicates(value)


def _text(name: str, value: str | None, limit: int) -> None:
    if value is not None and (len(value) > limit or not _PLAIN.match(value)):
        raise Invalid(f"'{name}' must be at most {limit} characters without control characters.", field=name)


def _address(desk: Desk, url: str | None) -> None:
    if url is None:
        return
    try:
        Gate(desk.settings).parse(url)
        if len(url) > 2000 or not _PLAIN.match(url):
            raise Invalid("The address must be at most 2000 characters without control characters.")
    except Invalid as error:
        error.field = "webhook"
        raise


async def _insert(desk: Desk, connection: Connection, values: dict[str, Any]) -> Row:
    row = await rows.insert(connection, values)
    data = {"workflow": values["workflow"], "externalId": values["external_id"]}
    await event.append(connection, row["id"], [(EventType.CREATED, data)])
    (row,) = await rows.lock(connection, [row["id"]])
    return row


async def _locked(connection: Connection, access: Access, job: UUID) -> Row:
    found = await rows.lock(connection, [job])
    if not found or not access.owns(found[0]):
        raise NotFound("There is no job with this id.", field="id")
    return found[0]


def _refuse(row: Row, verb: str, step: JobMove) -> Conflict:
    states = " or ".join(state.value for state in JOB if step in JOB[state])
    return Conflict(
        f"The job is {row['state']} and cannot be {verb}; only a job that is {states} can.",
        code=f"not_{verb}",
        field="id",
        state=row["state"],
    )


async def _ended(connection: Connection, job: UUID, seal: Seal[Job] | None) -> Job:
    (row,) = await rows.lock(connection, [job])
    result = rows.job_of(row)
    if seal is not None:
        await seal(connection, result)
    return result


def _checking(documents: int) -> str:
    return f"Checking {documents} document{'s' if documents != 1 else ''}."


async def close(
    desk: Desk, access: Access, job: UUID, *, again: bool = True, seal: Seal[Job] | None = None
) -> Job:
    """No more documents; checking starts. Closing a job that was closed before changes nothing, or is a
    Conflict if `again` is not allowed."""
    arrived = await puts_that_arrived(desk, (await get(desk, access, job)).id)
    async with desk.db.transaction() as connection:
        row = await _locked(connection, access, job)
        if row["state"] == JobState.OPEN:
            for found in arrived:
                await upload.stored(connection, found.id, found.blob, None)
            await upload.receive(connection, [found.document for found in arrived])
            return await close_locked(desk, connection, row, seal)
        if row["closed_at"] is None or not again:
            raise _refuse(row, "closed", JobMove.CLOSE)
        return await _ended(connection, job, seal)


async def close_locked(desk: Desk, connection: Connection, row: Row, seal: Seal[Job] | None) -> Job:
    """Close a locked open job. What was announced and has not arrived fails: nobody will wait for it."""
    job_id = row["id"]
    missing = [(each, _INCOMPLETE) for each in await upload.missing(connection, job_id)]
    ended = await upload.end(connection, DocumentMove.FAIL, missing)
    await event.append(connection, job_id, failures(ended))
    activity = _checking(row["documents"])
    await move(connection, row, JobMove.CLOSE, activity=activity, followers=desk.followers)
    await chunk.make_checks(connection, job_id, row["system"], row["workflow"])
    await event.notify(connection, event.WORK)
    await advance(connection, [job_id], desk.followers)
    return await _ended(connection, job_id, seal)


async def cancel(
    desk: Desk,
    access: Access,
    job: UUID,
    *,
    reason: str = "Cancelled by the client.",
    seal: Seal[Job] | None = None,
) -> Job:
    """Stop. What has ended stays as it is; the rest is cancelled, and what runs is killed within a second.

    Cancelling a cancelled job changes nothing; one that ended otherwise is a Conflict.
    """
    _text("reason", reason, _REASON)
    async with desk.db.transaction() as connection:
        row = await _locked(connection, access, job)
        if row["state"] != JobState.CANCELLED and not await end_early(
            connection, row, JobMove.CANCEL, reason, followers=desk.followers
        ):
            raise _refuse(row, "cancelled", JobMove.CANCEL)
        result = await _ended(connection, job, seal)
    # Afterwards: should we die here, the sweep finds what is left.
    for announced in await upload.of_job(desk.db, job):
        if announced.document_state is DocumentState.CANCELLED and not announced.received:
            await drop_bytes(desk, announced)
    return result


async def resume(desk: Desk, access: Access, job: UUID, *, seal: Seal[Job] | None = None) -> Job:
    """Go on with a blocked job where it stopped."""
    async with desk.db.transaction() as connection:
        row = await _locked(connection, access, job)
        if not await move(connection, row, JobMove.RESUME, activity="Going on.", followers=desk.followers):
            raise _refuse(row, "resumed", JobMove.RESUME)
        await event.notify(connection, event.WORK)
        await advance(connection, [job], desk.followers)
        return await _ended(connection, job, seal)


async def retry(desk: Desk, access: Access, job: UUID, *, seal: Seal[Job] | None = None) -> Job:
    """A new, closed job of the documents that failed, with the same bytes and options; names the old one."""
    async with desk.db.transaction() as connection:
        old = await _locked(connection, access, job)
        before = rows.job_of(old)
        if not before.terminal:
            raise Conflict(
                f"The job is {old['state']}; only a job that has ended can be retried.",
                code="not_ended",
                field="id",
            )
        order = Order(before.workflow, before.profile, before.options, before.external_id, before.webhook_url)
        values = {**_validated(desk, access, order), "retry_of": before.id}
        row = await _insert(desk, connection, values)
        copied = await document.copy_failed(connection, before.id, row["id"])
        if not copied:
            raise Conflict(
                "No document of this job failed; there is nothing to retry.",
                code="nothing_failed",
                field="id",
            )
        workflow = desk.offer(before.workflow).workflow
        if isinstance(workflow, NamesDocuments):
            await rows.change_options(
                connection, row["id"], lambda kept: dict(workflow.with_documents(kept, copied))
            )
        activity = _checking(len(copied))
        await move(connection, row, JobMove.CLOSE, activity=activity, followers=desk.followers)
        await chunk.make_checks(connection, row["id"], row["system"], row["workflow"])
        await event.notify(connection, event.WORK)
        return await _ended(connection, row["id"], seal)


async def delete(
    desk: Desk, access: Access, job: UUID, *, at_work: bool = False, seal: Seal[None] | None = None
) -> None:
    """Forget an ended or open job, its documents, events and bytes. A job at work must be cancelled first,
    or is cancelled in the same breath if `at_work` is allowed."""
    async with desk.db.transaction() as connection:
        row = await _locked(connection, access, job)
        if at_work:
            await end_early(connection, row, JobMove.CANCEL, "Deleted by the client.")
        elif not rows.job_of(row).terminal and row["state"] != JobState.OPEN:
            raise Conflict(
                f"The job is {row['state']}; cancel it before deleting it.", code="not_ended", field="id"
            )
        unfinished = [one for one in await upload.of_job(connection, job) if not one.received]
        blobs = await rows.delete(connection, job)
        if seal is not None:
            await seal(connection, None)
    # After the commit: if we die here, the sweep finds blobs that no row names.
    await desk.blobs.delete(blobs)
    for announced in unfinished:
        await drop_bytes(desk, announced)


async def get(desk: Desk, access: Access, job: UUID, *, system: str | None = None) -> Job:
    """system: the front desk whose job it must be, where a key for that desk may be all that the caller has."""
    row = await rows.get(desk.db, job, *access.whose, system)
    if row is None:
        raise NotFound("There is no job with this id.", field="id")
    return rows.job_of(row)


async def listing(
    desk: Desk,
    access: Access,
    *,
    system: str | None = None,
    states: Sequence[JobState] = (),
    workflow: str | None = None,
    external_id: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Job]:
    """The caller's jobs, newest first."""
    found = await rows.listing(
        desk.db,
        *access.whose,
        system=system,
        states=states,
        workflow=workflow,
        external_id=external_id,
        before=before,
        limit=limit,
    )
    jobs = [rows.job_of(row) for row in found]
    if all(job.terminal or job.state is JobState.OPEN for job in jobs):
        return jobs
    held_up = await rows.unserved(desk.db, 3 * desk.settings.heartbeat, access.account)
    unserved = {row["id"] for row in held_up}
    return [replace(job, unserved=job.id in unserved) for job in jobs]
