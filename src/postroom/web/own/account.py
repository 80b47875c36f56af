"""Owns who is calling: what a key opens, and what the webhooks of its account are signed with."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from postroom.db import key as rows
from postroom.web.own.describe import PROBLEMS
from postroom.web.own.shape import Shape, answer
from postroom.web.reach import caller, desk_of

router = APIRouter(tags=["account"], responses=PROBLEMS)


class AccountAnswer(Shape):
    account: str
    environment: str
    desks: list[str]
    scopes: list[str]
    webhook_secret: str | None = Field(
        description="What Standard Webhooks are verified with; null for keys that may only read."
    )


@router.get("/account", response_model=AccountAnswer)
async def get(request: Request) -> Response:
    """Whose the key is, and what it opens."""
    access = await caller(request, "read")
    row = await rows.account(desk_of(request).db, access.account)
    return answer(
        {
            "account": row["name"],
            "environment": access.environment,
            "desks": sorted(access.desks),
            "scopes": sorted(access.scopes),
            "webhookSecret": row["webhook_secret"] if access.allows("write") else None,
        }
    )
