"""Owns the calls about jobs: create, list, get, cancel, resume, result."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from postroom.core.jobs import Job
from postroom.db import key as key_rows
from postroom.db.connection import Connection, Row
from postroom.desk import job as desk_job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.errors import Conflict, Invalid
from postroom.intake.gate import Gate
from postroom.systems.plans import announce, contract, credit, derive, store, view, view_result, words
from postroom.systems.plans.door import (
    BODY,
    answer,
    body_of,
    caller,
    desk_of,
    job_of,
    optional_text,
    origin_of,
    parsed,
    project_of,
)
from postroom.systems.plans.once import Once, once

WORKFLOW = "plans"
_DAY = 86400.0


async def create(request: Request, projectId: str) -> Response:
    """A new job, which accepts files at once."""
    access = await caller(request, "write")
    project = await project_of(request, access, projectId)
    desk = desk_of(request)
    raw = await body_of(request, BODY)
    async with once(request, desk, access, f"{projectId}/jobs") as call:
        if call.past is not None:
            return answer({**await job_answer(request, access, call.past), "idempotent": True}, 202)
        body = await parsed(request, raw, optional=True)
        if not view.ready(project):
            raise Conflict(
                "The project is still being set up; try again when its status is 'ready'.",
                code="project_not_ready",
                field="projectId",
            )
        return answer(await _create(request, desk, access, project, body, call), 202)


async def _create(
    request: Request, desk: Desk, access: Access, project: Row, body: dict[str, Any], call: Once
) -> dict[str, Any]:
    external = optional_text(body, "externalId", contract.NAME)
    webhook = _webhook(desk, body.get("webhookUrl"))
    days = desk.settings.plans_retention_days
    options = {"project": project["name"], "page_limit": desk.settings.plans_page_limit}
    answered: dict[str, Any] = {}

    async def seal(connection: Connection, job: Job) -> None:
        until = job.created_at + timedelta(days=days)
        given = store.JobRow(project["id"], origin_of(request), webhook, until)
        await store.open_job(connection, job.id, given)
        await announce.created(connection, job.id, desk.settings)
        row = await view.job_row(connection, access.whose, job.id)
        answered["job"] = await view.job(connection, row, desk.settings, origin_of(request))
        if webhook is not None:
            secret = (await key_rows.account(connection, access.account))["webhook_secret"]
            answered["webhookSigningSecret"] = derive.webhook_secret(secret, answered["job"]["id"])
        await call.seal(connection, job.id)

    order = Order(WORKFLOW, options=options, external_id=external, expires_in=days * _DAY)
    await desk_job.submit(desk, access, order, seal=seal)
    return answered


def _webhook(desk: Desk, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 2000:
        raise Invalid("'webhookUrl' must be an https address.", field="webhookUrl")
    try:
        Gate(desk.settings).parse(value)
    except Invalid as error:
        error.field = "webhookUrl"
        raise
    return value


async def job_answer(request: Request, access: Access, job: Any) -> dict[str, Any]:
    """The job as it stands."""
    desk = desk_of(request)
    async with desk.db.connection() as connection:
        row = await view.job_row(connection, access.whose, job)
        return {"job": await view.job(connection, row, desk.settings, origin_of(request))}


async def listing(request: Request, projectId: str) -> Response:
    """The project's jobs, newest first."""
    access = await caller(request, "read")
    project = await project_of(request, access, projectId)
    desk = desk_of(request)
    rows = await view.job_rows(desk.db, project["id"])
    return answer({"jobs": await view.jobs(desk.db, rows, desk.settings, origin_of(request))})


async def get(request: Request, jobId: str) -> Response:
    """One job."""
    access = await caller(request, "read")
    row = await job_of(request, access, jobId)
    return answer(await job_answer(request, access, row["id"]))


async def cancel(request: Request, jobId: str) -> Response:
    """Stop a job that has not ended. Pages that are done stay billed."""
    access = await caller(request, "write")
    row = await job_of(request, access, jobId)
    if row["ended_at"] is not None:
        raise _wrong_state(row, "cancelled")
    await desk_job.cancel(desk_of(request), access, row["id"])
    return answer(await job_answer(request, access, row["id"]))


async def resume(request: Request, jobId: str) -> Response:
    """Go on with a job that is blocked for lack of credits."""
    access = await caller(request, "write")
    row = await job_of(request, access, jobId)
    desk = desk_of(request)

    async def seal(connection: Connection, job: Job) -> None:
        # It would stand where it stood: nothing of this call is kept then.
        if await view.is_blocked(connection, job.id):
            raise Conflict(
                "There are not enough credits for the job's pages yet.", code="insufficient_credits"
            )

    await desk_job.resume(desk, access, row["id"], seal=seal)
    return answer(await job_answer(request, access, row["id"]))


async def result(request: Request, jobId: str) -> Response:
    """The normalized result of a job that ended well or with errors; `resultUrl` needs no key."""
    row = await _signed(request, jobId)
    if row is None:
        row = await job_of(request, await caller(request, "read"), jobId)
    desk = desk_of(request)
    body = await view.job(desk.db, row, desk.settings, origin_of(request))
    status = body["status"]
    if status not in words.WITH_RESULT:
        raise Conflict(
            f"The job is {status}; only a job that is complete or completed_with_errors has a result.",
            code="result_not_available",
            field="jobId",
        )
    if row["expires_at"] <= desk.clock.now():
        raise Conflict("The job's result has expired.", code="result_expired", field="jobId")
    billing = await credit.of_job(desk.db, row["id"])
    pieces = view_result.pieces(desk, row, body, billing, origin_of(request))
    return StreamingResponse(pieces, media_type="application/json")


async def _signed(request: Request, job: str) -> Row | None:
    """The job, if the address is one that we have signed and no key comes with it."""
    expires, signature = (request.query_params.get(name) for name in ("expires", "signature"))
    if "authorization" in request.headers or not expires or not signature:
        return None
    row = await view.row(desk_of(request).db, contract.read_id(job, contract.JOB, field="jobId"))
    until = str(int(row["expires_at"].timestamp())) if row is not None else ""
    if row is None or expires != until:
        return None
    good = derive.opens_result(row["webhook_secret"], job, int(until), signature)
    return row if good else None


def _wrong_state(row: Row, verb: str) -> Conflict:
    state = words.word(row["state"], uploading=row["uploading"])
    return Conflict(f"The job is {state} and cannot be {verb}.", code="invalid_job_state", field="jobId")
