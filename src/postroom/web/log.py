"""Owns one log line per request: method, path, status, milliseconds; never a header, a query or a body."""

from __future__ import annotations

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("postroom.request")

_QUIET = ("/healthz", "/readyz", "/metrics")


class RequestLog:
    """Plain ASGI, because a wrapped response would be a copied stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            level = log.warning if status >= 500 else log.debug if status < 400 else log.info
            level("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)
