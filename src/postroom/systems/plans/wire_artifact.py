"""Owns the calls that hand out artifacts: of a job, of a project, once with a token."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Invalid
from postroom.systems.plans import artifact
from postroom.systems.plans.door import caller, desk_of, job_of, project_of


def _path(request: Request) -> str:
    path = request.query_params.get("path")
    if not path:
        raise Invalid("'path' must be the path of an artifact, as an answer shows it.", field="path")
    return path


async def of_job(request: Request, jobId: str) -> Response:
    """An artifact that the job's result names."""
    access = await caller(request, "read")
    job = await job_of(request, access, jobId)
    desk = desk_of(request)
    row = await artifact.of_job(desk.db, job["id"], _path(request))
    return artifact.sent(desk.blobs, row, head=request.method == "HEAD")


async def of_project(request: Request, projectId: str) -> Response:
    """An artifact that reads of the project show."""
    access = await caller(request, "read")
    project = await project_of(request, access, projectId)
    desk = desk_of(request)
    row = await artifact.of_project(desk.db, project["id"], _path(request))
    return artifact.sent(desk.blobs, row, head=request.method == "HEAD")


async def download(request: Request, token: str) -> Response:
    """One download without a key. HEAD does not use the token up."""
    head = request.method == "HEAD"
    desk = desk_of(request)
    row = await artifact.of_token(desk.db, token, use=not head)
    return artifact.sent(desk.blobs, row, head=head)
