"""Owns running the API in this process: uvicorn with uvloop and httptools, until SIGTERM."""

from __future__ import annotations

import asyncio
import functools
import socket
from types import FrameType

import uvicorn

from postroom.settings import Settings
from postroom.web.app import make_app
from postroom.wiring.office import make_door, open_desk
from postroom.wiring.protocol import Protocol
from postroom.wiring.system import SYSTEMS


class _Server(uvicorn.Server):
    """Ends event streams when told to stop; uvicorn would wait for them until its patience is over."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        office = getattr(self.config.app.state, "office", None)  # type: ignore[union-attr]
        if office is not None:
            asyncio.get_event_loop().call_soon_threadsafe(office.hub.close)


def serve_api(settings: Settings, *, host: str, port: int, fd: int | None = None) -> None:
    """fd: a socket that listens already, instead of host and port."""
    app = make_app(
        functools.partial(open_desk, settings, size=16), SYSTEMS, functools.partial(make_door, settings)
    )
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
    server = _Server(config)
    server.run(sockets=sockets)
    if not server.started:  # it has logged why
        raise SystemExit(1)
