"""Owns the calls that search: in the sources of a project, over all projects, and reading what was found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from postroom.db.connection import Row
from postroom.errors import Conflict, Invalid, NotFound
from postroom.systems.plans import contract, paging, view
from postroom.systems.plans.contract import read_id, shown
from postroom.systems.plans.door import (
    answer,
    caller,
    desk_of,
    json_of,
    listed,
    optional_text,
    project_of,
)
from postroom.systems.plans.search import ranked as search
from postroom.systems.plans.search.ranked import Filter, Hit

_QUERY = 1000
_MORE = 10_000  # hits over all projects that are looked at for a ranking of projects
_IDS = {
    "file_id": ("fileId", contract.FILE),
    "sheet_id": ("sheetId", contract.SHEET),
    "region_id": ("regionId", contract.REGION),
    "section_id": ("sectionId", contract.SECTION),
    "doc_id": ("docId", contract.DOC),
}
_NAMES = {
    "type": "type",
    "file_name": "fileName",
    "sheet_number": "sheetNumber",
    "page": "pageNumber",
    "section_number": "sectionNumber",
    "section_title": "sectionTitle",
    "region_type": "regionType",
    "doc_type": "docType",
}


async def sources(request: Request, projectId: str) -> Response:
    """Ranked hits in what was read of the project's files."""
    access = await caller(request, "read")
    project = await project_of(request, access, projectId)
    body = await json_of(request)
    db = desk_of(request).db
    query, wanted = _asked(body)
    most = contract.whole(body.get("maxHits", contract.HITS_DEFAULT), "maxHits", 1, contract.HITS)
    chunks = await search.chunks(db, project["id"])
    if not chunks and await view.indexing(db, project["id"]):
        raise Conflict(
            "The project's files are still being read; try again in a few seconds.",
            code="vector_index_not_ready",
        )
    hits = await search.find(db, [project["id"]], query, wanted, limit=most)
    return answer(
        {
            "status": "ok",
            "query": query,
            "hitCount": len(hits),
            "searchedChunkCount": chunks,
            "hits": [_hit(hit) for hit in hits],
        }
    )


def _asked(body: dict[str, Any]) -> tuple[str, Filter]:
    query = contract.text(body.get("query"), "query", _QUERY)
    optional_text(body, "reviewId", 200)  # there are no reviews here, so it restricts nothing
    kinds = [contract.text(one, "entityTypes", 50) for one in listed(body, "entityTypes")]
    page = body.get("pageNumber")
    return query, Filter(
        entity_types=tuple(kinds) if body.get("entityTypes") is not None else None,
        region_type=optional_text(body, "regionType", 200),
        layout_type=optional_text(body, "layoutType", 200),
        drawing_type=optional_text(body, "drawingType", 200),
        sheet_number=optional_text(body, "sheetNumber", 200),
        file_name=optional_text(body, "fileName", 1000),
        page=None if page is None else contract.whole(page, "pageNumber", 1, (1 << 31) - 1),
        classification=contract.classification(body.get("classification"), "classification"),
    )


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "score": hit.score,
        "snippet": hit.snippet,
        "sourceCatalogUri": hit.uri,
        "source": _source(hit.source),
    }


def _source(found: dict[str, Any]) -> dict[str, Any]:
    """What was hit, as clients see it; what is not known is left out."""
    shown_ids = {
        name: shown(prefix, found[key]) for key, (name, prefix) in _IDS.items() if found.get(key) is not None
    }
    return {**{name: found[key] for key, name in _NAMES.items() if found.get(key) is not None}, **shown_ids}


# --- texts ---------------------------------------------------------------------------------------------


async def text(request: Request, projectId: str) -> Response:
    """The text of one source, in chunks that follow each other without gap or overlap."""
    access = await caller(request, "read")
    project = await project_of(request, access, projectId)
    body = await json_of(request)
    uri = contract.text(body.get("sourceCatalogUri"), "sourceCatalogUri", 500)
    kind = body.get("textKind", contract.TEXT_KINDS[0])
    if not isinstance(kind, str) or kind not in contract.TEXT_KINDS:
        raise Invalid(f"'textKind' must be one of: {', '.join(contract.TEXT_KINDS)}.", field="textKind")
    most = contract.whole(body.get("maxChars", contract.CHARS_DEFAULT), "maxChars", 1, contract.CHARS)
    cursor = optional_text(body, "cursor", 500)
    facet = optional_text(body, "facetId", 200)
    mark = paging.mark(uri, kind, *([facet] if facet is not None else []))
    start = paging.read(cursor, mark, int)[0] if cursor is not None else 0
    found = await search.text_of(desk_of(request).db, project["id"], uri, kind, facet)
    if found is None:
        raise NotFound("The project has no source with this sourceCatalogUri.", field="sourceCatalogUri")
    whole, source = found
    end = start + most
    return answer(
        {
            "status": "success",
            "source": _source(source),
            "sourceCatalogUri": uri,
            "text": whole[start:end],
            "cursor": cursor,
            "nextCursor": paging.write(mark, end) if end < len(whole) else None,
            "textKind": kind,
        }
    )


# --- projects ------------------------------------------------------------------------------------------


async def projects(request: Request) -> Response:
    """Projects whose name or whose sources match, best first."""
    access = await caller(request, "read")
    body = await json_of(request)
    query, wanted = _asked(body)
    limit = contract.whole(body.get("limit", contract.PROJECTS_DEFAULT), "limit", 1, contract.PROJECTS)
    cursor = optional_text(body, "cursor", 500)
    given = _named(body)
    mark = paging.mark("projects", query, wanted, given)
    start = paging.read(cursor, mark, int)[0] if cursor is not None else 0
    db = desk_of(request).db
    rows = {row["id"]: row for row in await view.projects(db, access.whose)}
    among, warnings = _among(rows, given if body.get("projectIds") is not None else None)
    hits = await search.find(db, among, query, wanted, limit=_MORE) if among else []
    ranked = _ranked(rows, query, hits)
    shown_now = ranked[start : start + limit]
    more = start + limit < len(ranked)
    return answer(
        {
            "query": query,
            "projects": [
                {
                    "project": view.project_body(rows[project]),
                    "matchReasons": reasons,
                    "hits": [_hit(hit) for hit in found[: contract.HITS_DEFAULT]],
                    "score": score,
                }
                for score, project, reasons, found in shown_now
            ],
            "total": len(ranked),
            "limit": limit,
            "cursor": cursor,
            "nextCursor": paging.write(mark, start + limit) if more else None,
            "returnedCount": len(shown_now),
            "hasMore": more,
            "warnings": warnings,
        },
    )


def _named(body: dict[str, Any]) -> list[str]:
    """The ids in `projectIds`, each once."""
    given = listed(body, "projectIds")
    if len(given) > contract.PROJECTS_NAMED:
        raise Invalid(
            f"'projectIds' may name {contract.PROJECTS_NAMED} projects at most.",
            field="projectIds",
            limit=contract.PROJECTS_NAMED,
        )
    return list(dict.fromkeys(contract.text(one, "projectIds", 100) for one in given))


def _among(rows: dict[UUID, Row], given: list[str] | None) -> tuple[list[UUID], list[str]]:
    """Where sources are searched; a warning for each project that is not the caller's."""
    if given is None:
        return list(rows), []
    among, warnings = [], []
    for value in given:
        try:
            found = read_id(value, contract.PROJECT, field="projectIds")
        except NotFound:
            found = None
        if found in rows:
            among.append(found)
        else:
            warnings.append(f"There is no project '{value}'.")
    return [one for one in among if one is not None], warnings


def _ranked(
    rows: dict[UUID, Row], query: str, hits: list[Hit]
) -> list[tuple[float, UUID, list[str], list[Hit]]]:
    """(score, project, reasons, hits), best first. A name counts for more than any source."""
    of: dict[UUID, list[Hit]] = {}
    for hit in hits:
        of.setdefault(hit.project, []).append(hit)
    words = query.lower().split()
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    ranked = []
    for project, row in rows.items():
        name = row["name"].lower()
        named = sum(word in name for word in words) / len(words)
        found = of.get(project, [])
        if named or found:
            score = named + (found[0].score / best if found else 0.0)
            reasons = [*(["name"] if named else []), *(["semantic source"] if found else [])]
            ranked.append((round(score, 6), project, reasons, found))
    return sorted(ranked, key=lambda one: (-one[0], one[1]))
