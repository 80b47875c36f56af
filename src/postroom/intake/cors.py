"""Owns which web pages of other origins may call a group of addresses: a setting says, known once the server has
started. Refuses to know what is called.

Plain ASGI, because a wrapped response would be a copied stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.settings import Settings


class Cors:
    """allowed: of the settings, `*` or a list with commas; empty: no page of another origin."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed: Callable[[Settings], str],
        methods: Sequence[str],
        exposed: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._allowed = allowed
        self._methods = methods
        self._exposed = exposed
        self._wrapped: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._wrapped is None and scope["type"] == "http":
            self._wrapped = self._wrap(scope["app"].state.office.desk.settings)
        await (self._wrapped or self._app)(scope, receive, send)

    def _wrap(self, settings: Settings) -> ASGIApp:
        origins = [
            origin for one in self._allowed(settings).split(",") if (origin := one.strip().rstrip("/"))
        ]
        if not origins:
            return self._app
        return CORSMiddleware(
            self._app,
            allow_origins=origins,
            allow_methods=list(self._methods),
            allow_headers=["*"],
            expose_headers=list(self._exposed),
        )
