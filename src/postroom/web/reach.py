"""Owns what the handlers of our own API reach for: the caller's key, the body of a small request."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from postroom.desk import own
from postroom.desk.access import Access, authenticate
from postroom.errors import Invalid, Malformed, TooLarge, UnsupportedType
from postroom.front.reach import desk_of as desk_of
from postroom.front.reach import origin_of as origin_of
from postroom.intake.body import asgi_body, watched
from postroom.intake.digest import Expected, Verifier, parse_digests

M = TypeVar("M", bound=BaseModel)
H = TypeVar("H", bound=Callable[..., Any])

JSON_LIMIT = 1 << 20
# Levels of a JSON body. What goes into the database or back to a client must be written again, and the
# encoder takes 254 levels at most.
JSON_DEPTH = 64


async def caller(request: Request, scope: str, desk: str = own.DESK) -> Access:
    """Who calls, if their key opens this desk with this scope. Of one request the key is looked up once."""
    access: Access | None = getattr(request.state, "access", None)
    if access is None:
        access = request.state.access = await authenticate(
            desk_of(request).db, own.secret_in(request.headers)
        )
    access.require(desk, scope)
    return access


def asks_itself(handler: H) -> H:
    """A handler that looks the key up together with what it is asked for: `entitled` leaves that to it."""
    handler.__dict__["asks_itself"] = True
    return handler


async def entitled(request: Request) -> None:
    """Of every call of our own API: whose key is none, or lacks the scope, is told so before anything else is
    looked at. Reading takes `read`, everything else `write`. A page that the schema does not name is for people:
    the link to it is the right to it, and it looks at that itself."""
    route = request.scope.get("route")
    if not getattr(route, "include_in_schema", True):
        return
    if getattr(getattr(route, "endpoint", None), "asks_itself", False):
        return
    await caller(request, "read" if request.method in ("GET", "HEAD") else "write")


def plain(name: str, value: str | None) -> str | None:
    """A text from the address, if the database can hold it: Invalid if there is a NUL in it."""
    if value is not None and "\0" in value:
        raise Invalid(f"'{name}' must not hold the character NUL.", field=name)
    return value


def announced(request: Request) -> Expected:
    """The digests that the request announces for its body. A body that is encoded is refused here, too."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedType(
            "The body must be sent as it is, without Content-Encoding.", field="Content-Encoding"
        )
    return parse_digests(request.headers.items())


async def verified(body: AsyncIterator[bytes], expected: Expected) -> AsyncIterator[bytes]:
    """The same pieces; DigestMismatch at their end, if the whole is not what was announced."""
    if not expected.digests:
        async for piece in body:
            yield piece
        return
    verifier, sha256 = Verifier(expected), hashlib.sha256()
    async for piece in body:
        # Pieces are what the socket gave, half a MiB at most: quicker done than handed to a thread.
        sha256.update(piece)
        await verifier.feed(piece)
        yield piece
    await verifier.check(sha256.hexdigest())


async def small_body(request: Request, limit: int = JSON_LIMIT) -> bytes:
    """The whole body of a request that must be small."""
    pieces: list[bytes] = []
    size = 0
    idle = desk_of(request).settings.body_idle_timeout
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.", limit=limit)
    async for piece in verified(watched(asgi_body(request.receive), idle), announced(request)):
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
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not valid JSON: {error}.", field="body", cause=error) from error
    if _depth(value) > JSON_DEPTH:
        raise Malformed(f"The body is nested more than {JSON_DEPTH} levels deep.", field="body")
    return value


def _depth(value: object) -> int:
    """Levels of arrays and objects, level by level: what came from outside is never recursed into."""
    depth = 0
    level: list[Any] = [value]
    while level:
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        level = inner
        depth += 1
        if depth > JSON_DEPTH + 1:
            break
    return depth - 1


def validated(model: type[M], value: object) -> M:
    """Invalid names the first offending member, and lists all of them."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [
            {"field": ".".join(str(part) for part in item["loc"])[:200], "message": item["msg"]}
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        first = problems[0]
        name = first["field"] or "body"
        raise Invalid(f"'{name}': {first['message']}.", field=name, problems=problems[:100]) from error
