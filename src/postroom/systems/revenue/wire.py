"""Owns the desk's addresses below /v1: each route parses, calls the desk or the view, and renders.

The status of a job follows its published page to the letter; the rest follows the desk's documentation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse

from postroom import __version__
from postroom.core.states import TERMINAL_JOBS
from postroom.desk.access import authenticate
from postroom.errors import Conflict, Invalid, Malformed, NotFound, PostroomError, Unauthenticated
from postroom.front.error import handlers
from postroom.front.header import headers_of
from postroom.front.reach import body_of
from postroom.intake.body import asgi_body
from postroom.intake.form import FormLimits, read_form
from postroom.systems.revenue import contract, failure, upload, view, words
from postroom.systems.revenue.contract import DESK, KINDS, OPPORTUNITY, REVENUE, Kind
from postroom.systems.revenue.describe import (
    FILE,
    LOGIN,
    CsvRejected,
    JobCreated,
    JobStatus,
    JobSummary,
    Login,
)
from postroom.systems.revenue.door import answer, caller, desk_of, job_id, site_of

_LOGIN = 16 << 10  # bytes of a log-in


def routes() -> Mapping[str, Any]:
    return {"/v1": make_app()}


def make_app() -> FastAPI:
    app = FastAPI(
        title="Postroom: the revenue desk",
        version=__version__,
        description="Asynchronous CSV import of revenue and opportunity records.",
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers(_told, _other),
    )
    app.add_api_route("/login", login, methods=["POST"], response_model=Login, openapi_extra=LOGIN)
    for kind in KINDS.values():
        app.add_api_route(
            f"/{{siteId}}/{kind.name}/template", _template(kind), methods=["GET"], name=kind.template
        )
        for place, path in enumerate(contract.UPLOAD_PATHS):
            app.add_api_route(
                path % kind.name,
                _upload(kind.name),
                methods=list(contract.UPLOAD_METHODS),
                status_code=202,
                response_model=JobCreated,
                responses={400: {"model": CsvRejected}},
                openapi_extra=FILE,
                include_in_schema=place == 0,
            )
    app.add_api_route("/{siteId}/batch/jobs", jobs, methods=["GET"], response_model=list[JobSummary])
    app.add_api_route("/{siteId}/batch/{jobId}/status", status, methods=["GET"], response_model=JobStatus)
    app.add_api_route("/{siteId}/batch/{jobId}/failures", failures, methods=["GET"])
    app.add_api_route("/{siteId}/opportunity/batch/{jobId}/failures", opportunity_failures, methods=["GET"])
    # Last: the kinds that there are have routes of their own.
    app.add_api_route("/{siteId}/{other}/batch", upload_other, methods=["POST"], include_in_schema=False)
    return app


# --- routes --------------------------------------------------------------------------------------------


async def login(request: Request) -> Response:
    """A key, sent as the password, is its own access token. The user's name is not looked at."""
    fields = {name.lower(): value for name, value in await _fields(request)}
    for name in ("username", "password"):
        if not fields.get(name):
            raise Invalid(f"'{name}' is required.", field=name)
    key = fields["password"]
    access = await authenticate(desk_of(request).db, key)
    access.require(DESK, "read")
    body = {"access_token": key, "scope": "api", "expires_in": contract.TOKEN_LIFE, "refresh_token": key}
    return answer(body, headers={"Cache-Control": "no-store"})


async def _fields(request: Request) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", "")
    if kind.strip().lower().startswith("multipart/form-data"):
        idle = desk_of(request).settings.body_idle_timeout
        limits = FormLimits(parts=20, field_size=_LOGIN, fields_size=_LOGIN, idle=idle)
        async with read_form(
            kind, asgi_body(request.receive), desk_of(request).blobs, lambda _: None, limits=limits
        ) as form:
            return [(name, values[-1]) for name, values in form.fields.items()]
    body = await body_of(request, _LOGIN)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise Malformed("The body must be a form: username=…&password=…", cause=error) from error


def _template(kind: Kind) -> Callable[..., Awaitable[Response]]:
    async def template(request: Request, siteId: str) -> Response:
        """A CSV file with the header and one sample row."""
        await site_of(request, await caller(request, "read"), siteId)
        body = ",".join(kind.columns) + "\n" + kind.sample + "\n"
        return Response(body, media_type="text/csv", headers=_attachment(kind.template))

    return template


def _upload(kind: str) -> Callable[..., Awaitable[Response]]:
    async def send(request: Request, siteId: str) -> Response:
        """Submit a CSV file for background import."""
        return await upload.receive(request, siteId, kind)

    return send


async def upload_other(request: Request, siteId: str, other: str) -> Response:
    """A file of a kind that there is none of: it is taken, and its job fails."""
    return await upload.receive(request, siteId, other)


async def jobs(request: Request, siteId: str) -> Response:
    """The site's jobs, newest first."""
    access = await caller(request, "read")
    await site_of(request, access, siteId)
    found = await view.uploads(desk_of(request).db, siteId, access.whose)
    return answer([words.summary(one) for one in found])


async def status(request: Request, siteId: str, jobId: str) -> Response:
    """Progress and outcome of one job."""
    return answer(words.status(await _upload_of(request, siteId, jobId)))


async def failures(request: Request, siteId: str, jobId: str) -> Response:
    """The rows of a job that could not be processed."""
    return await _failures(request, await _upload_of(request, siteId, jobId), typed=False)


async def opportunity_failures(request: Request, siteId: str, jobId: str) -> Response:
    """The rows of an opportunity job that could not be processed."""
    found = await _upload_of(request, siteId, jobId)
    if found.kind != OPPORTUNITY:
        raise NotFound("The site has no opportunity job with this id.", field="jobId")
    return await _failures(request, found, typed=True)


async def _failures(request: Request, found: view.Upload, *, typed: bool) -> Response:
    form = request.query_params.get("format", "csv")
    if form not in ("csv", "json"):
        raise Invalid("'format' must be one of: csv, json.", field="format")
    if found.state not in TERMINAL_JOBS:
        raise Conflict("The job has not ended; its failures can be read when it has.", field="jobId")
    if found.kind not in KINDS:
        found = replace(found, kind=REVENUE)  # it has no rows, and the header of an empty answer must be some
    if form == "json":
        return StreamingResponse(failure.as_json(request, found), media_type="application/json")
    named = f"opportunity-failures-{found.job}.csv" if typed else "failures.csv"
    return StreamingResponse(
        failure.as_csv(request, found), media_type="text/csv", headers=_attachment(named)
    )


async def _upload_of(request: Request, site: str, job: str) -> view.Upload:
    access = await caller(request, "read")
    await site_of(request, access, site)
    return await view.upload(desk_of(request).db, site, access.whose, job_id(job))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}


# --- errors --------------------------------------------------------------------------------------------


def _told(_: Request, error: PostroomError) -> Response:
    code = words.status_of(error)
    body: dict[str, Any] = {"message": error.message}
    if "errors" in error.extra:
        body["errors"] = error.extra["errors"]
    if isinstance(error, Unauthenticated):
        body["message"] = "A valid access token is needed: send it as 'Authorization: Bearer TOKEN'."
    return answer(body, code, headers_of(error, code))


def _other(_: Request, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    return answer({"message": text}, status, headers)
