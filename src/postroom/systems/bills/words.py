"""Owns how the desk speaks: its word for each state of a job, the body of a job, its error envelope.

A job's word is a view, made here on the way out and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from postroom import errors
from postroom.core.outcome import Cause
from postroom.core.states import JobState
from postroom.db.connection import Row
from postroom.errors import PostroomError
from postroom.front.header import headers_of
from postroom.systems.bills import contract

PENDING, COMPLETED, TERMINATED, FAILED = "PENDING", "COMPLETED", "TERMINATED", "FAILED"

# `failed` is FAILED where we are to blame: see `word`.
WORDS: Mapping[str, str] = {
    JobState.OPEN: PENDING,
    JobState.CHECKING: PENDING,
    JobState.BLOCKED: PENDING,
    JobState.QUEUED: PENDING,
    JobState.RUNNING: PENDING,
    JobState.SUCCEEDED: COMPLETED,
    JobState.PARTIAL: COMPLETED,
    JobState.FAILED: TERMINATED,
    JobState.CANCELLED: TERMINATED,
    JobState.EXPIRED: TERMINATED,
}


def word(state: str, cause: str | None) -> str:
    if state == JobState.FAILED and cause == Cause.SYSTEM:
        return FAILED
    return WORDS[JobState(state)]


def job(
    row: Row, decided: Mapping[str, Sequence[str]], lost: Sequence[Row], *, terminated_as: str
) -> dict[str, Any]:
    """The body of a job. decided: class -> ids, in the order of submission. lost: documents that failed or
    were refused: code, message, fetched (whether their bytes ever came)."""
    said = word(row["state"], row["cause"])
    shown = decided if said == COMPLETED else {}
    duplicates = list(shown.get(contract.DUPLICATE, ()))
    body = {
        "id": str(row["id"]),
        "status": terminated_as if said == TERMINATED else said,
        "parsedDocumentIds": list(shown.get(contract.PARSED, ())),
        "duplicates": len(duplicates),
        "duplicateDocumentIds": duplicates,
        "nonUtilityDocumentIds": list(shown.get(contract.NON_UTILITY, ())),
    }
    if said == TERMINATED:
        body["terminationReason"] = reason(row, lost)
    return body


def reason(row: Row, lost: Sequence[Row]) -> str:
    """Why a job was terminated, in one sentence."""
    if row["reason"]:
        return str(row["reason"])
    if lost and not any(one["fetched"] for one in lost):
        return "None of the submitted files could be downloaded."
    texts = list(dict.fromkeys(str(one["message"]) for one in lost if one["message"]))
    if len(texts) == 1:
        return f"None of the submitted files could be processed: {texts[0]}"
    return "None of the submitted files could be processed."


def instant(moment: datetime | None) -> str | None:
    """ISO 8601, UTC and Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


_STATUS: tuple[tuple[type[PostroomError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.TooLarge, 413),
    (errors.UnsupportedType, 415),
    (errors.Busy, 429),
    (errors.Conflict, 400),  # the contract has no 409
    (errors.Invalid, 400),
    (errors.Malformed, 400),
    (errors.DigestMismatch, 400),
    (errors.Unavailable, 503),
)


def told(error: PostroomError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers of an error, as Django REST writes them: `{"field": [text, …]}` for what a
    field does wrong, `{"detail": text}` for the rest."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    body: dict[str, Any] = {"detail": error.message}
    if "body" in error.extra:
        body = error.extra["body"]
    elif status == 400 and error.field:
        body = {error.field: [error.message]}
    return status, body, headers_of(error, status, challenge='ApiKey realm="postroom"')
