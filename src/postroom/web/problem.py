"""Owns errors as our own API shows them: RFC 9457 problem details, and which code has which status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from postroom import errors
from postroom.errors import PostroomError

log = structlog.get_logger(__name__)

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


async def on_error(_: Request, error: Exception) -> Response:
    """For FastAPI's table of exception handlers: everything that Postroom raises on purpose."""
    assert isinstance(error, PostroomError)
    status = status_of(error)
    if status >= 500:
        log.warning("request.failed", code=error.code, cause=repr(error.cause))
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = str(error.extra.get("retry_after", 1))
    extra = {name: value for name, value in error.extra.items() if name in ("limit", "state", "problems")}
    return problem(status, error.code, error.message, headers=headers, field=error.field, **extra)


async def on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    details = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    status = error.status_code
    return problem(
        status, codes.get(status, "http"), details.get(status, str(error.detail)), headers=error.headers
    )


async def on_defect(request: Request, error: Exception) -> Response:
    """Ours, not the client's: the log has it, the client learns that it may try again."""
    log.error("request.defect", path=request.url.path, exc_info=error)
    return problem(500, "internal", "An unexpected error occurred; it has been logged.")
