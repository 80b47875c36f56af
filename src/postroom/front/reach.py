"""Owns what handlers of every desk reach for: the one door, the client's view of us, a body, one answer.

Refuses to know who calls and what is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response

from postroom.desk.context import Desk
from postroom.errors import TooLarge
from postroom.intake.body import asgi_body, watched


def desk_of(request: Request) -> Desk:
    """The one door. It is opened by the outer application's lifespan: a mounted one's never runs."""
    desk: Desk = request.app.state.office.desk
    return desk


def origin_of(request: Request) -> str:
    """Scheme and host under which the client reaches us, for addresses that we hand out."""
    public = desk_of(request).settings.public_url
    return public.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


def bearer_of(request: Request) -> str | None:
    """The key of `Authorization: Bearer KEY`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body of a call that must be small. limit: bytes; TooLarge above."""
    body = bytearray()
    async for piece in watched(asgi_body(request.receive), desk_of(request).settings.body_idle_timeout):
        body += piece
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.", limit=limit)
    return bytes(body)


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON."""
    return Response(orjson.dumps(value), status, media_type="application/json", headers=headers)
