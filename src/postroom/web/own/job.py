"""Owns the calls on jobs of our own API: create, list, get, close, cancel, resume, retry, delete, events."""

from __future__ import annotations

from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from postroom.core.jobs import Job
from postroom.core.states import JobState
from postroom.desk import delivery as desk_delivery
from postroom.desk import job as desk_job
from postroom.desk.access import Access
from postroom.desk.context import Desk, Seal
from postroom.desk.job import Order
from postroom.desk.own import secret_in
from postroom.desk.status import poll
from postroom.errors import Invalid
from postroom.web.idempotent import once
from postroom.web.own.describe import PROBLEM, PROBLEMS, described, identified
from postroom.web.own.shape import (
    CancelRequest,
    JobAnswer,
    JobPage,
    JobRequest,
    answer,
    job_answer,
    job_body,
)
from postroom.web.reach import asks_itself, caller, desk_of, parse_json, plain, small_body, validated
from postroom.web.sse import EventStream

router = APIRouter(tags=["jobs"], responses=PROBLEMS)


class Step(Protocol):
    """One of the desk's functions on a job."""

    async def __call__(
        self, desk: Desk, access: Access, job: UUID, *, seal: Seal[Job] | None = None
    ) -> Job: ...


@router.post("/jobs", status_code=201, response_model=JobAnswer, openapi_extra=described(JobRequest))
async def create(request: Request) -> Response:
    """Create a job. Add documents to it, then close it."""
    desk, access = desk_of(request), await caller(request, "write")
    async with once(request, desk, access) as call:
        body = await small_body(request)
        if (past := call.replay([("body", body.decode("utf-8", "replace"))])) is not None:
            return past
        wanted = validated(JobRequest, parse_json(body, request.headers.get("content-type")))
        order = Order(wanted.workflow, wanted.profile, wanted.options, wanted.external_id, wanted.webhook)
        job = await desk_job.submit(desk, access, order, seal=call.seal(lambda job: job_answer(job, 201)))
    return job_answer(job, 201)


@router.get("/jobs", response_model=JobPage)
async def listing(
    request: Request,
    status: Annotated[list[str] | None, Query(description="Only jobs with one of these states.")] = None,
    workflow: Annotated[str | None, Query()] = None,
    external_id: Annotated[str | None, Query(alias="externalId")] = None,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The account's jobs, newest first."""
    desk, access = desk_of(request), await caller(request, "read")
    jobs = await desk_job.listing(
        desk,
        access,
        states=[_state(value) for value in status or []],
        workflow=plain("workflow", workflow),
        external_id=plain("externalId", external_id),
        before=_cursor(cursor),
        limit=limit + 1,
    )
    more = len(jobs) > limit
    return answer(
        {"items": [job_body(job) for job in jobs[:limit]], "next": str(jobs[limit - 1].id) if more else None}
    )


def _state(value: str) -> JobState:
    try:
        return JobState(value)
    except ValueError:
        names = ", ".join(JobState)
        raise Invalid(f"'status' must be one of: {names}.", field="status") from None


def _cursor(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise Invalid("'cursor' must be the `next` of an earlier page.", field="cursor") from None


@router.get("/jobs/{id}", response_model=JobAnswer)
@asks_itself
async def get(request: Request, id: str) -> Response:
    """How a job stands: status, activity, counts that always add up."""
    try:
        job_id = UUID(id)
    except ValueError:
        await caller(request, "read")  # a stranger learns nothing, not even that this is no id
        identified(id)
        raise
    return job_answer(await poll(desk_of(request), secret_in(request.headers), job_id, front="postroom"))


async def _step(request: Request, id: str, step: Step, status: int) -> Response:
    """A call without a body that takes a job one step on, once per idempotency key."""
    desk, access, job_id = desk_of(request), await caller(request, "write"), identified(id)
    async with once(request, desk, access) as call:
        await small_body(request)
        if (past := call.replay()) is not None:
            return past
        job = await step(desk, access, job_id, seal=call.seal(lambda job: job_answer(job, status)))
    return job_answer(job, status)


@router.post("/jobs/{id}/close", status_code=202, response_model=JobAnswer, openapi_extra=described())
async def close(request: Request, id: str) -> Response:
    """No more documents; the work begins. Closing twice is harmless."""
    return await _step(request, id, desk_job.close, 202)


@router.post(
    "/jobs/{id}/cancel", response_model=JobAnswer, openapi_extra=described(CancelRequest, required=False)
)
async def cancel(request: Request, id: str) -> Response:
    """Stop a job. What has ended stays; the rest is cancelled, and what runs is killed within a second."""
    desk, access, job_id = desk_of(request), await caller(request, "write"), identified(id)
    async with once(request, desk, access) as call:
        body = await small_body(request)
        if (past := call.replay([("body", body.decode("utf-8", "replace"))])) is not None:
            return past
        wanted = CancelRequest.model_validate({})
        if body:
            wanted = validated(CancelRequest, parse_json(body, request.headers.get("content-type")))
        job = await desk_job.cancel(desk, access, job_id, reason=wanted.reason, seal=call.seal(job_answer))
    return job_answer(job)


@router.post("/jobs/{id}/resume", status_code=202, response_model=JobAnswer, openapi_extra=described())
async def resume(request: Request, id: str) -> Response:
    """Go on with a blocked job."""
    return await _step(request, id, desk_job.resume, 202)


@router.post("/jobs/{id}/retry", status_code=201, response_model=JobAnswer, openapi_extra=described())
async def retry(request: Request, id: str) -> Response:
    """A new job of the documents that failed; its `retryOf` names this one."""
    return await _step(request, id, desk_job.retry, 201)


@router.delete("/jobs/{id}", status_code=204)
async def delete(request: Request, id: str) -> Response:
    """Forget an ended or open job, its documents, results, events and bytes. One at work must be cancelled first."""
    access = await caller(request, "write")
    await desk_job.delete(desk_of(request), access, identified(id))
    return Response(status_code=204)


@router.get(
    "/jobs/{id}/events",
    responses={
        200: {"content": {"text/event-stream": {}}},
        204: {"description": "Ended, and all was seen."},
        429: PROBLEM,
    },
)
async def events(
    request: Request,
    id: str,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
    after: Annotated[
        int | None, Query(ge=0, le=2**62, description="As Last-Event-ID, for the first time.")
    ] = None,
) -> Response:
    """Server-Sent Events: what happens to a job, numbered. `Last-Event-ID` resumes, also elsewhere.

    `progress` events are samples (4 a second at most) and have no number.
    """
    access = await caller(request, "read")
    job = await desk_job.get(desk_of(request), access, identified(id))
    number = after or 0
    if last_event_id is not None:
        if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19):
            raise Invalid("'Last-Event-ID' must be the number of an event.", field="Last-Event-ID")
        number = int(last_event_id)
    if job.terminal and number >= job.last_event:
        return Response(status_code=204)  # tells a browser's EventSource to stop coming back
    office = request.app.state.office
    return EventStream(office.hub, office.seats, access.account, job.id, number)


@router.get("/jobs/{id}/deliveries")
async def deliveries(request: Request, id: str) -> Response:
    """The webhooks of a job: where they went, how often, with what result."""
    access = await caller(request, "read")
    found = await desk_delivery.of_job(desk_of(request), access, identified(id))
    return answer({"items": found})


@router.post("/jobs/{id}/deliveries/{delivery}/replay", status_code=202, openapi_extra=described())
async def replay(request: Request, id: str, delivery: str) -> Response:
    """Send a webhook again that was delivered or given up; it keeps its id."""
    desk, access, job_id = desk_of(request), await caller(request, "write"), identified(id)
    async with once(request, desk, access) as call:
        await small_body(request)
        if (past := call.replay()) is not None:
            return past
        found = await desk_delivery.replay(
            desk,
            access,
            job_id,
            identified(delivery, "delivery"),
            seal=call.seal(lambda one: answer(one, 202)),
        )
    return answer(found, 202)
