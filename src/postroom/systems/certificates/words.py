"""Owns what errors look like on the wire: status, the desk's name of the error, the flat envelope.

Source: behaviour.md section 1, "Errors"; the mapping of names to statuses is inferred there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom import errors
from postroom.core.states import JobState
from postroom.errors import PostroomError
from postroom.front.header import headers_of

# What the core calls a job of certificates, for lists of the house; the desk itself shows certificates.
WORDS: Mapping[str, str] = {
    JobState.OPEN: "pending",
    JobState.CHECKING: "pending",
    JobState.BLOCKED: "pending",
    JobState.QUEUED: "pending",
    JobState.RUNNING: "processing",
    JobState.SUCCEEDED: "complete",
    JobState.PARTIAL: "complete",
    JobState.FAILED: "error",
    JobState.CANCELLED: "error",
    JobState.EXPIRED: "error",
}

GENERAL, DATABASE, INPUT, BAD = "general_error", "database_operational_error", "invalid_input", "bad_request"
# Names of 400 beside `invalid_input` that the desk's own code gives to its errors.
_NAMED = frozenset(
    (
        *("duplicate_email", "effective_date_invalid", "end_date_invalid", "missing_job_category_code"),
        *("invalid_job_category_code", "job_category_not_approved", "invalid_entity_id", "invoice_exists"),
        *("contract_has_matching_policy", "assignment_already_started", "assignment_already_cancelled"),
    )
)
_BY_CLASS: tuple[tuple[type[PostroomError], int, str], ...] = (
    (errors.Unauthenticated, 401, "invalid_api_key"),
    (errors.Forbidden, 403, "insufficient_permissions"),
    (errors.NotFound, 404, "resource_not_found"),
    (errors.IdempotencyConflict, 409, "idempotency_conflict"),
    (errors.Busy, 429, "rate_limited"),
    (errors.Malformed, 400, BAD),
    (errors.UnsupportedType, 400, BAD),
    (errors.Invalid, 400, INPUT),
    (errors.TooLarge, 400, INPUT),
    (errors.DigestMismatch, 400, INPUT),
    (errors.Conflict, 400, INPUT),
    (errors.Unavailable, 500, DATABASE),
)
# Limits of a form that are exceeded while it is read -> the contract's reason.
_REASONS = {"too_many_parts": "too_many_files", "document_too_large": "file_too_large"}


def envelope(code: str, message: str, param: str | None = None, details: Any = None) -> dict[str, Any]:
    body: dict[str, Any] = {"error_code": code, "message": message}
    if param is not None:
        body["param"] = param
    if details:
        body["details"] = details
    return body


def told(error: PostroomError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers of an error."""
    status, code = next(
        ((status, code) for kind, status, code in _BY_CLASS if isinstance(error, kind)), (500, GENERAL)
    )
    if status == 400 and error.code in _NAMED:
        code = error.code
    headers = headers_of(error, status, challenge='Basic realm="Postroom"')
    details = error.extra.get("details")
    if details is None and isinstance(error, errors.TooLarge):
        reason = _REASONS.get(error.code, "invalid_field")
        details = [{"field": error.field, "reason": reason, "message": error.message}]
    return status, envelope(code, error.message, error.field, details), headers
