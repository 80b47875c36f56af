"""Owns the calls of our own API on documents that are announced first: how to send them, that they are sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from postroom.core.documents import Document
from postroom.desk import document as desk_document
from postroom.desk import upload
from postroom.desk.upload import Address, Announced, Completion, Instruction, Mode
from postroom.errors import PostroomError
from postroom.intake.filename import FileName
from postroom.web.idempotent import once
from postroom.web.own.describe import PROBLEMS, described, identified
from postroom.web.own.shape import DocumentAnswer, Shape, answer, document_body
from postroom.web.reach import caller, desk_of, origin_of, parse_json, small_body, validated

router = APIRouter(tags=["uploads"], responses=PROBLEMS)

_MOST = 1000  # documents of one call


class AnnouncedDocument(Shape):
    """size in bytes. sha256: lower-case hex; a PUT is verified on the way in, parts when they are checked."""

    name: str = Field(min_length=1, max_length=1024)
    size: int = Field(ge=0, le=1 << 50)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    content_type: str | None = Field(None, max_length=255)


class UploadsRequest(Shape):
    """mode: without it, large documents go in parts and others in one PUT."""

    documents: list[AnnouncedDocument] = Field(min_length=1, max_length=_MOST)
    mode: str | None = Field(None, pattern="^(put|multipart)$")


class PartAddress(Shape):
    part_number: int
    upload_url: str
    headers: dict[str, str]
    size: int


class UploadAnswer(Shape):
    """PUT the bytes to `uploadUrl`, or each range to its part's, with exactly these headers and no key."""

    upload_id: UUID
    document: DocumentAnswer
    mode: str
    upload_url: str | None = None
    headers: dict[str, str] | None = None
    part_size: int | None = None
    parts: list[PartAddress] | None = None
    expires_at: str


class UploadsAnswer(Shape):
    uploads: list[UploadAnswer]


class SentPart(Shape):
    part_number: int = Field(ge=1, le=10_000)
    etag: str = Field(min_length=1, max_length=200)


class CompleteRequest(Shape):
    """parts: of a multipart upload, with the ETag that each was answered with."""

    parts: list[SentPart] | None = Field(None, max_length=10_000)


@router.post(
    "/jobs/{id}/uploads",
    status_code=201,
    response_model=UploadsAnswer,
    openapi_extra=described(UploadsRequest),
)
async def register(request: Request, id: str) -> Response:
    """Announce documents, and learn where to PUT them: signed addresses that expire, no key needed.

    A document announced again with the same SHA-256 and size gets fresh addresses. One that has not arrived
    when the job is closed fails.
    """
    desk, access, job_id = desk_of(request), await caller(request, "write"), identified(id)
    async with once(request, desk, access) as call:
        if not call.answered:  # a repeated call is answered even when the job has been closed since
            await desk_document.expect_open(desk, access, job_id)
        body = await small_body(request)
        if (past := call.replay([("body", body.decode("utf-8", "replace"))])) is not None:
            return past
        wanted = validated(UploadsRequest, parse_json(body, request.headers.get("content-type")))
        documents = [
            Announced(FileName.of(one.name).shown or f"document-{n}", one.size, one.sha256, one.content_type)
            for n, one in enumerate(wanted.documents, 1)
        ]
        mode = Mode(wanted.mode) if wanted.mode else None
        try:
            made = await upload.register(
                desk,
                access,
                job_id,
                documents,
                origin=origin_of(request),
                mode=mode,
                seal=call.seal(_instructions),
            )
        except PostroomError as error:
            raise _placed(error) from error
    return _instructions(made)


def _placed(error: PostroomError) -> PostroomError:
    """The offending member by its place in the body."""
    if "index" in error.extra and error.field is not None:
        error.field = f"documents.{error.extra['index']}.{error.field}"
    return error


def _instructions(made: list[Instruction]) -> Response:
    return answer({"uploads": [_instruction(one) for one in made]}, 201)


def _instruction(one: Instruction) -> dict[str, Any]:
    body: dict[str, Any] = {
        "uploadId": one.upload,
        "document": document_body(one.document),
        "mode": one.mode.value,
        "expiresAt": one.expires_at,
    }
    if one.put is not None:
        body |= {"uploadUrl": one.put.url, "headers": dict(one.put.headers)}
    else:
        body |= {"partSize": one.part_size, "parts": [_part(part) for part in one.parts]}
    return body


def _part(part: Address) -> dict[str, Any]:
    return {
        "partNumber": part.number,
        "uploadUrl": part.url,
        "headers": dict(part.headers),
        "size": part.size,
    }


@router.post(
    "/jobs/{id}/uploads/{document}/complete",
    response_model=DocumentAnswer,
    openapi_extra=described(CompleteRequest, required=False),
)
async def complete(request: Request, id: str, document: str) -> Response:
    """Say that a document is sent: its parts are put together, and it is received. Safe to repeat.

    A single PUT to Postroom's own storage needs no such call; one to S3 may have it, or is found at close.
    """
    desk, access, job_id = desk_of(request), await caller(request, "write"), identified(id)
    document_id = identified(document, "document")
    async with once(request, desk, access) as call:
        await desk_document.get(desk, access, job_id, document_id)
        body = await small_body(request)
        if (past := call.replay([("body", body.decode("utf-8", "replace"))])) is not None:
            return past
        value = parse_json(body, request.headers.get("content-type")) if body else {}
        wanted = validated(CompleteRequest, value)
        parts = None if wanted.parts is None else [(one.part_number, one.etag) for one in wanted.parts]
        (received,) = await upload.complete(
            desk, access, job_id, [Completion(document_id, parts=parts)], seal=call.seal(_first)
        )
    return _first([received])


def _first(documents: list[Document]) -> Response:
    return answer(document_body(documents[0]))


@router.delete("/jobs/{id}/uploads/{document}", status_code=204, response_class=Response)
async def withdraw(request: Request, id: str, document: str) -> Response:
    """Take an announced document back before it has arrived, with whatever bytes of it are there."""
    desk, access = desk_of(request), await caller(request, "write")
    await upload.withdraw(desk, access, identified(id), identified(document, "document"))
    return Response(status_code=204)
