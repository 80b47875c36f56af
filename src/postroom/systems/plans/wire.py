"""Owns the desk's addresses below /api/open/v1 and its errors; the handlers stand in wire_*.py by noun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from postroom import __version__
from postroom.errors import PostroomError
from postroom.front.error import handlers
from postroom.systems.plans import (
    wire_artifact,
    wire_entity,
    wire_job,
    wire_project,
    wire_search,
    wire_upload,
    words,
)
from postroom.systems.plans.contract import BASE
from postroom.systems.plans.door import answer
from postroom.systems.plans.rate import Buckets
from postroom.systems.plans.wire_entity import DOCS, FILES, REGIONS, SHEETS, SPECIFICATIONS

_PROJECT, _JOB = "/projects/{projectId}", "/jobs/{jobId}"

# (methods, path, handler, status of success). Fixed segments stand before parameters.
ROUTES: tuple[tuple[str, str, Callable[..., Awaitable[Response]], int], ...] = (
    ("GET", "/projects", wire_project.listing, 200),
    ("POST", "/projects", wire_project.create, 202),
    ("POST", "/projects/search", wire_search.projects, 200),
    ("GET", _PROJECT, wire_project.get, 200),
    ("GET", f"{_PROJECT}/summary", wire_project.summary, 200),
    ("GET", f"{_PROJECT}/jobs", wire_job.listing, 200),
    ("POST", f"{_PROJECT}/jobs", wire_job.create, 202),
    ("GET", _JOB, wire_job.get, 200),
    ("POST", f"{_JOB}/cancel", wire_job.cancel, 200),
    ("POST", f"{_JOB}/resume", wire_job.resume, 200),
    ("GET", f"{_JOB}/result", wire_job.result, 200),
    ("POST", f"{_JOB}/files", wire_upload.files, 200),
    ("POST", f"{_JOB}/uploads", wire_upload.register, 200),
    ("POST", f"{_JOB}/uploads/complete", wire_upload.complete, 202),
    ("POST", f"{_JOB}/uploads/{{documentId}}/content", wire_upload.content, 200),
    ("GET HEAD", f"{_JOB}/artifact", wire_artifact.of_job, 200),
    ("GET HEAD", f"{_PROJECT}/artifact", wire_artifact.of_project, 200),
    ("GET HEAD", "/artifact-downloads/{token}", wire_artifact.download, 200),
    *(
        route
        for kind in (FILES, SHEETS, REGIONS, SPECIFICATIONS, DOCS)
        for route in (
            ("GET", f"{_PROJECT}/{kind.many}", wire_entity.lists(kind), 200),
            ("GET", f"{_PROJECT}/{kind.many}/{{{kind.id[0]}}}", wire_entity.single(kind), 200),
        )
    ),
    ("GET", f"{_PROJECT}/sheets/{{sheetId}}/regions", wire_entity.sheet_regions, 200),
    ("GET", f"{_PROJECT}/specifications/{{specId}}/sections", wire_entity.sections, 200),
    ("GET", f"{_PROJECT}/specifications/{{specId}}/sections/{{sectionId}}", wire_entity.section, 200),
    ("POST", f"{_PROJECT}/source-search", wire_search.sources, 200),
    ("POST", f"{_PROJECT}/source-text", wire_search.text, 200),
)


def routes() -> Mapping[str, Any]:
    return {BASE: make_app()}


def make_app() -> FastAPI:
    app = FastAPI(
        title="Postroom: the plans desk",
        version=__version__,
        description="Construction documents in; sheets, specifications and search out.",
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers(_told, _other),
    )
    app.state.buckets = Buckets()
    for number, (methods, path, handler, status) in enumerate(ROUTES):
        for method in methods.split():
            app.add_api_route(
                path,
                handler,
                methods=[method],
                status_code=status,
                operation_id=f"{handler.__module__.rpartition('.')[2]}_{number}_{method.lower()}",
            )
    return app


def _told(_: Request, error: PostroomError) -> Response:
    status, body, headers = words.told(error)
    return answer(body, status, headers)


def _other(_: Request, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    return answer(words.envelope("invalid_request", text), status, headers)
