"""Owns which workflows a job may ask for, and what each says of its options."""

from __future__ import annotations

import inspect

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from postroom.web.own.describe import PROBLEMS
from postroom.web.own.shape import Shape, answer
from postroom.web.reach import caller, desk_of

router = APIRouter(tags=["workflows"], responses=PROBLEMS)


class WorkflowAnswer(Shape):
    name: str
    system: str
    options: str = Field(description="What a job of it may be given, in sentences.")


class WorkflowList(Shape):
    workflows: list[WorkflowAnswer]


@router.get("/workflows", response_model=WorkflowList)
async def listing(request: Request) -> Response:
    """What can be done with documents here: a job's `workflow` is one of these."""
    await caller(request, "read")
    offers = sorted(desk_of(request).offers.items())
    return answer(
        {
            "workflows": [
                {
                    "name": name,
                    "system": offer.system,
                    # Said once, where they are read: in the docstring of what validates them.
                    "options": " ".join((inspect.getdoc(offer.workflow.options) or "").split()),
                }
                for name, offer in offers
            ]
        }
    )
