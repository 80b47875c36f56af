"""Owns what every call of our own API has in common, those of the desks' parts included: its key, its description.

Refuses to know requests: it is given their headers, by their names in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom.db.connection import Database
from postroom.desk.access import Access, authenticate

DESK = "postroom"

# The parameter of OpenAPI of calls that may be repeated.
IDEMPOTENCY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 256},
    "description": "Repeat a call safely: for 24 hours the same key gives the same answer, once done.",
}


def secret_in(headers: Mapping[str, str]) -> str | None:
    """The API key as sent: `Authorization: Bearer KEY` or `X-API-Key: KEY`."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return headers.get("x-api-key") or None


async def caller(db: Database, headers: Mapping[str, str], scope: str, desk: str = DESK) -> Access:
    """Who calls, if their key opens our own API, or this desk, with this scope."""
    access = await authenticate(db, secret_in(headers))
    access.require(desk, scope)
    return access
