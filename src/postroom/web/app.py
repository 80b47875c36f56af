"""Owns the application factory: one outer application that opens everything, and a mounted one per desk.

A mounted application's lifespan never runs, so what must be opened is opened here, and each mounted one is
given a reference. Mounting below its own exact prefix keeps the desks' paths as their documentation prints.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from postroom import __version__
from postroom.desk.context import Desk
from postroom.desk.watch import Hub
from postroom.engine.door import Door
from postroom.intake.cors import Cors
from postroom.ports import System
from postroom.web import health
from postroom.web.dashboard import dashboard
from postroom.web.log import RequestLog
from postroom.web.office import Office
from postroom.web.own import account, document, job, tus, upload, workflow
from postroom.web.own.describe import PROBLEMS
from postroom.web.own.shape import job_body
from postroom.web.problem import HANDLERS
from postroom.web.reach import entitled
from postroom.web.signed import allowed, signed_addresses
from postroom.web.sse import Seats, encode

_ABOUT = """The mailroom's own API: everything that the front desks can do, for every workflow.

Documents come in by form or raw body, as Base64 or by address (`POST /jobs/{id}/documents`), to signed
addresses (`POST /jobs/{id}/uploads`), and by [tus 1.0](https://tus.io) at `/postroom/v1/uploads`: creation,
creation-with-upload, termination, checksum, expiration; `Upload-Metadata` names `job` and `filename`, and may
name `filetype` and `sha256` (hex)."""

Open = Callable[[], AbstractAsyncContextManager[Desk]]


class Below(Mount):
    """Everything below a path, with line breaks in it, too: the desk itself answers that there is no such thing."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


def make_app(
    open_desk: Open, systems: Sequence[System], make_door: Callable[[], Door] | None = None
) -> Starlette:
    """The server. open_desk: makes the one door, with its connections. make_door: the children of the server;
    without it, desks that look into documents at upload answer that they are not available."""
    own = _own(systems)
    prefix, signed = signed_addresses()
    mounted: list[Any] = [own, signed]
    routes: list[BaseRoute] = [
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
        Below("/postroom/v1", own),
        Below(prefix, signed),
        *dashboard(),
    ]
    for system in systems:
        if system.routes is not None:
            for path, application in system.routes(own).items():
                routes.append(Below(path, application))
                mounted.append(application)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_desk() as desk:
            hub = Hub(desk.db, encode, _progress, 3 * desk.settings.heartbeat)
            door = make_door() if make_door is not None else None
            if door is not None:
                door.open()
            office = Office(desk, hub, Seats(desk.settings.event_streams), door)
            for application in (app, *mounted):
                application.state.office = office
            listening = asyncio.create_task(hub.run())
            try:
                yield
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                if door is not None:
                    await door.close()

    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    app.add_middleware(RequestLog)
    return app


def _progress(current: Any) -> dict[str, Any]:
    body = job_body(current)
    names = ("status", "activity", "waiting", "progress", "counts", "pages", "rows")
    return {name: body[name] for name in names}


def _own(systems: Sequence[System]) -> FastAPI:
    app = FastAPIOffline(  # its page loads nothing from elsewhere
        title="Postroom",
        version=__version__,
        description=_ABOUT,
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/openapi.json",
        exception_handlers=HANDLERS,
    )
    guard = [Depends(entitled)]
    for part in (job.router, document.router, upload.router, account.router, workflow.router):
        app.include_router(part, dependencies=guard)
    app.include_router(tus.router)  # has answers of its own for who may not
    for system in systems:
        if system.own is not None:
            app.include_router(
                system.own(app),
                prefix=f"/{system.name}",
                tags=[system.name],
                responses=PROBLEMS,
                dependencies=guard,
            )
    app.add_middleware(
        Cors, allowed=allowed, methods=("GET", "HEAD", "POST", "PATCH", "DELETE"), exposed=tus.EXPOSED
    )
    original = app.openapi

    def openapi() -> dict[str, Any]:
        schema = original()
        schema.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        schema["security"] = [{"bearer": []}, {"key": []}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app
