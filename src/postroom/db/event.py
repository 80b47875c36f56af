"""Owns the numbered events of jobs. Numbers are taken under the job's row lock, so a cursor never skips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from postroom.core.events import EventType
from postroom.db.connection import Connection, Database, Row, dumps

CHANNEL = "postroom_event"  # payload: job id
WORK = "postroom_work"  # payload: empty; there is something to admit
STOP = "postroom_stop"  # payload: job id; its running chunks are to be stopped


async def append(
    connection: Connection, job: UUID, events: Sequence[tuple[EventType, dict[str, Any]]]
) -> None:
    """Number and store events of one job; listeners hear of them when the transaction commits."""
    if not events:
        return
    await connection.execute(
        "WITH job AS (UPDATE job SET last_event = last_event + $2 WHERE id = $1 RETURNING last_event),"
        " stored AS (INSERT INTO event (job_id, number, type, data)"
        "  SELECT $1, job.last_event - $2 + n, type, data::jsonb"
        "  FROM job, unnest($3::text[], $4::text[]) WITH ORDINALITY AS e(type, data, n))"
        " SELECT pg_notify($5, $1::text) FROM job",
        job,
        len(events),
        [event.value for event, _ in events],
        [dumps(data) for _, data in events],
        CHANNEL,
    )


async def notify(connection: Connection, channel: str, payload: str = "") -> None:
    await connection.execute("SELECT pg_notify($1, $2)", channel, payload)


async def after(db: Database, job: UUID, number: int, limit: int = 500) -> list[Row]:
    """Events with a higher number, in order: number, type, data, at."""
    return await db.fetch(
        "SELECT number, type, data, at FROM event WHERE job_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        job,
        number,
        limit,
    )
