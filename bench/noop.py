"""A system that does nothing, to measure what surrounds the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.ports import Checked, Processed, System, Task
from postroom.web.own.shape import JobAnswer
from postroom.web.reach import asks_itself


class Noop:
    name = "noop"
    policy = Policy.INDEPENDENT
    finishes = False

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"duplicates": "process", **given}

    def check(self, task: Task) -> Checked:
        return Checked(media_type="text/plain")

    def process(self, task: Task) -> Processed:
        return Processed(result={"done": True})

    def finish(self, task: Task) -> Processed:
        return Processed()

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        return f"Doing nothing with '{name}'."


def _constant(_: Any) -> Any:
    """The status route without anything behind it: what the web framework alone costs."""
    router = APIRouter()
    body = b'{"status":"running","counts":' + b'{"documents":1000}' + b" " * 700 + b"}"

    @router.get("/jobs/{id}", response_model=JobAnswer)
    @asks_itself
    async def constant(request: Request, id: str) -> Response:
        return Response(body, media_type="application/json")

    return router


SYSTEMS = (System(name="noop", workflows=(Noop(),), own=_constant),)
