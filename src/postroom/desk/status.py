"""Owns the hottest call, a status poll: who asks and how the job stands, in one round trip to the database."""

from __future__ import annotations

from uuid import UUID

from postroom.core.jobs import Job
from postroom.db import job as rows
from postroom.desk.access import digest_of, granted
from postroom.desk.context import Desk
from postroom.errors import NotFound


async def poll(desk: Desk, secret: str | None, job: UUID, *, front: str) -> Job:
    """The job, if the key opens the desk `front` for reading and the job is its account's and environment's."""
    digest = digest_of(secret)
    row = await rows.of_key(desk.db, digest, job, 3 * desk.settings.heartbeat)
    granted(digest, row).require(front, "read")
    if row is None or row["id"] is None:
        raise NotFound("There is no job with this id.", field="id")
    return rows.job_of(row)
