"""Owns what our API's OpenAPI page says about every call: problems, bodies that are read as a stream."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from postroom.desk.own import IDEMPOTENCY
from postroom.errors import NotFound

PROBLEM = {
    "description": "A problem (RFC 9457): `code` is stable, `detail` names what would be valid.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "field": {"type": "string"},
                },
            }
        }
    },
}

PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys(
    (400, 401, 403, 404, 409, 413, 415, 422, 503), PROBLEM
)


def described(
    model: type[BaseModel] | None = None, *, required: bool = True, post: bool = True
) -> dict[str, Any]:
    """OpenAPI for a call whose JSON body we read ourselves (with a limit, and not on recursion)."""
    extra: dict[str, Any] = {"parameters": [IDEMPOTENCY]} if post else {}
    if model is not None:
        schema = model.model_json_schema(by_alias=True)
        extra["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema}}}
    return extra


def identified(value: str, what: str = "job") -> UUID:
    """An id from a path. What is no UUID names nothing: 404, as for any other unknown id."""
    try:
        return UUID(value)
    except ValueError:
        raise NotFound(f"There is no {what} with this id.", field="id") from None
