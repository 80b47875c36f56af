"""Owns reading what the desk shows: uploads with the state of their jobs, failures, records. Only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postroom.core.states import JobState
from postroom.db.connection import Database, Row, loads
from postroom.desk.access import Whose
from postroom.errors import NotFound
from postroom.systems.revenue import contract

_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as it stands. rows: in the file; succeeded, failed: of them, so far. code, message: of the
    document's error, if it failed as a whole."""

    job: UUID
    number: int
    kind: str
    state: JobState
    reason: str | None
    code: str | None
    message: str | None
    rows: int
    succeeded: int
    failed: int
    created_at: datetime
    ended_at: datetime | None


_UPLOAD = (
    "SELECT u.job_id, u.number, u.kind, coalesce(u.rows, j.rows_total) AS rows, j.state, j.reason,"
    " j.rows_succeeded, j.rows_failed, j.created_at, j.ended_at, d.error"
    " FROM revenue_upload u JOIN job j ON j.id = u.job_id"
    " JOIN revenue_site s ON s.id = u.site_id LEFT JOIN LATERAL (SELECT error FROM document"
    "  WHERE job_id = j.id AND j.state = 'failed' AND error IS NOT NULL ORDER BY position LIMIT 1) d ON true"
    " WHERE s.name = $1 AND s.account_id = $2 AND s.environment = $3"
)


def _upload_of(row: Row) -> Upload:
    error = loads(row["error"]) or {}
    return Upload(
        row["job_id"],
        row["number"],
        row["kind"],
        JobState(row["state"]),
        row["reason"],
        error.get("code"),
        error.get("message"),
        row["rows"],
        row["rows_succeeded"],
        row["rows_failed"],
        row["created_at"],
        row["ended_at"],
    )


async def owner(db: Database, site: str) -> Whose | None:
    """Whose the site is; None if nobody has used it."""
    row = await db.fetchrow("SELECT account_id, environment FROM revenue_site WHERE name = $1", site)
    return None if row is None else (row["account_id"], row["environment"])


async def upload(db: Database, site: str, whose: Whose, job: UUID) -> Upload:
    """NotFound if the site has no such job."""
    row = await db.fetchrow(f"{_UPLOAD} AND u.job_id = $4", site, *whose, job)
    if row is None:
        raise NotFound("The site has no job with this id.", field="jobId")
    return _upload_of(row)


async def uploads(db: Database, site: str, whose: Whose) -> list[Upload]:
    """The site's uploads, newest first. A list may name supported kinds only, so others are not in it."""
    rows = await db.fetch(
        f"{_UPLOAD} AND u.kind = ANY($4) ORDER BY u.job_id DESC", site, *whose, list(contract.KINDS)
    )
    return [_upload_of(row) for row in rows]


# --- failures ------------------------------------------------------------------------------------------


async def documents(db: Database, job: UUID) -> list[Row]:
    """The files of an upload: id, blob, facts."""
    return await db.fetch("SELECT id, blob, facts FROM document WHERE job_id = $1 ORDER BY position", job)


async def failures(db: Database, number: int, document: UUID) -> AsyncIterator[Sequence[Row]]:
    """Rows that failed, in pages and in order: row, start, length, code."""
    after = 0
    while True:
        page = await db.fetch(
            "SELECT row, start, length, code FROM revenue_failure"
            " WHERE upload = $1 AND document_id = $2 AND row > $3 ORDER BY row LIMIT $4",
            number,
            document,
            after,
            _PAGE,
        )
        if not page:
            return
        after = page[-1]["row"]
        yield page


async def gaps(db: Database, number: int, document: UUID) -> list[dict[str, Any]]:
    """The ranges of parts whose rows failed unseen."""
    rows = await db.fetch(
        "SELECT range FROM revenue_gap WHERE upload = $1 AND document_id = $2", number, document
    )
    return [loads(row["range"]) for row in rows]


# --- records -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records. kind: revenue or opportunity. since, before: of their date. job: wrote them last."""

    kind: str
    reference: str | None = None
    currency: str | None = None
    label: str | None = None
    job: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None


async def records(
    db: Database, site: str, whose: Whose, wanted: Wanted, *, after: str, limit: int
) -> list[Row]:
    """Records by key, those with a higher one than `after`."""
    return await db.fetch(
        "SELECT r.*, u.job_id FROM revenue_record r LEFT JOIN revenue_upload u ON u.number = r.upload"
        " WHERE r.ledger = (SELECT l.id FROM revenue_ledger l JOIN revenue_site s ON s.id = l.site_id"
        "  WHERE s.name = $1 AND s.account_id = $2 AND s.environment = $3 AND l.kind = $4)"
        ' AND r.key > $5 COLLATE "C"'
        " AND ($6::text IS NULL OR coalesce(r.reference, r.key) = $6)"
        " AND ($7::text IS NULL OR r.currency = $7)"
        " AND ($8::text IS NULL OR $8 = ANY(r.labels))"
        " AND ($9::uuid IS NULL OR u.job_id = $9)"
        " AND ($10::timestamp IS NULL OR r.happened_at >= $10)"
        " AND ($11::timestamp IS NULL OR r.happened_at < $11)"
        " ORDER BY r.key LIMIT $12",
        site,
        *whose,
        wanted.kind,
        after,
        wanted.reference,
        wanted.currency,
        wanted.label,
        wanted.job,
        wanted.since,
        wanted.before,
        limit,
    )


async def most_labels(db: Database, site: str, whose: Whose, kind: str) -> int:
    """The most labels that one record of the site has."""
    return int(
        await db.fetchval(
            "SELECT coalesce(max(cardinality(r.labels)), 0) FROM revenue_record r"
            " JOIN revenue_ledger l ON l.id = r.ledger JOIN revenue_site s ON s.id = l.site_id"
            " WHERE s.name = $1 AND s.account_id = $2 AND s.environment = $3 AND l.kind = $4",
            site,
            *whose,
            kind,
        )
    )
