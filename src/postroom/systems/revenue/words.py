"""Owns how the desk speaks: its word for each state of a job, the body of a status, its error envelope.

A job's word is a view, made here on the way out and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from postroom import errors
from postroom.core.states import TERMINAL_JOBS, JobState
from postroom.errors import PostroomError
from postroom.systems.revenue import contract
from postroom.systems.revenue.view import Upload

PENDING, PROCESSING = "pending", "processing"
COMPLETE, PARTIAL, FAILED = "complete", "partialcomplete", "failed"

WORDS: Mapping[str, str] = {
    JobState.OPEN: PENDING,
    JobState.CHECKING: PENDING,
    JobState.QUEUED: PENDING,
    JobState.BLOCKED: PENDING,
    JobState.RUNNING: PROCESSING,
    JobState.SUCCEEDED: COMPLETE,
    JobState.PARTIAL: PARTIAL,
    JobState.FAILED: FAILED,
    JobState.CANCELLED: FAILED,
    JobState.EXPIRED: FAILED,
}


def word(upload: Upload) -> str:
    """What the counts say wins over the state: a document that ended in part may have lost all rows."""
    said = WORDS[upload.state]
    if said == PARTIAL and not upload.succeeded:
        return FAILED
    return said


def percent(upload: Upload) -> int:
    """100 only when, and always when, the job is terminal."""
    if upload.state in TERMINAL_JOBS:
        return 100
    return min(99, 100 * (upload.succeeded + upload.failed) // upload.rows) if upload.rows else 0


# Reasons that are told as they are; behind every other one the file's owner would look in vain.
_TOLD = {
    "unreadable": contract.UNREADABLE,
    "empty": contract.EMPTY,
    "unsupported_type": contract.UNSUPPORTED,
}


def reason(upload: Upload) -> str | None:
    """Why the job failed as a file or by the system; None if it did not, or if all of its rows failed."""
    if word(upload) != FAILED:
        return None
    if upload.state is not JobState.FAILED and upload.reason:
        return upload.reason
    if upload.code is not None:
        return _TOLD.get(upload.code, upload.message if upload.code == "invalid" else contract.UNEXPECTED)
    return upload.reason


def instant(moment: datetime | None) -> str | None:
    """UTC without saying so, to the second, as the status page prints it."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def status(upload: Upload) -> dict[str, Any]:
    return {
        "status": word(upload),
        "totalRows": upload.rows,
        "processedRows": upload.succeeded + upload.failed,
        "percentageProgress": percent(upload),
        "successCount": upload.succeeded,
        "failureCount": upload.failed,
        "createdDateTime": instant(upload.created_at),
        "completedDateTime": instant(upload.ended_at),
        "failureReason": reason(upload),
    }


def summary(upload: Upload) -> dict[str, Any]:
    return {
        "jobId": str(upload.job),
        "jobType": upload.kind,
        "status": word(upload),
        "percentageProgress": percent(upload),
        "failureReason": reason(upload),
    }


_STATUS: tuple[tuple[type[PostroomError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.UnsupportedType, 415),
    (errors.Busy, 429),
    (errors.Invalid, 400),
    (errors.Malformed, 400),
    (errors.DigestMismatch, 400),
    (errors.Unavailable, 503),
)


def status_of(error: PostroomError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
