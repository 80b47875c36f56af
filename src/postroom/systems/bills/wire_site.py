"""Owns the calls on sites: list, create, get, change, archive."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from postroom.systems.bills import shape, store, view
from postroom.systems.bills.door import answer, caller, checked, decimal, desk_of, json_of, text, texts

CHECKS = {
    "name": text(255),
    "externalId": text(255, null=True, blank=True),
    "address": text(255, blank=True),
    "path": texts(10, text(100)),
    "occupancyPercent": decimal(r"-?\d{0,3}(?:\.\d{0,4})?", null=True, most=100),
}


async def listing(request: Request, company_id: str) -> Response:
    """Sites of a company, archived ones too."""
    access = await caller(request, "read")
    db = desk_of(request).db
    company = await view.company(db, access, company_id)
    page, rows = await view.sites(db, request.query_params, company["id"])
    return answer(page.envelope("sites", [shape.site(row) for row in rows]))


async def create(request: Request, company_id: str) -> Response:
    """Create a site."""
    access = await caller(request, "write")
    db = desk_of(request).db
    company = await view.company(db, access, company_id)
    given = checked(await json_of(request), CHECKS, required=("name",))
    site = await store.create_site(db, company["id"], given)
    return answer(shape.site(await view.site(db, access, site)), 201)


async def get(request: Request, site_id: str) -> Response:
    """One site."""
    access = await caller(request, "read")
    return answer(shape.site(await view.site(desk_of(request).db, access, site_id)))


async def update(request: Request, site_id: str) -> Response:
    """Change a site."""
    access = await caller(request, "write")
    db = desk_of(request).db
    row = await view.site(db, access, site_id)
    await store.update_site(db, row["id"], checked(await json_of(request), CHECKS))
    return answer(shape.site(await view.site(db, access, row["id"])))


async def delete(request: Request, site_id: str) -> Response:
    """Archive a site: its `dataCollectionStopDate` is set."""
    access = await caller(request, "write")
    desk = desk_of(request)
    row = await view.site(desk.db, access, site_id)
    await store.archive_site(desk.db, row["id"], desk.clock.now().date())
    return Response(status_code=204)
