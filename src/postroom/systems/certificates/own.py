"""Owns the desk's part of our own API: where every value of a certificate was read, and reading it once more."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from postroom.core.jobs import Job
from postroom.db.connection import loads
from postroom.desk.own import IDEMPOTENCY, caller
from postroom.systems.certificates import again, store, view_certificate
from postroom.systems.certificates.door import answer, desk_of
from postroom.systems.certificates.store import Caller
from postroom.systems.certificates.view import seconds


class Decision(BaseModel):
    """What a person decided."""

    action: str
    ruleName: str | None
    note: str | None
    key: str
    created: int


class Provenance(BaseModel):
    """values: path in the parsed certificate -> page, box in points, confidence, text as printed. job, document:
    the core's, which keep the pictures of the pages with boxes as artifacts, for as long as they are there."""

    certificate: str
    status: str
    problem: str | None
    requirement: str | None
    job: str
    document: str
    values: dict[str, Any]
    decisions: list[Decision]


class Again(BaseModel):
    """job: the core's, which reads the certificate once more."""

    certificate: str
    status: str
    job: str


def router(_: object) -> APIRouter:
    """Routes below /postroom/v1/certificates."""
    routes = APIRouter()
    routes.add_api_route("/{certificate}/provenance", provenance, methods=["GET"], response_model=Provenance)
    routes.add_api_route(
        "/{certificate}/review",
        review,
        methods=["POST"],
        status_code=202,
        response_model=Again,
        openapi_extra={"parameters": [IDEMPOTENCY]},
    )
    return routes


async def _caller(request: Request, scope: str) -> Caller:
    desk = desk_of(request)
    return await store.caller_of(desk.db, await caller(desk.db, request.headers, scope))


async def _reader(request: Request) -> Caller:
    """As a dependency: who has no key is told that before what else is wrong with the call."""
    return await _caller(request, "read")


async def _writer(request: Request) -> Caller:
    return await _caller(request, "write")


async def provenance(
    request: Request, certificate: str, caller: Annotated[Caller, Depends(_reader)]
) -> Response:
    """Where every value was read, and what persons decided."""
    db = desk_of(request).db
    row = await view_certificate.row(db, caller, certificate)
    decisions = await view_certificate.decisions(db, row["id"])
    return answer(
        {
            "certificate": row["id"],
            "status": view_certificate.status(row),
            "problem": row["problem"],
            "requirement": row["requirement"],
            "job": str(row["job_id"]),
            "document": str(row["document_id"]),
            "values": loads(row["provenance"]) or {},
            "decisions": [
                {
                    "action": one["action"],
                    "ruleName": one["rule_name"],
                    "note": one["note"],
                    "key": str(one["key_id"]),
                    "created": seconds(one["created"]),
                }
                for one in decisions
            ],
        }
    )


async def review(request: Request, certificate: str, caller: Annotated[Caller, Depends(_writer)]) -> Response:
    """Read the certificate once more and hold it against the requirement that applies now."""
    desk = desk_of(request)

    def render(job: Job) -> Response:
        return answer({"certificate": certificate, "status": "pending", "job": str(job.id)}, 202)

    async with request.app.state.office.once(request, caller.access) as call:
        if (past := call.replay()) is not None:
            replayed: Response = past
            return replayed
        job = await again.read_again(desk, caller, certificate, seal=call.seal(render))
    return render(job)
