"""Owns `/signed/…`: where clients of all desks PUT bytes to addresses that we have signed. No key is asked for.

The bytes go straight to storage. Refuses to know jobs: `desk/arrive.py` says what may come.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from postroom.desk import arrive
from postroom.desk.context import Desk
from postroom.errors import NotFound
from postroom.intake.body import asgi_body, watched
from postroom.intake.cors import Cors
from postroom.intake.signed import PREFIX
from postroom.settings import Settings
from postroom.web.problem import HANDLERS
from postroom.web.reach import announced, desk_of


def signed_addresses() -> tuple[str, Starlette]:
    """The prefix and its application."""
    routes = [Route("/{upload}/{part}", _put, methods=["PUT"])]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    app.add_middleware(Cors, allowed=allowed, methods=("PUT",), exposed=("ETag",))
    return PREFIX, app


def allowed(settings: Settings) -> str:
    """Pages of which origins may send documents, here and by our own API."""
    return settings.upload_origins


async def _put(request: Request) -> Response:
    desk = desk_of(request)
    upload, part = _names(request)
    expected = announced(request)
    found = await arrive.admitted(
        desk,
        upload,
        part,
        request.query_params.get("expires", ""),
        request.query_params.get("signature", ""),
        dict(request.headers),
    )
    body, length = asgi_body(request.receive), _length(request)
    if part == 0:
        etag = await arrive.take_whole(desk, found, body, length=length, expected=expected)
    else:
        async with request.app.state.office.turns.take((upload, part)):
            etag = await _part(desk, found, part, request)
    return Response(status_code=200, headers={"ETag": f'"{etag}"'})


async def _part(desk: Desk, found: Any, part: int, request: Request) -> str:
    body = watched(asgi_body(request.receive), desk.settings.body_idle_timeout)
    return await arrive.take_part(desk, found, part, body, length=_length(request))


def _names(request: Request) -> tuple[UUID, int]:
    upload, part = request.path_params["upload"], request.path_params["part"]
    try:
        if not (part.isascii() and part.isdigit() and len(part) < 6):
            raise ValueError("not a part")
        return UUID(hex=upload), int(part)
    except ValueError:
        raise NotFound("There is nothing at this address.") from None


def _length(request: Request) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None
