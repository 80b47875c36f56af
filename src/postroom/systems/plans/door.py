"""Owns what every handler of the desk reaches for: the caller, bodies, query parameters.

Refuses to know what is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request

from postroom.db.connection import Row
from postroom.desk.access import Access, authenticate
from postroom.errors import Invalid, Malformed, UnsupportedType
from postroom.front.reach import answer as answer
from postroom.front.reach import bearer_of
from postroom.front.reach import body_of as body_of
from postroom.front.reach import desk_of as desk_of
from postroom.front.reach import origin_of as origin_of
from postroom.systems.plans import contract, view
from postroom.systems.plans.contract import DESK, read_id
from postroom.systems.plans.rate import Buckets

BODY = 16 << 20  # bytes of a JSON body: ten thousand parts of a hundred uploads are less
_OFF_LOOP = 256 << 10  # bytes from which JSON is parsed in a thread


async def caller(request: Request, scope: str) -> Access:
    """Who calls, if their key opens this desk with this scope, and not too often."""
    access = await authenticate(desk_of(request).db, bearer_of(request))
    settings, now = desk_of(request).settings, asyncio.get_running_loop().time()
    buckets: Buckets = request.app.state.buckets
    buckets.take(access.key, now, rate=settings.plans_rate, burst=settings.plans_burst)
    access.require(DESK, scope)
    return access


# --- what paths name -----------------------------------------------------------------------------------


async def project_of(request: Request, access: Access, value: str) -> Row:
    found = read_id(value, contract.PROJECT, field="projectId")
    return await view.project(desk_of(request).db, access.whose, found)


async def job_of(request: Request, access: Access, value: str) -> Row:
    found = read_id(value, contract.JOB, field="jobId")
    return await view.job_row(desk_of(request).db, access.whose, found)


def document_id(value: object, field: str) -> UUID:
    """Of a body: Invalid if it is no id of a document."""
    if isinstance(value, str) and value.startswith(f"{contract.DOCUMENT}_"):
        try:
            return UUID(value.removeprefix(f"{contract.DOCUMENT}_"))
        except ValueError:
            pass
    raise Invalid(f"'{field}' must be the documentId that the upload or registration returned.", field=field)


# --- bodies --------------------------------------------------------------------------------------------


async def parsed(request: Request, body: bytes, *, optional: bool = False) -> dict[str, Any]:
    """A JSON object. optional: nothing at all is an empty one, and then no Content-Type is asked for."""
    if optional and not body.strip():
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedType("The body must be of type application/json.", field="Content-Type")
    try:
        big = len(body) > _OFF_LOOP
        value = await asyncio.to_thread(orjson.loads, body) if big else orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("The body must be JSON.", cause=error) from error
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    return value


async def json_of(request: Request, *, optional: bool = False, limit: int = BODY) -> dict[str, Any]:
    return await parsed(request, await body_of(request, limit), optional=optional)


def optional_text(body: Mapping[str, Any], field: str, limit: int) -> str | None:
    value = body.get(field)
    return None if value is None else contract.text(value, field, limit)


def listed(body: Mapping[str, Any], field: str) -> list[Any]:
    """A member that is a list if it is there; empty if not."""
    value = body.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(f"'{field}' must be a list.", field=field)
    return value


# --- query parameters ----------------------------------------------------------------------------------


def number(request: Request, name: str, least: int = 1, most: int = (1 << 31) - 1) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12 or not least <= int(text) <= most:
        raise Invalid(f"'{name}' must be a whole number from {least} to {most}.", field=name)
    return int(text)


def flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise Invalid(f"'{name}' must be true or false.", field=name)
    return text == "true"


def query(request: Request, name: str) -> str | None:
    """As it came, if a database can hold it: what it cannot hold matches nothing."""
    text = request.query_params.get(name)
    return None if text is None else text.replace("\0", "\ufffd")[:1000]
