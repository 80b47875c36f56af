"""Owns the rows of announced uploads and their parts. What may happen to the document is core/states.py's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postroom.core.states import DOCUMENT, DocumentMove, DocumentState, sources, target
from postroom.core.uploads import Mode
from postroom.db.connection import Connection, Database, Row, dumps


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload with what it needs of its document and its job.

    blob: where the bytes are once stored_at is set. arrived: durable bytes of a resumable one.
    """

    id: UUID
    document: UUID
    job: UUID
    account: UUID
    environment: str
    mode: Mode
    blob: str
    foreign_id: str | None
    token_hash: bytes
    size: int
    part_size: int | None
    held: bool
    arrived: int
    sha256: str | None
    stored_at: datetime | None
    expires_at: datetime
    document_state: DocumentState
    job_state: str
    name: str
    declared_type: str | None
    announced_sha256: str | None
    received: bool  # the document has taken the bytes over


_ALL = (
    "SELECT u.*, d.job_id, d.state AS document_state, d.name, d.declared_type, d.announced_sha256,"
    " d.blob IS NOT NULL AS received, j.account_id, j.environment, j.state AS job_state"
    " FROM upload u JOIN document d ON d.id = u.document_id JOIN job j ON j.id = d.job_id"
)


def _of(row: Row) -> Upload:
    return Upload(
        row["id"],
        row["document_id"],
        row["job_id"],
        row["account_id"],
        row["environment"],
        Mode(row["mode"]),
        row["blob"],
        row["foreign_id"],
        bytes(row["token_hash"]),
        row["size"],
        row["part_size"],
        row["held"],
        row["arrived"],
        row["sha256"],
        row["stored_at"],
        row["expires_at"],
        DocumentState(row["document_state"]),
        row["job_state"],
        row["name"],
        row["declared_type"],
        row["announced_sha256"],
        row["received"],
    )


async def get(db: Database, upload: UUID) -> Upload | None:
    row = await db.fetchrow(f"{_ALL} WHERE u.id = $1", upload)
    return _of(row) if row else None


async def of_job(
    connection: Connection | Database, job: UUID, documents: Sequence[UUID] | None = None
) -> list[Upload]:
    """The job's uploads, or those of these documents, in the order in which they were announced."""
    rows = await connection.fetch(
        f"{_ALL} WHERE d.job_id = $1 AND ($2::uuid[] IS NULL OR d.id = ANY($2)) ORDER BY d.position",
        job,
        None if documents is None else list(documents),
    )
    return [_of(row) for row in rows]


async def insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """rows: id, document_id, mode, blob, foreign_id, token_hash, size, part_size, held, expires_at each."""
    names = (
        *("id", "document_id", "mode", "blob", "foreign_id"),
        *("token_hash", "size", "part_size", "held", "expires_at"),
    )
    await connection.execute(
        f"INSERT INTO upload ({', '.join(names)})"  # noqa: S608 names are ours
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[],"
        " $7::bigint[], $8::bigint[], $9::bool[], $10::timestamptz[])",
        *([row[name] for row in rows] for name in names),
    )


async def renew(connection: Connection, upload: UUID, token_hash: bytes, expires_at: datetime) -> None:
    await connection.execute(
        "UPDATE upload SET token_hash = $2, expires_at = $3 WHERE id = $1", upload, token_hash, expires_at
    )


async def set_foreign(connection: Connection, upload: UUID, foreign_id: str) -> None:
    await connection.execute("UPDATE upload SET foreign_id = $2 WHERE id = $1", upload, foreign_id)


async def twins(connection: Connection, job: UUID, sums: Sequence[tuple[str, int]], held: bool) -> list[Row]:
    """Documents of the job that are announced with one of these (sha256, size) and have not been received."""
    return await connection.fetch(
        "SELECT d.id, d.announced_sha256, u.id AS upload_id, u.size AS upload_size"
        " FROM document d JOIN upload u ON u.document_id = d.id"
        " WHERE d.job_id = $1 AND d.state = 'registered' AND u.held = $4 AND u.mode <> 'resumable'"
        " AND (d.announced_sha256, u.size) IN (SELECT * FROM unnest($2::text[], $3::bigint[]))"
        " ORDER BY d.position",
        job,
        [sha256 for sha256, _ in sums],
        [size for _, size in sums],
        held,
    )


async def announced(connection: Connection, job: UUID) -> tuple[int, int]:
    """Documents of the job, and their bytes: as stored, or as announced. What was withdrawn does not count."""
    row = await connection.fetchrow(
        "SELECT count(*)::int AS n, coalesce(sum(coalesce(d.size, u.size, 0)), 0)::bigint AS bytes"
        " FROM document d LEFT JOIN upload u ON u.document_id = d.id WHERE d.job_id = $1 AND d.state <> 'cancelled'",
        job,
    )
    assert row is not None
    return row["n"], row["bytes"]


# --- bytes that arrive ------------------------------------------------------------------------------------


async def stored(connection: Connection, upload: UUID, blob: str, sha256: str | None) -> None:
    """All bytes are at `blob`. sha256: if they were hashed on the way in."""
    await connection.execute(
        "UPDATE upload SET blob = $2, sha256 = $3, arrived = size, stored_at = now() WHERE id = $1",
        upload,
        blob,
        sha256,
    )


async def receive(connection: Connection, documents: Sequence[UUID]) -> list[Row]:
    """Announced documents whose bytes are stored have arrived. The caller holds the job's lock."""
    return await connection.fetch(
        "UPDATE document d SET state = $2, blob = u.blob, size = u.size, sha256 = u.sha256"
        " FROM upload u WHERE u.document_id = d.id AND d.id = ANY($1) AND d.state = ANY($3)"
        " AND u.stored_at IS NOT NULL RETURNING d.*",
        list(documents),
        target(DOCUMENT, DocumentMove.RECEIVE).value,
        [state.value for state in sources(DOCUMENT, DocumentMove.RECEIVE)],
    )


async def arrived(db: Database, upload: UUID, before: int, after: int) -> bool:
    """A resumable upload has got from `before` to `after` bytes, durably. False if it was elsewhere by now."""
    done = await db.execute(
        "UPDATE upload SET arrived = $3 WHERE id = $1 AND arrived = $2 AND stored_at IS NULL",
        upload,
        before,
        after,
    )
    return done.endswith(" 1")


async def set_part(connection: Connection, upload: UUID, number: int, size: int, etag: str) -> None:
    await connection.execute(
        "INSERT INTO upload_part (upload_id, number, size, etag) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (upload_id, number) DO UPDATE SET size = excluded.size, etag = excluded.etag",
        upload,
        number,
        size,
        etag,
    )


async def forget_part(db: Database, upload: UUID, number: int) -> None:
    """Its bytes are about to be written over."""
    await db.execute("DELETE FROM upload_part WHERE upload_id = $1 AND number = $2", upload, number)


async def forget_parts(db: Database, upload: UUID) -> None:
    """None of its bytes are there any more."""
    await db.execute("DELETE FROM upload_part WHERE upload_id = $1", upload)


async def parts(db: Connection | Database, upload: UUID) -> dict[int, tuple[int, str]]:
    """number -> (size, ETag without quotes)."""
    rows = await db.fetch("SELECT number, size, etag FROM upload_part WHERE upload_id = $1", upload)
    return {row["number"]: (row["size"], row["etag"]) for row in rows}


# --- what does not come -------------------------------------------------------------------------------------


async def end(
    connection: Connection, move: DocumentMove, ends: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> list[Row]:
    """Documents that end before any check: (id, code and message and perhaps details) each. Returns those that did."""
    return await connection.fetch(
        "UPDATE document d SET state = $4, ended_at = now(), error = e.error::jsonb"
        " FROM unnest($1::uuid[], $2::text[]) AS e(id, error) WHERE d.id = e.id AND d.state = ANY($3)"
        " RETURNING d.id, d.position, d.name, d.state, d.error",
        [document for document, _ in ends],
        [dumps({**error, "cause": "input"}) for _, error in ends],
        [state.value for state in sources(DOCUMENT, move)],
        target(DOCUMENT, move).value,
    )


async def missing(connection: Connection, job: UUID) -> list[UUID]:
    """Documents of the job that are announced, have not arrived, and are not to be fetched either."""
    rows = await connection.fetch(
        "SELECT id FROM document WHERE job_id = $1 AND state = 'registered' AND url IS NULL ORDER BY position",
        job,
    )
    return [row["id"] for row in rows]


async def drafts_in_use(db: Database, uploads: Sequence[UUID]) -> set[UUID]:
    """Those of the uploads that still have something to come."""
    rows = await db.fetch(
        "SELECT u.id FROM upload u JOIN document d ON d.id = u.document_id WHERE u.id = ANY($1)"
        " AND u.stored_at IS NULL AND d.state = 'registered'",
        list(uploads),
    )
    return {row["id"] for row in rows}
