"""Owns what every handler of the desk reaches for: the caller, bodies, query parameters.

Refuses to know what is asked for.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any
from uuid import uuid4

import orjson
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postroom.desk.access import Access, authenticate
from postroom.errors import Forbidden, Invalid, Malformed, UnsupportedType
from postroom.front import reach
from postroom.front.reach import answer as answer
from postroom.front.reach import desk_of as desk_of
from postroom.front.reach import origin_of as origin_of
from postroom.systems.certificates import given, store
from postroom.systems.certificates.contract import DESK, LIMIT, LIMIT_DEFAULT
from postroom.systems.certificates.given import Kinds
from postroom.systems.certificates.problem import BAD, Problem, refused
from postroom.systems.certificates.store import Caller, Page

KEY_HEADER, ENVIRONMENT_HEADER = "Ten99Policy-Idempotent-Key", "Ten99Policy-Environment"
OTHER_KEY_HEADER = "Idempotency-Key"  # what the vendor's Python client sends
_BODY = 1 << 20  # bytes
_OFF_LOOP = 128 << 10  # bytes from which a body is parsed in a thread
_DEPTH = 32


# --- who calls -----------------------------------------------------------------------------------------


def secret_of(authorization: str) -> str | None:
    """The key in any of the three forms: Bearer KEY, Basic base64(KEY:), and KEY with or without `Basic`."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    if scheme.lower() != "basic":
        return authorization.strip() or None
    try:
        decoded = base64.b64decode(rest, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return rest or None
    user, colon, _ = decoded.partition(":")
    return (user if colon else rest).strip() or None


async def caller(request: Request, scope: str) -> Caller:
    """Whose things are meant, if their key opens this desk with this scope."""
    desk = desk_of(request)
    access = await authenticate(desk.db, secret_of(request.headers.get("authorization", "")))
    access.require(DESK, scope)
    _agrees(request, access)
    return await store.caller_of(desk.db, access)


def _agrees(request: Request, access: Access) -> None:
    """The key decides; a header may only say the same. Source: section 1, inferred there."""
    said = request.headers.get(ENVIRONMENT_HEADER)
    if said is None:
        return
    if said.strip().lower() not in ("sandbox", "production"):
        raise Invalid(f"'{ENVIRONMENT_HEADER}' must be sandbox or production.", field=ENVIRONMENT_HEADER)
    if said.strip().lower() != access.environment:
        raise Forbidden(f"This key cannot be used for {said.strip().lower()}.", field=ENVIRONMENT_HEADER)


# --- bodies --------------------------------------------------------------------------------------------


async def body_of(request: Request) -> dict[str, Any]:
    """JSON or a form, as one object."""
    data = await reach.body_of(request, _BODY)
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        parse: Any = given.form
    elif kind == "application/json" or kind.endswith("+json"):
        parse = _json
    else:
        raise UnsupportedType(
            "The body must be application/json or application/x-www-form-urlencoded.", field="Content-Type"
        )
    found: dict[str, Any] = await asyncio.to_thread(parse, data) if len(data) > _OFF_LOOP else parse(data)
    return found


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("The body must be JSON.", cause=error) from error
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    level: list[Any] = [value]
    for _ in range(_DEPTH):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    if level:
        raise Malformed(f"The body is nested more than {_DEPTH} levels deep.")
    return value


async def values_of(
    request: Request, kinds: Kinds, *, partial: bool = False
) -> tuple[dict[str, Any], list[Problem]]:
    """The fields of a body, with all their problems. partial: an update, which must change something."""
    body = await body_of(request)
    values, problems = given.read(body, kinds, partial=partial)
    if partial and not values and not problems:
        problems = [Problem(BAD, f"The body must have at least one of: {', '.join(kinds)}.")]
    return values, problems


def check(problems: list[Problem]) -> None:
    if problems:
        raise refused(problems)


# --- query parameters ----------------------------------------------------------------------------------


def several(request: Request, name: str) -> list[str]:
    """The values of `name`, `name[]` and `name[0]`."""
    return [value for key, value in request.query_params.multi_items() if given.base_name(key) == name]


def page_of(request: Request) -> Page:
    query = request.query_params
    limit, after, before = query.get("limit"), query.get("starting_after"), query.get("ending_before")
    size = LIMIT_DEFAULT
    if limit is not None:
        if not limit.isascii() or not limit.isdigit() or len(limit) > 3 or not 1 <= int(limit) <= LIMIT:
            raise Invalid(f"'limit' must be a whole number from 1 to {LIMIT}.", field="limit")
        size = int(limit)
    if after is not None and before is not None:
        raise Invalid(
            "'starting_after' and 'ending_before' exclude each other; send one.", field="ending_before"
        )
    return Page(size, after, before)


# --- headers of every answer ---------------------------------------------------------------------------


class Marks:
    """Puts `request-id` on every answer, and the idempotency key that came with its request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        key = key_of(Request(scope))

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["request-id"] = f"rq_{uuid4().hex}"
                if key is not None and key.isascii() and key.isprintable():
                    headers[KEY_HEADER] = key
            await send(message)

        await self._app(scope, receive, marked)


def key_of(request: Request) -> str | None:
    """The idempotency key: the desk's own header, else the one that the vendor's client sends."""
    own = request.headers.get(KEY_HEADER)
    return own if own is not None else request.headers.get(OTHER_KEY_HEADER)
