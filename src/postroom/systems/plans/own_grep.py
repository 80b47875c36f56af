"""Owns the call of our own API that greps a project: /postroom/v1/plans/{project}/grep."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from postroom.db.connection import Database
from postroom.desk.access import Access
from postroom.desk.own import caller
from postroom.errors import Invalid, NotFound
from postroom.systems.plans import contract, paging, view
from postroom.systems.plans.contract import shown
from postroom.systems.plans.door import answer, desk_of
from postroom.systems.plans.search import grep
from postroom.systems.plans.search.grep import Hit
from postroom.systems.plans.stage import edges

_MOST = 200  # hits of one answer

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["pattern", "hits", "next", "complete"],
    "properties": {
        "pattern": {"type": "string"},
        "hits": {"type": "array", "items": {"type": "object"}},
        "next": {"type": ["string", "null"], "description": "`cursor` of the next page; null at the end."},
        "complete": {
            "type": "boolean",
            "description": "false: time ran out, `next` goes on where it stopped.",
        },
    },
}
_PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"type": "object", "required": ["code", "detail"]}}},
}


def add(routes: APIRouter) -> None:
    """Add the call to the routes below /postroom/v1/plans."""
    routes.add_api_route(
        "/{project}/grep",
        search,
        methods=["GET"],
        responses={
            200: {"description": "Hits in order.", "content": {"application/json": {"schema": _SCHEMA}}},
            **dict.fromkeys((400, 401, 403, 404, 503), _PROBLEM),
        },
    )


async def search(
    request: Request,
    project: str,
    pattern: Annotated[str, Query(description="A regular expression in the syntax of RE2.")] = "",
    fixed: Annotated[bool, Query(description="The pattern is a plain text.")] = False,
    ignoreCase: bool = False,
    file: Annotated[str | None, Query(description="Only in the file with this id.")] = None,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = grep.HITS,
) -> Response:
    """Every match in the texts of a project's pages, by file, page and place. project: its id or its name."""
    db = desk_of(request).db
    access = await caller(db, request.headers, "read")
    id = await _project(db, access, project)
    only = _file(file)
    mark = paging.mark("grep", id, pattern, fixed, ignoreCase, only)
    after = None
    if cursor is not None:
        place = paging.read(cursor, mark, UUID, int, int)
        after = (place[0], place[1], place[2])
    found = await grep.search(
        db, id, pattern, literal=fixed, ignore_case=ignoreCase, file=only, after=after, limit=limit
    )
    return answer(
        {
            "pattern": pattern,
            "hits": [_body(hit) for hit in found.hits],
            "next": paging.write(mark, *found.next) if found.next is not None else None,
            "complete": found.complete,
        }
    )


async def _project(db: Database, access: Access, value: str) -> UUID:
    """By id, as the desk shows it or as a plain UUID, or by name."""
    try:
        id = UUID(value.removeprefix(f"{contract.PROJECT}_"))
    except ValueError:
        id = None
    found = await view.project_id(db, access.whose, id, value.replace("\0", ""))
    if found is None:
        raise NotFound("There is no project with this id or name.", field="project")
    return found


def _file(value: str | None) -> UUID | None:
    if value is None:
        return None
    try:
        return UUID(value.removeprefix(f"{contract.FILE}_"))
    except ValueError:
        raise Invalid("'file' must be the id of a file.", field="file") from None


def _body(hit: Hit) -> dict[str, Any]:
    body = {
        "fileId": shown(contract.FILE, hit.file),
        "fileName": hit.file_name,
        "pageNumber": hit.page,
        "start": hit.start,
        "end": hit.end,
        "match": hit.match,
        "snippet": hit.snippet,
        "boxes": [edges(box) for box in hit.boxes],
    }
    if hit.kind == "drawing":
        body |= {
            "sheetId": shown(contract.SHEET, hit.page_id),
            "sheetNumber": hit.sheet_number,
            "sheetName": hit.sheet_name,
        }
    return body
