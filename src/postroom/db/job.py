"""Owns the rows of jobs: insert, read, lock, move, delete. Each move is guarded by the state table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from postroom.core.events import EventType
from postroom.core.jobs import Job
from postroom.core.outcome import Cause, Policy
from postroom.core.progress import BUCKETS, Counts, Units
from postroom.core.states import JOB, TERMINAL_JOBS, JobMove, JobState, sources, target
from postroom.db import event, table
from postroom.db.connection import Connection, Database, Row, dumps, fetch, loads

_UNITS = ("total", "waiting", "running", "succeeded", "failed", "cancelled")
_COLUMNS = ", ".join(column.name for column in table.job.columns)


def counts_of(row: Row) -> Counts:
    return Counts(row["documents"], *(row[name] for name in BUCKETS))


def _units_of(row: Row, unit: str) -> Units:
    return Units(*(row[f"{unit}_{name}"] for name in _UNITS))


def job_of(row: Row) -> Job:
    """A job as readers see it, from a whole row."""
    return Job(
        id=row["id"],
        account_id=row["account_id"],
        system=row["system"],
        workflow=row["workflow"],
        profile=row["profile"],
        state=JobState(row["state"]),
        cause=Cause(row["cause"]) if row["cause"] else None,
        reason=row["reason"],
        activity=row["activity"],
        policy=Policy(row["policy"]),
        options=loads(row["options"]),
        external_id=row["external_id"],
        webhook_url=row["webhook_url"],
        retry_of=row["retry_of"],
        environment=row["environment"],
        counts=counts_of(row),
        pages=_units_of(row, "pages"),
        rows=_units_of(row, "rows"),
        created_at=row["created_at"],
        closed_at=row["closed_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        expires_at=row["expires_at"],
        last_event=row["last_event"],
        unserved=bool(row.get("unserved")),
    )


async def insert(connection: Connection, values: dict[str, Any]) -> Row:
    """values: column -> value. `options` is turned into JSON here."""
    values = {**values, "options": dumps(values["options"])}
    names = ", ".join(values)
    marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    row = await connection.fetchrow(
        f"INSERT INTO job ({names}) VALUES ({marks}) RETURNING {_COLUMNS}",  # noqa: S608 names are ours
        *values.values(),
    )
    assert row is not None
    return row


_GET = (
    f"SELECT {_COLUMNS} FROM job WHERE id = $1 AND account_id = $2 AND environment = $3"  # noqa: S608
    " AND ($4::text IS NULL OR system = $4)"
)
# silence: seconds after which a worker that was not heard of is held for dead.
_UNSERVED = (
    "j.state IN ('checking', 'queued', 'running') AND NOT EXISTS (SELECT FROM worker w"
    " WHERE j.system = ANY(w.systems) AND w.seen_at > now() - make_interval(secs => {silence}))"
)
_OF_JOB = ", ".join(f"j.{column.name}" for column in table.job.columns)
_BY_ID = f"SELECT {_OF_JOB}, {_UNSERVED.format(silence='$2')} AS unserved FROM job j WHERE j.id = $1"  # noqa: S608
_ALL_UNSERVED = (
    "SELECT j.id, j.workflow, j.system FROM job j"  # noqa: S608
    f" WHERE ($1::uuid IS NULL OR j.account_id = $1) AND {_UNSERVED.format(silence='$2')}"
)
# NO KEY: rows that refer to a job (documents, events) may be inserted meanwhile.
_LOCK = f"SELECT {_COLUMNS} FROM job WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608


async def get(
    db: Database, job: UUID, account: UUID, environment: str, system: str | None = None
) -> Row | None:
    """system: whose job it must be; None: anyone's."""
    return await db.fetchrow(_GET, job, account, environment, system)


_OF_KEY = (
    f"SELECT {_OF_JOB}, {_UNSERVED.format(silence='$3')} AS unserved,"  # noqa: S608 names are ours
    " k.id AS key_id, k.account_id AS key_account, k.hash AS key_hash, k.desks AS key_desks,"
    " k.scopes AS key_scopes, k.environment AS key_environment"
    " FROM api_key k LEFT JOIN job j ON j.id = $2 AND j.account_id = k.account_id"
    "  AND j.environment = k.environment"
    " WHERE k.hash = $1 AND k.revoked_at IS NULL"
)


async def of_key(db: Database, digest: bytes, job: UUID, silence: float) -> Row | None:
    """The key with this hash and, beside it, the job if it is the same account's and environment's (else all null).

    silence: seconds after which a worker that was not heard of is held for dead.
    """
    return await db.fetchrow(_OF_KEY, digest, job, silence)


async def by_id(db: Database, job: UUID, silence: float) -> Row | None:
    return await db.fetchrow(_BY_ID, job, silence)


async def unserved(db: Database, silence: float, account: UUID | None = None) -> list[Row]:
    """Jobs that could go on and that no running worker serves: id, workflow, system. account: only its own."""
    return await db.fetch(_ALL_UNSERVED, account, silence)


async def lock(connection: Connection, jobs: Sequence[UUID]) -> list[Row]:
    """Lock jobs in a fixed order, so that two transactions never wait for each other."""
    return await connection.fetch(_LOCK, sorted(set(jobs)))


async def move(
    connection: Connection,
    job: UUID,
    move: JobMove,
    *,
    cause: Cause | None = None,
    reason: str | None = None,
    activity: str = "",
    expires_at: datetime | None = None,
) -> JobState | None:
    """Make a move if the job's state allows it, and store its event: one statement, one round trip.

    Returns the state that it left, or None if the move is not allowed.
    """
    to = target(JOB, move)
    row = await connection.fetchrow(
        "WITH old AS (SELECT id, state FROM job WHERE id = $1 FOR NO KEY UPDATE),"
        " moved AS (UPDATE job SET state = $2, cause = $4, reason = $5, activity = $6, expires_at = $7,"
        "  closed_at = CASE WHEN $2 = 'checking' THEN coalesce(job.closed_at, now()) ELSE job.closed_at END,"
        "  started_at = CASE WHEN $2 = 'running' THEN coalesce(job.started_at, now()) ELSE job.started_at END,"
        "  ended_at = CASE WHEN $2 = ANY($8) THEN now() END,"
        "  last_event = job.last_event + 1"
        "  FROM old WHERE job.id = old.id AND old.state = ANY($3) RETURNING old.state, job.last_event),"
        " stored AS (INSERT INTO event (job_id, number, type, data) SELECT $1, last_event, $9,"
        "  jsonb_strip_nulls(jsonb_build_object("
        "   'from', state, 'to', $2::text, 'cause', $4::text, 'reason', $5::text)) FROM moved)"
        " SELECT state, pg_notify($10, $1::text) FROM moved",
        job,
        to.value,
        [state.value for state in sources(JOB, move)],
        cause.value if cause else None,
        reason,
        activity,
        expires_at,
        [state.value for state in TERMINAL_JOBS],
        EventType.STATE.value,
        event.CHANNEL,
    )
    return JobState(row["state"]) if row else None


async def change_options(
    connection: Connection, job: UUID, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Replace the options of a locked job by what `change` makes of them."""
    old = await connection.fetchval("SELECT options FROM job WHERE id = $1", job)
    new = dumps(change(loads(old)))
    await connection.execute("UPDATE job SET options = $2 WHERE id = $1", job, new)


async def postpone(db: Database, job: UUID, seconds: float) -> None:
    """An open job that is in use expires that much later than now."""
    await db.execute(
        "UPDATE job SET expires_at = now() + make_interval(secs => $2) WHERE id = $1 AND state = 'open'",
        job,
        seconds,
    )


async def blame(connection: Connection, job: UUID, cause: Cause, reason: str) -> None:
    """The job as a whole will fail when it ends, whatever its documents did."""
    await connection.execute("UPDATE job SET cause = $2, reason = $3 WHERE id = $1", job, cause.value, reason)


async def take_positions(connection: Connection, job: UUID, count: int) -> int:
    """The first of so many positions in a row, for new documents; nobody else gets them."""
    first: int = await connection.fetchval(
        "UPDATE job SET next_position = next_position + $2 WHERE id = $1 RETURNING next_position - $2",
        job,
        count,
    )
    return first


async def say_all(connection: Connection, activities: Mapping[UUID, str]) -> None:
    """What is being done for each of these jobs; the caller holds their locks."""
    await connection.execute(
        "UPDATE job SET activity = a.text FROM unnest($1::uuid[], $2::text[]) AS a(id, text) WHERE job.id = a.id",
        list(activities),
        [text[:500] for text in activities.values()],
    )


async def say(db: Database, job: UUID, activity: str) -> None:
    await db.execute(
        "UPDATE job SET activity = $2 WHERE id = $1 AND state IN ('checking', 'queued', 'running')",
        job,
        activity[:500],
    )


async def listing(
    db: Database,
    account: UUID,
    environment: str,
    *,
    system: str | None,
    states: Sequence[JobState],
    workflow: str | None,
    external_id: str | None,
    before: UUID | None,
    limit: int,
) -> list[Row]:
    """Newest first; `before` is the cursor."""
    query: Select[Any] = select(table.job).where(
        table.job.c.account_id == account, table.job.c.environment == environment
    )
    if system is not None:
        query = query.where(table.job.c.system == system)
    if states:
        query = query.where(table.job.c.state.in_([state.value for state in states]))
    if workflow is not None:
        query = query.where(table.job.c.workflow == workflow)
    if external_id is not None:
        query = query.where(table.job.c.external_id == external_id)
    if before is not None:
        query = query.where(table.job.c.id < before)
    async with db.connection() as connection:
        return await fetch(connection, query.order_by(table.job.c.id.desc()).limit(limit))


async def delete(connection: Connection, job: UUID) -> list[str]:
    """Delete a job and all that hangs on it. Returns the blobs that no row names any more."""
    rows = await connection.fetch(
        "SELECT blob FROM document WHERE job_id = $1 AND blob IS NOT NULL"
        " UNION SELECT blob FROM artifact WHERE job_id = $1"
        " UNION SELECT u.blob FROM upload u JOIN document d ON d.id = u.document_id WHERE d.job_id = $1",
        job,
    )
    await connection.execute("DELETE FROM job WHERE id = $1", job)
    return await unnamed(connection, [row["blob"] for row in rows])


async def unnamed(connection: Connection, blobs: Sequence[str]) -> list[str]:
    """Those of the keys that neither a row nor an upload under way names."""
    nowhere = " AND ".join(
        f"NOT EXISTS (SELECT FROM {name} n WHERE n.blob = k.key)" for name in table.NAME_BLOBS
    )
    rows = await connection.fetch(
        f"SELECT key FROM unnest($1::text[]) AS k(key) WHERE {nowhere}"  # noqa: S608 names are ours
        " AND NOT EXISTS (SELECT FROM upload u JOIN document d ON d.id = u.document_id"
        "  WHERE u.blob = k.key AND d.state = 'registered')",
        list(blobs),
    )
    return [row["key"] for row in rows]


async def stuck(connection: Connection, limit: int) -> list[UUID]:
    """Jobs that have nothing left to do and are not moved on."""
    rows = await connection.fetch(
        "SELECT id FROM job WHERE (state = 'checking' AND checks_open = 0) OR (state IN ('queued', 'running')"
        " AND processes_open = 0 AND finishes_open = 0 AND waiting = 0 AND running = 0) LIMIT $1",
        limit,
    )
    return [row["id"] for row in rows]


async def due(db: Database, limit: int = 100) -> list[UUID]:
    """Open and blocked jobs whose time is over."""
    rows = await db.fetch(
        "SELECT id FROM job WHERE state IN ('open', 'blocked') AND expires_at <= now() LIMIT $1", limit
    )
    return [row["id"] for row in rows]


async def old(db: Database, days: float, limit: int = 100) -> list[UUID]:
    """Jobs that ended longer ago than that."""
    rows = await db.fetch(
        "SELECT id FROM job WHERE ended_at < now() - make_interval(secs => $1) LIMIT $2", days * 86400, limit
    )
    return [row["id"] for row in rows]


async def ended(db: Database, jobs: Sequence[UUID]) -> set[UUID]:
    """Those of the jobs that are over or gone: what still runs of them is to be stopped."""
    rows = await db.fetch(
        "SELECT k.id FROM unnest($1::uuid[]) AS k(id) LEFT JOIN job ON job.id = k.id"
        " WHERE job.id IS NULL OR job.ended_at IS NOT NULL",
        list(jobs),
    )
    return {row["id"] for row in rows}
