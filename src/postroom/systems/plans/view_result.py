"""Owns the result of a job: one JSON text in pieces, so that ten thousand sheets need no more room than those
of one document. What it is made of is frozen when the job ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from postroom.db.connection import Database, Row, loads
from postroom.desk.context import Desk
from postroom.systems.plans import contract, entity, view, view_entity, words
from postroom.systems.plans.contract import shown
from postroom.systems.plans.credit import Billing
from postroom.systems.plans.entity import Wanted

_ROWS = 500
_WITH_SPECIFICATIONS = (contract.SPECIFICATIONS, contract.MIXED)
_WITH_DOCS = (contract.DOCUMENTS, contract.ADDENDA, contract.MIXED)
_WARNED = {"duplicate": "The same bytes came earlier in this job; they were processed once."}


async def pieces(
    desk: Desk, job: Row, body: dict[str, Any], billing: Billing, base: str
) -> AsyncIterator[bytes]:
    """job: as `view` reads it; body: as it is shown. base: scheme and host for addresses."""
    db = desk.db
    files = await db.fetch(
        "SELECT f.*, d.state, d.error AS document_error FROM plan_file f LEFT JOIN document d ON d.id = f.id"
        " WHERE f.job_id = $1 ORDER BY f.position",
        job["id"],
    )
    at = f"{base}{contract.BASE}/jobs/{body['id']}"
    yield b'{"schemaVersion":"v1","job":' + orjson.dumps(_job(body))
    yield b',"usage":' + orjson.dumps(await _usage(desk, files, billing))
    yield b',"documents":['
    for number, file in enumerate(files):
        yield (b"," if number else b"") + orjson.dumps(await _document(db, file, at))
    yield b'],"evidence":['
    first = True
    for file in files:
        async for one in _evidence(db, file):
            yield (b"" if first else b",") + orjson.dumps(one)
            first = False
    warnings, problems = await _notes(db, files)
    yield b'],"warnings":' + orjson.dumps(warnings) + b',"errors":' + orjson.dumps(problems)
    yield b',"generatedAt":' + orjson.dumps(words.instant(job["ended_at"])) + b"}"


def _job(body: dict[str, Any]) -> dict[str, Any]:
    names = (
        *("id", "status", "externalId", "projectId", "createdAt", "completedAt", "expiresAt"),
        *("resultUrl", "error"),
    )
    return {name: body[name] for name in names}


async def _usage(desk: Desk, files: Sequence[Row], billing: Billing) -> dict[str, Any]:
    total = sum(file["pages"] for file in files)
    counts = await entity.page_counts(desk.db, [file["id"] for file in files])
    drawing = min(total, int(counts["drawing"]))
    settings = desk.settings
    rates = (billing.drawing_rate, billing.document_rate)
    return {
        "pageCount": total,
        "successfulPageCount": billing.drawing + billing.document,
        "drawingPageCount": drawing,
        "documentPageCount": total - drawing,
        "successfulDrawingPageCount": billing.drawing,
        "successfulDocumentPageCount": billing.document,
        "drawingCreditsPerPage": settings.plans_drawing_credits if rates[0] is None else rates[0],
        "documentCreditsPerPage": settings.plans_document_credits if rates[1] is None else rates[1],
        "creditsReserved": billing.reserved,
        "creditsDebited": billing.debited,
    }


# --- documents -----------------------------------------------------------------------------------------


async def _document(db: Database, file: Row, at: str) -> dict[str, Any]:
    kind = file["classification"] or contract.OTHER
    made = (await view_entity.artifacts(db, [file["id"]]))[file["id"]]
    of_page: dict[int | None, list[dict[str, Any]]] = {}
    for one in made:
        of_page.setdefault(view_entity.page_of(one), []).append(view_entity.artifact_body(one, at))
    wanted = Wanted(file["project_id"], file=file["id"])
    sheets = [_sheet(row, of_page) for row in await _all(entity.sheets, db, wanted)]
    specifications = docs = None
    if kind in _WITH_SPECIFICATIONS:
        specifications = [_specification(row) for row in await _all(entity.sections, db, wanted)]
    if kind in _WITH_DOCS:
        docs = [_doc(row) for row in await _all(entity.docs, db, wanted)]
    return {
        "documentId": shown(contract.DOCUMENT, file["id"]),
        "fileName": file["name"],
        "classification": kind,
        "contentType": file["content_type"],
        "fileSize": file["size"],
        "status": _ended(file),
        "pageCount": file["pages"],
        "successfulPageCount": file["pages"] - file["pages_failed"],
        "failedPageCount": file["pages_failed"],
        "error": view.error_body(file["error"]),
        "artifacts": of_page.get(None, []),
        "sheets": sheets,
        "specifications": specifications,
        "docs": docs,
    }


def _ended(file: Row) -> str:
    if file["status"] == "failed":
        return "failed"
    return "completed_with_errors" if file["pages_failed"] else "completed"


async def _all(find: Any, db: Database, wanted: Wanted) -> list[Row]:
    found: list[Row] = []
    after = None
    while True:
        page = await find(db, wanted, after=after, limit=_ROWS)
        found += page.rows
        if len(page.rows) < _ROWS:
            return found
        last = page.rows[-1]
        after = (last["file_id"], last["page"], last["id"])


def _sheet(row: Row, of_page: dict[int | None, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "sheetId": shown(contract.SHEET, row["id"]),
        "sheetNumber": row["sheet_number"],
        "sheetName": row["sheet_name"],
        "pageNumber": row["page"],
        "drawingType": row["drawing_type"],
        "discipline": row["discipline"],
        "artifacts": of_page.get(row["page"], []),
    }


def _specification(row: Row) -> dict[str, Any]:
    return {
        "specificationId": shown(contract.SECTION, row["id"]),
        "sectionNumber": row["number"],
        "sectionTitle": row["title"] or "",
        "pageStart": row["page"],
        "pageEnd": row["page_end"],
    }


def _doc(row: Row) -> dict[str, Any]:
    return {
        "docId": shown(contract.DOC, row["id"]),
        "docType": row["doc_type"] or "document",
        "title": row["title"] or row["file_name"],
        "pageStart": row["page"],
        "pageEnd": row["page_end"],
    }


# --- evidence, warnings, errors ------------------------------------------------------------------------


async def _evidence(db: Database, file: Row) -> AsyncIterator[dict[str, Any]]:
    wanted = Wanted(file["project_id"], file=file["id"])
    common = {"documentId": shown(contract.DOCUMENT, file["id"]), "fileName": file["name"]}
    for row in await _all(entity.regions, db, wanted):
        one = {
            "id": f"ev_{row['id'].hex}",
            "type": "region",
            "text": row["text"] or "",
            "label": row["label"],
            **common,
            "pageNumber": row["page"],
            "sheetNumber": row["sheet_number"],
            "displayBox": view_entity.box(row["box"]),
        }
        yield {**one, "regionType": row["region_type"]} if row["region_type"] else one
    for row in await _all(entity.sections, db, wanted):
        yield {
            "id": f"ev_{row['id'].hex}",
            "type": "specification",
            "text": row["title"] or "",
            **common,
            "pageNumber": row["page"],
            "sectionNumber": row["number"],
        }


async def _notes(db: Database, files: Sequence[Row]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Warnings and errors: of whole files, then of their pages."""
    warnings: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    for file in files:
        document = shown(contract.DOCUMENT, file["id"])
        where = {"documentId": document, "fileName": file["name"]}
        error = view.error_body(file["error"])
        if file["state"] in _WARNED:
            said = {"code": file["state"], "message": _WARNED[file["state"]]}
            warnings.append({**said, "documentId": document, "pageNumber": None})
        elif error is not None and error["code"] == "not_included":
            warnings.append({**error, "documentId": document, "pageNumber": None})
        elif error is not None and file["status"] == "failed":
            problems.append({**error, **where, "pageNumber": None})
        await _page_notes(db, file, where, warnings, problems)
    return warnings, problems


async def _page_notes(
    db: Database,
    file: Row,
    where: dict[str, Any],
    warnings: list[dict[str, Any]],
    problems: list[dict[str, Any]],
) -> None:
    if not file["pages"]:
        return
    rows = {row["page"]: row for row in await entity.pages(db, file["id"])}
    reason = loads(file["error"]) or {}
    for page in range(1, file["pages"] + 1):
        row = rows.get(page)
        if row is None or not row["ok"]:
            # A page without a row went down with all of its chunk.
            code = (row and row["code"]) or reason.get("code") or "page_failed"
            message = (row and row["message"]) or reason.get("message") or "The page could not be read."
            problems.append({"code": code, "message": message, **where, "pageNumber": page})
        elif row["warning"]:
            said = {"code": "page_warning", "message": row["warning"], "documentId": where["documentId"]}
            warnings.append({**said, "pageNumber": page})
