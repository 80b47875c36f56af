"""Owns the calls that bring files: by form, announced and signed, as Base64, and the completion of all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from postroom.core.jobs import Job
from postroom.core.states import JobState
from postroom.core.uploads import Mode
from postroom.db import document as document_rows
from postroom.db.connection import Connection, Row
from postroom.desk import arrive, upload
from postroom.desk import document as desk_document
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.upload import Address, Announced, Completion, Failure, Instruction, Limits
from postroom.errors import Conflict, Invalid, NotFound, TooLarge
from postroom.intake.base64 import JsonContent
from postroom.intake.body import asgi_body, watched
from postroom.intake.digest import Expected
from postroom.intake.filename import FileName
from postroom.intake.form import FormLimits, read_form
from postroom.systems.plans import announce, contract, form, store, view, words
from postroom.systems.plans.contract import read_id, shown
from postroom.systems.plans.door import (
    BODY,
    answer,
    body_of,
    caller,
    desk_of,
    document_id,
    job_of,
    json_of,
    listed,
    origin_of,
    parsed,
)
from postroom.systems.plans.once import once
from postroom.systems.plans.wire_job import job_answer

DIRECT, MULTIPART = "direct_put", "multipart"
_SPELLED = {"content-type": "Content-Type"}
_SIZE = (1 << 63) - 1
_FORM = 16 << 20  # bytes of a form that are no file: metadata, headers of parts
_ANY_TYPE = "application/octet-stream"


def _open(row: Row) -> None:
    """Refuse early what would be refused after the whole body."""
    if row["state"] != JobState.OPEN:
        said = words.word(row["state"], uploading=row["uploading"])
        raise Conflict(
            f"The job is {said}; files are accepted before uploads are completed.",
            code="invalid_job_state",
            field="jobId",
        )


async def files(request: Request, jobId: str) -> Response:
    """Upload files as a form: `metadata` and the parts file0, file1, …"""
    access = await caller(request, "write")
    row = await job_of(request, access, jobId)
    _open(row)
    desk = desk_of(request)
    settings = desk.settings
    most = settings.plans_declared_bytes
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > most + _FORM:
        raise TooLarge(
            f"The files of a job may have {most} bytes together at most.", code="too_many_bytes", limit=most
        )
    # Not `document_size`: a form may bring what may be announced.
    limits = FormLimits(file_size=most, parts=settings.form_parts, idle=settings.body_idle_timeout)
    body, sent = asgi_body(request.receive), request.headers.get("content-type")
    heads = form.Heads(settings.plans_files)
    async with read_form(sent, body, desk.blobs, heads, limits=limits, texts=(form.METADATA,)) as received:
        found = form.files_of(received)
        new = await form.receive(desk, access, row["id"], found)
        received.keep()
    await desk.blobs.delete(form.unused(found))
    status = "uploaded" if new else "skipped"
    body_job = await job_answer(request, access, row["id"])
    return answer({**body_job, "status": status, "uploads": form.uploads(found)})


# --- announced uploads ---------------------------------------------------------------------------------


async def register(request: Request, jobId: str) -> Response:
    """Announce files; the answer says where to PUT each."""
    access = await caller(request, "write")
    row = await job_of(request, access, jobId)
    _open(row)
    desk = desk_of(request)
    given = listed(await json_of(request), "files")
    if not given:
        raise Invalid(f"'files' must have 1 to {contract.REGISTERED} entries.", field="files")
    if len(given) > contract.REGISTERED:
        raise TooLarge(
            f"'files' must have 1 to {contract.REGISTERED} entries.",
            code="too_many_documents",
            field="files",
            limit=contract.REGISTERED,
        )
    announced, classes = zip(*[_announced(one, f"files[{n}]") for n, one in enumerate(given)], strict=True)

    async def seal(connection: Connection, made: list[Instruction]) -> None:
        new = [
            store.NewFile(one.document, said.declared_type or _ANY_TYPE, said.size, said.sha256, kind)
            for one, said, kind in zip(made, announced, classes, strict=True)
        ]
        await store.add_files(connection, row["id"], new)
        facts = {
            file.document.id: {"classification": file.classification} for file in new if file.classification
        }
        await document_rows.add_facts(connection, facts)
        if await store.begin_uploading(connection, row["id"]):
            await announce.uploading(connection, row["id"], desk.settings)

    settings = desk.settings
    made = await upload.register(
        desk,
        access,
        row["id"],
        announced,
        origin=origin_of(request),
        limits=Limits(
            documents=settings.plans_files,
            each=settings.plans_declared_bytes,
            together=settings.plans_declared_bytes,
        ),
        held=True,
        seal=seal,
    )
    body = await job_answer(request, access, row["id"])
    return answer({**body, "uploads": [_instruction(one) for one in made]})


def _announced(one: Any, where: str) -> tuple[Announced, str | None]:
    if not isinstance(one, dict):
        raise Invalid(f"'{where}' must be an object.", field=where)
    name = FileName.of(contract.text(one.get("fileName"), f"{where}.fileName", 1024)).shown
    if not name:
        raise Invalid(f"'{where}.fileName' must be a file name.", field=f"{where}.fileName")
    kind = contract.text(one.get("contentType"), f"{where}.contentType", 255)
    if not kind.isascii():
        raise Invalid(f"'{where}.contentType' must be a media type.", field=f"{where}.contentType")
    return (
        Announced(
            name,
            contract.whole(one.get("fileSize"), f"{where}.fileSize", 0, _SIZE),
            contract.sha256(one.get("sha256"), f"{where}.sha256"),
            kind,
        ),
        contract.classification(one.get("classification"), f"{where}.classification"),
    )


def _instruction(made: Instruction) -> dict[str, Any]:
    common = {
        "documentId": shown(contract.DOCUMENT, made.document.id),
        "uploadToken": contract.OF_UPLOAD + made.token,
        "expiresAt": words.instant(made.expires_at),
    }
    if made.put is not None:
        put = {"uploadUrl": made.put.url, "headers": _headers(made.put)}
        return {**common, "uploadMode": DIRECT, **put}
    parts = []
    start = 0
    for part in made.parts:
        parts.append(
            {
                "partNumber": part.number,
                "uploadUrl": part.url,
                "headers": _headers(part),
                "startByte": start,
                "endByte": start + part.size - 1,
                "size": part.size,
            }
        )
        start += part.size
    return {
        **common,
        "uploadMode": MULTIPART,
        "multipartUploadId": shown(contract.UPLOAD, made.upload),
        "partSize": made.part_size,
        "parts": parts,
    }


def _headers(address: Address) -> dict[str, str]:
    """As the contract spells them; for a server the case makes no difference."""
    return {_SPELLED.get(name.lower(), name): value for name, value in address.headers.items()}


async def content(request: Request, jobId: str, documentId: str) -> Response:
    """The bytes of an announced file as Base64 in JSON, instead of the signed PUT."""
    access = await caller(request, "write")
    row = await job_of(request, access, jobId)
    _open(row)
    desk = desk_of(request)
    document = read_id(documentId, contract.DOCUMENT, field="documentId")
    sent = JsonContent(watched(asgi_body(request.receive), desk.settings.body_idle_timeout), "contentBase64")

    async def judge() -> Expected:
        # Only now: the token and the digest may stand behind the content.
        members = sent.members
        token = _token(members, "uploadToken")
        await upload.check_token(desk, access, row["id"], document, token, Mode.PUT)
        if members.get("sha256") is None:
            return Expected()
        return Expected.sha256(bytes.fromhex(contract.sha256(members["sha256"], "sha256")), "sha256")

    try:
        stored = await arrive.put_content(desk, access, row["id"], document, aiter(sent), judge=judge)
    except NotFound:
        await _known(desk, access, row["id"], document)
        raise
    return answer(
        {
            "status": "uploaded",
            "documentId": documentId,
            "fileName": stored.name,
            "fileSize": await view.file_size(desk.db, document),
            "contentType": stored.declared_type or _ANY_TYPE,
            "uploadMode": DIRECT,
            "directUpload": {"documentId": documentId, "uploadToken": sent.members["uploadToken"]},
        }
    )


async def _known(desk: Desk, access: Access, job: UUID, document: UUID) -> None:
    """NotFound if the job has no such document; Invalid if it has one that comes another way."""
    await desk_document.get(desk, access, job, document)
    raise Invalid(
        "Only documents whose registration says direct_put can be sent as Base64.",
        code="invalid_upload_token",
        field="documentId",
    )


# --- completion ----------------------------------------------------------------------------------------


async def complete(request: Request, jobId: str) -> Response:
    """Close the upload window and start processing. Safe to repeat with the same Idempotency-Key."""
    access = await caller(request, "write")
    row = await job_of(request, access, jobId)
    desk = desk_of(request)
    raw = await body_of(request, BODY)
    async with once(request, desk, access, f"{jobId}/uploads/complete") as call:
        if call.past is not None:
            return answer({**await job_answer(request, access, row["id"]), "idempotent": True}, 202)
        body = await parsed(request, raw, optional=True)
        _open(await view.job_row(desk.db, access.whose, row["id"]))
        answered: dict[str, Any] = {}

        async def seal(connection: Connection, job: Job) -> None:
            fresh = await view.job_row(connection, access.whose, job.id)
            answered["job"] = await view.job(connection, fresh, desk.settings, origin_of(request))
            await call.seal(connection, job.id)

        await _complete(desk, access, row["id"], body, seal)
        return answer(answered, 202)


async def _complete(desk: Desk, access: Access, job: UUID, body: dict[str, Any], seal: Any) -> None:
    completions = [
        *(_direct(one, n) for n, one in enumerate(listed(body, "directUploads"))),
        *(_multipart(one, n) for n, one in enumerate(listed(body, "multipartUploads"))),
    ]
    failures = [_failure(one, n) for n, one in enumerate(listed(body, "failedUploads"))]
    only = None
    if body.get("documentIds") is not None:
        only = [document_id(one, "documentIds") for one in listed(body, "documentIds")]
    await upload.complete_and_close(desk, access, job, completions, failures, only=only, seal=seal)


def _object(one: Any, where: str) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise Invalid(f"'{where}' must be an object.", field=where)
    return one


def _token(entry: dict[str, Any], field: str) -> str:
    return contract.text(entry.get("uploadToken"), field, 500).removeprefix(contract.OF_UPLOAD)


def _direct(one: Any, n: int) -> Completion:
    where = f"directUploads[{n}]"
    entry = _object(one, where)
    document = document_id(entry.get("documentId"), f"{where}.documentId")
    return Completion(document, _token(entry, f"{where}.uploadToken"))


def _multipart(one: Any, n: int) -> Completion:
    where = f"multipartUploads[{n}]"
    entry = _object(one, where)
    sent = contract.text(entry.get("multipartUploadId"), f"{where}.multipartUploadId", 500)
    parts = entry.get("parts")
    if not isinstance(parts, list) or not parts:
        raise Invalid(f"'{where}.parts' must be a list of at least one part.", field=f"{where}.parts")
    prefix, _, rest = sent.partition("_")
    try:
        found = UUID(rest if prefix == contract.UPLOAD else "")
    except ValueError:
        raise Invalid(
            f"'{where}.multipartUploadId' is not the one that the registration returned.",
            code="invalid_upload_token",
            field=f"{where}.multipartUploadId",
        ) from None
    return Completion(
        document_id(entry.get("documentId"), f"{where}.documentId"),
        _token(entry, f"{where}.uploadToken"),
        found,
        [_part(part, f"{where}.parts[{place}]") for place, part in enumerate(parts)],
    )


def _part(one: Any, where: str) -> tuple[int, str]:
    entry = _object(one, where)
    number = contract.whole(entry.get("partNumber"), f"{where}.partNumber", 1, 10_000)
    return number, contract.text(entry.get("etag"), f"{where}.etag", 200)


def _failure(one: Any, n: int) -> Failure:
    where = f"failedUploads[{n}]"
    entry = _object(one, where)
    document = document_id(entry.get("documentId"), f"{where}.documentId")
    given = {
        name: contract.text(entry[name], f"{where}.{name}", most)
        for name, most in (("code", 100), ("message", 1000))
        if entry.get(name) is not None
    }
    return Failure(document, **given)
