"""Owns what can be done with the documents of a job: receive them, read them, what they made."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from postroom.core.documents import Document
from postroom.core.states import DocumentState, JobState
from postroom.db import document as rows
from postroom.db import job as job_rows
from postroom.db.connection import Connection, Row
from postroom.db.document import NewDocument
from postroom.desk.access import Access
from postroom.desk.context import Desk, Seal
from postroom.desk.job import get as get_job
from postroom.errors import Conflict, NotFound


async def expect_open(desk: Desk, access: Access, job: UUID) -> None:
    """Refuse early, before any byte is read, what `receive` would refuse anyway."""
    found = await get_job(desk, access, job)
    if found.state is not JobState.OPEN:
        raise _closed(found.state.value)


def _closed(state: str) -> Conflict:
    return Conflict(
        f"The job is {state}; documents can be added only while it is open.",
        code="job_closed",
        field="id",
        state=state,
    )


async def locked_open(connection: Connection, access: Access, job: UUID) -> Row:
    """The job's row, locked; NotFound, or Conflict if it takes no documents any more."""
    found = await job_rows.lock(connection, [job])
    if not found or not access.owns(found[0]):
        raise NotFound("There is no job with this id.", field="id")
    if found[0]["state"] != JobState.OPEN:
        raise _closed(found[0]["state"])
    return found[0]


async def receive(
    desk: Desk,
    access: Access,
    job: UUID,
    documents: Sequence[NewDocument],
    *,
    seal: Seal[list[Document]] | None = None,
) -> list[Document]:
    """Add documents, all or none, in the order given: their bytes are stored (blob is set), or the engine is
    to fetch them (url is set; see `desk/remote.py`)."""
    async with desk.db.transaction() as connection:
        await locked_open(connection, access, job)
        first = await job_rows.take_positions(connection, job, len(documents))
        stored = await rows.insert(connection, job, first, documents)
        result = [rows.document_of(row) for row in stored]
        if seal is not None:
            await seal(connection, result)
    return result


async def get(desk: Desk, access: Access, job: UUID, document: UUID) -> Document:
    await get_job(desk, access, job)
    row = await rows.get(desk.db, job, document)
    if row is None:
        raise NotFound("The job has no document with this id.", field="document")
    return rows.document_of(row)


async def content(desk: Desk, access: Access, job: UUID, document: UUID) -> tuple[Document, str]:
    """A document and the blob of its own bytes. NotFound while it has none."""
    found = await get(desk, access, job, document)
    if found.blob is None:
        raise NotFound("The bytes of this document have not arrived.", code="no_content", field="document")
    return found, found.blob


async def page(
    desk: Desk,
    access: Access,
    job: UUID,
    *,
    after: int = -1,
    limit: int = 100,
    states: Sequence[DocumentState] = (),
) -> list[Document]:
    """The job's documents by position, those after the one at `after`."""
    await get_job(desk, access, job)
    found = await rows.page(desk.db, job, after=after, limit=limit, states=[state.value for state in states])
    return [rows.document_of(row) for row in found]


async def artifacts(desk: Desk, documents: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """What each of these documents made. The caller got the ids from `page` or `get`."""
    found: dict[UUID, list[Row]] = {document: [] for document in documents}
    for row in await rows.artifacts(desk.db, documents):
        found[row["document_id"]].append(row)
    return found


async def job_artifacts(desk: Desk, access: Access, job: UUID) -> list[Row]:
    """What the job as a whole made, by name."""
    await get_job(desk, access, job)
    return await rows.job_artifacts(desk.db, job)


async def artifact(desk: Desk, access: Access, job: UUID, document: UUID | None, name: str) -> Row:
    """One artifact of a document, or of the job as a whole: name, media_type, size, sha256, blob."""
    await get_job(desk, access, job)
    row = await rows.artifact(desk.db, job, document, name)
    if row is None:
        raise NotFound("There is no artifact of this name.", field="name")
    return row
