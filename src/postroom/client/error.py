"""Owns what the client raises: one tree, and which answer of the server becomes which of them.

Refuses to know what was asked; whoever catches one has code, detail, field and status to decide by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class PostroomError(Exception):
    """Root of the tree.

    code: stable, machine readable. detail: one sentence for a person. field: what was wrong in the request,
    if one thing was. status: of the HTTP answer; None if there was none. body: the whole problem document.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: str = "error",
        field: str | None = None,
        status: int | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.field = field
        self.status = status
        self.body = dict(body or {})


class Invalid(PostroomError):
    """The request is wrong, and would be again: 400, 413, 415, 422."""


class NotAuthenticated(PostroomError):
    """No key, or one that is unknown or revoked: 401."""


class NotAllowed(PostroomError):
    """The key lacks the scope or the desk: 403."""


class NotFound(PostroomError):
    """No such thing, or another account's: 404."""


class Conflict(PostroomError):
    """The present state does not allow the call: 409."""


class Busy(PostroomError):
    """The server asks to slow down, and did so until patience was over: 429."""


class ServerFault(PostroomError):
    """The server failed: 5xx, or an answer that is none."""


class Unreachable(PostroomError):
    """No answer came: refused, cut off, or too slow. What was sent may have had its effect."""


class WaitTimeout(PostroomError):
    """The job has not ended in the time given. It goes on."""


_KINDS: Mapping[int, type[PostroomError]] = {
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    429: Busy,
}


def from_answer(status: int, body: object) -> PostroomError:
    """The error that an answer of 400 or more means. body: its JSON if it had any (RFC 9457)."""
    problem = body if isinstance(body, dict) else {}
    kind = _KINDS.get(status, ServerFault if status >= 500 else Invalid)
    field = problem.get("field")
    return kind(
        str(problem.get("detail") or problem.get("title") or f"The server answered {status}."),
        code=str(problem.get("code") or "http"),
        field=field if isinstance(field, str) else None,
        status=status,
        body=problem,
    )
