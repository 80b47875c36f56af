"""Owns the calls about assignments, a contractor on a job: create, list, get, update, delete, cancel.

Nothing is sold here: an assignment binds no coverage, whatever `bind` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Invalid
from postroom.systems.certificates import announce, contract, given, noun, store, view
from postroom.systems.certificates.contract import DAY
from postroom.systems.certificates.door import answer, caller, check, desk_of, values_of
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.problem import UNKNOWN, Problem
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.wire_entity import COVERAGES
from postroom.systems.certificates.wire_noun import exist, lists, removes, single

KINDS: Kinds = {
    "contractor": Kind(given.reference, required=True),
    "job": Kind(given.reference, required=True),
    "policy": Kind(given.reference, nullable=True),
    "bind": Kind(given.flag),
    "coverage_type": Kind(COVERAGES),
    "effective_date": Kind(given.moment, nullable=True),
    "end_date": Kind(given.moment, nullable=True),
}
_CANCEL: Kinds = {
    "job_id": Kind(given.reference, required=True),
    "reason": Kind(given.text(), nullable=True),
}

listing = lists(noun.ASSIGNMENT, view.assignment)
get = single(noun.ASSIGNMENT, view.assignment)
delete = removes(noun.ASSIGNMENT)


async def _references(request: Request, realm: Caller, values: Mapping[str, Any]) -> list[Problem]:
    db = desk_of(request).db
    problems = await exist(db, noun.CONTRACTOR, realm, {"contractor": values.get("contractor")})
    problems += await exist(db, noun.JOB, realm, {"job": values.get("job")})
    if policy := values.get("policy"):  # there are none here
        problems.append(Problem(UNKNOWN, f"No such policy: {policy[:64]}.", "policy"))
    return problems


def _start(given: int | None, now: datetime) -> int:
    present = int(now.timestamp())
    if given is None:
        return (present // DAY + 1) * DAY
    if given <= present:
        raise Invalid(
            "'effective_date' must be in the future.", code="effective_date_invalid", field="effective_date"
        )
    return given


def _end(given: int | None, start: int) -> int:
    """A day's end is the start of the next one."""
    end = start + contract.TERM if given is None else given
    if end // DAY == start // DAY:
        end = (start // DAY + 1) * DAY
    if not start < end <= start + contract.LONGEST_TERM:
        raise Invalid(
            "'end_date' must be after 'effective_date', and at most a year after it.",
            code="end_date_invalid",
            field="end_date",
        )
    return end


async def create(request: Request, caller: Caller, seal: Seal) -> Response:
    """A new assignment."""
    values, problems = await values_of(request, KINDS)
    check([*problems, *await _references(request, caller, values)])
    start = _start(values.get("effective_date"), desk_of(request).clock.now())
    values |= {"effective_date": start, "end_date": _end(values.get("end_date"), start)}
    async with desk_of(request).db.transaction() as connection:
        row = await store.insert(connection, noun.ASSIGNMENT, caller, values)
        response = answer(view.assignment(row), 201)
        await seal(connection, response)
    return response


async def update(request: Request) -> Response:
    """Absent fields keep their value."""
    realm = await caller(request, "write")
    values, problems = await values_of(request, KINDS, partial=True)
    check([*problems, *await _references(request, realm, values)])
    now = desk_of(request).clock.now()
    async with desk_of(request).db.transaction() as connection:
        row = await store.locked(connection, noun.ASSIGNMENT, realm, request.path_params["assignment"])
        if row["cancellation_date"] is not None:
            raise _cancelled()
        start, end = row["effective_date"], row["end_date"]
        if "effective_date" in values:
            start = _start(values["effective_date"], now)
        if "end_date" in values or "effective_date" in values:
            end = _end(values.get("end_date", end), start)
        row = await store.change(
            connection,
            noun.ASSIGNMENT,
            realm,
            row["id"],
            {**values, "effective_date": start, "end_date": end},
        )
    return answer(view.assignment(row))


def _cancelled() -> Invalid:
    return Invalid(
        "The assignment has been cancelled already.", code="assignment_already_cancelled", field="job_id"
    )


async def cancel(request: Request, caller: Caller, seal: Seal) -> Response:
    """Cancel the one assignment of a job that has not started. Cannot be undone."""
    values, problems = await values_of(request, _CANCEL)
    check(problems)
    now = int(desk_of(request).clock.now().timestamp())
    async with desk_of(request).db.transaction() as connection:
        job = await store.get(connection, noun.JOB, caller, values["job_id"], field="job_id")
        rows = await store.assignments(connection, caller, job["id"])
        live = [row for row in rows if row["cancellation_date"] is None]
        if not rows:
            raise store.no_such(noun.ASSIGNMENT, f"one of the job {job['id']}", "job_id")
        if not live:
            raise _cancelled()
        if len(live) > 1:
            raise Invalid(f"The job has {len(live)} assignments; none was cancelled.", field="job_id")
        if live[0]["effective_date"] <= now:
            raise Invalid(
                "The assignment has started and cannot be cancelled.",
                code="assignment_already_started",
                field="job_id",
            )
        changes = {"cancellation_date": now, "cancellation_reason": values.get("reason")}
        row = await store.change(connection, noun.ASSIGNMENT, caller, live[0]["id"], changes)
        shown = view.assignment(row)
        await announce.cancelled(connection, caller, shown)
        response = answer(shown)
        await seal(connection, response)
    return response
