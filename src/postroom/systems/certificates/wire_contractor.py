"""Owns the calls about contractors: create, list, get, update, delete."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.db.connection import Row, loads
from postroom.systems.certificates import contract, given, noun, person, store, view
from postroom.systems.certificates.contract import email_key
from postroom.systems.certificates.door import answer, caller, check, desk_of, page_of, values_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.wire_noun import removes, single

_text = given.text()
KINDS: Kinds = {
    "email": Kind(given.email, required=True),
    "first_name": Kind(_text, required=True),
    "last_name": Kind(_text, required=True),
    "middle_name": Kind(_text, nullable=True),
    "company_name": Kind(_text, nullable=True),
    "phone": Kind(_text, nullable=True),
    "address": Kind(given.address, nullable=True),
    "custom_metadata": Kind(given.metadata, nullable=True),
    "withhold_premium": Kind(given.flag),
    # Write-only, and nothing here has a use for it: looked at, and not kept.
    "tax_identification": Kind(_text, nullable=True),
}

get = single(noun.CONTRACTOR, view.contractor)
delete = removes(noun.CONTRACTOR)


async def create(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new contractor."""
    values, problems = await values_of(request, KINDS)
    check(problems)
    values.pop("tax_identification", None)
    async with desk_of(request).db.transaction() as connection:
        await store.lock_realm(connection, caller)
        await person.expect_free(connection, caller, values["email"])
        metadata = given.merged(None, values.pop("custom_metadata", None))
        row = await store.insert(
            connection,
            noun.CONTRACTOR,
            caller,
            {**values, "email_key": email_key(values["email"]), "custom_metadata": metadata},
        )
        response = answer(view.contractor(row), 201)
        await seal(connection, response)
    return response


async def listing(request: Request) -> Response:
    """A page, newest first; `email` is an exact, case-sensitive filter."""
    realm = await caller(request, "read")
    email = request.query_params.get("email")
    asked = page_of(request)
    db = desk_of(request).db
    if email is None:
        rows = await store.page(db, noun.CONTRACTOR, realm, asked)
    else:
        wanted = email.replace("\0", "\ufffd")[:1000]
        rows = await store.page(db, noun.CONTRACTOR, realm, asked, where="email = $1", args=[wanted])
    return answer([view.contractor(row) for row in rows])


async def update(request: Request) -> Response:
    """Absent fields keep their value. A real address makes a placeholder an ordinary contractor."""
    realm = await caller(request, "write")
    values, problems = await values_of(request, KINDS, partial=True)
    check(problems)
    values.pop("tax_identification", None)
    async with desk_of(request).db.transaction() as connection:
        await store.lock_realm(connection, realm)
        row = await store.locked(connection, noun.CONTRACTOR, realm, request.path_params["contractor"])
        changes = _changes(row, values)
        if "email" in values:
            await person.expect_free(connection, realm, values["email"], but=row["id"])
        row = await store.change(connection, noun.CONTRACTOR, realm, row["id"], changes)
    return answer(view.contractor(row))


def _changes(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    changes = dict(values)
    metadata = loads(row["custom_metadata"])
    if "custom_metadata" in values:
        metadata = given.merged(metadata, values["custom_metadata"])
    if "email" in values and email_key(values["email"]) != row["email_key"]:
        changes |= person.real_email(row, values["email"])
        if row["placeholder"]:
            metadata = {key: value for key, value in (metadata or {}).items() if key != contract.MARK} or None
    return {**changes, "custom_metadata": metadata}
