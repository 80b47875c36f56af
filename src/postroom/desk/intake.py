"""Owns the short way in: a job and all of its documents in one transaction, closed at once.

For front desks whose upload is the whole job. There is no moment at which the job exists and is still open.
"""

from __future__ import annotations

from collections.abc import Sequence

from postroom.core.jobs import Job
from postroom.core.states import JobMove
from postroom.db import chunk, document, event
from postroom.db import job as rows
from postroom.db.connection import Connection
from postroom.db.document import NewDocument
from postroom.desk.access import Access
from postroom.desk.advance import move
from postroom.desk.context import Desk, Seal
from postroom.desk.job import Order, submit


async def submit_closed(
    desk: Desk,
    access: Access,
    order: Order,
    documents: Sequence[NewDocument],
    *,
    seal: Seal[Job] | None = None,
) -> Job:
    """A new job with these documents, whose bytes are stored (blob is set). Checking starts. All or nothing.

    The job that is returned, and given to `seal`, is as it was when it was made: open.
    """

    async def fill(connection: Connection, job: Job) -> None:
        first = await rows.take_positions(connection, job.id, len(documents))
        await document.insert(connection, job.id, first, documents)
        (row,) = await rows.lock(connection, [job.id])
        activity = f"Checking {len(documents)} document{'s' if len(documents) != 1 else ''}."
        await move(connection, row, JobMove.CLOSE, activity=activity, followers=desk.followers)
        await chunk.make_checks(connection, job.id, row["system"], row["workflow"])
        await event.notify(connection, event.WORK)
        if seal is not None:
            await seal(connection, job)

    return await submit(desk, access, order, seal=fill)
