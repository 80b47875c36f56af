"""Owns an upload: the body goes to a blob, a child looks at its structure, and one transaction makes the job.

Whatever is refused leaves nothing behind: no blob, no job, no site.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.blobs.key import fresh
from postroom.core.jobs import Job
from postroom.db.connection import Connection
from postroom.db.document import NewDocument
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.intake import submit_closed
from postroom.desk.job import Order
from postroom.errors import DigestMismatch, Invalid, Malformed, TooLarge
from postroom.front.child import as_file
from postroom.intake.body import asgi_body
from postroom.intake.form import FormFile, FormLimits, read_form
from postroom.ports import Checked, Stored
from postroom.systems.revenue import contract, store
from postroom.systems.revenue.contract import KINDS
from postroom.systems.revenue.door import answer, ask_check, caller, desk_of, site_of
from postroom.systems.revenue.follow import Follow
from postroom.systems.revenue.workflow import Revenue


async def receive(request: Request, site: str, kind: str) -> Response:
    """One file, any kind of record; 202 with the job's id, or 400 with every problem."""
    access = await caller(request, "write")
    await site_of(request, access, site)
    try:
        return await _receive(request, access, site, kind)
    except (Invalid, Malformed, DigestMismatch) as error:
        # Whatever is wrong, a refused upload answers with a list.
        error.extra.setdefault("errors", [_problem(None, None, error.message)])
        raise


async def _receive(request: Request, access: Access, site: str, kind: str) -> Response:
    desk = desk_of(request)
    settings = desk.settings
    limits = FormLimits(
        file_size=min(settings.document_size, settings.revenue_file_size or settings.document_size),
        parts=settings.form_parts,
        idle=settings.body_idle_timeout,
    )
    options = {"site": site, "type": kind, "cell_length": settings.revenue_cell_length}
    key = fresh("document")

    async def ask(file: Path) -> Checked:
        return await ask_check(request, file, 0, {**options, "arriving": True})

    follow = Follow(desk.blobs, key, ask)
    body, sent = asgi_body(request.receive), request.headers.get("content-type")
    if kind in KINDS and settings.revenue_checks != "strict":
        body = follow.body(body)
    # The first file of a form is the one, whatever its field is called; others are read past.
    async with read_form(
        sent, body, desk.blobs, lambda head: None if head.position else key, limits=limits
    ) as form:
        file = next((file for file in form.files if file.stored is not None), None)
        if file is None or file.stored is None:
            raise _refused([[None, None, "The form has no file part; send the CSV as a part named 'file'."]])
        if not file.size:
            raise _refused([[None, None, contract.NO_HEADER]])
        plan: dict[str, Any] = {"rows": 0}
        if kind in KINDS:
            checked = await follow.found() or await _checked(request, desk, file.stored, options)
            if checked.facts["problems"]:
                raise _refused(checked.facts["problems"])
            plan = dict(checked.facts["plan"])
        if settings.revenue_rows and plan["rows"] > settings.revenue_rows:
            raise TooLarge(
                f"The file has {plan['rows']} rows; {settings.revenue_rows} are allowed.",
                limit=settings.revenue_rows,
            )
        job = await _submit(desk, access, options, _document(file, file.stored, plan), plan["rows"])
        form.keep()
    return answer({"jobId": str(job.id)}, 202)


async def _checked(request: Request, desk: Desk, stored: Stored, options: dict[str, Any]) -> Checked:
    """What a child finds in the file: the plan that the workflow's check will need, or problems."""
    strict = desk.settings.revenue_checks == "strict"
    async with as_file(desk.blobs, stored.key, desk.settings.scratch) as file:
        return await ask_check(request, file, stored.size, {**options, "strict": strict})


def _refused(problems: list[Any]) -> Invalid:
    return Invalid(contract.REJECTED, code="rejected", errors=[_problem(*problem) for problem in problems])


def _problem(row: int | None, column: str | None, message: str) -> dict[str, Any]:
    return {"rowNumber": row, "column": column, "errorMessage": message}


def _document(file: FormFile, stored: Stored, plan: dict[str, Any]) -> NewDocument:
    name = file.head.name.shown if file.head.name is not None and file.head.name.shown else "upload.csv"
    facts = {"plan": plan} if "stretches" in plan else {}
    return NewDocument(name, stored.key, stored.size, stored.sha256, file.head.declared_type, facts=facts)


async def _submit(
    desk: Desk, access: Access, options: dict[str, Any], document: NewDocument, rows: int
) -> Job:
    async def seal(connection: Connection, job: Job) -> None:
        await store.open_upload(connection, job.id, access.whose, options["site"], options["type"], rows)

    return await submit_closed(desk, access, Order(Revenue.name, options=options), [document], seal=seal)
