"""Owns the reads of a project's entities: lists with filters and pages, and single ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from postroom.db.connection import Database, Row, loads
from postroom.desk.context import Desk
from postroom.errors import Invalid, NotFound
from postroom.systems.plans import contract, entity, paging, view_entity
from postroom.systems.plans.contract import read_id
from postroom.systems.plans.door import answer, caller, desk_of, flag, number, origin_of, project_of, query
from postroom.systems.plans.entity import Page, Wanted
from postroom.systems.plans.paging import Key

_SHEETS = 500  # ids in one allow-list


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entity. one, many: the members of answers. id: its parameter and prefix. filters: the
    query parameters that it takes besides those of every kind."""

    one: str
    many: str
    id: tuple[str, str]
    body: Callable[[Row], dict[str, Any]]
    find: Callable[..., Awaitable[Page]]
    filters: tuple[str, ...] = ()
    by_page: bool = True


async def _files(db: Database, wanted: Wanted, *, after: Key | None = None, limit: int = 100) -> Page:
    """Files of an allow-list of sheets are those that hold one of them."""
    if wanted.sheets is None:
        return await view_entity.files(db, wanted, None, after=after, limit=limit)
    found = await entity.sheets(db, Wanted(wanted.project, sheets=wanted.sheets), limit=_SHEETS)
    of = sorted({row["file_id"] for row in found.rows})
    return await view_entity.files(db, wanted, of, after=after, limit=limit)


FILES = Kind("file", "files", ("fileId", contract.FILE), view_entity.file_body, _files, by_page=False)
SHEETS = Kind(
    "sheet",
    "sheets",
    ("sheetId", contract.SHEET),
    view_entity.sheet_body,
    entity.sheets,
    ("pageNumber", "sheetNumber"),
)
REGIONS = Kind(
    "region",
    "regions",
    ("regionId", contract.REGION),
    view_entity.region_body,
    entity.regions,
    ("sheetId", "pageNumber", "sheetNumber", "regionType", "drawingType", "layoutType"),
)
SPECIFICATIONS = Kind(
    "specification",
    "specifications",
    ("specificationId", contract.SECTION),
    view_entity.specification_body,
    entity.sections,
    ("sectionNumber", "pageStart", "pageEnd"),
)
SECTIONS = replace(
    SPECIFICATIONS,
    one="section",
    many="sections",
    id=("sectionId", contract.SECTION),
    body=view_entity.section_body,
)
DOCS = Kind(
    "doc", "docs", ("docId", contract.DOC), view_entity.doc_body, entity.docs, ("docType", "pageNumber")
)

_TEXTS: Mapping[str, str] = {
    "sheetNumber": "sheet_number",
    "regionType": "region_type",
    "drawingType": "drawing_type",
    "layoutType": "layout_type",
    "sectionNumber": "section_number",
    "docType": "doc_type",
}
_NUMBERS: Mapping[str, str] = {"pageNumber": "page", "pageStart": "page_start", "pageEnd": "page_end"}


def lists(kind: Kind) -> Callable[..., Awaitable[Response]]:
    async def read(request: Request, projectId: str) -> Response:
        """One page, with filters."""
        return await _list(request, kind, projectId)

    return read


def single(kind: Kind) -> Callable[..., Awaitable[Response]]:
    async def read(request: Request, projectId: str) -> Response:
        """One entity, if it matches the filters."""
        return await _single(request, kind, projectId, request.path_params[kind.id[0]])

    return read


async def sheet_regions(request: Request, projectId: str, sheetId: str) -> Response:
    """The regions of one sheet."""
    return await _list(request, REGIONS, projectId, sheet=sheetId)


async def sections(request: Request, projectId: str, specId: str) -> Response:
    """The sections of one specification document."""
    return await _list(request, SECTIONS, projectId, spec=specId)


async def section(request: Request, projectId: str, specId: str, sectionId: str) -> Response:
    """One section with its whole text."""
    access = await caller(request, "read")
    project = await project_of(request, access, projectId)
    db = desk_of(request).db
    wanted = await _wanted(request, SECTIONS, project["id"])
    wanted = replace(wanted, file=await _spec(db, project["id"], specId))
    found = read_id(sectionId, contract.SECTION, field="sectionId")
    rows = (await entity.sections(db, replace(wanted, id=found), limit=1)).rows
    detail = await entity.section_text(db, found) if rows else None
    if detail is None:
        raise NotFound("There is no section with this id.", field="sectionId")
    body = await asyncio.to_thread(view_entity.section_detail, rows[0], detail, loads(detail["parts"]) or [])
    compact = flag(request, "compact")
    await _with_artifacts(request, SECTIONS, project["id"], rows, [body], compact=compact)
    return answer({"section": body})


async def _list(
    request: Request, kind: Kind, project_id: str, *, sheet: str | None = None, spec: str | None = None
) -> Response:
    access = await caller(request, "read")
    project = await project_of(request, access, project_id)
    db = desk_of(request).db
    wanted = await _wanted(request, kind, project["id"])
    if sheet is not None:
        found = read_id(sheet, contract.SHEET, field="sheetId")
        if not (await entity.sheets(db, Wanted(project["id"], id=found), limit=1)).rows:
            raise NotFound("There is no sheet with this id.", field="sheetId")
        wanted = replace(wanted, sheet=found, sheets=None)
    if spec is not None:
        wanted = replace(wanted, file=await _spec(db, project["id"], spec))
    limit = number(request, "limit", 1, contract.LIMIT) or contract.LIMIT_DEFAULT
    cursor, mark = request.query_params.get("cursor"), paging.mark(kind.many, wanted)
    after = paging.read(cursor, mark, UUID, int, UUID) if cursor is not None else None
    compact = flag(request, "compact")
    page = await kind.find(db, wanted, after=tuple(after) if after else None, limit=limit + 1)
    rows = page.rows[:limit]
    bodies = [kind.body(row) for row in rows]
    await _with_facets(db, kind, rows, bodies)
    await _with_artifacts(request, kind, project["id"], rows, bodies, compact=compact)
    return answer(
        paging.around(
            kind.many,
            bodies,
            [(row["file_id"], row["page"], row["id"]) for row in rows],
            total=page.total,
            limit=limit,
            cursor=cursor,
            more=len(page.rows) > limit,
            mark=mark,
        )
    )


async def _single(request: Request, kind: Kind, project_id: str, value: str) -> Response:
    access = await caller(request, "read")
    project = await project_of(request, access, project_id)
    desk: Desk = desk_of(request)
    name, prefix = kind.id
    wanted = replace(await _wanted(request, kind, project["id"]), id=read_id(value, prefix, field=name))
    compact = flag(request, "compact")
    rows = (await kind.find(desk.db, wanted, limit=1)).rows
    if not rows:
        raise NotFound(f"There is no {kind.one} with this id.", field=name)
    body = kind.body(rows[0])
    await _with_facets(desk.db, kind, rows, [body])
    await _with_artifacts(request, kind, project["id"], rows, [body], compact=compact)
    return answer({kind.one: body})


async def _spec(db: Database, project: UUID, value: str) -> UUID:
    """The file of a specification, by its own id, its document's, or that of one of its sections."""
    found = read_id(value, contract.FILE, contract.DOCUMENT, contract.SECTION, field="specId")
    if value.startswith(contract.SECTION):
        rows = (await entity.sections(db, Wanted(project, id=found), limit=1)).rows
        file = rows[0]["file_id"] if rows else None
    else:
        rows = (await view_entity.files(db, Wanted(project, id=found), None, limit=1)).rows
        file = rows[0]["id"] if rows else None
    if file is None:
        raise NotFound("There is no specification with this id.", field="specId")
    return UUID(str(file))


async def _wanted(request: Request, kind: Kind, project: UUID) -> Wanted:
    """The filters of a read; what a kind does not take is not looked at."""
    given: dict[str, Any] = {
        "file_name": query(request, "fileName"),
        "classification": contract.classification(
            request.query_params.get("classification"), "classification"
        ),
        "status": query(request, "status"),
        "sheets": _allowed(request.query_params.get("sheets")),
        "file": _named(request, "fileId", contract.FILE),
    }
    if "sheetId" in kind.filters:
        given["sheet"] = _named(request, "sheetId", contract.SHEET)
    for name in kind.filters:
        if name in _TEXTS:
            given[_TEXTS[name]] = query(request, name)
        elif name in _NUMBERS:
            given[_NUMBERS[name]] = number(request, name)
    return Wanted(project, **given)


_NOTHING = UUID(int=0)  # the id of nothing: what is no id of ours matches nothing


def _named(request: Request, name: str, prefix: str) -> UUID | None:
    value = request.query_params.get(name)
    return None if value is None else _id_or_nothing(value, prefix)


def _id_or_nothing(value: str, prefix: str) -> UUID:
    try:
        return read_id(value, prefix, field="id")
    except NotFound:
        return _NOTHING


def _allowed(value: str | None) -> tuple[UUID, ...] | None:
    if value is None:
        return None
    names = [name.strip() for name in value.split(",") if name.strip()]
    if len(names) > _SHEETS:
        raise Invalid(f"'sheets' may name {_SHEETS} sheets at most.", field="sheets")
    return tuple(_id_or_nothing(name, contract.SHEET) for name in names)


async def _with_facets(db: Database, kind: Kind, rows: list[Row], bodies: list[dict[str, Any]]) -> None:
    """Each specification with what it is made of; of other kinds nothing is."""
    if kind is not SPECIFICATIONS:
        return
    texts = await entity.section_texts(db, rows)
    made = await asyncio.to_thread(
        lambda: [
            view_entity.facet_bodies(row, text, starts)
            for row, (text, starts) in zip(rows, texts, strict=True)
        ]
    )
    for body, found in zip(bodies, made, strict=True):
        body["facets"] = found


async def _with_artifacts(
    request: Request,
    kind: Kind,
    project: UUID,
    rows: list[Row],
    bodies: list[dict[str, Any]],
    *,
    compact: bool,
) -> None:
    """Each entity with what was made of its page, or of its whole file."""
    if compact:
        return
    db = desk_of(request).db
    at = f"{origin_of(request)}{contract.BASE}/projects/{contract.shown(contract.PROJECT, project)}"
    if kind.by_page:
        of_page = await view_entity.artifacts_of_pages(db, [(row["file_id"], row["page"]) for row in rows])
        found = [of_page[row["file_id"], row["page"]] for row in rows]
    else:
        of_file = await view_entity.artifacts(db, [row["file_id"] for row in rows])
        found = [[one for one in of_file[row["file_id"]] if view_entity.page_of(one) is None] for row in rows]
    for body, made in zip(bodies, found, strict=True):
        body["artifacts"] = [view_entity.artifact_body(one, at) for one in made]
