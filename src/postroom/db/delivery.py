"""Owns the outbox of webhooks: written in the transaction that changes the state, read by webhooks/."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.db.connection import Connection, Database, Row, dumps


async def insert(
    connection: Connection, *, account: UUID, job: UUID | None, url: str, type: str, payload: dict[str, Any]
) -> None:
    await connection.execute(
        "INSERT INTO delivery (id, account_id, job_id, url, type, payload, state)"
        " VALUES ($1, $2, $3, $4, $5, $6::jsonb, 'pending')",
        uuid7(),
        account,
        job,
        url,
        type,
        dumps(payload),
    )


async def take_due(connection: Connection, limit: int, hold: float) -> list[Row]:
    """Due deliveries, pushed `hold` seconds ahead so that nobody else sends them meanwhile."""
    return await connection.fetch(
        "UPDATE delivery SET due_at = now() + make_interval(secs => $2), attempt = attempt + 1 WHERE id IN ("
        "  SELECT id FROM delivery WHERE state = 'pending' AND due_at <= now() ORDER BY due_at LIMIT $1"
        "  FOR UPDATE SKIP LOCKED)"
        " RETURNING id, job_id, url, type, payload, attempt, created_at,"
        "  (SELECT webhook_secret FROM account WHERE account.id = delivery.account_id) AS secret",
        limit,
        hold,
    )


async def settle(
    db: Database,
    delivery: UUID,
    attempt: int,
    *,
    state: str,
    status: int | None,
    error: str | None,
    delay: float,
) -> None:
    """Record how an attempt went. state: pending (again after `delay` seconds), delivered or abandoned."""
    await db.execute(
        "UPDATE delivery SET state = $3, status = $4, error = $5, due_at = now() + make_interval(secs => $6),"
        " ended_at = CASE WHEN $3 <> 'pending' THEN now() END WHERE id = $1 AND attempt = $2 AND state = 'pending'",
        delivery,
        attempt,
        state,
        status,
        error,
        delay,
    )


async def of_job(db: Database, job: UUID) -> list[Row]:
    return await db.fetch(
        "SELECT id, url, type, state, attempt, status, error, due_at, created_at, ended_at FROM delivery"
        " WHERE job_id = $1 ORDER BY id",
        job,
    )
