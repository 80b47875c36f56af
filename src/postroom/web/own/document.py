"""Owns the calls on documents of our own API: add by form, raw body or JSON, list, get, artifacts, results."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from postroom.blobs.key import fresh
from postroom.core.documents import Document
from postroom.core.states import DocumentState
from postroom.db.document import NewDocument
from postroom.desk import document as desk_document
from postroom.desk import job as desk_job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.own import IDEMPOTENCY
from postroom.desk.remote import Remote, remote_documents
from postroom.errors import Invalid, UnsupportedType
from postroom.intake.base64 import decode
from postroom.intake.body import asgi_body
from postroom.intake.digest import Expected
from postroom.intake.filename import FileName
from postroom.intake.form import FormLimits, read_form
from postroom.intake.hold import held
from postroom.intake.raw import read_raw
from postroom.intake.upload import Upload
from postroom.ports import Stored
from postroom.web.download import blob_response
from postroom.web.idempotent import Once, once
from postroom.web.own.describe import PROBLEMS, identified
from postroom.web.own.shape import (
    ArtifactList,
    DocumentAnswer,
    DocumentPage,
    DocumentsRequest,
    GivenDocument,
    Received,
    answer,
    artifact_body,
    document_body,
    dumps,
)
from postroom.web.reach import announced, caller, desk_of, parse_json, plain, small_body, validated, verified

router = APIRouter(tags=["documents"], responses=PROBLEMS)

_PAGE = 200

_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "Not changed since the ETag in `If-None-Match`."},
}

_ADD = {
    "parameters": [IDEMPOTENCY],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": DocumentsRequest.model_json_schema(by_alias=True)},
        },
    },
}


@router.post("/jobs/{id}/documents", status_code=201, response_model=Received, openapi_extra=_ADD)
async def add(
    request: Request,
    id: str,
    name: Annotated[str | None, Query(description="File name of a raw body.")] = None,
) -> Response:
    """Add documents to an open job: every file part of a form is one, or the raw body (with `?name=`) is one,
    or JSON names them: `{"documents": [{"url": "https://…"}, {"name": "a.txt", "contentBase64": "…"}]}`.

    All or none of a call. What stands at a URL is fetched once the job is closed; a dead address costs that
    document only. Large files go better by `…/uploads` (signed addresses) or `/postroom/v1/uploads` (tus).
    `Content-Digest` or `Repr-Digest` (RFC 9530) are verified when sent, for the body or for each part.
    """
    desk, access, job_id = desk_of(request), await caller(request, "write"), identified(id)
    async with once(request, desk, access) as call:
        await _expect_open(call, desk, access, job_id)
        kind = request.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower().startswith("multipart/"):
            return await _add_form(request, desk, access, job_id, call)
        if name is None and kind.partition(";")[0].strip().lower() == "application/json":
            return await _add_json(request, desk, access, job_id, call)
        if name is None:
            raise UnsupportedType(
                "The body must be a form (multipart/form-data) or JSON; one document may also be sent as it "
                "is, with '?name=FILE NAME'.",
                field="Content-Type",
            )
        return await _add_raw(request, desk, access, job_id, name, call)


async def _expect_open(call: Once, desk: Desk, access: Access, job_id: UUID) -> None:
    # A repeated call is answered even when the job has been closed since.
    if not call.answered:
        await desk_document.expect_open(desk, access, job_id)


async def _add_form(request: Request, desk: Desk, access: Access, job_id: UUID, call: Once) -> Response:
    settings = desk.settings
    limits = FormLimits(
        file_size=settings.document_size, parts=settings.form_parts, idle=settings.body_idle_timeout
    )
    body = verified(asgi_body(request.receive), announced(request))
    kind = request.headers.get("content-type")
    async with read_form(kind, body, desk.blobs, lambda _: fresh("document"), limits=limits) as form:
        files = [(file.head, file.stored) for file in form.files if file.stored is not None]
        fields = [(field, value) for field, values in form.fields.items() for value in values]
        sums = [(head.field, head.name.shown if head.name else "", stored.sha256) for head, stored in files]
        if (past := call.replay(fields, sums)) is not None:
            return past
        if not files:
            raise Invalid(
                "The form has no file part; send each document as a part with a file name.", field="file"
            )
        documents = [
            _document(head.name, stored, head.declared_type, head.position) for head, stored in files
        ]
        response = await _receive(desk, access, job_id, documents, call)
        form.keep()
        return response


async def _add_raw(
    request: Request, desk: Desk, access: Access, job_id: UUID, name: str, call: Once
) -> Response:
    length = request.headers.get("content-length", "")
    raw = await read_raw(
        asgi_body(request.receive),
        desk.blobs,
        fresh("document"),
        limit=desk.settings.document_size,
        length=int(length) if length.isascii() and length.isdigit() else None,
        expected=announced(request),
        idle=desk.settings.body_idle_timeout,
    )
    async with held(lambda: desk.blobs.delete([raw.stored.key])) as hold:
        file_name = FileName.of(name)
        if (past := call.replay(files=[("", file_name.shown, raw.stored.sha256)])) is not None:
            return past
        declared = request.headers.get("content-type", "")[:255] or None
        document = _document(file_name, raw.stored, declared, 0)
        response = await _receive(desk, access, job_id, [document], call)
        hold.keep()
    return response


async def _add_json(request: Request, desk: Desk, access: Access, job_id: UUID, call: Once) -> Response:
    body = await small_body(request, desk.settings.json_size)
    fingerprint = await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())
    if (past := call.replay(files=[("body", "", fingerprint)])) is not None:
        return past
    value = await asyncio.to_thread(parse_json, body, "application/json")
    wanted = (await asyncio.to_thread(validated, DocumentsRequest, value)).documents
    keys: list[str] = []
    async with held(lambda: desk.blobs.delete(keys)) as hold:
        documents = await _from_json(desk, wanted, keys)
        response = await _receive(desk, access, job_id, documents, call)
        hold.keep()
    return response


async def _from_json(desk: Desk, wanted: list[GivenDocument], keys: list[str]) -> list[NewDocument]:
    """New documents, in order. keys: takes those of the blobs that are stored on the way."""
    remotes = [
        Remote(one.url, one.name, one.sha256, one.content_type) for one in wanted if one.url is not None
    ]
    try:
        fetched = iter(await remote_documents(desk, remotes))
    except Invalid as error:
        places = [n for n, one in enumerate(wanted) if one.url is not None]
        error.field = f"documents.{places[error.extra['index']]}.url"
        raise
    found = []
    for n, one in enumerate(wanted):
        if one.url is not None:
            found.append(next(fetched))
            continue
        data = await asyncio.to_thread(decode, one.content_base64 or "", f"documents.{n}.contentBase64")
        stored = await _store(desk, data, one.sha256, f"documents.{n}.sha256")
        keys.append(stored.key)
        found.append(_document(FileName.of(one.name or ""), stored, one.content_type, n))
    return found


async def _store(desk: Desk, data: bytes, sha256: str | None, field: str) -> Stored:
    expected = Expected.sha256(bytes.fromhex(sha256), field) if sha256 else Expected()
    upload = Upload(
        desk.blobs,
        fresh("document"),
        limit=desk.settings.document_size,
        expected=expected,
        label="The content",
    )
    try:
        await upload.write(data)
        return await upload.finish()
    except BaseException:
        await upload.drop()
        raise


def _document(name: FileName | None, stored: Stored, declared: str | None, position: int) -> NewDocument:
    shown = name.shown if name is not None and name.shown else f"document-{position + 1}"
    meta = {"sentName": name.sent} if name is not None and name.sent != shown else {}
    return NewDocument(shown, stored.key, stored.size, stored.sha256, declared, meta)


async def _receive(
    desk: Desk, access: Access, job_id: UUID, documents: list[NewDocument], call: Once
) -> Response:
    received = await desk_document.receive(desk, access, job_id, documents, seal=call.seal(_received))
    return _received(received)


def _received(documents: list[Document]) -> Response:
    return answer({"documents": [document_body(document) for document in documents]}, 201)


@router.get("/jobs/{id}/documents", response_model=DocumentPage)
async def listing(
    request: Request,
    id: str,
    status: Annotated[list[str] | None, Query(description="Only documents with one of these states.")] = None,
    cursor: Annotated[int, Query(ge=-1, le=2**31 - 1, description="`next` of the page before.")] = -1,
    limit: Annotated[int, Query(ge=1, le=_PAGE)] = 100,
) -> Response:
    """The job's documents in the order in which they came: outcome, error, what was found, artifacts."""
    desk, access = desk_of(request), await caller(request, "read")
    states = [_state(value) for value in status or []]
    documents = await desk_document.page(
        desk, access, identified(id), after=cursor, limit=limit + 1, states=states
    )
    more = len(documents) > limit
    items = await _bodies(desk, documents[:limit])
    return answer({"items": items, "next": str(documents[limit - 1].position) if more else None})


def _state(value: str) -> DocumentState:
    try:
        return DocumentState(value)
    except ValueError:
        names = ", ".join(DocumentState)
        raise Invalid(f"'status' must be one of: {names}.", field="status") from None


async def _bodies(desk: Desk, documents: list[Document]) -> list[dict[str, Any]]:
    artifacts = await desk_document.artifacts(desk, [document.id for document in documents])
    return [document_body(document, artifacts[document.id]) for document in documents]


@router.get("/jobs/{id}/documents/{document}", response_model=DocumentAnswer)
async def get(request: Request, id: str, document: str) -> Response:
    """One document: what became of it, and why."""
    desk, access = desk_of(request), await caller(request, "read")
    found = await desk_document.get(desk, access, identified(id), identified(document, "document"))
    return answer((await _bodies(desk, [found]))[0])


@router.get("/jobs/{id}/documents/{document}/content", response_class=Response, responses=_BYTES)
async def content(request: Request, id: str, document: str) -> Response:
    """The document's own bytes, as they came."""
    desk, access = desk_of(request), await caller(request, "read")
    found, blob = await desk_document.content(desk, access, identified(id), identified(document, "document"))
    return blob_response(
        desk.blobs,
        blob,
        name=found.name,
        media_type=found.media_type or "application/octet-stream",
        size=await desk.blobs.size(blob),
        sha256=found.sha256,
        if_none_match=request.headers.get("if-none-match"),
    )


@router.get(
    "/jobs/{id}/documents/{document}/artifacts/{name:path}", response_class=Response, responses=_BYTES
)
async def artifact(request: Request, id: str, document: str, name: str) -> Response:
    """The bytes of one artifact of a document."""
    desk, access = desk_of(request), await caller(request, "read")
    document_id = identified(document, "document")
    return await _artifact(request, desk, access, identified(id), document_id, name)


@router.get("/jobs/{id}/artifacts", response_model=ArtifactList)
async def job_artifacts(request: Request, id: str) -> Response:
    """What the job as a whole made (a merged file, an index), once it has."""
    desk, access, job_id = desk_of(request), await caller(request, "read"), identified(id)
    rows = await desk_document.job_artifacts(desk, access, job_id)
    return answer({"items": [artifact_body(row, f"/postroom/v1/jobs/{job_id}/artifacts/") for row in rows]})


@router.get("/jobs/{id}/artifacts/{name:path}", response_class=Response, responses=_BYTES)
async def job_artifact(request: Request, id: str, name: str) -> Response:
    """The bytes of one artifact of the job as a whole."""
    desk, access = desk_of(request), await caller(request, "read")
    return await _artifact(request, desk, access, identified(id), None, name)


async def _artifact(
    request: Request, desk: Desk, access: Access, job_id: UUID, document: UUID | None, name: str
) -> Response:
    row = await desk_document.artifact(desk, access, job_id, document, plain("name", name) or "")
    return blob_response(
        desk.blobs,
        row["blob"],
        name=row["name"],
        media_type=row["media_type"],
        size=row["size"],
        sha256=row["sha256"],
        if_none_match=request.headers.get("if-none-match"),
    )


@router.get(
    "/jobs/{id}/results",
    response_class=Response,
    responses={200: {"description": "One document a line.", "content": {"application/jsonl": {}}}},
)
async def results(request: Request, id: str) -> Response:
    """Every document of a job as JSON Lines, in order, streamed; at any time, also while the job runs."""
    desk, access, job_id = desk_of(request), await caller(request, "read"), identified(id)
    await desk_job.get(desk, access, job_id)

    async def lines() -> AsyncIterator[bytes]:
        after = -1
        while documents := await desk_document.page(desk, access, job_id, after=after, limit=_PAGE):
            after = documents[-1].position
            yield b"".join(dumps(body) + b"\n" for body in await _bodies(desk, documents))

    return StreamingResponse(lines(), media_type="application/jsonl")
