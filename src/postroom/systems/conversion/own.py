"""Owns the desk's calls below our own API: a conversion with the verdict of the verifier, which the published
API has no place for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from postroom.desk.own import caller
from postroom.errors import NotFound
from postroom.systems.conversion import view, words
from postroom.systems.conversion.contract import BY_CORE
from postroom.systems.conversion.door import desk_of, job_of


def router(_: object) -> APIRouter:
    made = APIRouter()
    made.add_api_route("/jobs/{id}", verdict, methods=["GET"])
    return made


async def verdict(request: Request, id: str) -> dict[str, Any]:
    """How a conversion ended: its result as the desk tells it, and what the verifier said of each output."""
    access = await caller(desk_of(request).db, request.headers, "read")
    try:
        held = await job_of(request, access, id)
    except NotFound as error:  # in our own API's words, not in the desk's
        raise NotFound("There is no job with this id.", field="id") from error
    body: dict[str, Any] = {**words.job(held), "workflow": BY_CORE[held.core].name}
    if held.ended:
        found = await view.found(desk_of(request).db, held)
        body |= {"result": words.result(found), "verdict": found.finish.verdict}
    return body
