"""Owns how the desk speaks: its word for each state of a job, its result, its error codes and problems.

A job's word is a view, made here on the way out and never stored. Refuses to know JSON and XML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from postroom import errors
from postroom.core.states import JobState
from postroom.errors import PostroomError
from postroom.systems.conversion import contract
from postroom.systems.conversion.view import Found, Held

CREATING, PENDING, PROCESSING, COMPLETED = "creating", "pending", "processing", "completed"
GONE = "gone"  # never shown: an expired job is 404

WORDS: Mapping[str, str] = {
    JobState.OPEN: CREATING,
    JobState.CHECKING: PENDING,
    JobState.QUEUED: PENDING,
    JobState.BLOCKED: PENDING,
    JobState.RUNNING: PROCESSING,
    JobState.SUCCEEDED: COMPLETED,
    JobState.PARTIAL: COMPLETED,  # by policy never reached: one bad document fails the job
    JobState.FAILED: COMPLETED,
    JobState.CANCELLED: COMPLETED,
    JobState.EXPIRED: GONE,
}

SUCCESS, WARNING, ERROR = "success", "warning", "error"


def job(held: Held) -> dict[str, Any]:
    """JobInfo."""
    return {"jobId": str(held.id), "status": {"code": WORDS[held.state], "message": _message(held)}}


def _message(held: Held) -> str:
    """Free text on what is going on. While the job works, it is the core's own sentence."""
    if held.state is JobState.OPEN:
        return "Waiting for data."
    if held.state is JobState.SUCCEEDED:
        return "Finished."
    if held.state is JobState.CANCELLED:
        return "Canceled."
    if held.state is JobState.FAILED:
        return f"Failed. {held.reason}" if held.reason else "Failed."
    return held.activity or "Queued."


# --- results -----------------------------------------------------------------------------------------


def result(found: Found) -> dict[str, Any]:
    """JobResult of a job that has ended."""
    events = [event for of in (*found.documents, found.finish) for event in _events(of.events, of.document)]
    if found.held.state is not JobState.SUCCEEDED:
        code, message = error(found)
        return {"status": ERROR, "error": {"code": code, "message": message}, "events": events}
    warned = any(event["severity"] != "info" for event in events)
    return {
        "status": WARNING if warned else SUCCESS,
        "events": events,
        "dataList": [
            {"resultId": str(out.id), "name": out.name, "contentType": out.media_type}
            for out in found.outputs
        ],
    }


def error(found: Found) -> tuple[str, str]:
    """Code and sentence of a job that did not succeed: those of its first bad document, else its own."""
    held = found.held
    if held.state is JobState.CANCELLED:
        return contract.CANCELED, held.reason or "The job was canceled."
    for of in (*found.documents, found.finish):
        if of.code is not None:
            return _code(of.code, of.cause), of.message or "The document could not be processed."
    if not found.documents:
        return contract.GENERIC, "The job was started without any data."
    code = contract.INTERNAL if held.cause in ("system", "operator") else contract.GENERIC
    return code, held.reason or "The job could not be completed."


def _code(code: str, cause: str | None) -> str:
    if code in contract.ERROR_CODES:
        return code
    return contract.ERROR_OF.get(code, contract.INTERNAL if cause == "system" else contract.GENERIC)


def _events(given: object, document: str | None) -> list[dict[str, str]]:
    """What a child says has happened. Nothing of it is believed: it may have been taken over."""
    found = []
    for item in given[: contract.EVENTS] if isinstance(given, list) else ():
        if not isinstance(item, dict):
            continue
        severity = item.get("severity")
        event = {
            "code": _short(item.get("code")) or "Generic",
            "severity": severity if severity in contract.SEVERITIES else WARNING,
        }
        data = document or _short(item.get("dataId"))
        if data:
            event["dataId"] = data
        if part := _short(item.get("dataPart")):
            event["dataPart"] = part
        event["message"] = str(item.get("message", ""))[: contract.EVENT_TEXT]
        found.append(event)
    return found


def _short(value: object) -> str | None:
    return value[:255] if isinstance(value, str) and value else None


def workflows(offered: Sequence[contract.Kind]) -> list[dict[str, Any]]:
    """WorkflowList."""
    return [
        {
            "name": kind.name,
            "isDefault": kind is contract.DEFAULT_KIND,
            "profiles": [{"name": name, "isDefault": name == contract.DEFAULT} for name in kind.profiles],
        }
        for kind in offered
    ]


# --- errors ------------------------------------------------------------------------------------------

_STATUS: tuple[tuple[type[PostroomError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.UnsupportedType, 415),
    (errors.Invalid, 400),
    (errors.Malformed, 400),
    (errors.DigestMismatch, 400),
    (errors.Busy, 503),
    (errors.Unavailable, 503),
)

# The last part of a problem's type, and its title. Only that of jobNotFound is documented.
TITLES: Mapping[str, str] = {
    "invalidRequest": "Invalid request.",
    "workflowNotFound": "Workflow not found.",
    "profileNotFound": "Profile not found.",
    "downloadFailed": "Download failed.",
    "uploadFailed": "Upload failed.",
    "invalidUrl": "Invalid URL.",
    "invalidStoreMethod": "Invalid store method.",
    "notAuthenticated": "Not authenticated.",
    "notAllowed": "Not allowed.",
    "jobNotFound": "Job not found.",
    "resultNotFound": "Result not found.",
    "connectionNotFound": "Connection not found.",
    "notFound": "Not found.",
    "methodNotAllowed": "Method not allowed.",
    "jobAlreadyStarted": "Job already started.",
    "resultNotAvailable": "Result not available.",
    "requestTooLarge": "Request too large.",
    "unsupportedMediaType": "Unsupported media type.",
    "tooManyJobs": "Too many jobs.",
    "notAvailable": "Not available right now.",
    "resultTimeout": "Result not ready.",
    "internalError": "Internal error.",
}

# Codes of the core that have a name of their own here, else what every answer of that status is called.
_SUFFIX: Mapping[str, str] = {
    "job_closed": "jobAlreadyStarted",
    "not_closed": "jobAlreadyStarted",
    "url_invalid": "invalidUrl",
    "address_refused": "invalidUrl",
}
_PLAIN: Mapping[int, str] = {
    400: "invalidRequest",
    401: "notAuthenticated",
    403: "notAllowed",
    404: "notFound",
    405: "methodNotAllowed",
    409: "jobAlreadyStarted",
    413: "requestTooLarge",
    415: "unsupportedMediaType",
    503: "notAvailable",
    504: "resultTimeout",
}


def status_of(error: PostroomError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def suffix_of(error: PostroomError, status: int) -> str:
    """The last part of the problem's type."""
    if error.code in TITLES:
        return error.code
    return _SUFFIX.get(error.code) or plain(status)


def plain(status: int) -> str:
    return _PLAIN.get(status, "internalError" if status >= 500 else "invalidRequest")


def problem(status: int, suffix: str, detail: str) -> dict[str, Any]:
    """The four members of a problem. suffix: one of TITLES, or an error code of a job."""
    return {
        "type": contract.PREFIX + suffix,
        "title": TITLES.get(suffix, "Conversion failed."),
        "status": status,
        "detail": detail,
    }
