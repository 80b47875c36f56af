"""Owns the calls about webhook endpoints and events."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.db import delivery
from postroom.db import key as key_rows
from postroom.db.connection import Connection, Database
from postroom.errors import Invalid
from postroom.intake.gate import Gate
from postroom.systems.certificates import contract, given, noun, store, view
from postroom.systems.certificates.announce import endpoint_secret
from postroom.systems.certificates.door import answer, caller, check, desk_of, page_of, values_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.problem import BAD, Problem
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.wire_noun import lists, single


def _events(value: object, field: str) -> list[str]:
    return list(given.listed(given.choice(contract.ALL_EVENTS, *contract.EVENTS))(value, field)) or [
        contract.ALL_EVENTS
    ]


KINDS: Kinds = {
    "url": Kind(given.text(contract.URL), required=True),
    "description": Kind(given.text(), nullable=True),
    "events": Kind(_events, nullable=True),
}

events = lists(noun.EVENT, view.event)
event = single(noun.EVENT, view.event)


async def _shown(db: Database | Connection, realm: Caller, *rows: Any) -> list[dict[str, Any]]:
    """Endpoints; with their secrets for keys that may write. Whoever has one signs what receivers believe."""
    if not realm.access.allows("write"):
        return [view.endpoint(row, contract.NO_SECRET) for row in rows]
    secret = (await key_rows.account(db, realm.account))["webhook_secret"]
    return [view.endpoint(row, endpoint_secret(secret, row["id"])) for row in rows]


def _judged(request: Request, values: dict[str, Any], problems: list[Problem]) -> None:
    """Refuse addresses that may never be reached; a list of events that is null means all."""
    if "url" in values:
        try:
            Gate(desk_of(request).settings).parse(values["url"])
        except Invalid as error:
            problems.append(Problem(BAD, error.message, "url"))
    if "events" in values:
        values["events"] = values["events"] or [contract.ALL_EVENTS]
    check(problems)


async def create(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new endpoint; its secret can be read again later."""
    values, problems = await values_of(request, KINDS)
    values.setdefault("events", None)
    _judged(request, values, problems)
    async with desk_of(request).db.transaction() as connection:
        row = await store.insert(connection, noun.ENDPOINT, caller, values)
        (shown,) = await _shown(connection, caller, row)
        response = answer(shown, 201)
        await seal(connection, response)
    return response


async def listing(request: Request) -> Response:
    """A page, newest first."""
    realm = await caller(request, "read")
    db = desk_of(request).db
    return answer(await _shown(db, realm, *await store.page(db, noun.ENDPOINT, realm, page_of(request))))


async def get(request: Request) -> Response:
    """One endpoint."""
    realm = await caller(request, "read")
    db, value = desk_of(request).db, request.path_params["webhook_endpoint"]
    (shown,) = await _shown(
        db, realm, await store.get(db, noun.ENDPOINT, realm, value, field="webhook_endpoint")
    )
    return answer(shown)


async def update(request: Request) -> Response:
    """Absent fields keep their value. What is under way goes to the old address."""
    realm = await caller(request, "write")
    values, problems = await values_of(request, KINDS, partial=True)
    _judged(request, values, problems)
    async with desk_of(request).db.transaction() as connection:
        value = request.path_params["webhook_endpoint"]
        await store.locked(connection, noun.ENDPOINT, realm, value)
        row = await store.change(connection, noun.ENDPOINT, realm, value, values)
        (shown,) = await _shown(connection, realm, row)
    return answer(shown)


async def delete(request: Request) -> Response:
    """Nothing more is sent to it, not even what is waiting."""
    realm = await caller(request, "write")
    async with desk_of(request).db.transaction() as connection:
        row = await store.remove(connection, noun.ENDPOINT, realm, request.path_params["webhook_endpoint"])
        await delivery.abandon(connection, realm.account, row["id"], "Its endpoint was removed.")
    return answer(view.deleted(noun.ENDPOINT, row))
