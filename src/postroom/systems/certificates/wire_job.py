"""Owns the calls about jobs and their categories: create, list, get, update, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.db.connection import Connection, Database, loads
from postroom.systems.certificates import contract, given, noun, store, view
from postroom.systems.certificates.door import answer, caller, check, desk_of, values_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.problem import BAD, MISSING, UNKNOWN, Problem
from postroom.systems.certificates.store import Caller, Realm
from postroom.systems.certificates.wire_noun import lists, removes, single

# Of an update; `category_code` belongs to a new job and cannot be changed.
KINDS: Kinds = {
    "name": Kind(given.text(), required=True),
    "description": Kind(given.text(contract.TEXT, lines=True), required=True),
    "entity": Kind(given.reference, required=True),
    "wage": Kind(given.whole(contract.WAGE, contract.WAGE_MOST), required=True),
    "wage_type": Kind(given.choice(*contract.WAGE_TYPES), required=True),
    "years_experience": Kind(given.whole(0, 200), nullable=True),
    "address": Kind(given.address, nullable=True),
    "custom_metadata": Kind(given.metadata, nullable=True),
    "withhold_premium": Kind(given.flag),
}
_NEW: Kinds = {**KINDS, "category_code": Kind(given.reference, nullable=True)}

listing = lists(noun.JOB, view.job)
get = single(noun.JOB, view.job)
delete = removes(noun.JOB)


def category(request: Request, code: str | None, field: str = "category_code") -> list[Problem]:
    """A problem unless the code is an approved one; none is good."""
    if code is None or code in desk_of(request).settings.certificates_category_codes:
        return []
    text = f"No such approved job category: {code[:64]}; GET {contract.BASE}/category_codes lists them."
    return [
        Problem(UNKNOWN if field != "category_code" else BAD, text, field, code="invalid_job_category_code")
    ]


async def _entity(db: Database | Connection, realm: Realm, values: Mapping[str, Any]) -> list[Problem]:
    entity = values.get("entity")
    if entity is None or await store.known(db, noun.ENTITY, realm, [entity]):
        return []
    return [Problem(BAD, f"No such entity: {entity[:64]}.", "entity", code="invalid_entity_id")]


async def create(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new job."""
    values, problems = await values_of(request, _NEW)
    db = desk_of(request).db
    if values.get("category_code") is None and not any(one.field == "category_code" for one in problems):
        text = "'category_code' is required."
        problems.append(Problem(MISSING, text, "category_code", code="missing_job_category_code"))
    problems += category(request, values.get("category_code"))
    problems += await _entity(db, caller, values)
    check(problems)
    values["custom_metadata"] = given.merged(None, values.get("custom_metadata"))
    async with db.transaction() as connection:
        response = answer(view.job(await store.insert(connection, noun.JOB, caller, values)), 201)
        await seal(connection, response)
    return response


async def update(request: Request) -> Response:
    """Absent fields keep their value."""
    realm = await caller(request, "write")
    values, problems = await values_of(request, KINDS, partial=True)
    async with desk_of(request).db.transaction() as connection:
        row = await store.locked(connection, noun.JOB, realm, request.path_params["job"])
        problems += await _entity(connection, realm, values)
        check(problems)
        if "custom_metadata" in values:
            values["custom_metadata"] = given.merged(loads(row["custom_metadata"]), values["custom_metadata"])
        row = await store.change(connection, noun.JOB, realm, row["id"], values)
    return answer(view.job(row))


async def categories(request: Request) -> Response:
    """The approved job categories."""
    await caller(request, "read")
    codes = desk_of(request).settings.certificates_category_codes
    return answer([{"category_code": code, "name": name} for code, name in codes.items()])
