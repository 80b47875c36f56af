"""Owns the calls on usage data: list, get, correct."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from postroom.systems.bills import announce, contract, paging, shape, store, view
from postroom.systems.bills.contract import USAGE_PERIOD
from postroom.systems.bills.door import (
    Refused,
    answer,
    caller,
    checked,
    choice,
    day,
    decimal,
    desk_of,
    flag,
    json_of,
    links_of,
    text,
    texts,
    version_of,
    wrong,
)

_IDENTIFIERS = 100  # of one entry


async def of_company(request: Request, company_id: str) -> Response:
    """Usage data of a company."""
    access = await caller(request, "read")
    company = await view.company(desk_of(request).db, access, company_id)
    return await _listing(request, "company_id", company["id"], contract.BILL_DATE)


async def of_site(request: Request, site_id: str) -> Response:
    """Usage data of a site."""
    access = await caller(request, "read")
    site = await view.site(desk_of(request).db, access, site_id)
    return await _listing(request, "site_id", site["id"], contract.BILL_DATE)


async def of_document(request: Request, document_id: str) -> Response:
    """Usage data parsed from one document. Here dates are those of the usage unless `dateType` says other."""
    access = await caller(request, "read")
    document = await view.document(desk_of(request).db, access, document_id)
    return await _listing(request, "document_id", document["id"], USAGE_PERIOD)


async def _listing(request: Request, scope: str, value: UUID, date_type: str) -> Response:
    db = desk_of(request).db
    wanted = paging.read(request.query_params, date_type=date_type)
    page, rows = await view.usages(db, request.query_params, scope, value, wanted)
    headers = await view.headers(db, list({row["document_id"] for row in rows}))
    links, version = await links_of(request), version_of(request)
    bodies = [shape.usage_of(row, headers[row["document_id"]], version, links) for row in rows]
    return answer(page.envelope("usageData", bodies))


async def get(request: Request, usage_data_id: str) -> Response:
    """One usage entry, with its document embedded."""
    access = await caller(request, "read")
    row, document = await view.usage(desk_of(request).db, access, usage_data_id)
    return answer(shape.usage_of(row, document, version_of(request), await links_of(request)))


def _identifier(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused("Invalid data. Expected a dictionary.")
    found = {"rawName": value.get("rawName"), "value": value.get("value"), "name": value.get("name")}
    for name, given in found.items():
        found[name] = text(200, null=name != "value")(given)
    return found


_DECIMAL = r"-?\d+(\.\d+)?"
_CHECKS = {
    "startDate": day,
    "endDate": day,
    "usage": decimal(_DECIMAL, null=True),
    "usageUnits": choice(contract.UNITS),
    "exclusion": flag,
    "isEstimated": flag,
    "isImplied": flag,
    "tariff": text(200, null=True, blank=True),
    "meter": text(36),
    "identifiers": texts(_IDENTIFIERS, _identifier),
}


async def update(request: Request, usage_data_id: str) -> Response:
    """Correct a usage entry. Changes of meter and identifiers are carried through to the meter."""
    access = await caller(request, "write")
    desk = desk_of(request)
    row, _ = await view.usage(desk.db, access, usage_data_id)
    given = checked(await json_of(request), _CHECKS)
    first, last = given.get("startDate", row["start_date"]), given.get("endDate", row["end_date"])
    if first is not None and last is not None and last < first:
        raise wrong({"endDate": ["The end date must not be before the start date."]})
    if "meter" in given:
        given["meter"] = await _meter(request, row, given["meter"])
    async with desk.db.transaction() as connection:
        if await store.correct_usage(connection, row["id"], given):
            await announce.changed(connection, access.account, row["document_id"], contract.UPDATED)
    return await _shown(request, row["id"])


async def _meter(request: Request, row: Any, value: str) -> UUID:
    """A meter of the entry's company and commodity."""
    wanted = contract.uuid(value)
    found = None
    if wanted is not None:
        found = await view.meter_of(desk_of(request).db, wanted, row["company_id"], row["datasource_type"])
    if found is None:
        raise wrong({"meter": ["Meter not found for this company and commodity."]})
    return found


async def _shown(request: Request, usage: UUID) -> Response:
    access = await caller(request, "write")
    row, document = await view.usage(desk_of(request).db, access, usage)
    return answer(shape.usage_of(row, document, version_of(request), await links_of(request)))
