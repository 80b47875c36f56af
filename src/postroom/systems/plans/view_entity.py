"""Owns how the entities of a project are shown: files, sheets, regions, specifications, sections, docs.

Files are read here; the others are rows of entity.py. Refuses to know requests.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from postroom.db.connection import Connection, Database, Row, loads
from postroom.systems.plans import contract
from postroom.systems.plans.contract import shown
from postroom.systems.plans.entity import Page, Wanted
from postroom.systems.plans.paging import Key
from postroom.systems.plans.read import facet

KEY_FILES = 10

# --- files ---------------------------------------------------------------------------------------------

_FILE = (
    "SELECT f.id, f.id AS file_id, 0 AS page, f.name AS file_name, f.status,"
    " coalesce(f.classification, d.facts->>'classification') AS classification,"
    " CASE WHEN f.status <> 'processing' THEN f.pages ELSE coalesce(d.pages, 0) END AS pages"
    " FROM plan_file f LEFT JOIN document d ON d.id = f.id"
    " WHERE f.project_id = $1 AND ($2::uuid IS NULL OR f.id = $2)"
    " AND ($3::text IS NULL OR position(lower($3) IN lower(f.name)) > 0)"
    " AND ($4::text IS NULL OR coalesce(f.classification, d.facts->>'classification', 'other') = $4)"
    " AND ($5::text IS NULL OR f.status = $5) AND ($6::uuid[] IS NULL OR f.id = ANY($6))"
)


async def files(
    db: Database, wanted: Wanted, of: Sequence[UUID] | None, *, after: Key | None = None, limit: int = 100
) -> Page:
    """of: only these, if given."""
    given = (
        wanted.project,
        wanted.id or wanted.file,
        wanted.file_name,
        wanted.classification,
        wanted.status,
        None if of is None else list(of),
    )
    total = await db.fetchval(f"SELECT count(*) FROM ({_FILE}) x", *given)  # noqa: S608 a constant
    rows = await db.fetch(
        f"{_FILE} AND f.id > $7 ORDER BY f.id LIMIT $8", *given, after[2] if after else UUID(int=0), limit
    )
    return Page(rows, total)


async def file_count(db: Database, project: UUID) -> int:
    return int(await db.fetchval("SELECT count(*) FROM plan_file WHERE project_id = $1", project))


async def key_files(db: Database, project: UUID) -> list[dict[str, Any]]:
    """The files with the most pages."""
    rows = await db.fetch(
        "SELECT id, name, classification FROM plan_file WHERE project_id = $1 AND status <> 'failed'"
        " ORDER BY pages DESC, id LIMIT $2",
        project,
        KEY_FILES,
    )
    return [
        {
            "id": shown(contract.FILE, row["id"]),
            "fileName": row["name"],
            "classification": row["classification"] or contract.OTHER,
        }
        for row in rows
    ]


# --- artifacts -----------------------------------------------------------------------------------------

_PAGE = re.compile(r"pages/(\d+)/")
_TYPES = {"image": "page_image", "text": "extracted_json"}


async def artifacts(db: Connection | Database, files: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """What is to be shown of what was made of these files, by name."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in await db.fetch(
        "SELECT file_id, name, media_type FROM plan_artifact WHERE file_id = ANY($1)"
        " AND name NOT LIKE 'reading/%' ORDER BY file_id, name",
        list(set(files)),
    ):
        found[row["file_id"]].append(row)
    return found


async def artifacts_of_pages(
    db: Connection | Database, places: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], list[Row]]:
    """Those of single pages: (file, page) -> rows."""
    found: dict[tuple[UUID, int], list[Row]] = defaultdict(list)
    once = sorted(set(places))  # entities share pages
    for row in await db.fetch(
        "SELECT a.file_id, a.name, a.media_type, p.page FROM unnest($1::uuid[], $2::int[]) AS p(file_id, page)"
        " JOIN plan_artifact a ON a.file_id = p.file_id"
        "  AND a.name >= 'pages/' || lpad(p.page::text, greatest(4, length(p.page::text)), '0') || '/'"
        "  AND a.name < 'pages/' || lpad(p.page::text, greatest(4, length(p.page::text)), '0') || '0'"
        " ORDER BY a.file_id, a.name",
        [file for file, _ in once],
        [page for _, page in once],
    ):
        found[row["file_id"], row["page"]].append(row)
    return found


def page_of(row: Row) -> int | None:
    found = _PAGE.match(row["name"])
    return int(found[1]) if found else None


def artifact_body(row: Row, at: str) -> dict[str, Any]:
    """at: the address of the job or project, below which its artifacts are."""
    path = f"{row['file_id'].hex}/{row['name']}"
    stem = row["name"].rpartition("/")[2].partition(".")[0]
    kind = "vector_crop" if "/regions/" in row["name"] else _TYPES.get(stem, stem)
    return {
        "type": kind,
        "url": f"{at}/artifact?path={quote(path, safe='')}",
        "path": path,
        "contentType": row["media_type"],
    }


# --- bodies --------------------------------------------------------------------------------------------


def file_body(row: Row) -> dict[str, Any]:
    return {
        "fileId": shown(contract.FILE, row["id"]),
        "fileName": row["file_name"],
        "classification": row["classification"] or contract.OTHER,
        "status": row["status"],
        "pageCount": row["pages"],
    }


def sheet_body(row: Row) -> dict[str, Any]:
    names = [part for part in (row["sheet_number"], row["sheet_name"]) if part]
    return {
        "sheetId": shown(contract.SHEET, row["id"]),
        "fileId": shown(contract.FILE, row["file_id"]),
        "fileName": row["file_name"],
        "pageNumber": row["page"],
        "sheetNumber": row["sheet_number"],
        "sheetName": row["sheet_name"],
        "sheetDisplayName": " – ".join(names) or f"{row['file_name']} – page {row['page']}",
        "drawingType": row["drawing_type"],
        "discipline": row["discipline"],
    }


def region_body(row: Row) -> dict[str, Any]:
    body = {
        "regionId": shown(contract.REGION, row["id"]),
        "fileId": shown(contract.FILE, row["file_id"]),
        "sheetId": shown(contract.SHEET, row["sheet_id"]),
        "fileName": row["file_name"],
        "pageNumber": row["page"],
        "sheetNumber": row["sheet_number"],
        "text": row["text"] or "",
        "displayBox": box(row["box"]),
        "labelBox": box(row["label_box"]),
        "drawingType": row["drawing_type"],
        "layoutType": row["layout_type"],
    }
    for name, value in (("label", row["label"]), ("regionType", row["region_type"])):
        if value is not None:
            body[name] = value
    return body


def box(value: Any) -> dict[str, Any] | None:
    found = loads(value) if isinstance(value, str | bytes) else value
    if not found:
        return None
    return {edge: min(1.0, max(0.0, found[edge])) for edge in ("left", "top", "right", "bottom")}


def specification_body(row: Row) -> dict[str, Any]:
    return {
        "specificationId": shown(contract.SECTION, row["id"]),
        "fileId": shown(contract.FILE, row["file_id"]),
        "fileName": row["file_name"],
        "sectionNumber": row["number"],
        "sectionTitle": row["title"] or "",
        "pageStart": row["page"],
        "pageEnd": row["page_end"],
        "facets": [],
    }


def section_body(row: Row) -> dict[str, Any]:
    return {
        "sectionId": shown(contract.SECTION, row["id"]),
        "specId": shown(contract.FILE, row["file_id"]),
        "sectionNumber": row["number"],
        "sectionTitle": row["title"] or "",
        "pageStart": row["page"],
        "pageEnd": row["page_end"],
    }


def facet_bodies(row: Row, text: str, starts: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """starts: where in the text of the section its pages begin."""
    return [facet.summary(row["id"], one, starts) for one in facet.facets(text)]


def section_detail(row: Row, detail: Mapping[str, Any], parts: list[Any]) -> dict[str, Any]:
    """With the whole text, and what its articles ask for."""
    text, starts = detail["text"], detail["starts"]
    found = facet.facets(text)
    return {
        **section_body(row),
        "text": text,
        "textLength": len(text),
        "parts": parts,
        **facet.told(found),
        "warnings": [],
        "facets": [facet.detail(row["id"], one, starts) for one in found],
    }


def doc_body(row: Row) -> dict[str, Any]:
    return {
        "docId": shown(contract.DOC, row["id"]),
        "fileId": shown(contract.FILE, row["file_id"]),
        "fileName": row["file_name"],
        "docType": row["doc_type"] or "document",
        "title": row["title"] or row["file_name"],
        "status": "complete",
    }
