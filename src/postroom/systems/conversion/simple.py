"""Owns the Simple API: one call is a whole job. Binary in and out, or JSON with Base64 in and out.

The job is made, waited for and deleted here; a client that goes away takes its job with it. What a connection
stands for is in the contract's table. One that is set to answer at once leaves its job to the desk: where the
original hands results on to output connectors, here they are fetched (`Location`), for as long as jobs are held.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import IO, Any

import orjson
from fastapi import FastAPI
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from postroom import __version__
from postroom.blobs.key import fresh
from postroom.core.jobs import Job
from postroom.core.states import JobState
from postroom.db.connection import Connection
from postroom.db.document import NewDocument
from postroom.db.job import change_options
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.intake import submit_closed
from postroom.desk.job import Order
from postroom.errors import DigestMismatch, Invalid, Malformed, NotFound, PostroomError, Unavailable
from postroom.intake.body import asgi_body
from postroom.intake.filename import FileName
from postroom.intake.form import FileHead, read_form
from postroom.intake.hold import held
from postroom.intake.raw import read_raw
from postroom.ports import BlobStore
from postroom.systems.conversion import contract, options, render, store, view, words
from postroom.systems.conversion.contract import BY_CORE, CONNECTIONS
from postroom.systems.conversion.door import caller, desk_of, forget, kinds_of, unless_gone, until_ended
from postroom.systems.conversion.view import Found, Output
from postroom.systems.conversion.wire_data import (
    data_files,
    drop,
    fetch,
    form_limits,
    named,
    new_document,
)
from postroom.systems.conversion.wire_result import streamed

_PIECE = 3 << 18  # bytes that are encoded at once; three bytes are four characters
_AT_ONCE = 4  # JSON calls with large bodies that are in memory
_LARGE = 8 << 20  # bytes
_NAMELESS = "document"  # a raw body without `filename`

Pairs = Sequence[tuple[str, str]]


def apps(with_errors: Callable[[FastAPI], FastAPI]) -> Mapping[str, FastAPI]:
    """The two applications by their mount points."""
    plain = with_errors(_app("binary"))
    plain.add_api_route("/{connectionID}", convert_plain, methods=["POST"])
    for kind in (Invalid, Malformed, DigestMismatch):
        plain.add_exception_handler(kind, _on_invalid)
    structured = with_errors(_app("JSON"))
    structured.add_api_route("/{connectionID}", convert_json, methods=["POST"])
    return {"/http.input": plain, "/http.inputstructured": structured}


def _app(what: str) -> FastAPI:
    return FastAPI(
        title=f"Postroom: conversion in one call, {what}",
        version=__version__,
        redoc_url=None,
        redirect_slashes=False,
    )


async def _on_invalid(_: Request, error: Exception) -> Response:
    """Documented for the binary form: no problem document but one member."""
    assert isinstance(error, PostroomError)
    return Response(orjson.dumps({"error": error.message}), 400, media_type=render.JSON)


@dataclass(frozen=True, slots=True)
class _Connection:
    core: str
    profile: str


def _connection(request: Request, name: str) -> _Connection:
    """NotFound if there is none, or if its workflow is not to be had on this machine."""
    core, profile = CONNECTIONS.get(name, ("", ""))
    if BY_CORE.get(core) not in kinds_of(request):
        raise NotFound(
            f"There is no connection '{name[:100]}'; there are: {', '.join(CONNECTIONS)}.",
            code="connectionNotFound",
            field="connectionID",
        )
    return _Connection(core, profile)


def _answers_at_once(request: Request, name: str) -> bool:
    return name in [one.strip() for one in desk_of(request).settings.conversion_at_once.split(",")]


def _accepted(job: Job) -> Response:
    return Response(status_code=202, headers={"Location": f"{contract.BASE}/rest/jobs/{job.id}"})


# --- binary ----------------------------------------------------------------------------------------------


async def convert_plain(request: Request, connectionID: str, filename: str | None = None) -> Response:
    """Documents as a form or as a raw body; the answer is what came of them."""
    access = await caller(request, "write")
    connection = _connection(request, connectionID)
    if render.media_type(request.headers.get("content-type")) == "multipart/form-data":
        job = await _from_form(request, access, connection)
    else:
        job = await _from_body(request, access, connection, filename)
    if _answers_at_once(request, connectionID):
        return _accepted(job)
    found = await _converted(request, access, job)
    if found.outputs:
        response = streamed(desk_of(request).blobs, found.outputs[0])
        return _Last(response, _forgetting(request, access, found))
    return await _refusal(request, access, found)


async def _from_form(request: Request, access: Access, connection: _Connection) -> Job:
    desk = desk_of(request)
    sent = request.headers.get("content-type")
    body = asgi_body(request.receive)
    async with read_form(sent, body, desk.blobs, _data_key, limits=form_limits(request)) as form:
        files = data_files(form)
        documents = [new_document(file, file.stored) for file in files if file.stored is not None]
        job = await _submit(desk, access, connection, documents)
        form.keep()
    return job


def _data_key(head: FileHead) -> str | None:
    if head.field != "data":
        return None
    named(head)
    return fresh("document")


async def _from_body(request: Request, access: Access, connection: _Connection, name: str | None) -> Job:
    desk = desk_of(request)
    raw = await read_raw(
        asgi_body(request.receive),
        desk.blobs,
        fresh("document"),
        limit=desk.settings.document_size,
        idle=desk.settings.body_idle_timeout,
    )
    async with held(lambda: desk.blobs.delete([raw.stored.key])) as hold:
        if not raw.stored.size:
            raise Invalid("There is no data: the body is empty.", field="data")
        shown = FileName.of(name or "").shown or _NAMELESS
        declared = request.headers.get("content-type", "")[:255] or None
        document = NewDocument(shown, raw.stored.key, raw.stored.size, raw.stored.sha256, declared)
        job = await _submit(desk, access, connection, [document])
        hold.keep()
    return job


# --- JSON ------------------------------------------------------------------------------------------------


async def convert_json(request: Request, connectionID: str) -> Response:
    """Documents as Base64 or as addresses, with options; the answer is what came of them, as Base64."""
    access = await caller(request, "write")
    connection = _connection(request, connectionID)
    if render.media_type(request.headers.get("content-type")) != render.JSON:
        raise render.unsupported(render.JSON)
    job = await _from_json(request, access, connection)
    if _answers_at_once(request, connectionID):
        return _accepted(job)
    found = await _converted(request, access, job)
    if found.outputs:
        body = _as_json(desk_of(request).blobs, found.outputs)
        response = StreamingResponse(body, media_type=render.JSON)
        return _Last(response, _forgetting(request, access, found))
    return await _refusal(request, access, found)


async def _from_json(request: Request, access: Access, connection: _Connection) -> Job:
    desk = desk_of(request)
    documents: list[NewDocument | str] = []

    def stored() -> list[NewDocument]:
        return [one for one in documents if not isinstance(one, str)]

    async with held(lambda: drop(desk, stored())) as hold:
        async with AsyncExitStack() as stack:
            name, of_job, files = _asked(await _json(request, stack), desk.settings.form_parts)
            given = [_pairs(file.get("options")) for file in files]
            names = [_name(file) for file in files]
            for shown, file in zip(names, files, strict=True):
                documents.append(await _given(desk.blobs, shown, file))
            del files  # what is large is stored by now; what follows waits for others again
        for place, one in enumerate(documents):
            if isinstance(one, str):
                documents[place] = await unless_gone(request, fetch(request, one, name=names[place]))
        job = await _submit(desk, access, connection, stored(), name=name, of_job=of_job, given=given)
        hold.keep()
    return job


async def _json(request: Request, stack: AsyncExitStack) -> Any:
    """The body's value. A large one waits on disk until its client has sent it all: only then it takes one of
    the few places there are for such in memory, which `stack` holds as long as the value is there."""
    settings = desk_of(request).settings
    if _small(request):
        body = await render.small_body(request, settings.conversion_json_size)
        return await asyncio.to_thread(render.parse_json, body)
    with tempfile.TemporaryFile(dir=settings.scratch) as spool:
        async for piece in render.limited_body(request, settings.conversion_json_size):
            await asyncio.to_thread(spool.write, piece)
        await stack.enter_async_context(_gate(request))
        return await asyncio.to_thread(_read_json, spool)


def _read_json(spool: IO[bytes]) -> Any:
    spool.seek(0)
    return render.parse_json(spool.read())


def _small(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    return length.isascii() and length.isdigit() and int(length[:20]) <= _LARGE


def _gate(request: Request) -> asyncio.Semaphore:
    """Bodies are held in memory, so only some large ones are taken in at a time."""
    state = request.app.state
    if not hasattr(state, "gate"):
        state.gate = asyncio.Semaphore(_AT_ONCE)
    gate: asyncio.Semaphore = state.gate
    return gate


def _asked(wanted: Any, most: int) -> tuple[str | None, Pairs, list[dict[str, Any]]]:
    """Job name, job options and documents of a call, `most` of them."""
    if not isinstance(wanted, dict):
        raise Invalid("The body must be an object.", field="body")
    name = wanted.get("name")
    if name is not None and not (
        isinstance(name, str) and len(name) <= contract.NAME_LENGTH and name.isprintable()
    ):
        raise Invalid(f"'name' must be at most {contract.NAME_LENGTH} printable characters.", field="name")
    variables = wanted.get("variables")  # for output connectors, of which there are none here
    if variables is not None and not (
        isinstance(variables, dict) and all(isinstance(value, str) for value in variables.values())
    ):
        raise Invalid("'variables' must be an object of strings.", field="variables")
    files = wanted.get("data")
    if not isinstance(files, list) or not files or not all(isinstance(file, dict) for file in files):
        raise Invalid("'data' must be an array of at least one object.", field="data")
    if len(files) > most:
        raise Invalid(f"'data' may hold {most} documents at most.", field="data", limit=most)
    return name or None, _pairs(wanted.get("options")), files


def _pairs(given: Any) -> Pairs:
    """Options as this API has them: none, or a list in which names and values may be null, which is none."""
    if given is None:
        return []
    if isinstance(given, list):
        given = [
            item
            for item in given
            if not (isinstance(item, dict) and (item.get("name") is None or item.get("value") is None))
        ]
    return options.pairs_of(given)


def _name(file: dict[str, Any]) -> str:
    name = file.get("fileName")
    shown = FileName.of(name).shown if isinstance(name, str) else ""
    if not shown:
        raise Invalid("'data[].fileName' must be a file name.", field="fileName")
    return shown


async def _given(blobs: BlobStore, shown: str, file: dict[str, Any]) -> NewDocument | str:
    """A document that came with the call, or the address that it has to be fetched from."""
    content, url = file.pop("content", None), file.get("url")
    if isinstance(content, str):
        return await _decoded(blobs, shown, content)
    if content is None and isinstance(url, str):
        return url
    raise Invalid("Each of 'data' must have 'content', as Base64, or 'url'.", field="content")


async def _decoded(blobs: BlobStore, name: str, content: str) -> NewDocument:
    content = await asyncio.to_thread(lambda: "".join(content.split()))
    writer = blobs.writer(fresh("document"))
    try:
        step = _PIECE // 3 * 4
        for start in range(0, len(content), step):
            piece = content[start : start + step]
            await writer.write(await asyncio.to_thread(base64.b64decode, piece, validate=True))
        stored = await writer.commit()
    except BaseException as error:
        await writer.abort()
        if isinstance(error, binascii.Error | ValueError):
            raise Invalid("'content' must be Base64.", field="content") from error
        raise
    return NewDocument(name, stored.key, stored.size, stored.sha256)


async def _as_json(blobs: BlobStore, outputs: Sequence[Output]) -> AsyncIterator[bytes]:
    yield b'{"data":['
    for place, output in enumerate(outputs):
        yield b"," if place else b""
        yield b'{"fileName":' + orjson.dumps(output.name) + b',"content":"'
        rest = b""
        async for piece in blobs.read(output.blob):
            rest += piece
            whole = len(rest) - len(rest) % 3
            if whole >= _PIECE:
                yield base64.b64encode(rest[:whole])
                rest = rest[whole:]
        yield base64.b64encode(rest) + b'"}'
    yield b"]}"


# --- the job ---------------------------------------------------------------------------------------------


async def _submit(
    desk: Desk,
    access: Access,
    connection: _Connection,
    documents: Sequence[NewDocument],
    *,
    name: str | None = None,
    of_job: Pairs = (),
    given: Sequence[Pairs] = (),
) -> Job:
    core = connection.core

    async def fill(transaction: Connection, job: Job) -> None:
        await store.make_room(transaction, access.account, desk.settings.conversion_jobs)
        ids = await store.document_ids(transaction, job.id)

        def change(kept: dict[str, Any]) -> dict[str, Any]:
            for document, pairs in zip(ids, given, strict=False):
                kept = options.with_document(kept, document, options.sort_out(core, pairs, of_document=True))
            return options.with_roles(core, kept, ids)

        await change_options(transaction, job.id, change)

    order = Order(core, connection.profile, options.of_job(core, name, of_job))
    return await submit_closed(desk, access, order, documents, seal=fill)


async def _converted(request: Request, access: Access, job: Job) -> Found:
    """The job once it has ended. If nobody waits for it any more it is deleted."""
    desk = desk_of(request)
    held = await view.held(desk.db, access.whose, job.id)
    try:
        held = await unless_gone(request, until_ended(request, access, held))
        if not held.ended:
            raise Unavailable("The server is about to stop; try again.")
        return await view.found(desk.db, held)
    except BaseException:
        await asyncio.shield(forget(desk, access, held))
        raise


def _forgetting(request: Request, access: Access, found: Found) -> BackgroundTask:
    return BackgroundTask(forget, desk_of(request), access, found.held)


async def _refusal(request: Request, access: Access, found: Found) -> Response:
    """The problem that a job's error is."""
    if found.held.state is JobState.SUCCEEDED:
        code, message = contract.INTERNAL, "The conversion made nothing."
    else:
        code, message = words.error(found)
    await forget(desk_of(request), access, found.held)
    return render.problem(request, contract.SIMPLE_STATUS[code], code, message)


class _Last(Response):
    """Sends a response, and does something afterwards in any case, also when the client went away."""

    def __init__(self, response: Response, after: BackgroundTask) -> None:
        super().__init__()
        self._response = response
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._response(scope, receive, send)
        finally:
            await asyncio.shield(self._after())
