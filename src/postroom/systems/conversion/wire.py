"""Owns the desk's addresses below /conversion/v1.0/rest: each route parses, calls the desk, and renders.

createJob follows its published page to the letter, the rest follows the documentation. What belongs to the
data of a job is in `wire_data`, what belongs to its result in `wire_result`, the Simple API in `simple`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.responses import Response

from postroom import __version__
from postroom.core.jobs import Job
from postroom.core.states import JobState
from postroom.db.connection import Connection
from postroom.db.job import change_options
from postroom.desk import job as desk_job
from postroom.desk.job import Order
from postroom.errors import Conflict, Invalid
from postroom.front.error import handlers
from postroom.intake.cors import Cors
from postroom.systems.conversion import contract, options, render, simple, store, view, words
from postroom.systems.conversion.contract import BY_NAME, DEFAULT_KIND, Kind
from postroom.systems.conversion.describe import (
    DATA_BODY,
    OPTIONS_BODY,
    DataInfo,
    JobInfo,
    JobResult,
    ServiceStatus,
    WorkflowInfo,
)
from postroom.systems.conversion.door import ClientGone, caller, desk_of, dismiss, job_of, kinds_of, see_off
from postroom.systems.conversion.path import WithoutSlash
from postroom.systems.conversion.wire_data import add_data
from postroom.systems.conversion.wire_result import job_result, other_method, result_data, store_result_data

log = structlog.get_logger(__name__)

_STARTED = datetime.now(UTC)
_VERBS = (":start", ":cancel")


def routes() -> Mapping[str, Any]:
    return {contract.BASE: make_app(), **simple.apps(with_errors)}


def make_app() -> FastAPI:
    app = FastAPI(
        title="Postroom: the conversion desk",
        version=__version__,
        description="Documents of any kind in, PDF and verified PDF/A out. Every answer is JSON or XML.",
        redoc_url=None,
        redirect_slashes=False,
    )
    routes: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
        ("GET", "/rest", service_status, {"response_model": ServiceStatus}),
        ("GET", "/rest/workflows", list_workflows, {"response_model": list[WorkflowInfo]}),
        ("GET", "/rest/jobs", list_jobs, {"response_model": list[JobInfo]}),
        (
            "POST",
            "/rest/jobs",
            create_job,
            {"response_model": JobInfo, "status_code": 201, "openapi_extra": OPTIONS_BODY},
        ),
        ("POST", "/rest/jobs/{jobId}:start", start_job, {"status_code": 204}),
        ("POST", "/rest/jobs/{jobId}:cancel", cancel_job, {"status_code": 202}),
        ("GET", "/rest/jobs/{jobId}", job_info, {"response_model": JobInfo}),
        ("DELETE", "/rest/jobs/{jobId}", delete_job, {"status_code": 204}),
        (
            "POST",
            "/rest/jobs/{jobId}/data",
            add_data,
            {"response_model": DataInfo, "status_code": 201, "openapi_extra": DATA_BODY},
        ),
        ("GET", "/rest/jobs/{jobId}/result", job_result, {"response_model": JobResult}),
        ("GET", "/rest/jobs/{jobId}/result/{resultId}", result_data, {}),
        (
            "POST",
            "/rest/jobs/{jobId}/result/{resultId}:{storeMethod}",
            store_result_data,
            {"status_code": 204},
        ),
    )
    for method, path, handler, given in routes:
        app.add_api_route(path, handler, methods=[method], **given)
    # Last: `:foo` is an action that there is not, and not a method that there is not.
    app.add_api_route("/rest/jobs/{jobId}", other_action, methods=["POST"], include_in_schema=False)
    app.add_api_route(
        "/rest/jobs/{jobId}/result/{resultId}", other_method, methods=["POST"], include_in_schema=False
    )
    return with_errors(app)


def with_errors(app: FastAPI) -> FastAPI:
    """Every error of the application as a problem; its addresses with and without a slash at the end."""
    app.exception_handlers |= {**handlers(render.refused, _other), ClientGone: _on_gone}
    app.add_middleware(WithoutSlash)
    app.add_middleware(
        Cors,
        allowed=lambda settings: settings.conversion_origins,
        methods=("GET", "POST", "DELETE"),
        exposed=("Content-Disposition", "Location"),
    )
    return app


# --- the service -----------------------------------------------------------------------------------------


async def service_status(request: Request) -> Response:
    """Health, version and counters."""
    access = await caller(request, "read")
    desk = desk_of(request)
    load = await view.load(desk.db, 3 * desk.settings.heartbeat)
    said = [words.WORDS[held.state] for held in await view.all_held(desk.db, access.whose)]
    body = {
        "version": ".".join([*__version__.split("."), "0", "0", "0"][:4]),
        "status": "running" if load.workers else "warning",  # inferred: nobody is there who would work
        "startTime": _STARTED.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "isolation": {"processCount": load.processes, "queueLength": load.queue},
        "jobCounts": {
            "creating": said.count(words.CREATING),
            "processing": said.count(words.PROCESSING) + said.count(words.PENDING),
            "completed": said.count(words.COMPLETED),
            "total": len(said),
        },
    }
    return render.answer(request, body)


async def list_workflows(request: Request) -> Response:
    """The workflows that createJob takes, with their profiles."""
    await caller(request, "read")
    return render.answer(request, words.workflows(kinds_of(request)), item="workflow")


async def list_jobs(request: Request) -> Response:
    """All jobs that are held, in the order of creation."""
    access = await caller(request, "read")
    held = await view.all_held(desk_of(request).db, access.whose)
    return render.answer(request, [words.job(one) for one in held], item="job")


# --- jobs ------------------------------------------------------------------------------------------------


async def create_job(
    request: Request, workflow: str | None = None, profile: str | None = None, name: str | None = None
) -> Response:
    """Create a job. The body is an array of options, or nothing."""
    access = await caller(request, "write")
    desk = desk_of(request)
    given = await render.read_options(request)
    kind = _kind(request, workflow or "")
    chosen = _profile(kind, profile or "")
    if name is not None and (len(name) > contract.NAME_LENGTH or not name.isprintable()):
        raise Invalid(f"'name' must be at most {contract.NAME_LENGTH} printable characters.", field="name")

    async def room(connection: Connection, job: Job) -> None:
        await store.make_room(connection, access.account, desk.settings.conversion_jobs)

    order = Order(kind.core, chosen, options.of_job(kind.core, name or None, given))
    job = await desk_job.submit(desk, access, order, seal=room)
    log.info("conversion.created", job=str(job.id), workflow=kind.core, profile=chosen)
    held = await view.held(desk.db, access.whose, job.id)
    where = f"{contract.BASE}/rest/jobs/{quote(str(job.id))}"
    return render.answer(request, words.job(held), 201, headers={"Location": where})


def _kind(request: Request, name: str) -> Kind:
    """The workflow of that name in either spelling; without a name the default one."""
    offered = kinds_of(request)
    kind = BY_NAME.get(name) if name else DEFAULT_KIND
    if kind is None or kind not in offered:
        names = ", ".join(f"'{one.name}'" for one in offered) or "none"
        raise Invalid(
            f"There is no workflow '{(name or DEFAULT_KIND.name)[:100]}'; valid are: {names}.",
            code="workflowNotFound",
            field="workflow",
        )
    return kind


def _profile(kind: Kind, name: str) -> str:
    if name and name not in kind.profiles:
        names = ", ".join(f"'{one}'" for one in kind.profiles)
        raise Invalid(
            f"The workflow '{kind.name}' has no profile '{name[:100]}'; valid are: {names}.",
            code="profileNotFound",
            field="profile",
        )
    return name or contract.DEFAULT


async def job_info(request: Request, jobId: str) -> Response:
    """The status of a job. Never waits."""
    if jobId.endswith(_VERBS):
        raise HTTPException(405, headers={"Allow": "POST"})
    access = await caller(request, "read")
    return render.answer(request, words.job(await job_of(request, access, jobId)))


async def start_job(request: Request, jobId: str) -> Response:
    """No more data; the work begins."""
    access = await caller(request, "write")
    held = await job_of(request, access, jobId)
    desk = desk_of(request)

    async def roles(connection: Connection, job: Job) -> None:
        """Only now it is known which documents there are. No chunk is visible before this is committed."""
        if held.core == contract.INVOICE:
            documents = await store.document_ids(connection, job.id)
            await change_options(
                connection, job.id, lambda kept: options.with_roles(held.core, kept, documents)
            )

    try:
        await desk_job.close(desk, access, held.id, again=False, seal=roles)
    except Conflict as error:
        raise Conflict(
            "The job was started or cancelled before.", code="jobAlreadyStarted", cause=error
        ) from error
    return Response(status_code=204)


async def cancel_job(request: Request, jobId: str) -> Response:
    """Stop a job that works; without effect on one that does not."""
    access = await caller(request, "write")
    held = await job_of(request, access, jobId)
    if held.state is not JobState.OPEN and not held.ended:
        try:
            await desk_job.cancel(desk_of(request), access, held.id)
        except Conflict:
            pass  # it has ended meanwhile: too late to matter
    return Response(status_code=202)


async def delete_job(request: Request, jobId: str) -> Response:
    """Forget a job with its data and results. One that works is cancelled first: 202 if that takes more than a
    moment. It goes by itself then; until it has gone it can be asked for, and deleted again."""
    if jobId.endswith(_VERBS):
        raise HTTPException(405, headers={"Allow": "POST"})
    access = await caller(request, "write")
    held = await job_of(request, access, jobId)
    desk = desk_of(request)
    if await dismiss(desk, access, held):
        return Response(status_code=204)
    see = None if held.leaving else BackgroundTask(see_off, desk, access, held)
    return Response(status_code=202, background=see)


async def other_action(request: Request, jobId: str) -> Response:
    """An action that there is not."""
    name, colon, action = jobId.rpartition(":")
    if not colon:
        raise HTTPException(405, headers={"Allow": "GET, DELETE"})
    access = await caller(request, "write")
    await job_of(request, access, name)
    raise Invalid(f"There is no action ':{action[:50]}'; valid are: {', '.join(_VERBS)}.", field="jobId")


# --- errors ----------------------------------------------------------------------------------------------


def _other(request: Request, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    return render.problem(request, status, words.plain(status), text, headers=headers)


async def _on_gone(_: Request, __: Exception) -> Response:
    """Seen by nobody but the log."""
    return Response(status_code=499)
