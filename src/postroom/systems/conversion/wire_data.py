"""Owns addData: one document for a job that is open, uploaded in a form or fetched from an address.

The order of checks is the contract's: job (404), its state (409), content type (415), the rest (400).
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import Response

from postroom.blobs.key import fresh
from postroom.core.documents import Document
from postroom.core.states import JobState
from postroom.db.connection import Connection
from postroom.db.document import NewDocument
from postroom.db.job import change_options
from postroom.desk import document as desk_document
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.errors import Conflict, Invalid, TooLarge, Unavailable, UnsupportedType
from postroom.intake.body import asgi_body
from postroom.intake.filename import FileName, extended
from postroom.intake.form import FileHead, Form, FormFile, FormLimits, read_form
from postroom.intake.hold import held as holding
from postroom.ports import BlobWriter, Fetched, Stored
from postroom.systems.conversion import contract, options, render
from postroom.systems.conversion.door import caller, desk_of, fetcher_of, job_of, unless_gone
from postroom.systems.conversion.view import Held

DATA, OPTIONS = "data", "options"
_FORM = "multipart/form-data"


async def add_data(request: Request, jobId: str, url: str | None = None) -> Response:
    """Add one document, with options of its own."""
    access = await caller(request, "write")
    held = await job_of(request, access, jobId)
    if held.state is not JobState.OPEN:
        raise started()
    kind = render.media_type(request.headers.get("content-type"))
    if kind == _FORM:
        document = await _uploaded(request, access, held)
    elif kind == render.JSON or render.is_xml(kind):
        document = await _fetched(request, access, held, url)
    else:
        raise render.unsupported(f"{_FORM}, {render.JSON} or {render.XML}")
    return render.answer(request, {"dataId": str(document.id)}, 201)


def started() -> Conflict:
    return Conflict("The job was started or cancelled before.", code="jobAlreadyStarted", field="jobId")


async def _add(
    request: Request, access: Access, held: Held, document: NewDocument, given: list[tuple[str, str]]
) -> Document:
    """Store the document and its options, both or none."""
    pairs = options.sort_out(held.core, given, of_document=True)

    async def with_options(connection: Connection, added: list[Document]) -> None:
        await change_options(
            connection, held.id, lambda kept: options.with_document(kept, str(added[0].id), pairs)
        )

    (added,) = await desk_document.receive(desk_of(request), access, held.id, [document], seal=with_options)
    return added


# --- a form ----------------------------------------------------------------------------------------------


async def _uploaded(request: Request, access: Access, held: Held) -> Document:
    desk = desk_of(request)
    sent = request.headers.get("content-type")
    body = asgi_body(request.receive)
    async with read_form(
        sent, body, desk.blobs, _only_data, limits=form_limits(request), texts=(OPTIONS,)
    ) as form:
        given = await _options_of(form)
        file = data_files(form, most=1)[0]
        assert file.stored is not None
        added = await _add(request, access, held, new_document(file, file.stored), given)
        form.keep()
    return added


def form_limits(request: Request) -> FormLimits:
    settings = desk_of(request).settings
    return FormLimits(
        file_size=settings.document_size,
        parts=settings.form_parts,
        field_size=contract.OPTIONS_SIZE,
        idle=settings.body_idle_timeout,
    )


def _only_data(head: FileHead) -> str | None:
    """Where the bytes of a part go. Refused before they are read: what has no name, and a second one."""
    if head.field != DATA:
        return None
    named(head)
    return fresh("document")


def named(head: FileHead) -> str:
    """The file's name without a path. Invalid if there is none."""
    if head.name is None or not head.name.shown:
        raise Invalid("The part 'data' must have a file name.", field=DATA)
    return head.name.shown


def data_files(form: Form, *, most: int | None = None) -> list[FormFile]:
    """The parts `data` of a form, at least one. Invalid if there are more than `most`."""
    files = [file for file in form.files if file.head.field == DATA]
    if DATA in form.fields:
        raise Invalid("The part 'data' must have a file name.", field=DATA)
    if not files:
        raise Invalid("The form has no part 'data'.", field=DATA)
    if most is not None and len(files) > most:
        raise Invalid("The form has more than one part 'data'; send one document per call.", field=DATA)
    return files


def new_document(file: FormFile, stored: Stored) -> NewDocument:
    return NewDocument(named(file.head), stored.key, stored.size, stored.sha256, file.head.declared_type)


async def _options_of(form: Form) -> list[tuple[str, str]]:
    values = form.fields.get(OPTIONS, [])
    for declared in form.types.get(OPTIONS, []):
        if render.media_type(declared) != render.JSON:
            raise UnsupportedType(f"The part 'options' must be of type {render.JSON}.", field=OPTIONS)
    if len(values) > 1:
        raise Invalid("The form has more than one part 'options'.", field=OPTIONS)
    if not values or not values[0].strip():
        return []
    return await render.parse_options(values[0].encode(), xml=False)


# --- an address ------------------------------------------------------------------------------------------


async def _fetched(request: Request, access: Access, held: Held, url: str | None) -> Document:
    given = await render.read_options(request)
    if not url:
        raise Invalid(
            "There is no data: send a form with a part 'data', or name an address with 'url'.", field="url"
        )
    document = await unless_gone(request, fetch(request, url))
    async with holding(lambda: drop(desk_of(request), [document])) as hold:
        added = await _add(request, access, held, document, given)
        hold.keep()
    return added


async def drop(desk: Desk, documents: Sequence[NewDocument]) -> None:
    """Forget the bytes of documents that came to nothing."""
    await desk.blobs.delete([document.blob for document in documents if document.blob is not None])


async def fetch(request: Request, url: str, *, name: str | None = None) -> NewDocument:
    """Fetch a document into a blob. Invalid with a code of this desk if that cannot be done."""
    desk = desk_of(request)
    fetcher = fetcher_of(request)

    def sink() -> BlobWriter:
        return desk.blobs.writer(fresh("document"))

    try:
        writer, fetched = await fetcher.get(url, sink, limit=desk.settings.document_size)
    except TooLarge:
        raise
    except Unavailable as error:
        raise Invalid(error.message, code="downloadFailed", field="url", cause=error.cause) from error
    except Invalid as error:
        code = "invalidUrl" if error.code in ("url_invalid", "address_refused") else "downloadFailed"
        raise Invalid(error.message, code=code, field="url", cause=error.cause) from error
    shown = name or _name_of(fetched)
    if not shown:
        await writer.abort()
        raise Invalid("The address names no file: it ends with '/' and its answer has no name.", field="url")
    stored = await writer.commit()
    return NewDocument(shown, stored.key, stored.size, stored.sha256, fetched.media_type)


def _name_of(fetched: Fetched) -> str:
    """Inferred: what the answer is called, else the last part of the address."""
    said = fetched.disposition or ""
    sent = extended(said)
    if sent is None:
        sent = _plain_name(said)
    if sent and (shown := FileName.of(sent).shown):
        return shown
    return FileName.of(unquote(urlsplit(fetched.url).path.rpartition("/")[2])).shown


def _plain_name(disposition: str) -> str | None:
    _, parameters = parse_options_header(disposition)
    name: str | None = parameters.get("filename")
    return name
