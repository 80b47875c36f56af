"""Owns finding words and phrases in what was read, ranked, and the text behind a hit. Only reads.

Drawings are searched by region, specifications and documents by page. Postgres finds and ranks (tsvector, GIN);
where a page belongs to a section of specifications the hit is the section's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from postroom.db.connection import Database, Row, loads
from postroom.errors import NotFound
from postroom.systems.plans import entity
from postroom.systems.plans.entity import LAYOUT
from postroom.systems.plans.read import facet
from postroom.systems.plans.search import snippet

REGION, SPECIFICATION, DOC = "region", "specification", "doc"
_RANKED = 2000  # matches of one kind that are ranked; of more, those that the index gives first
_SNIPPET = 60_000  # characters of a page in which a snippet is looked for
_URI = re.compile(r"pgcat://([0-9a-f]{32})/(region|specification|doc)/([0-9a-f]{32})")
_CLASS = "coalesce(f.classification, 'other')"


@dataclass(frozen=True, slots=True)
class Filter:
    """What restricts a search; all that is given must hold."""

    entity_types: tuple[str, ...] | None = None
    region_type: str | None = None
    layout_type: str | None = None
    drawing_type: str | None = None
    sheet_number: str | None = None
    file_name: str | None = None
    page: int | None = None
    classification: str | None = None

    def shared(self) -> tuple[str | None, str | None, int | None]:
        """What every search can be restricted by: $3, $4 and $5 of each statement."""
        return self.file_name, self.classification, self.page

    def wants(self, kind: str) -> bool:
        if self.entity_types is not None and kind not in self.entity_types:
            return False
        of_drawings = (self.region_type, self.layout_type, self.drawing_type, self.sheet_number)
        return kind == REGION or all(one is None for one in of_drawings)


@dataclass(frozen=True, slots=True)
class Hit:
    """source: its members, ids raw. box: shares of the page, for regions."""

    score: float
    snippet: str
    uri: str
    source: dict[str, Any]
    project: UUID
    box: dict[str, float] | None = field(default=None)


# The statements below are constants of this file; values are always parameters.
# ruff: noqa: S608
_QUERY = "websearch_to_tsquery('english', $2)"
_SHOWN = f"left(x.text, {_SNIPPET}) AS text, {_QUERY}::text AS query"
# Every text has a lexeme that names its project: the index then finds words of these projects only. A query
# of many lexemes nests as deep as they are many, so from _FEW on projects are looked up instead.
_OWN = "$1::text::tsquery"
_FEW = 64
_WORDS = f"@@ ({_QUERY} && {_OWN})"
_FILE = (
    f" ($3::text IS NULL OR position(lower($3) IN lower(f.name)) > 0) AND ($4::text IS NULL OR {_CLASS} = $4)"
)
_REGIONS = (
    "WITH found AS (SELECT r.id, r.page_id, r.kind, r.label, r.text, r.box,"
    f"   ts_rank_cd(r.tsv, {_QUERY}, 1) AS score"
    f"  FROM plan_region r WHERE r.tsv {_WORDS} LIMIT $11)"
    " SELECT x.id, x.kind AS region_type, x.box, x.score, p.id AS sheet_id, p.file_id, p.project_id, p.page,"
    "  p.sheet_number, f.name AS file_name,"
    f"  {_SHOWN}"
    " FROM (SELECT found.*, pp.file_id FROM found JOIN plan_page pp ON pp.id = found.page_id"
    "  JOIN plan_file f ON f.id = pp.file_id"
    f"  WHERE {_FILE} AND ($5::int IS NULL OR pp.page = $5) AND ($6::text IS NULL OR found.kind = $6)"
    "   AND ($7::text IS NULL OR $7 IN (pp.drawing_type, pp.discipline))"
    "   AND ($8::text IS NULL OR pp.sheet_number = $8)"
    "  ORDER BY found.score DESC, pp.file_id, pp.page, found.id LIMIT $9 OFFSET $10) x"
    " JOIN plan_page p ON p.id = x.page_id JOIN plan_file f ON f.id = x.file_id"
    " ORDER BY x.score DESC, p.file_id, p.page, x.id"
)
_PAGES = (
    "WITH found AS (SELECT p.id, p.file_id, p.project_id, p.page, p.text, "
    f"   ts_rank_cd(p.tsv, {_QUERY}, 1) AS score FROM plan_page p WHERE p.tsv {_WORDS} LIMIT $7)"
    " SELECT x.file_id, x.project_id, x.page, x.score, f.name AS file_name, d.id AS doc_id, d.doc_type,"
    "  s.id AS section_id, s.number AS section_number, s.title AS section_title,"
    f"  {_SHOWN}"
    " FROM (SELECT found.* FROM found JOIN plan_file f ON f.id = found.file_id"
    f"  WHERE {_FILE} AND ($5::int IS NULL OR found.page = $5)"
    "  ORDER BY found.score DESC, found.file_id, found.page LIMIT $6) x"
    " JOIN plan_file f ON f.id = x.file_id LEFT JOIN plan_doc d ON d.file_id = x.file_id"
    " LEFT JOIN LATERAL (SELECT id, number, title FROM plan_section WHERE file_id = x.file_id"
    "  AND x.page BETWEEN page_start AND page_end ORDER BY place DESC LIMIT 1) s ON true"
    " ORDER BY x.score DESC, x.file_id, x.page"
)
_REGIONS_OF_MANY = _REGIONS.replace(
    _WORDS, f"@@ {_QUERY} AND r.page_id IN (SELECT id FROM plan_page WHERE project_id = ANY($1::uuid[]))"
)
_PAGES_OF_MANY = _PAGES.replace(_WORDS, f"@@ {_QUERY} AND p.project_id = ANY($1::uuid[])")


async def find(
    db: Database, projects: Sequence[UUID], query: str, wanted: Filter, *, limit: int, offset: int = 0
) -> list[Hit]:
    """The best hits, best first. An unknown word matches nothing; quotes make phrases, a minus excludes."""
    if not projects or (wanted.layout_type not in (None, LAYOUT)):
        return []
    text = query.replace("\0", " ")
    hits: list[Hit] = []
    if wanted.wants(REGION):
        hits += await _find_regions(db, projects, text, wanted, limit + offset)
    if wanted.wants(SPECIFICATION) or wanted.wants(DOC):
        hits += await _find_pages(db, projects, text, wanted, limit + offset)
    hits.sort(key=lambda hit: -hit.score)
    return hits[offset : offset + limit]


def _own(projects: Sequence[UUID], few: str, many: str) -> tuple[str, str | list[UUID]]:
    """The statement for that many projects, and its $1: the projects."""
    if len(projects) < _FEW:
        return few, " | ".join(f"'project{project.hex}'" for project in projects)
    return many, list(projects)


async def _find_regions(
    db: Database, projects: Sequence[UUID], text: str, wanted: Filter, limit: int
) -> list[Hit]:
    rows = await db.fetch(
        *_own(projects, _REGIONS, _REGIONS_OF_MANY),
        text,
        *wanted.shared(),
        wanted.region_type,
        wanted.drawing_type,
        wanted.sheet_number,
        limit,
        0,
        _RANKED,
    )
    words = snippet.lexemes(rows[0]["query"]) if rows else []
    return [
        Hit(
            float(row["score"]),
            snippet.cut(row["text"], words),
            uri(row["project_id"], REGION, row["id"]),
            {**_members(row), "type": REGION, "region_id": row["id"], "region_type": row["region_type"]}
            | {"sheet_id": row["sheet_id"], "sheet_number": row["sheet_number"]},
            row["project_id"],
            loads(row["box"]),
        )
        for row in rows
    ]


async def _find_pages(
    db: Database, projects: Sequence[UUID], text: str, wanted: Filter, limit: int
) -> list[Hit]:
    rows = await db.fetch(
        *_own(projects, _PAGES, _PAGES_OF_MANY),
        text,
        *wanted.shared(),
        2 * limit,
        _RANKED,
    )
    words = snippet.lexemes(rows[0]["query"]) if rows else []
    hits = []
    for row in rows:
        if row["section_id"] is not None and wanted.wants(SPECIFICATION):
            kind, id = SPECIFICATION, row["section_id"]
            members = {name: row[name] for name in ("section_id", "section_number", "section_title")}
        elif wanted.wants(DOC):
            # A file that is no document of its own has none: then the file itself is the source.
            kind, id = DOC, row["doc_id"] or row["file_id"]
            members = {"doc_id": row["doc_id"], "doc_type": row["doc_type"]}
        else:
            continue
        source = {**_members(row), "type": kind, **members}
        hits.append(
            Hit(
                float(row["score"]),
                snippet.cut(row["text"], words),
                uri(row["project_id"], kind, id),
                source,
                row["project_id"],
            )
        )
    return hits[:limit]


def _members(row: Row) -> dict[str, Any]:
    return {"file_id": row["file_id"], "file_name": row["file_name"], "page": row["page"]}


def uri(project: UUID, kind: str, id: UUID) -> str:
    """The address of a source; opaque to clients."""
    return f"pgcat://{project.hex}/{kind}/{id.hex}"


async def chunks(db: Database, project: UUID) -> int:
    """How many pieces of text a search looks at."""
    return int(
        await db.fetchval(
            "SELECT (SELECT count(*) FROM plan_region r JOIN plan_page p ON p.id = r.page_id WHERE p.project_id = $1)"
            " + (SELECT count(*) FROM plan_page WHERE project_id = $1 AND tsv IS NOT NULL)",
            project,
        )
    )


# --- the text behind a hit -----------------------------------------------------------------------------


async def text_of(
    db: Database, project: UUID, address: str, kind: str, facet_id: str | None = None
) -> tuple[str, dict[str, Any]] | None:
    """The whole text of a source and its members; None if the project has no such source.

    kind: text; markdown (with a heading); page_regions (each region with its label); facet_source_text (of
    the facet: of a specification only), facet_match_text (the same without line breaks). NotFound if the
    facet is none of the source's.
    """
    found = _URI.fullmatch(address)
    if found is None or UUID(found[1]) != project:
        return None
    id = UUID(found[3])
    source = await _SOURCES[found[2]](db, project, id)
    if source is None:
        return None
    text, heading, members = source
    if facet_id is not None:
        made = facet.facets(text) if found[2] == SPECIFICATION else []
        one = next((one for one in made if facet.shown_id(id, one) == facet_id), None)
        if one is None:
            raise NotFound("The source has no facet with this id.", field="facetId")
        text, heading = one.text, one.label
    if kind.startswith("facet_"):
        text = text if facet_id is not None else ""
        return " ".join(text.split()) if kind == "facet_match_text" else text, members
    if kind == "page_regions":
        return await _page_regions(db, members) if "sheet_id" in members else text, members
    if kind == "markdown":
        return f"# {heading}\n\n{text}", members
    return text, members


async def _region(db: Database, project: UUID, id: UUID) -> tuple[str, str, dict[str, Any]] | None:
    rows = (await entity.regions(db, entity.Wanted(project, id=id), limit=1)).rows
    if not rows:
        return None
    (row,) = rows
    members = {**_members(row), "type": REGION, "region_id": id, "region_type": row["region_type"]}
    members |= {"sheet_id": row["sheet_id"], "sheet_number": row["sheet_number"]}
    return row["text"], row["label"] or row["sheet_number"] or row["file_name"], members


async def _specification(db: Database, project: UUID, id: UUID) -> tuple[str, str, dict[str, Any]] | None:
    if not (await entity.sections(db, entity.Wanted(project, id=id), limit=1)).rows:
        return None
    row = await entity.section_text(db, id)
    assert row is not None
    members = {
        "file_id": row["file_id"],
        "file_name": row["file_name"],
        "page": row["page"],
        "type": SPECIFICATION,
    }
    members |= {"section_id": id, "section_number": row["number"], "section_title": row["title"]}
    return row["text"], f"{row['number']} {row['title']}", members


async def _doc(db: Database, project: UUID, id: UUID) -> tuple[str, str, dict[str, Any]] | None:
    row = await db.fetchrow(
        "SELECT f.id AS file_id, f.name AS file_name, 1 AS page, d.id AS doc_id, d.doc_type FROM plan_file f"
        " LEFT JOIN plan_doc d ON d.file_id = f.id WHERE f.project_id = $1 AND (d.id = $2 OR f.id = $2)",
        project,
        id,
    )
    if row is None:
        return None
    text = "\n".join(page["text"] for page in await entity.texts(db, row["file_id"]))
    members = {**_members(row), "type": DOC, "doc_id": row["doc_id"], "doc_type": row["doc_type"]}
    return text, row["file_name"], members


_SOURCES = {REGION: _region, SPECIFICATION: _specification, DOC: _doc}


async def _page_regions(db: Database, members: dict[str, Any]) -> str:
    rows = await db.fetch(
        "SELECT kind, label, text FROM plan_region WHERE page_id = $1 ORDER BY number", members["sheet_id"]
    )
    return "\n\n".join(f"[{row['kind']}] {row['label']}\n{row['text']}".strip() for row in rows)
