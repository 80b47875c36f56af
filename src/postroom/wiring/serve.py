"""Owns running the API in this process: uvicorn with uvloop and httptools, until SIGTERM."""

from __future__ import annotations

import asyncio
import functools
import logging
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn

from postroom.desk.context import Desk
from postroom.errors import PostroomError
from postroom.settings import Settings
from postroom.web.app import make_app
from postroom.wiring.office import make_door, open_desk
from postroom.wiring.protocol import Protocol
from postroom.wiring.system import SYSTEMS


class _Server(uvicorn.Server):
    """Ends event streams when told to stop; uvicorn would wait for them until its patience is over."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if sig == signal.SIGTERM:
            # uvicorn would raise it again at the end; to stop when asked to is no failure.
            self._captured_signals.clear()
        office = getattr(self.config.app.state, "office", None)  # type: ignore[union-attr]
        if office is not None:
            asyncio.get_event_loop().call_soon_threadsafe(office.hub.close)


def serve_api(settings: Settings, *, host: str, port: int, fd: int | None = None) -> None:
    """fd: a socket that listens already, instead of host and port. Raises why it could not start, if that is
    known."""
    refused: list[PostroomError] = []

    @asynccontextmanager
    async def opened() -> AsyncIterator[Desk]:
        try:
            async with open_desk(settings, size=16) as desk:
                yield desk
        except PostroomError as error:
            refused.append(error)
            raise

    app = make_app(opened, SYSTEMS, functools.partial(make_door, settings))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=Protocol,
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=15,
        h11_max_incomplete_event_size=64 << 10,
    )
    # Not uvicorn's own `fd`: it takes every socket for a Unix one. Python asks the socket what it is.
    sockets = None if fd is None else [socket.socket(fileno=fd)]
    # A reason of ours is one line, and told by who called us; uvicorn would print where it was raised.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not refused)
    server = _Server(config)
    try:
        server.run(sockets=sockets)
    except SystemExit:
        if not refused:
            raise
    if refused:
        raise refused[0]
    if not server.started:  # it has logged why
        raise SystemExit(1)
