"""Owns the rows of documents and artifacts: insert, read, list, settle duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.core.documents import Document, Duplicates
from postroom.core.states import CHUNK, DOCUMENT, ChunkMove, DocumentMove, DocumentState, sources, target
from postroom.db.connection import Connection, Database, Row, dumps, loads


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document about to be stored.

    blob, size, sha256: of its bytes. blob None: it is only announced, `registered`; sha256 None with a blob:
    its check hashes it. announced_sha256: must turn out to be right, or the document fails in its check.
    url: where the engine is to fetch it from, once its job is closed (blob is None then).
    facts: what the door has found out already, for its check; the check's own take their place.
    """

    name: str
    blob: str | None = None
    size: int | None = None
    sha256: str | None = None
    declared_type: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    announced_sha256: str | None = None
    url: str | None = None


def document_of(row: Row) -> Document:
    return Document(
        id=row["id"],
        job_id=row["job_id"],
        position=row["position"],
        name=row["name"],
        state=DocumentState(row["state"]),
        size=row["size"],
        sha256=row["sha256"],
        declared_type=row["declared_type"],
        media_type=row["media_type"],
        duplicate_of=row["duplicate_of"],
        error=loads(row["error"]),
        facts=loads(row["facts"]) or {},
        result=loads(row["result"]),
        pages=row["pages"],
        pages_failed=row["pages_failed"],
        rows=row["rows"],
        rows_failed=row["rows_failed"],
        blob=row["blob"],
        announced_sha256=row["announced_sha256"],
        url=row["url"],
        meta=loads(row["meta"]) or {},
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )


async def insert(
    connection: Connection, job: UUID, first: int, documents: Sequence[NewDocument]
) -> list[Row]:
    """Store documents at positions first, first + 1, …; the caller holds the job's lock. Returns their rows."""
    rows = await connection.fetch(
        "INSERT INTO document (id, job_id, position, name, state, blob, size, sha256, declared_type, meta, facts,"
        "  announced_sha256, url)"
        " SELECT id, $1, $2 + n - 1, name, CASE WHEN blob IS NULL THEN 'registered' ELSE 'received' END,"
        "  blob, size, sha256, type, meta::jsonb, facts::jsonb, announced, url"
        " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[],"
        "  $10::text[], $11::text[], $12::text[])"
        "  WITH ORDINALITY AS d(id, name, blob, size, sha256, type, meta, facts, announced, url, n) RETURNING *",
        job,
        first,
        [UUID(str(uuid7())) for _ in documents],
        [document.name for document in documents],
        [document.blob for document in documents],
        [document.size for document in documents],
        [document.sha256 for document in documents],
        [document.declared_type for document in documents],
        [dumps(document.meta) for document in documents],
        [dumps(document.facts) for document in documents],
        [document.announced_sha256 for document in documents],
        [document.url for document in documents],
    )
    return sorted(rows, key=lambda row: row["position"])


async def copy_failed(connection: Connection, old: UUID, new: UUID) -> dict[UUID, UUID]:
    """The documents of `old` that did not succeed, again in `new`: same bytes, same order. Returns the id that
    each had, and the one it has in `new`.

    Those whose bytes were to be fetched and could not be are fetched again.
    """
    rows = await connection.fetch(
        "SELECT id, name, blob, size, sha256, declared_type, meta, announced_sha256, url FROM document"
        " WHERE job_id = $1"
        " AND state IN ('failed', 'partial', 'cancelled') AND (blob IS NOT NULL OR url IS NOT NULL) ORDER BY position",
        old,
    )
    if not rows:
        return {}
    again = [
        NewDocument(
            r["name"],
            r["blob"],
            r["size"],
            r["sha256"],
            r["declared_type"],
            loads(r["meta"]),
            announced_sha256=r["announced_sha256"],
            url=r["url"],
        )
        for r in rows
    ]
    made = await insert(connection, new, 0, again)
    return {before["id"]: after["id"] for before, after in zip(rows, made, strict=True)}


async def get(db: Database, job: UUID, document: UUID) -> Row | None:
    return await db.fetchrow("SELECT * FROM document WHERE job_id = $1 AND id = $2", job, document)


async def of_ids(connection: Connection, documents: Sequence[UUID]) -> list[Document]:
    rows = await connection.fetch(
        "SELECT * FROM document WHERE id = ANY($1) ORDER BY position", list(documents)
    )
    return [document_of(row) for row in rows]


async def known(db: Database, job: UUID, documents: Sequence[UUID]) -> set[UUID]:
    """Those of the documents that the job has."""
    rows = await db.fetch("SELECT id FROM document WHERE job_id = $1 AND id = ANY($2)", job, list(documents))
    return {row["id"] for row in rows}


async def others(connection: Connection, job: UUID, documents: Sequence[UUID]) -> list[UUID]:
    """The job's documents but for these, as far as they have not ended."""
    rows = await connection.fetch(
        "SELECT id FROM document WHERE job_id = $1 AND id <> ALL($2) AND ended_at IS NULL",
        job,
        list(documents),
    )
    return [row["id"] for row in rows]


async def any_left(connection: Connection, job: UUID) -> bool:
    """Whether the job has a document that can be checked, now or once it has been fetched."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM document WHERE job_id = $1"
        " AND (state = 'received' OR (state = 'registered' AND url IS NOT NULL)))",
        job,
    )
    return found


async def page(db: Database, job: UUID, *, after: int, limit: int, states: Sequence[str] = ()) -> list[Row]:
    """Documents by position, those with a higher one than `after`."""
    if states:
        return await db.fetch(
            "SELECT * FROM document WHERE job_id = $1 AND position > $2 AND state = ANY($4)"
            " ORDER BY position LIMIT $3",
            job,
            after,
            limit,
            list(states),
        )
    return await db.fetch(
        "SELECT * FROM document WHERE job_id = $1 AND position > $2 ORDER BY position LIMIT $3",
        job,
        after,
        limit,
    )


async def artifacts(db: Database, documents: Sequence[UUID]) -> list[Row]:
    return await db.fetch(
        "SELECT id, document_id, name, media_type, size, sha256, blob FROM artifact"
        " WHERE document_id = ANY($1) ORDER BY document_id, name",
        list(documents),
    )


async def job_artifacts(db: Database, job: UUID) -> list[Row]:
    """What the job as a whole made."""
    return await db.fetch(
        "SELECT id, document_id, name, media_type, size, sha256, blob FROM artifact"
        " WHERE job_id = $1 AND document_id IS NULL ORDER BY name",
        job,
    )


async def artifact(db: Database, job: UUID, document: UUID | None, name: str) -> Row | None:
    return await db.fetchrow(
        "SELECT * FROM artifact WHERE job_id = $1 AND document_id IS NOT DISTINCT FROM $2 AND name = $3",
        job,
        document,
        name,
    )


async def fail_ready(connection: Connection, job: UUID, error: dict[str, Any]) -> None:
    """Fail every checked document of a job that has not been taken up: together they break a rule."""
    await connection.execute(
        "UPDATE document SET state = 'failed', error = $2::jsonb, chunks = 0, ended_at = now()"
        " WHERE job_id = $1 AND state = 'ready'",
        job,
        dumps(error),
    )


async def add_facts(connection: Connection, facts: Mapping[UUID, dict[str, Any]]) -> None:
    """What the door knows of documents that were announced, for their check."""
    await connection.execute(
        "UPDATE document d SET facts = d.facts || f.facts::jsonb"
        " FROM unnest($1::uuid[], $2::text[]) AS f(id, facts)"
        " WHERE d.id = f.id AND d.state IN ('registered', 'received')",
        list(facts),
        [dumps(one) for one in facts.values()],
    )


async def settle_duplicates(connection: Connection, job: UUID, policy: Duplicates) -> list[Row]:
    """Name the original of every document whose bytes stand earlier in the job, and treat it as declared.

    Decided in one statement when all checks are done, so the order of checks does not matter: the lowest
    position is the original. Returns the rejected ones.
    """
    move = {Duplicates.LINK: DocumentMove.LINK, Duplicates.REJECT: DocumentMove.REJECT}.get(policy)
    to = target(DOCUMENT, move) if move else DocumentState.READY
    error = {"code": "duplicate", "message": "An earlier document of this job has the same bytes."}
    rows = await connection.fetch(
        "WITH twin AS (SELECT id, first_value(id) OVER (PARTITION BY sha256, size ORDER BY position) AS original"
        "  FROM document WHERE job_id = $1 AND state = 'ready' AND sha256 IS NOT NULL)"
        " UPDATE document d SET duplicate_of = twin.original, state = $2,"
        "  ended_at = CASE WHEN $2 = 'ready' THEN NULL ELSE now() END,"
        "  error = CASE WHEN $2 = 'rejected' THEN $4::jsonb END"
        " FROM twin WHERE d.id = twin.id AND twin.id <> twin.original AND d.state = ANY($3)"
        # Named once: after a resume the true original may have ended, and is no longer among the ready.
        " AND d.duplicate_of IS NULL"
        " RETURNING d.id, d.position, d.name, d.state, d.error",
        job,
        to.value,
        [state.value for state in sources(DOCUMENT, move)] if move else [DocumentState.READY.value],
        dumps(error),
    )
    return [row for row in rows if row["state"] == DocumentState.REJECTED]


async def cancel_rest(connection: Connection, job: UUID) -> None:
    """Whatever of the job's documents and chunks has not ended is cancelled.

    A chunk that was running keeps its worker until that has let go of it (`chunk.let_go`).
    """
    await connection.execute(
        "UPDATE chunk SET state = 'cancelled', done_at = now(),"
        " worker = CASE WHEN state = 'running' THEN worker END WHERE id IN ("
        " SELECT id FROM chunk WHERE job_id = $1 AND state = ANY($2) ORDER BY id FOR UPDATE)",
        job,
        [state.value for state in sources(CHUNK, ChunkMove.CANCEL)],
    )
    await connection.execute(
        "UPDATE document SET state = 'cancelled', ended_at = now() WHERE job_id = $1 AND state = ANY($2)",
        job,
        [state.value for state in sources(DOCUMENT, DocumentMove.CANCEL)],
    )


async def failed_causes(connection: Connection, job: UUID) -> set[str]:
    rows = await connection.fetch(
        "SELECT DISTINCT error->>'cause' AS cause FROM document WHERE job_id = $1 AND state IN ('failed', 'partial')",
        job,
    )
    return {row["cause"] for row in rows if row["cause"]}
