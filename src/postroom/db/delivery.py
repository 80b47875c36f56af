"""Owns the outbox of webhooks: written in the transaction that changes the state, read by webhooks/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.db.connection import Connection, Database, Row, dumps

GONE = 410  # the receiver wants no more of this
_GONE_BEFORE = "The receiver answered 410 to an earlier webhook of this job: it wants no more."


async def insert(
    connection: Connection, *, account: UUID, job: UUID | None, url: str, type: str, payload: dict[str, Any]
) -> None:
    """To be sent, unless the same receiver has said 410 to another one of this job: then only logged."""
    await connection.execute(
        "INSERT INTO delivery (id, account_id, job_id, url, type, payload, state, error, ended_at)"
        " SELECT $1, $2, $3, $4, $5, $6::jsonb, CASE WHEN gone THEN 'abandoned' ELSE 'pending' END,"
        " CASE WHEN gone THEN $7::text END, CASE WHEN gone THEN now() END"
        " FROM (SELECT EXISTS (SELECT FROM delivery WHERE job_id = $3 AND url = $4"
        " AND state = 'abandoned' AND status = $8) AS gone) x",
        uuid7(),
        account,
        job,
        url,
        type,
        dumps(payload),
        _GONE_BEFORE,
        GONE,
    )


# The host (and port) that a URL leads to, to tell hosts apart: whoever is slow holds up only himself.
_HOST = "coalesce(lower(substring(url FROM '^[^:/?#]+://(?:[^/?#]*@)?([^/?#@]*)')), '')"

# Due rows that are looked at in one round. Of one host all may be due, so full hosts are left out first.
_HEAD = 1000

_TAKE_DUE = f"""
WITH busy AS (
  SELECT host, count FROM unnest($3::text[], $4::int[]) AS given(host, count)
), head AS (
  SELECT id, due_at, {_HOST} AS host FROM delivery
  WHERE state = 'pending' AND due_at <= now()
    AND {_HOST} <> ALL (SELECT host FROM busy WHERE count >= $5)
  ORDER BY due_at LIMIT {_HEAD}
), placed AS (
  SELECT id, host, row_number() OVER (PARTITION BY host ORDER BY due_at, id) AS place FROM head
), picked AS MATERIALIZED (
  SELECT delivery.id, placed.host FROM placed
  JOIN delivery USING (id) LEFT JOIN busy USING (host)
  WHERE placed.place + coalesce(busy.count, 0) <= $5
    AND delivery.state = 'pending' AND delivery.due_at <= now()
  ORDER BY delivery.due_at LIMIT $1
  FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE delivery SET due_at = now() + make_interval(secs => $2), attempt = attempt + 1
FROM picked, account
WHERE delivery.id = picked.id AND account.id = delivery.account_id
RETURNING delivery.id, job_id, url, type, payload, attempt, delivery.created_at,
  host, webhook_secret AS secret, (SELECT system FROM job WHERE job.id = job_id) AS system
"""  # noqa: S608  (only constants are put in)


async def take_due(
    db: Database, limit: int, hold: float, *, per_host: int, busy: Mapping[str, int]
) -> list[Row]:
    """At most `limit` due deliveries, counted as attempted and pushed `hold` seconds ahead, so that nobody
    else sends them meanwhile and somebody does if we die.

    busy: how many are on their way to a host already; with these, no host gets more than per_host.
    Rows: id, job_id, url, type, payload, attempt, created_at, host, secret, system (None without a job).
    """
    return await db.fetch(_TAKE_DUE, limit, hold, list(busy), list(busy.values()), per_host)


async def settle(
    db: Database,
    delivery: UUID,
    attempt: int,
    *,
    state: str,
    status: int | None,
    error: str | None,
    delay: float,
) -> bool:
    """Record how an attempt went. state: pending (again after `delay` seconds), delivered or abandoned.
    Abandoned with status 410, so is what else of its job waits for the same receiver.

    False if the attempt no longer counts: its hold ran out and another one has begun.
    """
    done = await db.fetchval(
        "WITH settled AS (UPDATE delivery SET state = $3, status = $4, error = $5,"
        " due_at = now() + make_interval(secs => $6), ended_at = CASE WHEN $3 <> 'pending' THEN now() END"
        " WHERE id = $1 AND attempt = $2 AND state = 'pending' RETURNING id, job_id, url),"
        " gone AS (UPDATE delivery SET state = 'abandoned', error = $7, ended_at = now()"
        " FROM settled WHERE $3 = 'abandoned' AND $4 = $8 AND delivery.job_id = settled.job_id"
        " AND delivery.url = settled.url AND delivery.id <> settled.id AND delivery.state = 'pending')"
        " SELECT count(*) FROM settled",
        delivery,
        attempt,
        state,
        status,
        error,
        delay,
        _GONE_BEFORE,
        GONE,
    )
    return bool(done)


async def of_job(db: Database | Connection, job: UUID) -> list[Row]:
    return await db.fetch(
        "SELECT id, url, type, state, attempt, status, error, due_at, created_at, ended_at FROM delivery"
        " WHERE job_id = $1 ORDER BY id",
        job,
    )


async def again(connection: Connection, job: UUID, delivery: UUID) -> bool:
    """Send an ended delivery of the job once more, from the beginning and under the same id."""
    done = await connection.execute(
        "UPDATE delivery SET state = 'pending', attempt = 0, status = NULL, error = NULL, due_at = now(),"
        " ended_at = NULL WHERE id = $2 AND job_id = $1 AND state <> 'pending'",
        job,
        delivery,
    )
    return done == "UPDATE 1"


async def abandon(connection: Connection, account: UUID, endpoint: str, why: str) -> None:
    """Send nothing more of what waits for an endpoint, which its payload names."""
    await connection.execute(
        "UPDATE delivery SET state = 'abandoned', error = $3, ended_at = now()"
        " WHERE account_id = $1 AND state = 'pending' AND payload->>'endpoint' = $2",
        account,
        endpoint,
        why,
    )


async def forget(db: Database, days: float) -> None:
    """Delete what ended longer ago than that; deliveries of a job go with their job anyway."""
    await db.execute("DELETE FROM delivery WHERE ended_at < now() - make_interval(secs => $1)", days * 86400)
