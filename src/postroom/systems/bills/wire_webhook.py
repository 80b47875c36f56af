"""Owns the calls about the desk itself: ping, and the link to the page where receivers of webhooks are kept."""

from __future__ import annotations

import hashlib
import secrets

from fastapi import Request
from starlette.responses import Response

from postroom import __version__
from postroom.systems.bills import store
from postroom.systems.bills.door import answer, caller, desk_of, origin_of, version_of
from postroom.systems.bills.portal import PATH


async def ping(request: Request) -> Response:
    """Check the key and the version being called."""
    await caller(request, "read")
    return answer({"version": version_of(request), "message": f"Postroom {__version__} accepts this key."})


async def portal(request: Request) -> Response:
    """A link to the page where receivers are added and removed; good for seven days (a setting),
    and no longer than the key."""
    access = await caller(request, "write")
    desk = desk_of(request)
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).digest()
    await store.open_portal(desk.db, access.key, digest, desk.settings.bills_portal_days)
    return answer({"url": f"{origin_of(request)}{PATH}?token={token}"})
