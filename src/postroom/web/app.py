"""Owns the application factory: one outer application that opens everything, and a mounted one per desk.

A mounted application's lifespan never runs, so what must be opened is opened here, and each mounted one is
given a reference. Mounting below its own exact prefix keeps the desks' paths as their documentation prints.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from postroom import __version__
from postroom.desk.context import Desk
from postroom.desk.watch import Hub
from postroom.errors import PostroomError
from postroom.ports import System
from postroom.web import health
from postroom.web.log import RequestLog
from postroom.web.office import Office
from postroom.web.own import document, job
from postroom.web.own.shape import job_body
from postroom.web.problem import on_defect, on_error, on_http, problem
from postroom.web.sse import encode

Open = Callable[[], AbstractAsyncContextManager[Desk]]


def make_app(open_desk: Open, systems: Sequence[System]) -> Starlette:
    """The server. open_desk: makes the one door, with its connections."""
    own = _own(systems)
    mounted: list[Any] = [own]
    routes: list[BaseRoute] = [
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
        Mount("/postroom/v1", own),
    ]
    for system in systems:
        if system.routes is not None:
            for path, application in system.routes(own).items():
                routes.append(Mount(path, application))
                mounted.append(application)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_desk() as desk:
            hub = Hub(desk.db, encode, _progress)
            office = Office(desk, hub)
            for application in (app, *mounted):
                application.state.office = office
            listening = asyncio.create_task(hub.run())
            try:
                yield
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    handlers: dict[Any, Any] = {PostroomError: on_error, HTTPException: on_http, Exception: on_defect}
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    app.router.redirect_slashes = False
    app.add_middleware(RequestLog)
    return app


def _progress(current: Any) -> dict[str, Any]:
    body = job_body(current)
    names = ("status", "activity", "progress", "counts", "pages", "rows")
    return {name: body[name] for name in names}


def _own(systems: Sequence[System]) -> FastAPI:
    app = FastAPI(
        title="Postroom",
        version=__version__,
        description="The mailroom's own API: everything that the front desks can do, for every workflow.",
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/openapi.json",
    )
    app.include_router(job.router)
    app.include_router(document.router)
    for system in systems:
        if system.own is not None:
            app.include_router(system.own(app), prefix=f"/{system.name}", tags=[system.name])
    app.add_exception_handler(PostroomError, on_error)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, _on_parameters)
    app.add_exception_handler(Exception, on_defect)
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


async def _on_parameters(_: Request, error: Exception) -> Response:
    """A path or query parameter of the wrong form; bodies are read and judged by ourselves."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][-1])
    return problem(400, "invalid", f"'{name}': {first['msg']}.", field=name)
