"""Owns the desk's part of our own API: projects to list and to forget, tokens for one download."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from postroom.db import job as job_rows
from postroom.desk.access import Access
from postroom.desk.own import IDEMPOTENCY, caller
from postroom.errors import Invalid
from postroom.systems.plans import artifact, contract, own_grep, store, view, words
from postroom.systems.plans.contract import read_id
from postroom.systems.plans.door import answer, desk_of, origin_of
from postroom.systems.plans.once import HEADER


class Projects(BaseModel):
    items: list[dict[str, Any]]


class Token(BaseModel):
    """url: where the artifact can be fetched once, without a key."""

    token: str
    url: str
    expiresAt: str


_KEY: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 256},
    "description": "Repeat a call safely: for 24 hours the same key gives the same answer, once done.",
}


def router(_: object) -> APIRouter:
    """Routes below /postroom/v1/plans."""
    routes = APIRouter()
    routes.add_api_route("/projects", projects, methods=["GET"], response_model=Projects)
    routes.add_api_route("/projects/{project}", delete, methods=["DELETE"], status_code=204)
    routes.add_api_route(
        "/projects/{project}/artifact-tokens",
        token,
        methods=["POST"],
        status_code=201,
        response_model=Token,
        openapi_extra={"parameters": [IDEMPOTENCY]},
    )
    own_grep.add(routes)
    return routes


async def _caller(request: Request, scope: str) -> Access:
    return await caller(desk_of(request).db, request.headers, scope)


def _project(value: str) -> UUID:
    """As the desk shows it, or as a plain UUID."""
    try:
        return UUID(value)
    except ValueError:
        return read_id(value, contract.PROJECT, field="project")


async def projects(request: Request) -> Response:
    """The caller's projects, newest first."""
    access = await _caller(request, "read")
    rows = await view.projects(desk_of(request).db, access.whose)
    return answer({"items": [view.project_body(row) for row in rows]})


async def delete(request: Request, project: str) -> Response:
    """Forget a project: its files, sheets, texts and bytes. Its jobs must have ended."""
    access = await _caller(request, "write")
    desk = desk_of(request)
    async with desk.db.transaction() as connection:
        blobs = await store.delete_project(connection, access.whose, _project(project))
        gone = await job_rows.unnamed(connection, blobs)
    # After the commit: if we die here, the sweep finds blobs that no row names.
    await desk.blobs.delete(gone)
    return Response(status_code=204)


async def token(
    request: Request,
    project: str,
    path: Annotated[str, Query(description="Of the artifact, as the desk shows it.")] = "",
) -> Response:
    """A token for one download of one artifact, without a key."""
    access = await _caller(request, "write")
    desk = desk_of(request)
    row = await view.project(desk.db, access.whose, _project(project))
    if not path:
        raise Invalid("'path' must be the path of an artifact of the project.", field="path")
    async with request.app.state.office.once(request, access) as call:
        # Remembered with its token, so that a repeated call gets the same one: it opens one artifact once.
        if (past := call.replay()) is not None:
            repeated: Response = past
            return repeated
        found = await artifact.of_project(desk.db, row["id"], path)
        expires_at = desk.clock.now() + timedelta(seconds=desk.settings.plans_token_ttl)
        async with desk.db.transaction() as connection:
            made = await artifact.issue_token(connection, found, expires_at)
            url = f"{origin_of(request)}{contract.BASE}/artifact-downloads/{made}"
            body = {"token": made, "url": url, "expiresAt": words.instant(expires_at)}
            if (seal := call.seal(lambda one: answer(one, 201))) is not None:
                await seal(connection, body)
    return answer(body, 201)
