"""Owns that every error of an application is answered, and logged if it is ours. How it is worded is the desk's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Invalid, NotFound, PostroomError

log = structlog.get_logger(__name__)

# What an error looks like at this desk.
Told: TypeAlias = Callable[[Request, PostroomError], Response]
# What is no error of ours: status, one sentence, headers.
Other: TypeAlias = Callable[[Request, int, str, Mapping[str, str] | None], Response]


def handlers(
    told: Told, other: Other, *, nothing: str = "There is nothing at this address."
) -> dict[Any, Any]:
    """For an application's table of exception handlers. nothing: what is said of an address that there is not."""

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, PostroomError)
        response = told(request, error)
        if response.status_code >= 500:
            log.warning("request.failed", code=error.code, cause=repr(error.cause))
        return response

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return told(request, NotFound(nothing))
        text = "This address does not take this method." if error.status_code == 405 else str(error.detail)
        return other(request, error.status_code, text, error.headers)

    async def on_parameter(request: Request, error: Exception) -> Response:
        """Of path or query; bodies are read and judged by the desks themselves."""
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        name = str(first["loc"][-1])
        return told(request, Invalid(f"'{name}': {first['msg']}.", field=name))

    async def on_defect(request: Request, error: Exception) -> Response:
        """Ours, not the client's: the log has it, the client learns that it may try again."""
        log.error("request.defect", path=request.url.path, exc_info=error)
        return told(request, PostroomError("An unexpected error occurred; it has been logged."))

    return {
        PostroomError: on_error,
        HTTPException: on_http,
        RequestValidationError: on_parameter,
        Exception: on_defect,
    }
