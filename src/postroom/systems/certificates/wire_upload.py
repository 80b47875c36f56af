"""Owns the six upload operations: each says what its form must hold and what is made of it, and answers.

All or nothing: every problem of the form is found first; then everything is stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.db.connection import Connection, Row
from postroom.systems.certificates import given, metadata, noun, store, view, view_certificate
from postroom.systems.certificates.arrival import Arrival, Item, Stored, arrive
from postroom.systems.certificates.door import answer, caller, check, desk_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.noun import Noun
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.person import Known, Person
from postroom.systems.certificates.problem import BAD, MISSING, UNKNOWN, Problem
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.upload import METADATA, Upload, received

_CLOSED = "session_not_open"
_text = given.text()

_SESSION: Kinds = {
    "coi_upload_session_id": Kind(given.reference, required=True),
    "contractor_id": Kind(given.reference, nullable=True),
    "email": Kind(given.email, required=True),
    "first_name": Kind(_text, required=True),
    "last_name": Kind(_text, required=True),
    "company_name": Kind(_text, required=True),
}
_TRACKER: Kinds = {
    "tracker_id": Kind(given.reference, nullable=True),
    "tracker_session_id": Kind(given.reference, nullable=True),
    "email": Kind(given.email, required=True),
    "first_name": Kind(_text, required=True),
    "last_name": Kind(_text, required=True),
    "business_name": Kind(_text, required=True),
    "create_new_contractor": Kind(given.flag, nullable=True),
    "insurance_requirement_id": Kind(given.reference, nullable=True),
    "purchase_order_contact_name": Kind(_text, nullable=True),
    "purchase_order_contact_email": Kind(given.email, nullable=True),
}
_BULK: Kinds = {
    "tracker_id": Kind(given.reference, required=True),
    "tracker_session_id": Kind(given.reference, nullable=True),
}

Render = Callable[[Stored], dict[str, Any]]


async def _store(
    request: Request, caller: Caller, upload: Upload, arrival: Arrival, seal: Seal, render: Render
) -> Response:
    """Store it and answer, as one. Afterwards the bytes are the certificates'."""
    answered: list[Response] = []

    async def sealed(connection: Connection, made: Stored) -> None:
        answered.append(answer(render(made), 201))
        await seal(connection, answered[0])

    await arrive(desk_of(request), caller, arrival, sealed)
    upload.keep()
    return answered[0]


# --- what a form names ---------------------------------------------------------------------------------


async def _named(
    request: Request,
    caller: Caller,
    noun: Noun,
    values: Mapping[str, Any],
    field: str,
    problems: list[Problem],
) -> Row | None:
    """The thing that a field names, if it names one; a problem if there is no such thing."""
    value = values.get(field)
    if value is None:
        return None
    row = await store.find(desk_of(request).db, noun, caller, value)
    if row is None:
        problems.append(Problem(UNKNOWN, f"No such {noun.says}: {value[:64]}.", field))
    return row


async def _tracker(
    request: Request, caller: Caller, values: Mapping[str, Any], problems: list[Problem]
) -> tuple[Row | None, str | None]:
    """The tracker and, if it is named, its session. Source: section 2.6, inferred there."""
    db, now = desk_of(request).db, desk_of(request).clock.now()
    tracker = await _named(request, caller, noun.TRACKER, values, "tracker_id", problems)
    session = await _named(request, caller, noun.TRACKER_SESSION, values, "tracker_session_id", problems)
    if session is not None:
        if tracker is not None and session["tracker"] != tracker["id"]:
            text = "The tracker session belongs to another tracker."
            problems.append(Problem(BAD, text, "tracker_session_id"))
        elif not view.is_open(session, now):
            problems.append(
                Problem(_CLOSED, "The tracker session is not open any more.", "tracker_session_id")
            )
        if tracker is None and values.get("tracker_id") is None:
            tracker = await store.find(db, noun.TRACKER, caller, session["tracker"])
    if tracker is not None and not tracker["active"]:
        problems.append(Problem(_CLOSED, "The tracker is not active.", "tracker_id"))
    return tracker, session["id"] if session is not None else None


async def _requirements(
    request: Request, caller: Caller, named: Mapping[str, str], problems: list[Problem]
) -> None:
    """named: field -> id of an insurance requirement."""
    there = await store.known(desk_of(request).db, noun.REQUIREMENT, caller, named.values())
    problems += [
        Problem(UNKNOWN, f"No such insurance requirement: {value[:64]}.", field)
        for field, value in named.items()
        if value not in there
    ]


# --- for a known contractor, and through an upload session ------------------------------------------------


async def certificate(request: Request, caller: Caller, seal: Seal) -> Response:
    """POST /files/certificates: one certificate of a known contractor."""
    async with received(request, "certificate", many=False) as upload:
        values, problems = given.read(upload.fields, {"contractor": Kind(given.reference, required=True)})
        problems = [*upload.problems, *problems]
        row = await _named(request, caller, noun.CONTRACTOR, values, "contractor", problems)
        check(problems)
        assert row is not None
        arrival = Arrival([Item(upload.files[0], 0)], [Person(row["id"], known=Known.KEEP)])
        return await _store(request, caller, upload, arrival, seal, _new)


def _new(made: Stored) -> dict[str, Any]:
    (row,) = made.certificates
    return view_certificate.fresh(row)


async def _session(request: Request, caller: Caller, upload: Upload) -> tuple[str, Person]:
    """The upload session of a form, and its contractor."""
    values, problems = given.read(upload.fields, _SESSION)
    problems = [*upload.problems, *problems]
    session = await _named(request, caller, noun.UPLOAD_SESSION, values, "coi_upload_session_id", problems)
    contractor = await _named(request, caller, noun.CONTRACTOR, values, "contractor_id", problems)
    if session is not None:
        if not view.is_open(session, desk_of(request).clock.now()):
            text = "The COI upload session is not open any more."
            problems.append(Problem(_CLOSED, text, "coi_upload_session_id"))
        if contractor is not None and session["contractor"] not in (None, contractor["id"]):
            text = "'contractor_id' is not the contractor of the COI upload session."
            problems.append(Problem(BAD, text, "contractor_id"))
    check(problems)
    assert session is not None
    known = Known.UPDATE if contractor is not None else Known.FILL
    return session["id"], Person.of(values, known, id=contractor["id"] if contractor is not None else None)


async def upload_one(request: Request, caller: Caller, seal: Seal) -> Response:
    """POST /files/external_certificates/upload"""
    async with received(request, "certificate", many=False) as upload:
        session, person = await _session(request, caller, upload)
        arrival = Arrival([Item(upload.files[0], 0)], [person], upload_session=session)
        return await _store(request, caller, upload, arrival, seal, _one)


def _one(made: Stored) -> dict[str, Any]:
    (row,) = made.certificates
    return {"id": row["id"], "contractor": row["contractor"], "filename": row["filename"]}


async def upload_bulk(request: Request, caller: Caller, seal: Seal) -> Response:
    """POST /files/external_certificates/upload/bulk"""
    async with received(request, "certificates", many=True) as upload:
        session, person = await _session(request, caller, upload)
        items = [Item(sent, 0) for sent in upload.files]
        arrival = Arrival(items, [person], upload_session=session, task=True)
        return await _store(request, caller, upload, arrival, seal, _task)


def _task(made: Stored) -> dict[str, Any]:
    return {
        "id": made.task,
        "contractor": made.contractors[0].id,
        "count": len(made.certificates),
        "filenames": [row["filename"] for row in made.certificates],
    }


async def task(request: Request) -> Response:
    """GET /files/external_certificates/tasks/{task}"""
    realm = await caller(request, "read")
    return answer(await view_certificate.task(desk_of(request).db, realm, request.path_params["task"]))


# --- to a tracker ----------------------------------------------------------------------------------------


async def tracker(request: Request, caller: Caller, seal: Seal) -> Response:
    """POST /files/external_certificates/tracker: certificates of one contractor."""
    async with received(request, "certificates", many=True) as upload:
        values, problems = given.read(upload.fields, _TRACKER)
        problems = [*upload.problems, *problems]
        which = ("tracker_id", "tracker_session_id")
        if not any(values.get(name) for name in which) and not any(one.field in which for one in problems):
            text = "'tracker_id' or 'tracker_session_id' is required."
            problems.append(Problem(MISSING, text, "tracker_id"))
        row, session = await _tracker(request, caller, values, problems)
        requirement = values.get("insurance_requirement_id")
        named = {"insurance_requirement_id": requirement} if requirement else {}
        await _requirements(request, caller, named, problems)
        check(problems)
        person = Person(
            email=values["email"],
            first_name=values["first_name"],
            last_name=values["last_name"],
            company_name=values["business_name"],
            po_name=values.get("purchase_order_contact_name"),
            po_email=values.get("purchase_order_contact_email"),
            known=Known.REFUSE if values.get("create_new_contractor") else Known.UPDATE,
        )
        items = [Item(sent, 0, requirement) for sent in upload.files]
        arrival = Arrival(items, [person], row, session)
        return await _store(request, caller, upload, arrival, seal, _of_tracker)


def _of_tracker(made: Stored) -> dict[str, Any]:
    return {
        "certificates": [{"id": row["id"], "filename": row["filename"]} for row in made.certificates],
        "contractor": made.contractors[0].id,
        "assignment": made.assignments[0],
        "job": made.job,
    }


async def _bulk(request: Request, caller: Caller, upload: Upload, *, required: bool) -> Arrival:
    """Certificates of several contractors. required: each must be described; otherwise one is made up."""
    values, problems = given.read(upload.fields, _BULK)
    problems = [*upload.problems, *problems]
    entries, wrong = metadata.entries(upload.fields.get(METADATA), required=required)
    problems += wrong
    paired: list[metadata.Entry | None] = [None] * len(upload.files)
    # What cannot be read pairs with nothing; that every file lacks its entry then is no news.
    if not wrong or entries:
        paired, unfit = metadata.pair(upload.files, entries, required=required)
        problems += unfit
    row, session = await _tracker(request, caller, values, problems)
    named = {
        f"{entry.where}.insurance_requirement_id": entry.requirement for entry in entries if entry.requirement
    }
    await _requirements(request, caller, named, problems)
    check(problems)
    known = Known.UPDATE if required else Known.FILL
    persons = [Person.of(entry.contractor if entry is not None else {}, known) for entry in paired]
    items = [
        Item(sent, place, entry.requirement if entry is not None else None)
        for place, (sent, entry) in enumerate(zip(upload.files, paired, strict=True))
    ]
    return Arrival(items, persons, row, session, each=not required)


async def tracker_bulk(request: Request, caller: Caller, seal: Seal) -> Response:
    """POST /files/external_certificates/tracker/bulk"""
    async with received(request, "certificates", many=True) as upload:
        arrival = await _bulk(request, caller, upload, required=True)
        return await _store(request, caller, upload, arrival, seal, _of_bulk)


def _of_bulk(made: Stored) -> dict[str, Any]:
    names = ("id", "filename", "contractor")
    return {
        "certificates": [{name: row[name] for name in names} for row in made.certificates],
        "assignment": made.assignments[0],
        "job": made.job,
    }


async def placeholder_bulk(request: Request, caller: Caller, seal: Seal) -> Response:
    """POST /files/external_certificates/tracker/placeholder/bulk: who is not described is made up."""
    async with received(request, "certificates", many=True) as upload:
        arrival = await _bulk(request, caller, upload, required=False)
        return await _store(request, caller, upload, arrival, seal, _of_placeholders)


def _of_placeholders(made: Stored) -> dict[str, Any]:
    whole = zip(made.certificates, made.contractors, made.assignments, strict=True)
    return {
        "certificates": [
            {
                "assignment": assignment,
                "contractor": contractor.id,
                "email": contractor.email,
                "email_was_generated": contractor.generated,
                "filename": row["filename"],
                "id": row["id"],
            }
            for row, contractor, assignment in whole
        ],
        "job": made.job,
        "message": _message(len(made.certificates), sum(one.generated for one in made.contractors)),
    }


def _message(stored: int, generated: int) -> str:
    """Source: the text is free; its wording is inferred (section 2.4)."""
    kept = f"{stored} certificate{'s' if stored != 1 else ''} stored"
    who = "1 contractor has a" if generated == 1 else f"{generated or 'no'} contractors have a"
    return f"{kept}; {who} generated e-mail address."
