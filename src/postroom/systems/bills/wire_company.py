"""Owns the calls on companies: list, create, get, change, delete."""

from __future__ import annotations

import re
from typing import Any

import structlog
from fastapi import Request
from starlette.responses import Response

from postroom.db import job as job_rows
from postroom.db.connection import Row
from postroom.desk import job as desk_job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.errors import Conflict, NotFound
from postroom.systems.bills import shape, store, view
from postroom.systems.bills.door import (
    Refused,
    answer,
    caller,
    checked,
    day,
    decimal,
    desk_of,
    flag,
    json_of,
    text,
    texts,
    wrong,
)

log = structlog.get_logger(__name__)

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,60}")
_USERS = 1000


def _email(value: Any) -> str:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise Refused("Enter a valid email address.")
    return value


CHECKS = {
    "name": text(200),
    "externalId": text(255, null=True, blank=True),
    "dataCollectionStartDate": day,
    "isImpliedMeteringEnabled": flag,
    "impliedMeteringFraction": decimal(r"-?\d{0,1}(?:\.\d{0,2})?"),
    "isDemandEnabled": flag,
    "isBasicIdentifierMappingEnabled": flag,
    "isLowAccuracyModeEnabled": flag,
    "users": texts(_USERS, _email),
}


async def listing(request: Request) -> Response:
    """Every company the key can see, with its sites."""
    access = await caller(request, "read")
    db = desk_of(request).db
    rows = await view.companies(db, access)
    sites = await view.sites_of(db, [row["id"] for row in rows])
    return answer({"companies": [shape.company(row, sites[row["id"]]) for row in rows]})


async def create(request: Request) -> Response:
    """Create a company; the caller is its admin."""
    access = await caller(request, "write")
    desk = desk_of(request)
    given = _known(desk, checked(await json_of(request), CHECKS, required=("name",)))
    today = desk.clock.now().date()
    company = await store.create_company(desk.db, access.account, access.environment, given, today)
    return answer(await _body(desk, await view.company(desk.db, access, company)), 201)


def _known(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """Users without an account here are refused, where the operator has said who there is."""
    known = {one.strip().lower() for one in desk.settings.bills_users.split(",") if one.strip()}
    unknown = [user for user in given.get("users", ()) if known and user.lower() not in known]
    if unknown:
        raise wrong({"users": [f"There is no user with the e-mail {user}." for user in unknown]})
    return given


async def get(request: Request, company_id: str) -> Response:
    """One company with its sites."""
    access = await caller(request, "read")
    desk = desk_of(request)
    return answer(await _body(desk, await view.company(desk.db, access, company_id)))


async def update(request: Request, company_id: str) -> Response:
    """Change a company. A given list of users replaces the old one; the caller stays."""
    access = await caller(request, "write")
    desk = desk_of(request)
    row = await view.company(desk.db, access, company_id)
    given = _known(desk, checked(await json_of(request), CHECKS))
    await store.update_company(desk.db, row["id"], given)
    return answer(await _body(desk, await view.company(desk.db, access, row["id"])))


async def delete(request: Request, company_id: str) -> Response:
    """Delete a company, its sites, bills and bytes. What is still at work for it is cancelled."""
    access = await caller(request, "write")
    desk = desk_of(request)
    row = await view.company(desk.db, access, company_id)
    await _cancel_jobs(desk, access, row)
    async with desk.db.transaction() as connection:
        blobs = await store.delete_company(connection, row["id"])
        gone = await job_rows.unnamed(connection, blobs)
    # After the commit: if we die here, the sweep finds blobs that no row names.
    await desk.blobs.delete(gone)
    return Response(status_code=204)


async def _cancel_jobs(desk: Desk, access: Access, company: Row) -> None:
    for job in await view.jobs_at_work(desk.db, company["id"]):
        try:
            await desk_job.cancel(desk, access, job, reason="The company was deleted.")
        except (Conflict, NotFound) as error:
            log.info("company.job_ended_first", job=str(job), code=error.code)


async def _body(desk: Desk, row: Row) -> dict[str, Any]:
    sites = await view.sites_of(desk.db, [row["id"]])
    return shape.company(row, sites[row["id"]])
