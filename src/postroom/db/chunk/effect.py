"""Owns what a finished chunk leaves in the core's tables, stored only under the newest epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postroom.core.states import CHUNK, ChunkMove, DocumentState, sources
from postroom.db.connection import Connection, Row, dumps

_FINISHABLE = [state.value for state in sources(CHUNK, ChunkMove.FINISH)]


@dataclass(frozen=True, slots=True)
class CheckEnd:
    """A check that is done. state: where its document goes; error is JSON or None. sha256: if it hashed it."""

    chunk: int
    epoch: int
    state: DocumentState
    media_type: str | None
    facts: dict[str, Any]
    plan: dict[str, Any]
    error: dict[str, Any] | None
    pages: int
    rows: int
    sha256: str | None = None


async def finish_checks(connection: Connection, ends: Sequence[CheckEnd]) -> list[Row]:
    """Store what checks found, if their epoch is still the newest. Returns the documents and their chunks."""
    return await connection.fetch(
        "WITH r AS (SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[],"
        "   $6::text[], $7::text[], $8::int[], $9::bigint[], $10::text[])"
        "   AS r(id, epoch, state, media_type, facts, plan, error, pages, rows, sha256)),"
        " c AS (UPDATE chunk SET state = 'done', done_at = now(), error = r.error::jsonb FROM r"
        "  WHERE chunk.id = ANY($1) AND chunk.id = r.id AND chunk.epoch = r.epoch AND chunk.state = ANY($11)"
        "  RETURNING chunk.document_id, chunk.id AS chunk_id, r.*)"
        " UPDATE document d SET state = c.state, media_type = c.media_type, facts = c.facts::jsonb,"
        "  plan = c.plan::jsonb, error = c.error::jsonb, pages = c.pages, rows = c.rows,"
        "  sha256 = coalesce(d.sha256, c.sha256),"
        "  chunks = CASE WHEN c.state = 'ready' THEN jsonb_array_length(c.plan::jsonb->'parts') ELSE 0 END,"
        "  ended_at = CASE WHEN c.state = 'ready' THEN NULL ELSE now() END"
        " FROM c WHERE d.id = c.document_id AND d.state = 'received'"
        " RETURNING c.chunk_id, d.id, d.job_id, d.position, d.name, d.state, d.error",
        [end.chunk for end in ends],
        [end.epoch for end in ends],
        [end.state.value for end in ends],
        [end.media_type for end in ends],
        [dumps(end.facts) for end in ends],
        [dumps(end.plan) for end in ends],
        [dumps(end.error) if end.error else None for end in ends],
        [end.pages for end in ends],
        [end.rows for end in ends],
        [end.sha256 for end in ends],
        _FINISHABLE,
    )


@dataclass(frozen=True, slots=True)
class FetchEnd:
    """A fetch that is done. blob, size, sha256: of what was fetched; None with an error."""

    chunk: int
    epoch: int
    state: DocumentState
    blob: str | None
    size: int | None
    sha256: str | None
    declared_type: str | None
    error: dict[str, Any] | None


async def finish_fetches(connection: Connection, ends: Sequence[FetchEnd]) -> list[Row]:
    """Store what was fetched, if the epoch is still the newest. Returns the documents and their chunks."""
    return await connection.fetch(
        "WITH r AS (SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::bigint[],"
        "   $6::text[], $7::text[], $8::text[]) AS r(id, epoch, state, blob, size, sha256, type, error)),"
        " c AS (UPDATE chunk SET state = 'done', done_at = now(), error = r.error::jsonb FROM r"
        "  WHERE chunk.id = ANY($1) AND chunk.id = r.id AND chunk.epoch = r.epoch AND chunk.state = ANY($9)"
        "  RETURNING chunk.document_id, chunk.id AS chunk_id, r.*)"
        " UPDATE document d SET state = c.state, blob = c.blob, size = c.size, sha256 = c.sha256,"
        "  declared_type = coalesce(d.declared_type, c.type), error = c.error::jsonb,"
        "  ended_at = CASE WHEN c.state = 'failed' THEN now() END"
        " FROM c WHERE d.id = c.document_id AND d.state = 'registered'"
        " RETURNING c.chunk_id, d.id, d.job_id, d.position, d.name, d.state, d.error",
        [end.chunk for end in ends],
        [end.epoch for end in ends],
        [end.state.value for end in ends],
        [end.blob for end in ends],
        [end.size for end in ends],
        [end.sha256 for end in ends],
        [end.declared_type for end in ends],
        [dumps(end.error) if end.error else None for end in ends],
        _FINISHABLE,
    )


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """A process chunk that is done. failed: as a whole; result is merged into the document's."""

    chunk: int
    epoch: int
    failed: bool
    result: dict[str, Any]
    error: dict[str, Any] | None
    pages_failed: int
    rows_failed: int


async def finish_processes(connection: Connection, ends: Sequence[ProcessEnd]) -> list[Row]:
    """Mark chunks as done, if their epoch is still the newest. The caller holds the jobs' locks.

    Returns those that were: chunk_id, document_id, pages_failed and rows_failed of the chunk, and what was known
    of its running document before (`d_…`; all null if it has none).
    """
    return await connection.fetch(
        "WITH r AS (SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::text[])"
        "   AS r(id, epoch, pages_failed, rows_failed, error)),"
        " c AS (UPDATE chunk SET state = 'done', done_at = now(), error = r.error::jsonb,"
        "  pages_failed = least(r.pages_failed, chunk.pages), rows_failed = least(r.rows_failed, chunk.rows)"
        "  FROM r WHERE chunk.id = ANY($1) AND chunk.id = r.id AND chunk.epoch = r.epoch AND chunk.state = ANY($6)"
        "  RETURNING chunk.id AS chunk_id, chunk.document_id, chunk.pages_failed, chunk.rows_failed)"
        " SELECT c.*, d.id AS d_id, d.job_id AS d_job_id, d.position AS d_position, d.name AS d_name,"
        "  d.chunks AS d_chunks, d.chunks_done AS d_chunks_done, d.chunks_failed AS d_chunks_failed,"
        "  d.pages AS d_pages, d.pages_failed AS d_pages_failed, d.rows AS d_rows,"
        "  d.rows_failed AS d_rows_failed, d.error AS d_error"
        " FROM c LEFT JOIN document d ON d.id = c.document_id AND d.state = 'running'",
        [end.chunk for end in ends],
        [end.epoch for end in ends],
        [end.pages_failed for end in ends],
        [end.rows_failed for end in ends],
        [dumps(end.error) if end.error else None for end in ends],
        _FINISHABLE,
    )


@dataclass(slots=True)
class DocumentSum:
    """What one batch adds to a document. state: where it goes, if its last chunk was among them."""

    document: UUID
    done: int = 0
    failed: int = 0
    pages_failed: int = 0
    rows_failed: int = 0
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    state: DocumentState | None = None


async def add_to_documents(connection: Connection, sums: Sequence[DocumentSum]) -> None:
    """Add what chunks contributed, and end those documents whose last chunk is done."""
    await connection.execute(
        "UPDATE document d SET chunks_done = d.chunks_done + s.done, chunks_failed = d.chunks_failed + s.failed,"
        "  pages_failed = d.pages_failed + s.pages_failed, rows_failed = d.rows_failed + s.rows_failed,"
        "  result = CASE WHEN s.result IS NULL THEN d.result ELSE coalesce(d.result, '{}'::jsonb) || s.result::jsonb END,"
        "  error = coalesce(s.error::jsonb, d.error), state = coalesce(s.state, d.state),"
        "  ended_at = CASE WHEN s.state IS NULL THEN d.ended_at ELSE now() END"
        " FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::text[], $8::text[])"
        "  AS s(id, done, failed, pages_failed, rows_failed, result, error, state)"
        " WHERE d.id = ANY($1) AND d.id = s.id AND d.state = 'running'",
        [s.document for s in sums],
        [s.done for s in sums],
        [s.failed for s in sums],
        [s.pages_failed for s in sums],
        [s.rows_failed for s in sums],
        [dumps(s.result) if s.result is not None else None for s in sums],
        [dumps(s.error) if s.error else None for s in sums],
        [s.state.value if s.state else None for s in sums],
    )


async def finish_job_chunk(connection: Connection, chunk: int, epoch: int) -> bool:
    done = await connection.execute(
        "UPDATE chunk SET state = 'done', done_at = now() WHERE id = $1 AND epoch = $2 AND state = ANY($3)",
        chunk,
        epoch,
        _FINISHABLE,
    )
    return done.endswith(" 1")


async def add_artifacts(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """(id, job, document, name, media type, blob, size, sha256) each, in the fenced transaction."""
    await connection.executemany(
        "INSERT INTO artifact (id, job_id, document_id, name, media_type, blob, size, sha256)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        rows,
    )


async def done_under(connection: Connection, claims: Sequence[tuple[int, int]]) -> set[int]:
    """Those (chunk, epoch) that are done under exactly that epoch.

    Whoever holds the epoch and finds this has stored them before, and only never heard that it was committed.
    """
    rows = await connection.fetch(
        "SELECT c.id FROM unnest($1::bigint[], $2::int[]) AS e(id, epoch)"
        " JOIN chunk c ON c.id = e.id AND c.epoch = e.epoch AND c.state = 'done'",
        [chunk for chunk, _ in claims],
        [epoch for _, epoch in claims],
    )
    return {row["id"] for row in rows}
