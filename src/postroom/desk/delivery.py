"""Owns reading how the webhooks of a job went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from postroom.db import delivery as rows
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import get


async def of_job(desk: Desk, access: Access, job: UUID) -> list[dict[str, Any]]:
    await get(desk, access, job)
    return [
        {
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
        for row in await rows.of_job(desk.db, job)
    ]
