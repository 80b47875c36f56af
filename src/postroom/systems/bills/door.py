"""Owns what every handler of the desk reaches for: the caller, bodies, what their members may be.

Messages of validation are worded as Django REST words them. Refuses to know what is asked for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from starlette.requests import Request

from postroom.desk.access import Access, authenticate
from postroom.errors import Forbidden, Invalid, Malformed, Unauthenticated, UnsupportedType
from postroom.front.reach import answer as answer
from postroom.front.reach import body_of
from postroom.front.reach import desk_of as desk_of
from postroom.front.reach import origin_of as origin_of
from postroom.systems.bills import contract, link
from postroom.systems.bills.contract import DESK, Version
from postroom.systems.bills.link import Links

_OFF_LOOP = 256 << 10  # bytes from which JSON is parsed in a thread
_DEPTH = 64  # levels of a JSON body


def version_of(request: Request) -> Version:
    version: Version = request.app.state.version
    return version


async def caller(request: Request, scope: str) -> Access:
    """Who calls by `X-API-KEY`, if their key opens this desk with this scope."""
    secret = request.headers.get("x-api-key")
    if not secret:
        raise Unauthenticated(contract.NO_KEY)
    try:
        access = await authenticate(desk_of(request).db, secret)
    except Unauthenticated as error:
        raise Unauthenticated(contract.BAD_KEY) from error
    access.require(DESK, scope)
    return access


async def links_of(request: Request, version: Version | None = None) -> Links:
    desk = desk_of(request)
    expires = int(desk.clock.now().timestamp() + desk.settings.bills_url_seconds)
    return Links(origin_of(request), version or version_of(request), await link.key_of(desk.db), expires)


def need_active(company: Any) -> None:
    if not company["is_active"]:
        raise Invalid(contract.INACTIVE)


def forbidden() -> Forbidden:
    return Forbidden(contract.NOT_YOURS)


# --- bodies --------------------------------------------------------------------------------------------


async def json_of(request: Request, *, limit: int = 1 << 20) -> dict[str, Any]:
    """A JSON object."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedType(f'Unsupported media type "{kind[:100]}" in request.')
    body = await body_of(request, limit)
    try:
        big = len(body) > _OFF_LOOP
        value = await asyncio.to_thread(orjson.loads, body) if big else orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"JSON parse error - {error}") from error
    if not isinstance(value, dict):
        name = type(value).__name__
        raise wrong({"non_field_errors": [f"Invalid data. Expected a dictionary, but got {name}."]})
    return value


def wrong(body: Mapping[str, Any]) -> Invalid:
    """body: field -> texts, or index -> texts."""
    return Invalid("The request is not valid.", body=body)


class Refused(Exception):
    """What a member may not be, as the text that the client reads."""


Check = Callable[[Any], Any]  # the value as it is stored; Refused if it is wrong


def checked(
    body: Mapping[str, Any], checks: Mapping[str, Check], *, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The known members that are there, as they are stored. Invalid names all that are wrong; others are
    passed over."""
    found: dict[str, Any] = {}
    problems: dict[str, Any] = {name: ["This field is required."] for name in required if name not in body}
    for name, check in checks.items():
        if name in body:
            try:
                found[name] = check(body[name])
            except Refused as error:
                problems[name] = [str(error)]
    if problems:
        raise wrong(problems)
    return found


def text(limit: int, *, null: bool = False, blank: bool = False) -> Check:
    def check(value: Any) -> str | None:
        if value is None and null:
            return None
        if value is None:
            raise Refused("This field may not be null.")
        if not isinstance(value, str):
            raise Refused("Not a valid string.")
        if not blank and not value.strip():
            raise Refused("This field may not be blank.")
        if len(value) > limit:
            raise Refused(f"Ensure this field has no more than {limit} characters.")
        if "\0" in value:
            raise Refused("Null characters are not allowed.")
        return value

    return check


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused("Must be a valid boolean.")
    return value


def day(value: Any) -> date:
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 a day, not a moment
    except (TypeError, ValueError):
        text = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
        raise Refused(text) from None


def decimal(pattern: str, *, null: bool = False, most: float | None = None) -> Check:
    """A decimal as a string, or as a JSON number, which becomes one."""
    compiled = re.compile(pattern)

    def check(value: Any) -> str | None:
        if value is None and null:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = repr(value)
        # The contract's patterns let a sign or a point stand alone.
        fits = isinstance(value, str) and len(value) <= 60 and compiled.fullmatch(value)
        if not fits or not any(digit.isdigit() for digit in value):
            raise Refused("A valid number is required.")
        if most is not None and not 0 <= float(value) <= most:
            raise Refused(f"Ensure this value is from 0 to {most:g}.")
        return str(value)

    return check


def texts(most: int, each: Check) -> Check:
    """A list of at most `most`."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Refused(f'Expected a list of items but got type "{type(value).__name__}".')
        if len(value) > most:
            raise Refused(f"Ensure this field has no more than {most} elements.")
        return [each(one) for one in value]

    return check


def choice(values: tuple[str, ...] | frozenset[str]) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise Refused(f'"{str(value)[:100]}" is not a valid choice.')
        return value

    return check
