"""Owns an upload that is good: contractors, job, assignments, certificates and their core job, in one transaction.

Which of them an operation makes is said by its `Arrival`. Refuses to know forms and answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from postroom.core.jobs import Job
from postroom.db.connection import Connection, Row
from postroom.db.document import NewDocument
from postroom.desk.context import Desk
from postroom.desk.intake import submit_closed
from postroom.desk.job import Order
from postroom.systems.certificates import contract, noun, store, view
from postroom.systems.certificates.person import Person, Settled, settle
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.upload import Sent

WORKFLOW = "certificates"


@dataclass(frozen=True, slots=True)
class Item:
    """One certificate. person: place of its contractor among the arrival's. requirement: named for it."""

    sent: Sent
    person: int
    requirement: str | None = None


@dataclass(frozen=True)
class Arrival:
    """What an upload is to make. tracker: makes a job and assignments. each: one assignment per certificate,
    not per contractor. session: of the tracker, if its client named one. task: the answer is about a task."""

    items: Sequence[Item]
    persons: Sequence[Person]
    tracker: Row | None = None
    session: str | None = None
    upload_session: str | None = None
    each: bool = False
    task: bool = False


@dataclass(slots=True)
class Stored:
    """What was made; lists have one entry per item."""

    certificates: list[Row]
    contractors: list[Settled]
    assignments: list[str] = field(default_factory=list)
    job: str | None = None
    task: str | None = None


Seal: TypeAlias = Callable[[Connection, Stored], Awaitable[None]]


async def arrive(desk: Desk, caller: Caller, arrival: Arrival, seal: Seal) -> None:
    """Everything or nothing. seal: called inside the transaction with what was made."""

    async def fill(connection: Connection, job: Job) -> None:
        await store.lock_realm(connection, caller)
        now = desk.clock.now()
        people = await settle(
            connection, caller, arrival.persons, desk.settings.certificates_placeholder_domain
        )
        contractors = [people[item.person] for item in arrival.items]
        made = Stored([], contractors)
        links = await _tracked(connection, caller, arrival, made, now)
        if arrival.task:
            task = {"contractor": contractors[0].id}
            made.task = (await store.insert(connection, noun.TASK, caller, task))["id"]
        documents = await connection.fetch(
            "SELECT id FROM document WHERE job_id = $1 ORDER BY position", job.id
        )
        rows = [
            {**_certificate(item, contractor), **link, "job_id": job.id, "document_id": row["id"]}
            for item, contractor, link, row in zip(arrival.items, contractors, links, documents, strict=True)
        ]
        common = {"upload_session": arrival.upload_session, "task": made.task}
        made.certificates = await store.insert_all(
            connection, noun.CERTIFICATE, caller, [{**row, **common} for row in rows]
        )
        await seal(connection, made)

    order = Order(WORKFLOW, options={"pages": desk.settings.certificates_pages})
    await submit_closed(
        desk, caller.access, order, [_document(item.sent) for item in arrival.items], seal=fill
    )


def _document(sent: Sent) -> NewDocument:
    assert sent.stored is not None
    return NewDocument(sent.name, sent.stored.key, sent.stored.size, sent.stored.sha256, sent.declared_type)


def _certificate(item: Item, contractor: Settled) -> dict[str, Any]:
    stored = item.sent.stored
    assert stored is not None
    return {
        "contractor": contractor.id,
        "filename": item.sent.name,
        "blob": stored.key,
        "size": stored.size,
        "sha256": stored.sha256,
        "named_requirement": item.requirement,
    }


async def _tracked(
    connection: Connection, caller: Caller, arrival: Arrival, made: Stored, now: datetime
) -> list[dict[str, Any]]:
    """What each certificate of a tracker hangs on; makes the session, the job and the assignments."""
    tracker = arrival.tracker
    if tracker is None:
        none = dict.fromkeys(("tracker", "tracker_session", "job", "assignment"))
        return [none for _ in arrival.items]
    session = arrival.session or await open_session(connection, caller, tracker["id"], now)
    job = await store.insert(connection, noun.JOB, caller, _job(tracker, session))
    made.job = job["id"]
    day = (int(now.timestamp()) // contract.DAY + 1) * contract.DAY
    # Of whom an assignment is: of a certificate, or of all certificates of one contractor.
    owners: dict[object, dict[str, Any]] = {}
    for place, contractor in enumerate(made.contractors):
        owners.setdefault(
            place if arrival.each else contractor.id,
            {
                "id": contract.new_id(noun.ASSIGNMENT.prefix),
                "contractor": contractor.id,
                "job": job["id"],
                "bind": False,
                "effective_date": day,
                "end_date": day + contract.TERM,
                "po_contact_name": contractor.person.po_name,
                "po_contact_email": contractor.person.po_email,
            },
        )
    await store.insert_all(connection, noun.ASSIGNMENT, caller, list(owners.values()))
    made.assignments = [
        owners[place if arrival.each else contractor.id]["id"]
        for place, contractor in enumerate(made.contractors)
    ]
    return [
        {"tracker": tracker["id"], "tracker_session": session, "job": job["id"], "assignment": assignment}
        for assignment in made.assignments
    ]


def _job(tracker: Row, session: str) -> dict[str, Any]:
    """Source: behaviour.md section 2.5, inferred there."""
    return {
        "name": tracker["name"],
        "description": f"Certificates uploaded to the tracker {tracker['name']}.",
        "entity": tracker["entity"],
        "category_code": tracker["category_code"],
        "wage": contract.WAGE,
        "wage_type": "flatfee",
        "custom_metadata": {"tracker": tracker["id"], "tracker_session": session},
    }


async def open_session(connection: Connection, caller: Caller, tracker: str, now: datetime) -> str:
    """The newest open session of a tracker, made if there is none. The realm is locked."""
    rows = await connection.fetch(
        "SELECT * FROM coi_tracker_session WHERE tracker = $1 AND deleted IS NULL ORDER BY number DESC LIMIT 50",
        tracker,
    )
    for row in rows:
        if view.is_open(row, now):
            return str(row["id"])
    made = await store.insert(
        connection, noun.TRACKER_SESSION, caller, {"tracker": tracker, "expires_at": None}
    )
    return str(made["id"])
