"""Owns two things about every address of the desk: a slash at its end changes nothing, and browsers may call.

Plain ASGI, because a wrapped response would be a copied stream.
"""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class WithoutSlash:
    """Answers both spellings by the same route; a redirect would lose the body of a POST."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"][:-1]}
        await self._app(scope, receive, send)


class Cors:
    """Which pages may call is a setting, known when the server has started."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._wrapped: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._wrapped is None and scope["type"] == "http":
            allowed = scope["app"].state.office.desk.settings.conversion_origins
            self._wrapped = CORSMiddleware(
                self._app,
                allow_origins=[origin.strip() for origin in allowed.split(",")],
                allow_methods=["GET", "POST", "DELETE"],
                allow_headers=["*"],
                expose_headers=["Content-Disposition", "Location"],
            )
        await (self._wrapped or self._app)(scope, receive, send)
