"""Owns tus 1.0 at `/postroom/v1/uploads`: uploads that a client on a bad line can go on with.

https://tus.io/protocols/resumable-upload, with creation, creation-with-upload, termination, checksum and
expiration. `Upload-Metadata` names `job` and `filename`, and may name `filetype` and `sha256` (hex).
Refuses to know storage; the steps are `desk/resumable.py`'s.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from postroom import errors
from postroom.db.upload import Upload
from postroom.desk import resumable
from postroom.desk import upload as uploads
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.upload import Announced, Mode
from postroom.errors import Conflict, Invalid, PostroomError, UnsupportedType
from postroom.intake.body import asgi_body, watched
from postroom.intake.filename import FileName
from postroom.web.idempotent import once
from postroom.web.own import tus_page as page
from postroom.web.own.describe import identified
from postroom.web.problem import HANDLERS, problem
from postroom.web.reach import caller, desk_of, origin_of

router = APIRouter(tags=["uploads"])

_VERSION = page.VERSION
_EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
_ALGORITHMS = page.ALGORITHMS
_TYPE = page.TYPE
_PATH = "/postroom/v1/uploads"
# What a page of another origin may read of our answers (`settings.upload_origins`).
EXPOSED = (
    *("Location", "Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires"),
    *("Tus-Resumable", "Tus-Version", "Tus-Max-Size", "Tus-Extension", "Tus-Checksum-Algorithm"),
    *("ETag", "Content-Disposition", "Retry-After", "Idempotent-Replayed"),
)
_NAMES = ("job", "filename", "filetype", "sha256")

# The protocol's own words for what went wrong; everything else has its usual status.
_STATUS: tuple[tuple[type[PostroomError], str | None, int], ...] = (
    (errors.DigestMismatch, None, 460),
    (errors.Busy, None, 423),
    (Conflict, "upload_replaced", 423),
    (Conflict, "upload_over", 410),
)

Step = Callable[[Request, Desk, Access], Awaitable[Response]]


async def _run(request: Request, step: Step) -> Response:
    """One call: the key is good, the version is agreed on, and every answer says that this is tus."""
    try:
        access = await caller(request, "write")
        if request.headers.get("tus-resumable") != _VERSION:
            response = problem(
                412, "tus_version", f"'Tus-Resumable' must be {_VERSION}.", headers={"Tus-Version": _VERSION}
            )
        else:
            response = await step(request, desk_of(request), access)
    except PostroomError as error:
        for kind, code, status in _STATUS:
            if isinstance(error, kind) and code in (None, error.code):
                response = problem(status, error.code, error.message, field=error.field)
                break
        else:
            response = await HANDLERS[PostroomError](request, error)
    response.headers["Tus-Resumable"] = _VERSION
    return response


@router.options("/uploads", include_in_schema=False)
@router.options("/uploads/{upload}", include_in_schema=False)
async def options(request: Request) -> Response:
    """What this server can do. No key is asked for."""
    headers = {
        "Tus-Resumable": _VERSION,
        "Tus-Version": _VERSION,
        "Tus-Extension": _EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
        "Tus-Max-Size": str(desk_of(request).settings.upload_size),
    }
    return Response(status_code=204, headers=headers)


@router.post("/uploads", **page.CREATE)
async def create(request: Request) -> Response:
    """Announce a document of a job, perhaps with its first bytes."""
    return await _run(request, _create)


@router.head("/uploads/{upload}", **page.HEAD)
async def head(request: Request) -> Response:
    """How far it has got."""
    return await _run(request, _head)


@router.patch("/uploads/{upload}", **page.PATCH)
async def patch(request: Request) -> Response:
    """The next bytes."""
    return await _run(request, _patch)


@router.delete("/uploads/{upload}", **page.DELETE)
async def delete(request: Request) -> Response:
    """Take the document back."""
    return await _run(request, _delete)


@router.post("/uploads/{upload}", include_in_schema=False)
async def override(request: Request) -> Response:
    """For clients that can send nothing but POST."""
    steps = {"PATCH": _patch, "DELETE": _delete, "HEAD": _head}
    step = steps.get(request.headers.get("x-http-method-override", "").upper())
    if step is None:
        return problem(405, "method_not_allowed", "This address does not take this method.")
    return await _run(request, step)


async def _create(request: Request, desk: Desk, access: Access) -> Response:
    if "upload-defer-length" in request.headers:
        raise Invalid("'Upload-Length' must be given at once.", field="Upload-Defer-Length")
    size = _number(request, "Upload-Length")
    given = _metadata(request.headers.get("upload-metadata", ""))
    if "job" not in given:
        raise Invalid("'Upload-Metadata' must name a 'job' that is open.", field="Upload-Metadata")
    name = FileName.of(given.get("filename", "")).shown or "upload"
    announced = Announced(name, size, given.get("sha256"), given.get("filetype"))
    async with once(request, desk, access) as call:
        fields = [("size", str(size)), *given.items()]
        if (past := call.replay(fields)) is not None:
            # The answer to the first call was lost. Whatever this one brings, it goes on from where we are.
            known = past.headers["Location"]
            upload = await resumable.find(desk, access, identified(known.rpartition("/")[2], "upload"))
            past.headers.update({"Upload-Offset": str(upload.arrived), **_expires(upload)})
            return past
        (made,) = await uploads.register(
            desk,
            access,
            identified(given["job"]),
            [announced],
            origin=origin_of(request),
            mode=Mode.RESUMABLE,
            seal=call.seal(lambda one: Response(status_code=201, headers=_location(request, one[0].upload))),
        )
    upload = await resumable.find(desk, access, made.upload)
    offset = 0
    if size == 0 or request.headers.get("content-type") == _TYPE:
        offset = await _append(request, desk, upload, 0)
    headers = {**_location(request, made.upload), **_expires(upload)}
    return Response(status_code=201, headers={**headers, "Upload-Offset": str(offset)})


def _location(request: Request, upload: UUID) -> dict[str, str]:
    return {"Location": f"{origin_of(request)}{_PATH}/{upload}"}


async def _head(request: Request, desk: Desk, access: Access) -> Response:
    upload = await resumable.find(desk, access, _id(request))
    told = {"job": str(upload.job), "filename": upload.name}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())
    headers = {
        "Upload-Offset": str(upload.arrived),
        "Upload-Length": str(upload.size),
        "Upload-Metadata": metadata,
        "Cache-Control": "no-store",
        **_expires(upload),
    }
    return Response(status_code=200, headers=headers)


async def _patch(request: Request, desk: Desk, access: Access) -> Response:
    if request.headers.get("content-type") != _TYPE:
        raise UnsupportedType(f"The body must be of type {_TYPE}.", field="Content-Type")
    offset = _number(request, "Upload-Offset")
    name = _id(request)
    # Asked for again when it is our turn: whoever had it may have got further.
    await resumable.find(desk, access, name)
    async with request.app.state.office.turns.take(name):
        upload = await resumable.find(desk, access, name)
        offset = await _append(request, desk, upload, offset, turn=False)
    return Response(status_code=204, headers={"Upload-Offset": str(offset), **_expires(upload)})


async def _delete(request: Request, desk: Desk, access: Access) -> Response:
    name = _id(request)
    async with request.app.state.office.turns.take(name):
        upload = await resumable.find(desk, access, name)
        await uploads.withdraw(desk, access, upload.job, upload.document)
    return Response(status_code=204)


async def _append(request: Request, desk: Desk, upload: Upload, offset: int, *, turn: bool = True) -> int:
    if turn:
        async with request.app.state.office.turns.take(upload.id):
            return await _append(request, desk, upload, offset, turn=False)
    algorithm, digest = _checksum(request)
    body = watched(asgi_body(request.receive), desk.settings.body_idle_timeout)
    return await resumable.append(desk, upload, offset, body, digest=algorithm, expected=digest)


def _id(request: Request) -> UUID:
    return identified(request.path_params["upload"], "upload")


def _expires(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise Invalid(f"'{header}' must be a number of bytes, 0 or more.", field=header)
    return int(value)


def _metadata(header: str) -> dict[str, str]:
    """`name Base64,name Base64`; a name alone has an empty value."""
    found = {}
    for pair in header.split(",") if header else ():
        name, _, value = pair.strip().partition(" ")
        try:
            text = base64.b64decode(value, validate=True).decode()
        except ValueError as error:  # what is no Base64, no UTF-8, or not even ASCII
            raise Invalid(
                "'Upload-Metadata' must be names, each with a Base64 value of UTF-8 text, and commas between.",
                field="Upload-Metadata",
                cause=error,
            ) from error
        if name in _NAMES:
            found[name] = text
    return found


def _checksum(request: Request) -> tuple[str | None, bytes | None]:
    header = request.headers.get("upload-checksum")
    if header is None:
        return None, None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:
        digest = b""
    known = algorithm in _ALGORITHMS
    if not known or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise Invalid(
            f"'Upload-Checksum' must be one of {', '.join(_ALGORITHMS)}, a space, and the digest in Base64.",
            field="Upload-Checksum",
        )
    return algorithm, digest
