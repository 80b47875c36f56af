"""Owns taking chunks up under a new epoch, and what a child needs to know of the documents behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from postroom.core.states import CHUNK, DOCUMENT, ChunkKind, ChunkMove, DocumentMove, sources
from postroom.db.connection import Connection, Database, Row

_CLAIMABLE = [state.value for state in sources(CHUNK, ChunkMove.CLAIM)]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a queue entry carries. suspect: a worker went silent over this chunk before. quick: it is thought
    to take so little time that a worker may take some ahead. long: so much that none is taken ahead."""

    chunk: int
    job: UUID
    kind: ChunkKind
    admission: int
    suspect: bool = False
    quick: bool = False
    long: bool = False


async def claim(connection: Connection, entries: Sequence[Entry], worker: UUID) -> list[Row]:
    """Take chunks up under a new epoch. For process chunks the caller holds the jobs' locks.

    Only under the newest admission, and only while its job works. The others are not in the answer.
    """
    return await connection.fetch(
        "WITH entry AS (SELECT c.id FROM chunk c"
        "  JOIN job j ON j.id = c.job_id AND j.state IN ('checking', 'queued', 'running')"
        "  WHERE c.id = ANY($1::bigint[]) AND c.admission = ($2::int[])[array_position($1, c.id)]"
        "  ORDER BY c.id FOR UPDATE OF c)"
        " UPDATE chunk SET state = 'running', epoch = epoch + 1, worker = $3, claimed_at = now()"
        " FROM entry WHERE chunk.id = entry.id AND chunk.state = ANY($4)"
        " RETURNING chunk.id, chunk.job_id, chunk.document_id, chunk.system, chunk.workflow, chunk.kind,"
        "  chunk.range, chunk.pages, chunk.rows, chunk.epoch, chunk.attempt, chunk.lost",
        [entry.chunk for entry in entries],
        [entry.admission for entry in entries],
        worker,
        _CLAIMABLE,
    )


_SOURCE = (
    "d.id, d.position, d.name, d.blob, d.size, d.sha256, d.announced_sha256, d.url, d.declared_type, d.media_type,"
    " d.facts"
)
_UNMADE = "NULL AS made, NULL AS result"  # only finish chunks are told what process chunks made
_CHECK_SOURCES = (
    f"SELECT {_SOURCE}, {_UNMADE}, j.profile, j.options FROM document d JOIN job j ON j.id = d.job_id"  # noqa: S608
    " WHERE d.id = ANY($1) AND j.id = ANY($2)"
)
_START_DOCUMENTS = (
    "WITH started AS (UPDATE document SET state = 'running', started_at = coalesce(started_at, now())"  # noqa: S608
    f" WHERE id = ANY($1) AND state = ANY($2)) SELECT {_SOURCE}, {_UNMADE} FROM document d WHERE d.id = ANY($1)"
)
_SUCCEEDED_DOCUMENTS = (
    f"SELECT {_SOURCE}, d.result,"  # noqa: S608
    " (SELECT jsonb_object_agg(a.name, jsonb_build_object('key', a.blob, 'size', a.size, 'sha256', a.sha256))"
    "  FROM artifact a WHERE a.document_id = d.id) AS made"
    " FROM document d WHERE d.job_id = $1 AND d.state IN ('succeeded', 'partial') ORDER BY d.position"
)


async def check_sources(connection: Connection, documents: Sequence[UUID], jobs: Sequence[UUID]) -> list[Row]:
    """What a child needs to know of documents to be checked, and the profile and options of their jobs."""
    return await connection.fetch(_CHECK_SOURCES, list(documents), list(jobs))


async def start_documents(connection: Connection, documents: Sequence[UUID]) -> list[Row]:
    """Ready documents of which a chunk has just been claimed are running. What a child needs to know of them."""
    startable = [state.value for state in sources(DOCUMENT, DocumentMove.START)]
    return await connection.fetch(_START_DOCUMENTS, list(documents), startable)


async def succeeded_documents(connection: Connection, job: UUID) -> list[Row]:
    """The documents that a finish chunk works on, in order; `made`: where each of their artifacts is stored."""
    return await connection.fetch(_SUCCEEDED_DOCUMENTS, job)


async def let_go(db: Database, chunk: int, epoch: int, worker: UUID) -> None:
    """The worker of a cancelled chunk has stopped what it was doing for it."""
    await db.execute(
        "UPDATE chunk SET worker = NULL WHERE id = $1 AND epoch = $2 AND worker = $3 AND state = 'cancelled'",
        chunk,
        epoch,
        worker,
    )


async def held(db: Database, job: UUID, silence: float) -> bool:
    """Whether a worker is still stopping what it did for cancelled chunks of this job.

    silence: seconds after which a worker is held for dead.
    """
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM chunk c JOIN worker w ON w.id = c.worker WHERE c.job_id = $1"
            " AND c.state = 'cancelled' AND w.seen_at > now() - make_interval(secs => $2))",
            job,
            silence,
        )
    )
