"""Owns what every handler reaches for: the desk, the caller's key, the body of a small request."""

from __future__ import annotations

from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from postroom.desk.access import Access, authenticate
from postroom.desk.context import Desk
from postroom.errors import Invalid, Malformed, TooLarge, UnsupportedType
from postroom.intake.body import asgi_body, watched

M = TypeVar("M", bound=BaseModel)

JSON_LIMIT = 1 << 20


def desk_of(request: Request) -> Desk:
    """The one door. It is opened by the outer application's lifespan: a mounted one's never runs."""
    desk: Desk = request.app.state.office.desk
    return desk


def secret_of(request: Request) -> str | None:
    """The API key as sent: `Authorization: Bearer KEY` or `X-API-Key: KEY`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key") or None


async def caller(request: Request, scope: str, desk: str = "postroom") -> Access:
    """Who calls, if their key opens this desk with this scope."""
    access = await authenticate(desk_of(request).db, secret_of(request))
    access.require(desk, scope)
    return access


async def small_body(request: Request, limit: int = JSON_LIMIT) -> bytes:
    """The whole body of a request that must be small."""
    pieces: list[bytes] = []
    size = 0
    idle = desk_of(request).settings.body_idle_timeout
    async for piece in watched(asgi_body(request.receive), idle):
        size += len(piece)
        if size > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.", limit=limit)
        pieces.append(piece)
    return b"".join(pieces)


def parse_json(body: bytes, content_type: str | None) -> object:
    """JSON from a body; a body that is not sent as JSON is refused."""
    kind = (content_type or "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedType("The body must be of type application/json.", field="Content-Type")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not valid JSON: {error}.", cause=error) from error


def validated(model: type[M], value: object) -> M:
    """Invalid names the first offending member, and lists all of them."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [
            {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        first = problems[0]
        name = first["field"] or "body"
        raise Invalid(f"'{name}': {first['message']}.", field=name, problems=problems[:100]) from error
