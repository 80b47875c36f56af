"""Owns the way back into the backlog: after a passing fault, from a worker that drains or died, lost entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postroom.core.states import CHUNK, DOCUMENT, ChunkMove, DocumentMove, sources
from postroom.db.chunk.claim import Entry
from postroom.db.connection import Connection, Database, Row, dumps
from postroom.db.job import lock

_RETRYABLE = [state.value for state in sources(CHUNK, ChunkMove.RETRY)]


@dataclass(frozen=True, slots=True)
class Return:
    """A chunk that goes back into the backlog. delay in seconds; attempt: whether it counts as one."""

    chunk: int
    epoch: int
    delay: float = 0.0
    attempt: bool = False
    error: dict[str, Any] | None = None


async def put_back(connection: Connection, returns: Sequence[Return]) -> set[int]:
    """Back into the backlog, if their epoch is still the newest. A document with one chunk waits again.

    Returns the chunks that were put back.
    """
    rows = await connection.fetch(
        "UPDATE chunk SET state = 'waiting', attempt = chunk.attempt + r.attempt, error = coalesce(r.error::jsonb, chunk.error),"
        "  not_before = now() + make_interval(secs => r.delay)"
        " FROM unnest($1::bigint[], $2::int[], $3::float8[], $4::int[], $5::text[])"
        "  AS r(id, epoch, delay, attempt, error)"
        " WHERE chunk.id = ANY($1) AND chunk.id = r.id AND chunk.epoch = r.epoch AND chunk.state = ANY($6)"
        " RETURNING chunk.id, chunk.document_id",
        [r.chunk for r in returns],
        [r.epoch for r in returns],
        [r.delay for r in returns],
        [int(r.attempt) for r in returns],
        [dumps(r.error) if r.error else None for r in returns],
        _RETRYABLE,
    )
    await _requeue_documents(connection, [row["document_id"] for row in rows])
    return {row["id"] for row in rows}


async def put_back_entry(db: Database, entry: Entry, *, blame: bool = True) -> None:
    """A chunk whose entry was handed out and not taken up: its worker drains, its job is blocked, or the
    worker that had taken it up before went silent over it, which is held against it (blame)."""
    async with db.transaction() as connection:
        await lock(connection, [entry.job])
        rows = await connection.fetch(
            "UPDATE chunk SET state = 'waiting', lost = lost + (old.state = 'running' AND $4)::int"
            " FROM (SELECT id, state FROM chunk WHERE id = $1 AND admission = $2 FOR UPDATE) old"
            " WHERE chunk.id = old.id AND old.state = ANY($3) RETURNING chunk.document_id, old.state",
            entry.chunk,
            entry.admission,
            _RETRYABLE,
            blame,
        )
        await _requeue_documents(
            connection, [row["document_id"] for row in rows if row["state"] == "running"]
        )


async def put_back_of_worker(connection: Connection, worker: UUID, *, blame: bool = True) -> int:
    """Everything that a worker known to be dead had taken up. blame: each counts as one worker taken down."""
    held = await connection.fetch(
        "SELECT DISTINCT job_id FROM chunk WHERE worker = $1 AND state = 'running'", worker
    )
    await lock(connection, [row["job_id"] for row in held])
    rows = await connection.fetch(
        "UPDATE chunk SET state = 'waiting', lost = lost + $2::int WHERE id IN ("
        " SELECT id FROM chunk WHERE worker = $1 AND state = 'running' ORDER BY id FOR UPDATE)"
        " RETURNING document_id",
        worker,
        int(blame),
    )
    await _requeue_documents(connection, [row["document_id"] for row in rows])
    return len(rows)


async def _requeue_documents(connection: Connection, documents: Sequence[UUID | None]) -> None:
    await connection.execute(
        "UPDATE document SET state = 'ready' WHERE id = ANY($1) AND chunks = 1 AND state = ANY($2)",
        [document for document in documents if document is not None],
        [state.value for state in sources(DOCUMENT, DocumentMove.REQUEUE)],
    )


async def missing_from(db: Database, present: Sequence[int], grace: float) -> list[Row]:
    """Chunks that should be in the queue but are not: id, epoch, job_id, admission, state."""
    return await db.fetch(
        "SELECT id, epoch, job_id, admission, state FROM chunk WHERE state IN ('admitted', 'running')"
        " AND claimed_at < now() - make_interval(secs => $2) AND id <> ALL($1)",
        list(present),
        grace,
    )
