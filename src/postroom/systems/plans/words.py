"""Owns how the desk speaks: its word for each state of a job, its error codes and their status.

A job's word is a view, made here on the way out and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from postroom import errors
from postroom.core.states import JobState
from postroom.errors import PostroomError
from postroom.front.header import headers_of

PROVISIONING, AWAITING, UPLOADING = "provisioning", "awaiting_uploads", "uploading"
PREFLIGHTING, BLOCKED, PROCESSING = "preflighting", "blocked_insufficient_credits", "processing"
COMPLETE, WITH_ERRORS, FAILED = "complete", "completed_with_errors", "failed"
CANCELLED, EXPIRED = "cancelled", "expired"

WORDS: Mapping[str, str] = {
    JobState.OPEN: AWAITING,
    JobState.CHECKING: PREFLIGHTING,
    JobState.QUEUED: PREFLIGHTING,
    JobState.BLOCKED: BLOCKED,
    JobState.RUNNING: PROCESSING,
    JobState.SUCCEEDED: COMPLETE,
    JobState.PARTIAL: WITH_ERRORS,
    JobState.FAILED: FAILED,
    JobState.CANCELLED: CANCELLED,
    JobState.EXPIRED: EXPIRED,
}
WITH_RESULT = (COMPLETE, WITH_ERRORS)


def word(state: str, *, uploading: bool = False) -> str:
    """The status of a job. uploading: something has arrived."""
    said = WORDS[JobState(state)]
    return UPLOADING if said == AWAITING and uploading else said


def instant(moment: datetime | None) -> str | None:
    """ISO 8601, UTC, milliseconds and Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# Our codes that the desk calls by a name of its own -> (status, name). The rest goes by class.
_BY_CODE: Mapping[str, tuple[int, str]] = {
    "job_closed": (409, "invalid_job_state"),
    "not_closed": (409, "invalid_job_state"),
    "not_cancelled": (409, "invalid_job_state"),
    "not_resumed": (409, "invalid_job_state"),
    "invalid_job_state": (409, "invalid_job_state"),
    "project_not_ready": (409, "project_not_ready"),
    "project_name_taken": (409, "project_name_taken"),
    "no_documents": (409, "no_documents"),
    "upload_incomplete": (409, "upload_incomplete"),
    "size_mismatch": (409, "size_mismatch"),
    "length_mismatch": (400, "size_mismatch"),
    "result_not_available": (409, "result_not_available"),
    "vector_index_not_ready": (409, "vector_index_not_ready"),
    "idempotency_in_flight": (409, "idempotency_in_progress"),
    "invalid_upload_token": (400, "invalid_upload_token"),
    "etag_mismatch": (400, "etag_mismatch"),
    "insufficient_credits": (402, "insufficient_credits"),
    "result_expired": (410, "result_not_available"),
    "download_token_used": (410, "download_token_invalid"),
    "artifact_not_found": (404, "artifact_not_found"),
    "too_many_documents": (413, "file_limit_exceeded"),
    "too_many_bytes": (413, "declared_bytes_exceeded"),
    "document_too_large": (413, "declared_bytes_exceeded"),
    "upload_expired": (410, "upload_expired"),
}
_BY_CLASS: tuple[tuple[type[PostroomError], int, str], ...] = (
    (errors.Unauthenticated, 401, "unauthorized"),
    (errors.Forbidden, 403, "insufficient_scope"),
    (errors.NotFound, 404, "not_found"),
    (errors.Conflict, 409, "invalid_job_state"),
    (errors.TooLarge, 413, "payload_too_large"),
    (errors.UnsupportedType, 415, "invalid_request"),
    (errors.Busy, 429, "rate_limited"),
    (errors.DigestMismatch, 400, "checksum_mismatch"),
    (errors.Malformed, 400, "invalid_request"),
    (errors.Invalid, 400, "validation_failed"),
    (errors.Unavailable, 503, "unavailable"),
)


def envelope(code: str, message: str, field: str | None = None) -> dict[str, object]:
    error: dict[str, object] = {"code": code, "message": message}
    if field is not None:
        error["details"] = {"field": field}
    return {"error": error}


def told(error: PostroomError) -> tuple[int, dict[str, object], dict[str, str]]:
    """Status, body and headers of an error."""
    status, code = _BY_CODE.get(error.code, (0, ""))
    if not status:
        status, code = next(
            ((status, code) for kind, status, code in _BY_CLASS if isinstance(error, kind)),
            (500, "internal_error"),
        )
    headers = headers_of(error, status)
    if code == "vector_index_not_ready":
        headers["Retry-After"] = "5"
    return status, envelope(code, error.message, error.field), headers
