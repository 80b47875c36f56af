"""Owns how the webhooks of a job went, and sending one again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from postroom.db import delivery as rows
from postroom.db.connection import Row
from postroom.desk.access import Access
from postroom.desk.context import Desk, Seal
from postroom.desk.job import get
from postroom.errors import Conflict, NotFound


async def of_job(desk: Desk, access: Access, job: UUID) -> list[dict[str, Any]]:
    await get(desk, access, job)
    return [_shown(row) for row in await rows.of_job(desk.db, job)]


async def replay(
    desk: Desk, access: Access, job: UUID, delivery: UUID, *, seal: Seal[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Send a webhook again that was delivered or given up, with the same id, so that its receiver can tell.
    Conflict if it is still being sent."""
    await get(desk, access, job)
    async with desk.db.transaction() as connection:
        started = await rows.again(connection, job, delivery)
        found = [row for row in await rows.of_job(connection, job) if row["id"] == delivery]
        if not found:
            raise NotFound("The job has no delivery with this id.", field="delivery")
        if not started:
            raise Conflict("The webhook is still being sent.", code="still_pending", field="delivery")
        result = _shown(found[0])
        if seal is not None:
            await seal(connection, result)
    return result


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "url": row["url"],
        "type": row["type"],
        "status": row["state"],
        "attempts": row["attempt"],
        "httpStatus": row["status"],
        "error": row["error"],
        "dueAt": row["due_at"] if row["state"] == "pending" else None,
        "createdAt": row["created_at"],
        "endedAt": row["ended_at"],
    }
