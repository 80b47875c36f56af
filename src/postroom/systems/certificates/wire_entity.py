"""Owns the calls about entities, the clients that work is for: create, list, get, update, delete."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Invalid
from postroom.systems.certificates import contract, given, noun, store, view
from postroom.systems.certificates.door import answer, caller, check, desk_of, values_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.wire_noun import lists, removes, single

_LEAST = 1000  # cents
_cents = given.whole(_LEAST, (1 << 53) - 1)
COVERAGES = given.listed(given.choice(*contract.COVERAGES))


def _limit(value: object, field: str) -> dict[str, int]:
    if not isinstance(value, dict):
        raise Invalid(
            f"'{field}' must be an object with aggregate_limit and occurrence_limit in cents.", field=field
        )
    names = ("aggregate_limit", "occurrence_limit")
    return {name: _cents(value.get(name), f"{field}.{name}") for name in names}


def _coverage(value: object, field: str) -> Any:
    """A list; older material has an object around it."""
    inner = value.get("coverage_type") if isinstance(value, dict) else value
    return COVERAGES(inner, field)


KINDS: Kinds = {
    "name": Kind(given.text(), required=True),
    "address": Kind(given.address, nullable=True),
    "coverage_limit": Kind(_limit, nullable=True),
    "required_coverage": Kind(_coverage),
}

listing = lists(noun.ENTITY, view.entity)
get = single(noun.ENTITY, view.entity)
delete = removes(noun.ENTITY)


async def create(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new entity."""
    values, problems = await values_of(request, KINDS)
    check(problems)
    async with desk_of(request).db.transaction() as connection:
        response = answer(view.entity(await store.insert(connection, noun.ENTITY, caller, values)), 201)
        await seal(connection, response)
    return response


async def update(request: Request) -> Response:
    """Absent fields keep their value."""
    realm = await caller(request, "write")
    values, problems = await values_of(request, KINDS, partial=True)
    check(problems)
    async with desk_of(request).db.transaction() as connection:
        value = (await store.locked(connection, noun.ENTITY, realm, request.path_params["entity"]))["id"]
        row = await store.change(connection, noun.ENTITY, realm, value, values)
    return answer(view.entity(row))
