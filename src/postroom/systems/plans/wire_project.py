"""Owns the calls about projects: create, list, get, summary."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Conflict
from postroom.systems.plans import contract, credit, entity, store, view, view_entity
from postroom.systems.plans.door import answer, caller, desk_of, json_of, project_of


async def create(request: Request) -> Response:
    """A new project. It is ready in a moment, or as late as settings say."""
    access = await caller(request, "write")
    desk = desk_of(request)
    name = contract.text((await json_of(request)).get("name"), "name", contract.NAME)
    ready_at = desk.clock.now() + timedelta(seconds=desk.settings.plans_provisioning)
    needed = desk.settings.plans_project_credits
    async with desk.db.transaction() as connection:
        row = await store.create_project(connection, access.whose, name, ready_at)
        there = await credit.charge_project(connection, access.account, desk.settings)
        if there is None:
            raise Conflict(
                f"A project costs {needed} credits, and there are less.", code="insufficient_credits"
            )
    billing = {"availableCredits": there, "creditsCharged": needed, "requiredCredits": needed}
    return answer({"project": view.project_body(row, new=True), "billing": billing}, 202)


async def listing(request: Request) -> Response:
    """Every project of the account, newest first."""
    access = await caller(request, "read")
    rows = await view.projects(desk_of(request).db, access.whose)
    return answer({"projects": [view.project_body(row) for row in rows]})


async def get(request: Request, projectId: str) -> Response:
    """One project."""
    access = await caller(request, "read")
    return answer({"project": view.project_body(await project_of(request, access, projectId))})


async def summary(request: Request, projectId: str) -> Response:
    """What the project's files tell about it."""
    access = await caller(request, "read")
    row = await project_of(request, access, projectId)
    db = desk_of(request).db
    counts = await entity.counts(db, row["id"])
    files = await view_entity.key_files(db, row["id"])
    body = {
        "projectId": contract.shown(contract.PROJECT, row["id"]),
        "projectName": row["name"],
        "aliases": [],
        "titleCandidates": [row["name"]],
        "keyFiles": files,
        "detectedDisciplines": await entity.disciplines(db, row["id"]),
        "entityCounts": {"files": await view_entity.file_count(db, row["id"]), **counts},
    }
    return answer({"project": view.project_body(row), "projectSummary": body})
