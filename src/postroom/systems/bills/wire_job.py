"""Owns the calls on jobs: submit by addresses, submit one file by form, list, get."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from postroom.blobs.key import fresh
from postroom.core.jobs import Job
from postroom.core.states import ChunkKind
from postroom.db.connection import Connection, Row
from postroom.db.document import NewDocument
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.intake import submit_closed
from postroom.desk.job import Order
from postroom.desk.remote import Remote, remote_documents
from postroom.errors import Invalid, TooLarge
from postroom.front.child import as_file, ask
from postroom.intake.body import asgi_body
from postroom.intake.form import FileHead, FormFile, FormLimits, read_form
from postroom.ports import Checked, Source, Stored, Task
from postroom.systems.bills import contract, store, view, words
from postroom.systems.bills.door import answer, caller, desk_of, json_of, need_active, wrong
from postroom.systems.bills.workflow import Bills

NOBODY = UUID(int=0)  # the job of a task that the desk itself asks for
_AT_ONCE = ("unsupported_type", "too_many_pages", "too_large")  # what a single upload is refused for


async def bulk(request: Request, company_id: str) -> Response:
    """Submit several files by URL as one job."""
    access = await caller(request, "write")
    desk = desk_of(request)
    company = await view.company(desk.db, access, company_id)
    need_active(company)
    body = await json_of(request, limit=desk.settings.json_size)
    urls = _urls(body, desk)
    site = await _site(desk, company["id"], body.get("siteId"))
    try:
        documents = await remote_documents(desk, [Remote(url) for url in urls])
    except Invalid as error:
        raise wrong({"documents": {str(error.extra["index"]): [error.message]}}) from error
    job = await _submit(desk, access, company, site, documents)
    return answer(await _body(desk, await view.job(desk.db, access, str(job.id))), contract.SUBMITTED)


def _urls(body: Mapping[str, Any], desk: Desk) -> list[str]:
    """The addresses of a bulk call. Invalid is keyed by the index of each that is wrong."""
    if "documents" not in body:
        raise wrong({"documents": ["This field is required."]})
    given = body["documents"]
    if not isinstance(given, list):
        kind = type(given).__name__
        raise wrong({"documents": [f'Expected a list of items but got type "{kind}".']})
    if not given:
        raise wrong({"documents": ["This list may not be empty."]})
    most = desk.settings.bills_documents
    if len(given) > most:
        raise wrong({"documents": [f"Ensure this field has no more than {most} elements."]})
    schemes = ("https://", "http://") if desk.settings.fetch_allow_http else ("https://",)
    problems = {str(index): [text] for index, url in enumerate(given) if (text := _problem(url, schemes))}
    if problems:
        raise wrong({"documents": problems})
    return given


def _problem(url: object, schemes: tuple[str, ...]) -> str | None:
    if not isinstance(url, str):
        return "Not a valid string."
    if not url.strip():
        return "This field may not be blank."
    if not url.lower().startswith(schemes):
        return contract.BAD_SCHEME
    return None


async def _site(desk: Desk, company: UUID, value: object) -> UUID | None:
    if value is None:
        return None
    site = contract.uuid(value)
    if site is None:
        raise wrong({"siteId": ["Must be a valid UUID."]})
    if not await view.active_site(desk.db, company, site):
        raise wrong({"siteId": [contract.NO_SITE]})
    return site


async def single(request: Request, company_id: str) -> Response:
    """Submit one file as form data."""
    access = await caller(request, "write")
    desk = desk_of(request)
    company = await view.company(desk.db, access, company_id)
    need_active(company)
    limits = FormLimits(
        file_size=min(desk.settings.bills_file_size, desk.settings.document_size),
        parts=20,
        field_size=1000,
        idle=desk.settings.body_idle_timeout,
        collect=True,
    )
    body, sent = asgi_body(request.receive), request.headers.get("content-type")
    async with read_form(sent, body, desk.blobs, _document_part, limits=limits, texts=("siteId",)) as form:
        file = next((file for file in form.files if file.head.field == "document"), None)
        if file is None:
            raise wrong({"document": ["No file was submitted."]})
        stored = _stored(file)
        site = await _site(desk, company["id"], next(iter(form.fields.get("siteId", ())), None) or None)
        await _look(request, desk, file, stored)
        name = file.head.name.shown if file.head.name is not None and file.head.name.shown else "document"
        new = NewDocument(name, stored.key, stored.size, stored.sha256, file.head.declared_type)
        job = await _submit(desk, access, company, site, [new])
        form.keep()
    return answer(await _body(desk, await view.job(desk.db, access, str(job.id))), contract.SUBMITTED)


def _document_part(head: FileHead) -> str | None:
    if head.field != "document" or head.position:
        return None
    return fresh("document")


def _stored(file: FormFile) -> Stored:
    if isinstance(file.error, TooLarge):
        raise wrong({"document": [contract.TOO_LARGE]})
    if file.error is not None:
        raise file.error
    if file.stored is None:
        raise wrong({"document": ["No file was submitted."]})
    if not file.size:
        raise wrong({"document": ["The submitted file is empty."]})
    return file.stored


async def _look(request: Request, desk: Desk, file: FormFile, stored: Stored) -> None:
    """Type and pages, seen by a child. What else may be wrong with it, is its job's affair."""
    options = {"company": None, "site": None}
    async with as_file(desk.blobs, stored.key, desk.settings.scratch) as path:
        source = Source(NOBODY, 0, "upload", path, stored.size, stored.sha256, file.head.declared_type)
        task = Task(ChunkKind.CHECK, NOBODY, Bills.name, None, options, Path(), source=source)
        found = cast(Checked, await ask(request, task))
    if found.problem is not None and found.problem.code in _AT_ONCE:
        raise wrong({"document": [found.problem.message]})


async def _submit(
    desk: Desk, access: Access, company: Row, site: UUID | None, documents: list[NewDocument]
) -> Job:
    async def seal(connection: Connection, job: Job) -> None:
        await store.add_job(connection, job.id, company["id"], site)

    options = {"company": str(company["id"]), "site": str(site) if site else None}
    return await submit_closed(desk, access, Order(Bills.name, options=options), documents, seal=seal)


async def get(request: Request, job_id: str) -> Response:
    """State and outcome of one job."""
    access = await caller(request, "read")
    desk = desk_of(request)
    return answer(await _body(desk, await view.job(desk.db, access, job_id)))


async def listing(request: Request, company_id: str) -> Response:
    """The upload jobs of a company, newest first."""
    access = await caller(request, "read")
    desk = desk_of(request)
    company = await view.company(desk.db, access, company_id)
    page, rows = await view.jobs(desk.db, request.query_params, company["id"])
    return answer(page.envelope("jobs", await _bodies(desk, rows)))


async def _body(desk: Desk, row: Row) -> dict[str, Any]:
    (body,) = await _bodies(desk, [row])
    return body


async def _bodies(desk: Desk, rows: list[Row]) -> list[dict[str, Any]]:
    said = {row["id"]: words.word(row["state"], row["cause"]) for row in rows}
    done = await view.decided(desk.db, [job for job, word in said.items() if word == words.COMPLETED])
    lost = await view.lost(desk.db, [job for job, word in said.items() if word == words.TERMINATED])
    terminated_as = desk.settings.bills_terminated_as
    return [
        words.job(row, done.get(row["id"], {}), lost.get(row["id"], ()), terminated_as=terminated_as)
        for row in rows
    ]
