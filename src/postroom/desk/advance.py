"""Owns what follows when something about a job has changed: the next move, its event, its webhook, its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from postroom.core.documents import Duplicates
from postroom.core.events import EventType
from postroom.core.outcome import Cause, Policy, outcome
from postroom.core.progress import BUCKETS, Counts
from postroom.core.states import JOB, JobMove, JobState, target
from postroom.db import chunk, delivery, document, event, job
from postroom.db.connection import Connection, Row, loads
from postroom.ports import Followers

_WORKING = (JobState.QUEUED, JobState.RUNNING)


async def move(
    connection: Connection,
    row: Row,
    step: JobMove,
    *,
    cause: Cause | None = None,
    reason: str | None = None,
    activity: str = "",
    expires_in: float | None = None,
    followers: Followers | None = None,
) -> bool:
    """Make one move of a locked job, with its event and, where the job asked for it, its webhook.

    expires_in: seconds after which the state that is reached gives up waiting. followers: workflows that
    are told of every move of their jobs. False if not allowed.
    """
    expires_at = datetime.now(UTC) + timedelta(seconds=expires_in) if expires_in is not None else None
    left = await job.move(
        connection, row["id"], step, cause=cause, reason=reason, activity=activity, expires_at=expires_at
    )
    if left is None:
        return False
    to = target(JOB, step)
    if row["webhook_url"] and (not JOB[to] or to is JobState.BLOCKED):
        await _announce(connection, row["id"])
    if followers is not None and (follower := followers.of.get(row["workflow"])) is not None:
        await follower.moved(connection, row["id"], left, to, followers.settings)
    return True


async def block(
    connection: Connection,
    row: Row,
    cause: Cause,
    reason: str,
    *,
    expires_in: float,
    followers: Followers | None = None,
) -> bool:
    """Pause a locked job for a cause outside its documents. What runs may end; nothing new is taken up."""
    return await move(
        connection,
        row,
        JobMove.BLOCK,
        cause=cause,
        reason=reason,
        activity=reason,
        expires_in=expires_in,
        followers=followers,
    )


async def _announce(connection: Connection, job_id: UUID) -> None:
    (row,) = await job.lock(connection, [job_id])
    await delivery.insert(
        connection,
        account=row["account_id"],
        job=job_id,
        url=row["webhook_url"],
        type=f"job.{row['state']}",
        payload={
            "id": job_id,
            "workflow": row["workflow"],
            "externalId": row["external_id"],
            "status": row["state"],
            "cause": row["cause"],
            "reason": row["reason"],
            "counts": job.counts_of(row).as_dict(),
        },
    )


async def advance(connection: Connection, jobs: Iterable[UUID], followers: Followers | None = None) -> None:
    """Take each job as far as it can go now. Their rows are locked here, in order."""
    for row in await job.lock(connection, list(jobs)):
        state = JobState(row["state"])
        if state is JobState.CHECKING and row["checks_open"] == 0:
            row = await _leave_checking(connection, row, followers)
            state = JobState(row["state"])
        if state in _WORKING and row["processes_open"] == 0 and row["finishes_open"] == 0:
            await _finish_or_end(connection, row, followers)


async def _leave_checking(connection: Connection, row: Row, followers: Followers | None) -> Row:
    if followers is not None and (follower := followers.of.get(row["workflow"])) is not None:
        hold = await follower.admit(connection, row["id"], followers.settings)
        if hold is not None:
            await block(
                connection, row, Cause.TENANT, hold.reason, expires_in=hold.expires_in, followers=followers
            )
            (held,) = await job.lock(connection, [row["id"]])
            return held
    rejected = await document.settle_duplicates(connection, row["id"], Duplicates(row["duplicates"]))
    await chunk.make_processes(connection, row["id"], row["system"], row["workflow"])
    await move(connection, row, JobMove.CHECKED, activity="Waiting for a free worker.", followers=followers)
    await event.append(connection, row["id"], failures(rejected))
    await event.notify(connection, event.WORK)
    (fresh,) = await job.lock(connection, [row["id"]])
    return fresh


async def _finish_or_end(connection: Connection, row: Row, followers: Followers | None) -> None:
    counts = job.counts_of(row)
    if counts.running or counts.waiting:
        return
    some = counts.succeeded or counts.partial
    wanted = row["finishes"] and some and not row["cause"]
    if wanted and row["policy"] == Policy.ALL_OR_NOTHING:
        wanted = outcome(counts, None, Policy.ALL_OR_NOTHING)[0] is JobMove.SUCCEED
    if wanted and await chunk.make_finish(connection, row["id"], row["system"], row["workflow"]):
        await event.notify(connection, event.WORK)
        return
    cause = Cause(row["cause"]) if row["cause"] else None
    blamed = await document.failed_causes(connection, row["id"])
    failed_by = Cause.SYSTEM if Cause.SYSTEM in blamed else Cause.INPUT
    step, cause = outcome(counts, cause, Policy(row["policy"]), failed_by=failed_by)
    reason = row["reason"]
    if reason is None and counts.documents == 0:
        reason = "The job was closed without any document."
    await move(
        connection,
        row,
        step,
        cause=cause,
        reason=reason,
        activity=_summary(counts),
        followers=followers,
    )


def _summary(counts: Counts) -> str:
    """One sentence on how a job ended."""
    good = (
        f"{counts.succeeded} of {counts.documents} document{'s' if counts.documents != 1 else ''} succeeded"
    )
    others = [f"{n} {name}" for name in BUCKETS[3:] if (n := getattr(counts, name))]
    return f"{', '.join([good, *others])}."


async def end_early(
    connection: Connection, row: Row, step: JobMove, reason: str, *, followers: Followers | None = None
) -> bool:
    """Cancel or expire a locked job: what has not ended is cancelled with it, and workers are told."""
    if step not in JOB[JobState(row["state"])]:
        return False
    await document.cancel_rest(connection, row["id"])
    cause = Cause.OPERATOR if step is JobMove.CANCEL else Cause.TENANT
    done = await move(connection, row, step, cause=cause, reason=reason, followers=followers)
    await event.notify(connection, event.STOP, str(row["id"]))
    return done


def failures(rows: Iterable[Any]) -> list[tuple[EventType, dict[str, Any]]]:
    """The events of documents that failed or were refused. Rows need id, position, name, state, error."""
    kinds = {"failed": EventType.DOCUMENT_FAILED, "rejected": EventType.DOCUMENT_REJECTED}
    found = []
    for row in rows:
        if row["state"] in kinds:
            error = loads(row["error"]) or {}
            data = {
                "document": row["id"],
                "position": row["position"],
                "name": row["name"],
                "code": error.get("code"),
                "reason": error.get("message"),
            }
            found.append((kinds[row["state"]], data))
    return found
