"""Owns the names of the events of a job. Numbered events are stored; progress is sampled and is not."""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    CREATED = "job.created"
    STATE = "job.state"  # data: from, to, cause, reason
    DOCUMENT_FAILED = "document.failed"  # data: document, position, name, code, reason
    DOCUMENT_REJECTED = "document.rejected"
    WARNING = "document.warning"
    PROGRESS = "progress"  # sampled, has no number
