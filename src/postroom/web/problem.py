"""Owns errors as our own API shows them: RFC 9457 problem details, and which code has which status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from postroom import errors
from postroom.errors import PostroomError
from postroom.front.error import handlers
from postroom.front.header import headers_of

_STATUS: tuple[tuple[type[PostroomError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.UnsupportedType, 415),
    (errors.IdempotencyMismatch, 422),
    (errors.Busy, 429),
    (errors.DigestMismatch, 400),
    (errors.Malformed, 400),
    (errors.Invalid, 400),
    (errors.Unavailable, 503),
)


def status_of(error: PostroomError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


_TITLES = {
    400: "The request is not valid",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict with the present state",
    413: "Too large",
    415: "Unsupported content type",
    422: "Idempotency key reused",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available right now",
}


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """A problem document. code: stable, machine readable; detail: one sentence for a person."""
    body = {
        "type": f"urn:postroom:problem:{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in members.items() if value is not None},
    }
    return Response(
        orjson.dumps(body, default=str), status, media_type="application/problem+json", headers=headers
    )


def told(_: Request, error: PostroomError) -> Response:
    """The problem that an error of ours is."""
    status = status_of(error)
    extra = {name: value for name, value in error.extra.items() if name in ("limit", "state", "problems")}
    return problem(
        status, error.code, error.message, headers=headers_of(error, status), field=error.field, **extra
    )


def _other(_: Request, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    return problem(status, "method_not_allowed" if status == 405 else "http", text, headers=headers)


HANDLERS = handlers(told, _other)
