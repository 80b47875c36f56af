"""Owns the calls on meters: list, get."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from postroom.systems.bills import shape, view
from postroom.systems.bills.door import answer, caller, desk_of


async def of_company(request: Request, company_id: str) -> Response:
    """Meters of a company."""
    access = await caller(request, "read")
    db = desk_of(request).db
    company = await view.company(db, access, company_id)
    page, rows = await view.meters(db, request.query_params, "company_id", company["id"])
    return answer(page.envelope("meters", [shape.meter(row) for row in rows]))


async def of_site(request: Request, site_id: str) -> Response:
    """Meters of a site."""
    access = await caller(request, "read")
    db = desk_of(request).db
    site = await view.site(db, access, site_id)
    page, rows = await view.meters(db, request.query_params, "site_id", site["id"])
    return answer(page.envelope("meters", [shape.meter(row) for row in rows]))


async def get(request: Request, meter_id: str) -> Response:
    """One meter."""
    access = await caller(request, "read")
    return answer(shape.meter(await view.meter(desk_of(request).db, access, meter_id)))
