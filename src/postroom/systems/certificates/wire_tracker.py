"""Owns the calls about trackers, their sessions and COI upload sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Invalid
from postroom.systems.certificates import given, noun, store, view, view_certificate
from postroom.systems.certificates.door import answer, caller, check, desk_of, page_of, values_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.problem import Problem
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.wire_job import category
from postroom.systems.certificates.wire_noun import exist, lists, single

KINDS: Kinds = {
    "name": Kind(given.text(), required=True),
    "active": Kind(given.flag),
    "insurance_requirement": Kind(given.reference, nullable=True),
    "entity": Kind(given.reference, nullable=True),
    "category_code": Kind(given.reference, nullable=True),
}
_SESSION: Kinds = {
    "tracker": Kind(given.reference, required=True),
    "expires_at": Kind(given.moment, nullable=True),
}
_UPLOAD: Kinds = {
    "contractor": Kind(given.reference, nullable=True),
    "insurance_requirement": Kind(given.reference, nullable=True),
    "expires_at": Kind(given.moment, nullable=True),
}

listing = lists(noun.TRACKER, view.tracker)
get = single(noun.TRACKER, view.tracker)


async def _references(request: Request, realm: Caller, values: Mapping[str, Any]) -> list[Problem]:
    db = desk_of(request).db
    problems = await exist(
        db, noun.REQUIREMENT, realm, {"insurance_requirement": values.get("insurance_requirement")}
    )
    problems += await exist(db, noun.ENTITY, realm, {"entity": values.get("entity")})
    return problems + category(request, values.get("category_code"))


async def create(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new tracker."""
    values, problems = await values_of(request, KINDS)
    check([*problems, *await _references(request, caller, values)])
    async with desk_of(request).db.transaction() as connection:
        response = answer(view.tracker(await store.insert(connection, noun.TRACKER, caller, values)), 201)
        await seal(connection, response)
    return response


async def update(request: Request) -> Response:
    """Absent fields keep their value."""
    realm = await caller(request, "write")
    values, problems = await values_of(request, KINDS, partial=True)
    check([*problems, *await _references(request, realm, values)])
    async with desk_of(request).db.transaction() as connection:
        value = (await store.locked(connection, noun.TRACKER, realm, request.path_params["tracker"]))["id"]
        row = await store.change(connection, noun.TRACKER, realm, value, values)
    return answer(view.tracker(row))


async def certificates(request: Request) -> Response:
    """What was uploaded to a tracker, newest first."""
    realm = await caller(request, "read")
    db = desk_of(request).db
    row = await store.get(db, noun.TRACKER, realm, request.path_params["tracker"], field="tracker")
    rows = await view_certificate.page(db, realm, page_of(request), row["id"])
    return answer([view_certificate.of_tracker(one) for one in rows])


# --- sessions --------------------------------------------------------------------------------------------


async def open_session(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new session of an active tracker."""
    values, problems = await values_of(request, _SESSION)
    db, now = desk_of(request).db, desk_of(request).clock.now()
    check([*problems, *await exist(db, noun.TRACKER, caller, {"tracker": values.get("tracker")})])
    async with db.transaction() as connection:
        await store.lock_realm(connection, caller)
        tracker = await store.get(connection, noun.TRACKER, caller, values["tracker"], field="tracker")
        if not tracker["active"]:
            raise Invalid("The tracker is not active.", field="tracker")
        row = await store.insert(connection, noun.TRACKER_SESSION, caller, values)
        response = answer(view.tracker_session(row, now), 201)
        await seal(connection, response)
    return response


async def get_session(request: Request) -> Response:
    """A tracker session."""
    realm = await caller(request, "read")
    desk, value = desk_of(request), request.path_params["tracker_session"]
    row = await store.get(desk.db, noun.TRACKER_SESSION, realm, value, field="tracker_session")
    return answer(view.tracker_session(row, desk.clock.now()))


async def open_upload(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new COI upload session."""
    values, problems = await values_of(request, _UPLOAD)
    db, now = desk_of(request).db, desk_of(request).clock.now()
    problems += await exist(db, noun.CONTRACTOR, caller, {"contractor": values.get("contractor")})
    requirement = values.get("insurance_requirement")
    problems += await exist(db, noun.REQUIREMENT, caller, {"insurance_requirement": requirement})
    check(problems)
    async with db.transaction() as connection:
        row = await store.insert(connection, noun.UPLOAD_SESSION, caller, values)
        response = answer(view.upload_session(row, now), 201)
        await seal(connection, response)
    return response


async def get_upload(request: Request) -> Response:
    """A COI upload session."""
    realm = await caller(request, "read")
    desk, value = desk_of(request), request.path_params["coi_upload_session"]
    row = await store.get(desk.db, noun.UPLOAD_SESSION, realm, value, field="coi_upload_session")
    return answer(view.upload_session(row, desk.clock.now()))
