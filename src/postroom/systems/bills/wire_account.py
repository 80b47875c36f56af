"""Owns the calls on utility accounts: list, get, switch tracking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from postroom.systems.bills import contract, shape, store, view
from postroom.systems.bills.door import Refused, answer, caller, checked, desk_of, flag, json_of, texts, wrong

_MOST = 10_000  # accounts of one change
_CHECKS = {"isTracked": flag, "updateMeters": flag}


async def listing(request: Request, company_id: str) -> Response:
    """Utility accounts of a company."""
    access = await caller(request, "read")
    db = desk_of(request).db
    company = await view.company(db, access, company_id)
    page, rows = await view.accounts(db, request.query_params, company["id"])
    return answer(page.envelope("accounts", [shape.account(row) for row in rows]))


async def get(request: Request, account_id: str) -> Response:
    """One account."""
    access = await caller(request, "read")
    return answer(shape.account(await view.account(desk_of(request).db, access, account_id)))


async def update(request: Request, account_id: str) -> Response:
    """Switch tracking on or off for one account, and for its meters unless `updateMeters` is false."""
    access = await caller(request, "write")
    db = desk_of(request).db
    row = await view.account(db, access, account_id)
    given = checked(await json_of(request), _CHECKS)
    if "isTracked" in given:
        async with db.transaction() as connection:
            await store.track(
                connection, [row["id"]], given["isTracked"], meters=given.get("updateMeters", True)
            )
    return answer(shape.account(await view.account(db, access, row["id"])))


def _id(value: Any) -> UUID:
    found = contract.uuid(value)
    if found is None:
        raise Refused("Must be a valid UUID.")
    return found


async def update_many(request: Request, company_id: str) -> Response:
    """Switch tracking for several accounts, or for all where none is named. All change, or none does."""
    access = await caller(request, "write")
    db = desk_of(request).db
    company = await view.company(db, access, company_id)
    checks = {**_CHECKS, "accountIds": texts(_MOST, _id)}
    given = checked(await json_of(request), checks, required=("isTracked",))
    wanted: list[UUID] | None = given.get("accountIds")
    async with db.transaction() as connection:
        found = await store.accounts_of(connection, company["id"], wanted)
        if missing := sorted(set(wanted or ()) - set(found)):
            raise wrong({"accountIds": [f'Account "{missing[0]}" not found for this company.']})
        await store.track(connection, found, given["isTracked"], meters=given.get("updateMeters", True))
    return answer([shape.account(row) for row in await view.accounts_named(db, found)])
