"""Owns the calls about insurance requirements, named lists of rules: create, list, get, update, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Invalid
from postroom.systems.certificates import contract, given, noun, rule, store, view
from postroom.systems.certificates.door import answer, caller, check, desk_of, values_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.problem import UNKNOWN, Problem
from postroom.systems.certificates.store import Caller, Realm
from postroom.systems.certificates.wire_job import category
from postroom.systems.certificates.wire_noun import lists, single

_RULE = "rl"


def _rules(value: object, field: str) -> list[dict[str, Any]]:
    """Each with an id. In a form they may be JSON text: a form has no numbers."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise Invalid(f"'{field}' must be a list of rules.", field=field, cause=error) from error
    return [{"id": contract.new_id(_RULE), **one} for one in rule.validate(value, field)]


KINDS: Kinds = {
    "name": Kind(given.text(), required=True),
    "is_default": Kind(given.flag),
    "entities": Kind(given.listed(given.reference)),
    "category_codes": Kind(given.listed(given.reference)),
    "rules": Kind(_rules, required=True),
}

listing = lists(noun.REQUIREMENT, view.requirement)
get = single(noun.REQUIREMENT, view.requirement)


async def _references(request: Request, realm: Realm, values: Mapping[str, Any]) -> list[Problem]:
    named = values.get("entities", [])
    there = await store.known(desk_of(request).db, noun.ENTITY, realm, named)
    problems = [
        Problem(UNKNOWN, f"No such entity: {one[:64]}.", f"entities[{n}]")
        for n, one in enumerate(named)
        if one not in there
    ]
    for n, code in enumerate(values.get("category_codes", [])):
        problems += category(request, code, f"category_codes[{n}]")
    return problems


async def create(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new requirement."""
    values, problems = await values_of(request, KINDS)
    check([*problems, *await _references(request, caller, values)])
    async with desk_of(request).db.transaction() as connection:
        await store.lock_realm(connection, caller)
        if values.get("is_default"):
            await store.no_default(connection, caller)
        row = await store.insert(connection, noun.REQUIREMENT, caller, values)
        response = answer(view.requirement(row), 201)
        await seal(connection, response)
    return response


async def update(request: Request) -> Response:
    """Absent fields keep their value. A default is replaced by naming another, never taken away."""
    realm = await caller(request, "write")
    values, problems = await values_of(request, KINDS, partial=True)
    check([*problems, *await _references(request, realm, values)])
    value = request.path_params["insurance_requirement"]
    async with desk_of(request).db.transaction() as connection:
        await store.lock_realm(connection, realm)
        row = await store.locked(connection, noun.REQUIREMENT, realm, value)
        if row["is_default"] and values.get("is_default") is False:
            raise Invalid("This is the default; make another one the default instead.", field="is_default")
        if values.get("is_default"):
            await store.no_default(connection, realm)
        row = await store.change(connection, noun.REQUIREMENT, realm, value, values)
    return answer(view.requirement(row))


async def delete(request: Request) -> Response:
    """Refused for the default."""
    realm = await caller(request, "write")
    value = request.path_params["insurance_requirement"]
    async with desk_of(request).db.transaction() as connection:
        await store.lock_realm(connection, realm)
        row = await store.locked(connection, noun.REQUIREMENT, realm, value)
        if row["is_default"]:
            raise Invalid(
                "This is the default requirement; make another one the default before deleting it.",
                field="insurance_requirement",
            )
        row = await store.remove(connection, noun.REQUIREMENT, realm, value)
    return answer(view.deleted(noun.REQUIREMENT, row))
