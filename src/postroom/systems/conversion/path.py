"""Owns one thing about every address of the desk: a slash at its end changes nothing.

Plain ASGI, because a wrapped response would be a copied stream.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class WithoutSlash:
    """Answers both spellings by the same route; a redirect would lose the body of a POST."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"][:-1]}
        await self._app(scope, receive, send)
