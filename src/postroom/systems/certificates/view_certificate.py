"""Owns how certificates look: their status, their review as far as it is asked for, a tracker's list, a task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from postroom.core.states import DocumentState
from postroom.db.connection import Connection, Database, Row, loads
from postroom.errors import Invalid
from postroom.systems.certificates import contract, noun, store, verdict
from postroom.systems.certificates.contract import ERROR, EXPAND_FULL, EXPAND_SUMMARY, PENDING, PROCESSING
from postroom.systems.certificates.review import FAIL
from postroom.systems.certificates.store import Page, Realm
from postroom.systems.certificates.view import seconds

# Whether work on a certificate has begun is its document's to say.
SELECT = (
    "SELECT c.*, d.state AS document_state, n.placeholder FROM coi_certificate c"
    " LEFT JOIN document d ON d.id = c.document_id LEFT JOIN coi_contractor n ON n.id = c.contractor"
)
_FAILED = (DocumentState.FAILED, DocumentState.REJECTED, DocumentState.CANCELLED)
_WAITING = (DocumentState.REGISTERED, DocumentState.RECEIVED, DocumentState.READY)


def status(row: Row) -> str:
    """What is decided, or how far the reading has come."""
    if row["status"] != PENDING:
        return str(row["status"])
    state = row["document_state"]
    if state is None or state in _FAILED:
        return ERROR
    return PENDING if state in _WAITING else PROCESSING


def read_expand(values: Iterable[str]) -> str | None:
    """The most that is asked for."""
    asked = set(values)
    unknown = asked - {EXPAND_SUMMARY, EXPAND_FULL}
    if unknown:
        raise Invalid(
            f"'expand' must be {EXPAND_SUMMARY} or {EXPAND_FULL}, not '{min(unknown)[:50]}'.", field="expand"
        )
    return EXPAND_FULL if EXPAND_FULL in asked else EXPAND_SUMMARY if asked else None


async def row(db: Database | Connection, realm: Realm, value: str) -> Row:
    found = None
    if contract.is_id(value):
        found = await db.fetchrow(
            f"{SELECT} WHERE c.id = $1 AND c.realm = $2",
            value,
            realm.number,
        )
    if found is None:
        raise store.no_such(noun.CERTIFICATE, value, "certificate")
    return found


async def decisions(db: Database, certificate: str) -> list[Row]:
    """What persons decided of a certificate, first to last."""
    return await db.fetch("SELECT * FROM coi_decision WHERE certificate = $1 ORDER BY number", certificate)


async def page(db: Database, realm: Realm, asked: Page, tracker: str | None = None) -> list[Row]:
    where = "true" if tracker is None else "tracker = $1"
    select = f"SELECT * FROM ({SELECT}) AS c WHERE {where}"  # noqa: S608 names are ours
    args = [] if tracker is None else [tracker]
    return await store.paged(db, noun.CERTIFICATE, realm, asked, select, args)


async def certificates(
    db: Database | Connection, rows: Sequence[Row], base: str, expand: str | None = None
) -> list[dict[str, Any]]:
    """base: scheme and host under which the client reaches us."""
    verdicts = {}
    if expand is not None:
        verdicts = await verdict.verdicts(db, [one["id"] for one in rows if one["review_id"] is not None])
    return [_certificate(one, base, expand, verdicts.get(one["id"])) for one in rows]


def _certificate(row: Row, base: str, expand: str | None, verdicts: Sequence[Row] | None) -> dict[str, Any]:
    word = status(row)
    review = None
    if expand is not None and verdicts is not None and word not in (PENDING, PROCESSING, ERROR):
        review = _review(row, word, verdicts, full=expand == EXPAND_FULL)
    return {
        "id": row["id"],
        "contractor": row["contractor"],
        "status": word,
        "filename": row["filename"],
        "pdf_url": None if word == PENDING else f"{base}{contract.BASE}/files/certificates/{row['id']}/pdf",
        "review_results": review,
        "created": seconds(row["created"]),
        "updated": seconds(row["updated"]),
    }


def _review(row: Row, word: str, verdicts: Sequence[Row], *, full: bool) -> dict[str, Any]:
    failed = sum(one["result"] == FAIL and not one["manually_approved"] for one in verdicts)
    shown: dict[str, Any] = {
        "id": row["review_id"],
        "status": word,
        "summary": {"total_rules": len(verdicts), "passed": len(verdicts) - failed, "failed": failed},
        "created": seconds(row["review_created"]),
    }
    if full:
        shown |= {
            "updated": seconds(row["updated"]),
            "parsed_certificate_json": loads(row["parsed"]) or {},
            "audit_results": [_verdict(one) for one in verdicts],
        }
    return shown


def _verdict(one: Row) -> dict[str, Any]:
    names = ("id", "rule_name", "rule_path", "result", "message", "manually_approved")
    return {**{name: one[name] for name in names}, "created": seconds(one["created"])}


def fresh(row: Row) -> dict[str, Any]:
    """One that was stored a moment ago. row: of the table alone."""
    return {
        **{name: row[name] for name in ("id", "contractor", "status", "filename")},
        "pdf_url": None,
        "review_results": None,
        "created": seconds(row["created"]),
        "updated": seconds(row["updated"]),
    }


def of_tracker(row: Row) -> dict[str, Any]:
    return {
        "certificate": row["id"],
        "contractor": row["contractor"],
        "assignment": row["assignment"],
        "job": row["job"],
        "tracker_session": row["tracker_session"],
        "insurance_requirement": row["requirement"] or row["named_requirement"],
        "filename": row["filename"],
        "status": status(row),
        "placeholder": bool(row["placeholder"]),
        "created": seconds(row["created"]),
    }


async def task(db: Database, realm: Realm, value: str) -> dict[str, Any]:
    found = await store.get(db, noun.TASK, realm, value, field="task")
    rows = await db.fetch(f"{SELECT} WHERE c.task = $1 ORDER BY c.number", found["id"])
    words = {status(one) for one in rows}
    return {
        "id": found["id"],
        "status": "pending"
        if words == {PENDING}
        else "processing"
        if words & {PENDING, PROCESSING}
        else "complete",
        "contractor": found["contractor"],
        "certificates": [one["id"] for one in rows],
        "created": seconds(found["created"]),
    }
