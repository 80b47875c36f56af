"""Owns writing the desk's own table: when a job was last used, and what its finish chunk found."""

from __future__ import annotations

from uuid import UUID

from postroom.db import chunk
from postroom.db import job as jobs
from postroom.db.connection import Connection, Database, dumps
from postroom.desk.context import Desk
from postroom.errors import Busy
from postroom.ports import Processed
from postroom.systems.conversion import view

_COARSE = 300.0  # seconds; the time of last use is kept no more precisely than that
_LOCK = 0x636F6E76  # with an account: who counts its jobs
_PAGE = 100
WIND_DOWN = 30.0  # seconds that the processes of a deleted job have, at most


async def make_room(connection: Connection, account: UUID, most: int) -> None:
    """Busy if the account holds more than `most` jobs, counting the one that was just made."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _LOCK, str(account))
    if await view.count(connection, account) > most:
        raise Busy(
            f"The service holds {most} jobs; delete finished ones and try again.",
            code="tooManyJobs",
            retry_after=10,
        )


async def document_ids(connection: Connection, job: UUID) -> list[str]:
    """The job's documents in the order in which they were added."""
    rows = await connection.fetch("SELECT id FROM document WHERE job_id = $1 ORDER BY position", job)
    return [str(row["id"]) for row in rows]


async def touch(desk: Desk, held: view.Held) -> None:
    """The job is in use."""
    if (desk.clock.now() - held.touched_at).total_seconds() < _COARSE:
        return
    await desk.db.execute("UPDATE conversion_job SET touched_at = now() WHERE job_id = $1", held.id)
    await jobs.postpone(desk.db, held.id, desk.settings.conversion_ttl)


async def write_finish(connection: Connection, job: UUID, result: Processed) -> None:
    """What the finish chunk found. Part of the transaction that finishes it."""
    problem = result.problem
    await connection.execute(
        "UPDATE conversion_job SET code = $2, message = $3, cause = $4, events = $5, verdict = $6, touched_at = now()"
        " WHERE job_id = $1",
        job,
        problem.code if problem else None,
        problem.message if problem else None,
        problem.cause if problem else None,
        dumps(result.result.get("events")),
        dumps(result.result.get("verdict")),
    )


async def set_leaving(connection: Connection, job: UUID) -> None:
    """The job was deleted while it worked."""
    await connection.execute("UPDATE conversion_job SET deleted_at = now() WHERE job_id = $1", job)


async def wound_down(desk: Desk, job: UUID) -> bool:
    """Whether no process works for a job any more that was deleted while it did."""
    return not await chunk.held(desk.db, job, 3 * desk.settings.heartbeat)


async def leaving(db: Database) -> list[UUID]:
    """Jobs that were deleted while they worked, and are still here although whoever was to remove them had time."""
    rows = await db.fetch(
        "SELECT job_id FROM conversion_job WHERE deleted_at < now() - make_interval(secs => $1)"
        " ORDER BY deleted_at LIMIT $2",
        WIND_DOWN,
        _PAGE,
    )
    return [row["job_id"] for row in rows]


_STALE = (
    "SELECT j.id FROM conversion_job c JOIN job j ON j.id = c.job_id"
    " WHERE c.touched_at < now() - make_interval(secs => $1)"
    " AND (j.ended_at IS NULL OR j.ended_at < now() - make_interval(secs => $1))"
    " AND (j.ended_at IS NOT NULL OR j.state = 'open')"
)


async def stale(db: Database, seconds: float) -> list[UUID]:
    """Jobs that wait for nobody and were not used for so long."""
    rows = await db.fetch(f"{_STALE} ORDER BY c.touched_at LIMIT $2", seconds, _PAGE)
    return [row["id"] for row in rows]


async def _still_stale(connection: Connection, job: UUID, seconds: float) -> bool:
    """Whether it is, now that nobody else can start it: a client may have come back since we looked."""
    await jobs.lock(connection, [job])
    return await connection.fetchval(f"{_STALE} AND j.id = $2", seconds, job) is not None


async def sweep(desk: Desk) -> None:
    """Forget jobs that nobody has used for a day (setting), and those whose removal was cut off."""
    ttl = desk.settings.conversion_ttl
    for job in await stale(desk.db, ttl):
        async with desk.db.transaction() as connection:
            blobs = await jobs.delete(connection, job) if await _still_stale(connection, job, ttl) else []
        await desk.blobs.delete(blobs)
    for job in await leaving(desk.db):
        async with desk.db.transaction() as connection:
            blobs = await jobs.delete(connection, job)
        await desk.blobs.delete(blobs)
