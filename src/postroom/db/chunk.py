"""Owns the rows of chunks: make, admit, claim, finish, retry. Every change is guarded by state and fences.

Two fences. `admission` counts how often a chunk was put into the queue; a queue entry may claim only under
the number that it carries. `epoch` counts claims; only the latest claim's effects are stored.
Statements work on many chunks at once: engine/batch.py brings them in batches. They name the ids once more
as `= ANY($1)`, or Postgres, which cannot know how few there are, reads the whole table instead of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postroom.core.states import CHUNK, DOCUMENT, ChunkKind, ChunkMove, DocumentMove, DocumentState, sources
from postroom.db.connection import Connection, Database, Row, dumps
from postroom.db.job import lock

_CLAIMABLE = [state.value for state in sources(CHUNK, ChunkMove.CLAIM)]
_FINISHABLE = [state.value for state in sources(CHUNK, ChunkMove.FINISH)]
_RETRYABLE = [state.value for state in sources(CHUNK, ChunkMove.RETRY)]


async def make_checks(connection: Connection, job: UUID, system: str, workflow: str) -> None:
    """One check for every received document that has none; those that are elsewhere are fetched first."""
    await connection.execute(
        "INSERT INTO chunk (job_id, document_id, system, workflow, kind, state)"
        " SELECT job_id, id, $2, $3, CASE WHEN state = 'received' THEN 'check' ELSE 'fetch' END, 'waiting'"
        " FROM document d WHERE job_id = $1"
        " AND (state = 'received' OR (state = 'registered' AND url IS NOT NULL))"
        " AND NOT EXISTS (SELECT FROM chunk c WHERE c.document_id = d.id) ORDER BY position",
        job,
        system,
        workflow,
    )


async def make_processes(connection: Connection, job: UUID, system: str, workflow: str) -> None:
    """The process chunks that each ready document's check planned, unless it has them already."""
    await connection.execute(
        "INSERT INTO chunk (job_id, document_id, system, workflow, kind, state, range, pages, rows)"
        " SELECT d.job_id, d.id, $2, $3, 'process', 'waiting', part.value->'range',"
        "  (part.value->>'pages')::int, (part.value->>'rows')::bigint"
        " FROM document d CROSS JOIN LATERAL jsonb_array_elements(d.plan->'parts') WITH ORDINALITY AS part(value, n)"
        " WHERE d.job_id = $1 AND d.state = 'ready'"
        " AND NOT EXISTS (SELECT FROM chunk c WHERE c.document_id = d.id AND c.kind = 'process')"
        " ORDER BY d.position, part.n",
        job,
        system,
        workflow,
    )


async def make_finish(connection: Connection, job: UUID, system: str, workflow: str) -> bool:
    """The job's finish chunk, once. Returns whether it was made now."""
    done = await connection.execute(
        "INSERT INTO chunk (job_id, system, workflow, kind, state)"
        " SELECT $1, $2, $3, 'finish', 'waiting' WHERE NOT EXISTS"
        " (SELECT FROM chunk WHERE job_id = $1 AND kind = 'finish')",
        job,
        system,
        workflow,
    )
    return done.endswith(" 1")


# --- admission ------------------------------------------------------------------------------------------


async def in_flight(connection: Connection) -> list[Row]:
    """What stands in the window now: system, job_id, account_id, workflow, kind, n."""
    return await connection.fetch(
        "SELECT c.system, c.job_id, j.account_id, c.workflow, c.kind, count(*)::int AS n"
        " FROM chunk c JOIN job j ON j.id = c.job_id WHERE c.state IN ('admitted', 'running')"
        " GROUP BY 1, 2, 3, 4, 5"
    )


def _kinds(fetches: bool) -> tuple[list[str], list[str]]:
    """The kinds of chunk that a job may have admitted while it is in `checking`, and afterwards.

    A fetch waits for others' servers and takes no child, so the two are admitted apart: neither fills the
    window of the other.
    """
    return ([ChunkKind.FETCH], []) if fetches else ([ChunkKind.CHECK], [ChunkKind.PROCESS, ChunkKind.FINISH])


async def backlog(
    connection: Connection, systems: Sequence[str], limit: int, *, fetches: bool = False
) -> list[Row]:
    """Jobs with chunks that may be admitted now; each counts up to `limit` of them.

    Checks and fetches belong to `checking`, everything else to `queued` and `running`.
    """
    return await connection.fetch(
        "SELECT j.id, j.account_id, j.system, j.workflow, j.state, coalesce(s.vtime, 0) AS vtime, b.n"
        " FROM job j LEFT JOIN share s ON s.job_id = j.id CROSS JOIN LATERAL ("
        "  SELECT count(*)::int AS n FROM (SELECT FROM chunk c WHERE c.job_id = j.id AND c.state = 'waiting'"
        "   AND c.kind = ANY(CASE WHEN j.state = 'checking' THEN $3::text[] ELSE $4::text[] END)"
        "   AND (c.not_before IS NULL OR c.not_before <= now()) LIMIT $2) x) b"
        " WHERE j.state IN ('checking', 'queued', 'running') AND j.system = ANY($1) AND b.n > 0",
        list(systems),
        limit,
        *_kinds(fetches),
    )


async def accounts(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id, vtime, cap FROM account WHERE id = ANY($1)", list(ids))


async def admit(connection: Connection, wanted: dict[UUID, int], *, fetches: bool = False) -> list[Row]:
    """Put up to n waiting chunks of each job into the window.

    Returns id, system, job_id, workflow, kind, admission, lost.
    """
    return await connection.fetch(
        "WITH picked AS (SELECT c.id FROM unnest($1::uuid[], $2::int[]) AS w(job_id, n)"
        " JOIN job j ON j.id = w.job_id CROSS JOIN LATERAL ("
        "  SELECT id FROM chunk WHERE job_id = w.job_id AND state = 'waiting'"
        "   AND kind = ANY(CASE WHEN j.state = 'checking' THEN $4::text[] ELSE $5::text[] END)"
        "   AND (not_before IS NULL OR not_before <= now()) ORDER BY id LIMIT w.n FOR UPDATE SKIP LOCKED) c)"
        " UPDATE chunk SET state = 'admitted', admission = admission + 1, claimed_at = now() FROM picked"
        " WHERE chunk.id = picked.id AND chunk.state = ANY($3)"
        " RETURNING chunk.id, chunk.system, chunk.job_id, chunk.workflow, chunk.kind, chunk.admission, chunk.lost",
        list(wanted),
        list(wanted.values()),
        [state.value for state in sources(CHUNK, ChunkMove.ADMIT)],
        *_kinds(fetches),
    )


async def store_shares(connection: Connection, jobs: dict[UUID, float], accounts: dict[UUID, float]) -> None:
    """Virtual times after a round."""
    await connection.execute(
        "INSERT INTO share (job_id, vtime) SELECT * FROM unnest($1::uuid[], $2::float8[])"
        " ON CONFLICT (job_id) DO UPDATE SET vtime = excluded.vtime",
        list(jobs),
        list(jobs.values()),
    )
    await connection.execute(
        "UPDATE account SET vtime = v.vtime FROM unnest($1::uuid[], $2::float8[]) AS v(id, vtime)"
        " WHERE account.id = v.id",
        list(accounts),
        list(accounts.values()),
    )


# --- claim ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """What a queue entry carries. suspect: a worker went silent over this chunk before. quick: it is thought
    to take so little time that a worker may take some ahead."""

    chunk: int
    job: UUID
    kind: ChunkKind
    admission: int
    suspect: bool = False
    quick: bool = False


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


# --- finish -----------------------------------------------------------------------------------------------


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


async def make_checks_after_fetch(connection: Connection, documents: Sequence[UUID]) -> None:
    """The check of each document that has just arrived."""
    await connection.execute(
        "INSERT INTO chunk (job_id, document_id, system, workflow, kind, state)"
        " SELECT d.job_id, d.id, j.system, j.workflow, 'check', 'waiting'"
        " FROM document d JOIN job j ON j.id = d.job_id WHERE d.id = ANY($1) AND d.state = 'received'"
        " ORDER BY d.job_id, d.position",
        list(documents),
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
    """Mark chunks as done, if their epoch is still the newest. Returns those that were: id, document_id."""
    return await connection.fetch(
        "WITH r AS (SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::text[])"
        "   AS r(id, epoch, pages_failed, rows_failed, error))"
        " UPDATE chunk SET state = 'done', done_at = now(), error = r.error::jsonb,"
        "  pages_failed = least(r.pages_failed, chunk.pages), rows_failed = least(r.rows_failed, chunk.rows)"
        " FROM r WHERE chunk.id = ANY($1) AND chunk.id = r.id AND chunk.epoch = r.epoch AND chunk.state = ANY($6)"
        " RETURNING chunk.id, chunk.document_id, chunk.pages, chunk.rows, chunk.pages_failed, chunk.rows_failed",
        [end.chunk for end in ends],
        [end.epoch for end in ends],
        [end.pages_failed for end in ends],
        [end.rows_failed for end in ends],
        [dumps(end.error) if end.error else None for end in ends],
        _FINISHABLE,
    )


@dataclass(slots=True)
class DocumentSum:
    """What one batch adds to a document."""

    document: UUID
    done: int = 0
    failed: int = 0
    pages_failed: int = 0
    rows_failed: int = 0
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


async def add_to_documents(connection: Connection, sums: Sequence[DocumentSum]) -> list[Row]:
    """Add what chunks contributed. Returns each document's running totals, to decide which have ended."""
    return await connection.fetch(
        "UPDATE document d SET chunks_done = d.chunks_done + s.done, chunks_failed = d.chunks_failed + s.failed,"
        "  pages_failed = d.pages_failed + s.pages_failed, rows_failed = d.rows_failed + s.rows_failed,"
        "  result = CASE WHEN s.result IS NULL THEN d.result ELSE coalesce(d.result, '{}'::jsonb) || s.result::jsonb END,"
        "  error = coalesce(s.error::jsonb, d.error)"
        " FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::text[])"
        "  AS s(id, done, failed, pages_failed, rows_failed, result, error)"
        " WHERE d.id = ANY($1) AND d.id = s.id AND d.state = 'running'"
        " RETURNING d.id, d.job_id, d.position, d.name, d.chunks, d.chunks_done, d.chunks_failed, d.pages,"
        "  d.pages_failed, d.rows, d.rows_failed, d.error",
        [s.document for s in sums],
        [s.done for s in sums],
        [s.failed for s in sums],
        [s.pages_failed for s in sums],
        [s.rows_failed for s in sums],
        [dumps(s.result) if s.result is not None else None for s in sums],
        [dumps(s.error) if s.error else None for s in sums],
    )


async def end_documents(
    connection: Connection, ends: Sequence[tuple[UUID, DocumentState, dict[str, Any] | None]]
) -> None:
    """Documents whose last chunk is done. The third is an error for those that have none yet."""
    await connection.execute(
        "UPDATE document d SET state = e.state, ended_at = now(), error = coalesce(d.error, e.error::jsonb)"
        " FROM unnest($1::uuid[], $2::text[], $3::text[]) AS e(id, state, error)"
        " WHERE d.id = ANY($1) AND d.id = e.id AND d.state = 'running'",
        [document for document, _, _ in ends],
        [state.value for _, state, _ in ends],
        [dumps(error) if error else None for _, _, error in ends],
    )


async def finish_job_chunk(connection: Connection, chunk: int, epoch: int) -> bool:
    done = await connection.execute(
        "UPDATE chunk SET state = 'done', done_at = now() WHERE id = $1 AND epoch = $2 AND state = ANY($3)",
        chunk,
        epoch,
        _FINISHABLE,
    )
    return done.endswith(" 1")


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


# --- retry ------------------------------------------------------------------------------------------------


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


async def seen_pace(connection: Connection) -> list[Row]:
    return await connection.fetch("SELECT workflow, kind, seconds FROM pace")


async def set_pace(connection: Connection, seen: dict[tuple[str, str], float]) -> None:
    """Move the estimate of a chunk's seconds towards what was seen."""
    await connection.execute(
        "INSERT INTO pace (workflow, kind, seconds) SELECT * FROM unnest($1::text[], $2::text[], $3::float8[])"
        " ON CONFLICT (workflow, kind) DO UPDATE SET seconds = 0.7 * pace.seconds + 0.3 * excluded.seconds",
        [workflow for workflow, _ in seen],
        [kind for _, kind in seen],
        list(seen.values()),
    )
