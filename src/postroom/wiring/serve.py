"""Owns running the API in this process: uvicorn with uvloop and httptools, until SIGTERM."""

from __future__ import annotations

import functools

import uvicorn

from postroom.settings import Settings
from postroom.web.app import make_app
from postroom.wiring.office import open_desk
from postroom.wiring.system import SYSTEMS


def serve_api(settings: Settings, *, host: str, port: int, fd: int | None = None) -> None:
    """fd: an already bound socket to listen on, instead of host and port."""
    app = make_app(functools.partial(open_desk, settings, size=16), SYSTEMS)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        fd=fd,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=15,
        h11_max_incomplete_event_size=64 << 10,
    )
    uvicorn.Server(config).run()
