"""Owns the headers that belong to an error. Needs no web framework: desks' words are imported everywhere."""

from __future__ import annotations

from postroom.errors import PostroomError


def headers_of(error: PostroomError, status: int, *, challenge: str = "Bearer") -> dict[str, str]:
    """challenge: how a client is to say who it is."""
    if status == 401:
        return {"WWW-Authenticate": challenge}
    if status in (429, 503):
        return {"Retry-After": str(max(1, int(error.extra.get("retry_after") or 1)))}
    return {}
