"""Owns reading what was read of files: sheets, regions, sections, documents, pages. Only reads.

Every list has one order, by file, page and id, and is cut by the key of the last row shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from postroom.db.connection import Database, Row, dumps
from postroom.systems.plans.read import section

Key: TypeAlias = tuple[UUID, int, UUID]  # file, page, id

LAYOUT = "sheet"  # the only kind of layout that is told apart today


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entities of a project; what is None does not restrict. sheets: an allow-list of sheets."""

    project: UUID
    id: UUID | None = None
    file: UUID | None = None
    file_name: str | None = None  # part of it, whatever the case
    classification: str | None = None
    status: str | None = None  # of the file
    sheet: UUID | None = None
    sheets: tuple[UUID, ...] | None = None
    page: int | None = None
    sheet_number: str | None = None
    region_type: str | None = None
    drawing_type: str | None = None
    layout_type: str | None = None
    section_number: str | None = None
    page_start: int | None = None  # starts at or after
    page_end: int | None = None  # ends at or before
    doc_type: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """rows: of this page of the list. total: of the whole list."""

    rows: list[Row]
    total: int


# The names and conditions in statements are constants of this file; values are always parameters.
# ruff: noqa: S608
_CLASS = "coalesce(f.classification, 'other')"

# What restricts a list: member of Wanted -> condition; `$` stands for the parameter.
_COMMON = (
    ("file", "f.id = $"),
    ("file_name", "position(lower($) IN lower(f.name)) > 0"),
    ("classification", f"{_CLASS} = $"),
    ("status", "f.status = $"),
)
_SHEETS = (
    ("id", "p.id = $"),
    ("sheet", "p.id = $"),
    ("sheets", "p.id = ANY($::uuid[])"),
    ("page", "p.page = $"),
    ("sheet_number", "p.sheet_number = $"),
    ("drawing_type", "$ IN (p.drawing_type, p.discipline)"),
    ("layout_type", f"$ = '{LAYOUT}'"),
)
_REGIONS = (
    ("id", "r.id = $"),
    *_SHEETS[1:],
    ("region_type", "r.kind = $"),
)
_SECTIONS = (
    ("id", "s.id = $"),
    ("page", "$ BETWEEN s.page_start AND s.page_end"),
    ("section_number", "s.number = $"),
    ("page_start", "s.page_start >= $"),
    ("page_end", "s.page_end <= $"),
    # An allow-list of sheets allows no section: none stands on a sheet.
    ("sheets", "$::uuid[] IS NULL"),
)
_DOCS = (
    ("id", "d.id = $"),
    ("page", "$ BETWEEN 1 AND greatest(f.pages, 1)"),
    ("doc_type", "d.doc_type = $"),
    ("sheets", "$::uuid[] IS NULL"),
)


@dataclass(frozen=True, slots=True)
class _List:
    """columns, source: of its statement. page, id: the rest of its key. filters: see above."""

    columns: str
    source: str
    page: str
    id: str
    filters: tuple[tuple[str, str], ...]


_SHEET = _List(
    "p.id, p.file_id, f.name AS file_name, p.page, p.sheet_number, p.sheet_name, p.discipline, p.drawing_type,"
    " p.revision, p.issued, p.confidence, p.boxes, p.width, p.height, p.rotation, p.source,"
    f" {_CLASS} AS classification",
    "plan_page p JOIN plan_file f ON f.id = p.file_id"
    " WHERE p.project_id = $1 AND p.kind = 'drawing' AND p.code IS NULL",
    "p.page",
    "p.id",
    _SHEETS,
)
_REGION = _List(
    "r.id, p.file_id, p.id AS sheet_id, f.name AS file_name, p.page, p.sheet_number, nullif(r.label, '') AS label,"
    f" r.text, r.box, r.label_box, r.kind AS region_type, p.drawing_type, '{LAYOUT}' AS layout_type",
    "plan_region r JOIN plan_page p ON p.id = r.page_id JOIN plan_file f ON f.id = p.file_id"
    " WHERE p.project_id = $1",
    "p.page",
    "r.id",
    _REGIONS,
)
_SECTION = _List(
    "s.id, s.file_id, f.name AS file_name, s.page_start AS page, s.page_end, s.number, s.title, s.start_at, s.end_at",
    "plan_section s JOIN plan_file f ON f.id = s.file_id WHERE f.project_id = $1",
    "s.page_start",
    "s.id",
    _SECTIONS,
)
_DOC = _List(
    "d.id, d.file_id, f.name AS file_name, 1 AS page, greatest(f.pages, 1) AS page_end, d.doc_type, d.title",
    "plan_doc d JOIN plan_file f ON f.id = d.file_id WHERE f.project_id = $1",
    "1",
    "d.id",
    _DOCS,
)


async def sheets(db: Database, wanted: Wanted, *, after: Key | None = None, limit: int = 100) -> Page:
    """Drawings that could be read."""
    return await _page(db, _SHEET, wanted, after, limit)


async def regions(db: Database, wanted: Wanted, *, after: Key | None = None, limit: int = 100) -> Page:
    """box, label_box: JSON of left, top, right, bottom as shares of the page."""
    return await _page(db, _REGION, wanted, after, limit)


async def sections(db: Database, wanted: Wanted, *, after: Key | None = None, limit: int = 100) -> Page:
    """Sections of specifications. page: the first."""
    return await _page(db, _SECTION, wanted, after, limit)


async def docs(db: Database, wanted: Wanted, *, after: Key | None = None, limit: int = 100) -> Page:
    return await _page(db, _DOC, wanted, after, limit)


async def _page(db: Database, of: _List, wanted: Wanted, after: Key | None, limit: int) -> Page:
    given: list[object] = [wanted.project]
    conditions = ""
    for name, condition in (*_COMMON, *of.filters):
        value = getattr(wanted, name)
        if value is not None:
            given.append(list(value) if isinstance(value, tuple) else value)
            conditions += f" AND {condition.replace('$', f'${len(given)}', 1)}"
    total = await db.fetchval(f"SELECT count(*) FROM {of.source}{conditions}", *given)
    if after is not None:
        count = len(given)
        conditions += (
            f" AND (f.id, {of.page}, {of.id}) > (${count + 1}::uuid, ${count + 2}::int, ${count + 3}::uuid)"
        )
        given += after
    rows = await db.fetch(
        f"SELECT {of.columns} FROM {of.source}{conditions} ORDER BY f.id, {of.page}, {of.id} LIMIT ${len(given) + 1}",
        *given,
        limit,
    )
    return Page(rows, total)


# --- texts ---------------------------------------------------------------------------------------------


async def texts(db: Database, file: UUID, first: int = 1, last: int | None = None) -> list[Row]:
    """page, text of the pages that could be read, in order."""
    return await db.fetch(
        "SELECT page, text FROM plan_page WHERE file_id = $1 AND code IS NULL AND page >= $2"
        " AND ($3::int IS NULL OR page <= $3) ORDER BY page",
        file,
        first,
        last,
    )


async def section_text(db: Database, id: UUID) -> dict[str, Any] | None:
    """The columns of a section, its whole text, its parts as JSON, and where in the text its pages begin."""
    rows = await db.fetch(
        f"SELECT {_SECTION.columns} FROM plan_section s JOIN plan_file f ON f.id = s.file_id WHERE s.id = $1",
        id,
    )
    if not rows:
        return None
    (row,) = rows
    text, starts = cut(row, await texts(db, row["file_id"], row["page"], row["page_end"]))
    return {**dict(row), "text": text, "parts": dumps(section.parts(text)), "starts": starts}


async def section_texts(db: Database, rows: Sequence[Row]) -> list[tuple[str, list[tuple[int, int]]]]:
    """The text of each section, and where in it its pages begin: (character, page). In one query."""
    spans = sorted({(row["file_id"], row["page"], row["page_end"]) for row in rows})
    found: dict[UUID, dict[int, Row]] = defaultdict(dict)
    for page in await db.fetch(
        "SELECT DISTINCT ON (p.file_id, p.page) p.file_id, p.page, p.text"
        " FROM unnest($1::uuid[], $2::int[], $3::int[]) AS s(file_id, first, last)"
        " JOIN plan_page p ON p.file_id = s.file_id AND p.page BETWEEN s.first AND s.last AND p.code IS NULL"
        " ORDER BY p.file_id, p.page",
        *([span[place] for span in spans] for place in range(3)),
    ):
        found[page["file_id"]][page["page"]] = page
    return [
        cut(row, [page for number, page in of_file.items() if row["page"] <= number <= row["page_end"]])
        for row in rows
        for of_file in (found[row["file_id"]],)
    ]


def cut(row: Row, pages: Sequence[Row]) -> tuple[str, list[tuple[int, int]]]:
    """A section's text out of that of its pages."""
    pieces: list[str] = []
    starts: list[tuple[int, int]] = []
    at = 0
    for page in pages:
        start = row["start_at"] if page["page"] == row["page"] else 0
        end = row["end_at"] if page["page"] == row["page_end"] else len(page["text"])
        starts.append((at, page["page"]))
        pieces.append(page["text"][start:end])
        at += len(pieces[-1]) + 1
    return "\n".join(pieces), starts


async def doc_text(db: Database, id: UUID) -> str:
    """The whole text of a document; "" if there is none."""
    file = await db.fetchval("SELECT file_id FROM plan_doc WHERE id = $1", id)
    return "\n".join(row["text"] for row in await texts(db, file)) if file else ""


# --- pages and counts ----------------------------------------------------------------------------------


async def pages(db: Database, file: UUID) -> list[Row]:
    """page, kind, ok, code, message, warning of each page, in order."""
    return await db.fetch(
        "SELECT page, kind, code IS NULL AS ok, code, message, warning FROM plan_page WHERE file_id = $1"
        " ORDER BY page",
        file,
    )


async def counts(db: Database, project: UUID) -> dict[str, int]:
    row = await db.fetchrow(
        "SELECT (SELECT count(*) FROM plan_page WHERE project_id = $1 AND kind = 'drawing' AND code IS NULL) AS sheets,"
        " (SELECT count(*) FROM plan_region r JOIN plan_page p ON p.id = r.page_id WHERE p.project_id = $1) AS regions,"
        " (SELECT count(*) FROM plan_section s JOIN plan_file f ON f.id = s.file_id WHERE f.project_id = $1)"
        "  AS specifications,"
        " (SELECT count(*) FROM plan_doc d JOIN plan_file f ON f.id = d.file_id WHERE f.project_id = $1) AS docs",
        project,
    )
    return dict(row) if row is not None else {}


async def disciplines(db: Database, project: UUID) -> list[str]:
    """Those of the project's sheets, the most frequent first."""
    rows = await db.fetch(
        "SELECT discipline FROM plan_page WHERE project_id = $1 AND discipline IS NOT NULL AND code IS NULL"
        " GROUP BY discipline ORDER BY count(*) DESC, discipline",
        project,
    )
    return [row["discipline"] for row in rows]


async def page_counts(db: Database, files: Sequence[UUID]) -> dict[str, int]:
    """drawing, document: pages; drawing_ok, document_ok: those that could be read."""
    row = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE kind = 'drawing') AS drawing,"
        " count(*) FILTER (WHERE kind = 'document') AS document,"
        " count(*) FILTER (WHERE kind = 'drawing' AND code IS NULL) AS drawing_ok,"
        " count(*) FILTER (WHERE kind = 'document' AND code IS NULL) AS document_ok"
        " FROM plan_page WHERE file_id = ANY($1)",
        list(files),
    )
    return dict(row) if row is not None else {}
