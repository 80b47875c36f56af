"""Owns what comes out of a job: waiting for its result, sending its bytes to the client or to an address."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from postroom.core.states import JobState
from postroom.errors import Conflict, Invalid, Unavailable
from postroom.intake.filename import disposition
from postroom.ports import BlobStore
from postroom.systems.conversion import render, view, words
from postroom.systems.conversion.door import (
    caller,
    desk_of,
    fetcher_of,
    job_of,
    unless_gone,
    until_ended,
)
from postroom.systems.conversion.view import Output

STORE_METHODS = ("put", "post")


async def job_result(request: Request, jobId: str) -> Response:
    """The outcome of a job; held until there is one, for two minutes at most."""
    access = await caller(request, "read")
    held = await job_of(request, access, jobId)
    desk = desk_of(request)
    if held.state is JobState.OPEN:
        raise Conflict(
            "The job was not started, so there is no result to wait for.", code="resultNotAvailable"
        )
    patience = desk.settings.conversion_result_wait
    try:
        if not held.ended:
            async with asyncio.timeout(patience):
                held = await unless_gone(request, until_ended(request, access, held))
    except TimeoutError:
        pass
    if not held.ended:
        return render.problem(request, 504, "resultTimeout", "The job is still at work; call again.")
    if held.leaving:
        raise view.no_job(
            jobId
        )  # inferred: whoever waits for a job that is deleted is told that there is none
    return render.answer(request, words.result(await view.found(desk.db, held)))


async def _output(request: Request, job_id: str, result: str, scope: str) -> Output:
    """In this order: no such job, not completed, no such result."""
    access = await caller(request, scope)
    held = await job_of(request, access, job_id)
    if not held.ended:
        raise Conflict(
            "The job is not completed; its results can be had when it is.", code="resultNotAvailable"
        )
    return await view.output(desk_of(request).db, held.id, result)


async def result_data(request: Request, jobId: str, resultId: str) -> Response:
    """The bytes of one result."""
    if resultId.endswith(tuple(f":{method}" for method in STORE_METHODS)):
        raise HTTPException(405, headers={"Allow": "POST"})
    output = await _output(request, jobId, resultId, "read")
    return streamed(desk_of(request).blobs, output)


def streamed(blobs: BlobStore, output: Output) -> StreamingResponse:
    headers = {
        "Content-Length": str(output.size),
        "Content-Disposition": disposition(output.name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": f'"{output.sha256}"',
    }
    return StreamingResponse(blobs.read(output.blob), media_type=output.media_type, headers=headers)


async def store_result_data(
    request: Request, jobId: str, resultId: str, storeMethod: str, url: str | None = None
) -> Response:
    """Send one result to an address. Answers when the transfer is over."""
    output = await _output(request, jobId, resultId, "write")
    if storeMethod not in STORE_METHODS:
        raise Invalid(
            f"There is no store method ':{storeMethod[:50]}'; valid are: :put, :post.",
            code="invalidStoreMethod",
            field="storeMethod",
        )
    if not url:
        raise Invalid("'url' is required: the address that the result is sent to.", field="url")
    await unless_gone(request, _send(request, storeMethod.upper(), url, output))
    return Response(status_code=204)


async def other_method(request: Request, jobId: str, resultId: str) -> Response:
    """A colon with nothing behind it; without one, GET is what there is."""
    if not resultId.endswith(":"):
        raise HTTPException(405, headers={"Allow": "GET"})
    return await store_result_data(request, jobId, resultId[:-1], "")


async def _send(request: Request, method: str, url: str, output: Output) -> None:
    body = desk_of(request).blobs.read(output.blob)
    try:
        reply = await fetcher_of(request).send(
            method, url, body, size=output.size, media_type=output.media_type
        )
    except Unavailable as error:
        raise Invalid(error.message, code="uploadFailed", field="url", cause=error.cause) from error
    except Invalid as error:
        raise Invalid(error.message, code="invalidUrl", field="url", cause=error.cause) from error
    if not 200 <= reply.status < 300:
        raise Invalid(f"The address answers with status {reply.status}.", code="uploadFailed", field="url")
