"""Owns what our own API's bodies look like: requests as models, answers as models and their rendering."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from postroom.core.documents import Document
from postroom.core.jobs import Job
from postroom.db.connection import Row

# Job options that are secrets: kept for the workflow, never shown again.
_SECRET_OPTIONS = frozenset({"passwords"})


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class JobRequest(Shape):
    """A new job. Options are the workflow's own; `webhook` is told when the job ends."""

    workflow: str = Field(max_length=200, examples=["inspect"])
    profile: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    external_id: str | None = None
    webhook: str | None = None


class CancelRequest(Shape):
    reason: str = Field("Cancelled by the client.", min_length=1, max_length=500)


class GivenDocument(Shape):
    """A document in a JSON body: where it is to be fetched from, or its bytes. sha256 is verified if given."""

    url: str | None = Field(None, min_length=1, max_length=4096)
    content_base64: str | None = None
    name: str | None = Field(None, max_length=1024)
    content_type: str | None = Field(None, max_length=255)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _one_source(self) -> GivenDocument:
        if (self.url is None) == (self.content_base64 is None):
            raise ValueError("give either 'url' or 'contentBase64'")
        return self


class DocumentsRequest(Shape):
    documents: list[GivenDocument] = Field(min_length=1, max_length=10_000)


class CountsAnswer(Shape):
    """documents is always the sum of all the others."""

    documents: int
    waiting: int
    running: int
    succeeded: int
    partial: int
    failed: int
    duplicate: int
    rejected: int
    cancelled: int


class UnitsAnswer(Shape):
    total: int
    waiting: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class JobAnswer(Shape):
    id: UUID
    status: str
    cause: str | None
    reason: str | None
    activity: str
    waiting: str | None = Field(
        description="What must come about before it goes on: a worker that serves it."
    )
    workflow: str
    system: str
    profile: str | None
    options: dict[str, Any]
    external_id: str | None
    webhook: str | None
    retry_of: UUID | None
    environment: str
    counts: CountsAnswer
    pages: UnitsAnswer
    rows: UnitsAnswer
    progress: int = Field(description="Percent of the documents that have ended; 100 only when the job has.")
    last_event: int
    created_at: datetime
    closed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None


class ArtifactAnswer(Shape):
    name: str
    media_type: str
    size: int
    sha256: str
    href: str


class ArtifactList(Shape):
    items: list[ArtifactAnswer]


class ProblemAnswer(Shape):
    code: str
    message: str
    cause: str | None = None
    details: dict[str, Any] | None = None


class DocumentAnswer(Shape):
    id: UUID
    position: int
    name: str
    status: str
    size: int | None
    sha256: str | None
    declared_type: str | None
    media_type: str | None
    duplicate_of: UUID | None
    error: ProblemAnswer | None
    facts: dict[str, Any] = Field(description="What its check found, also when it failed.")
    result: dict[str, Any] | None
    pages: int
    pages_failed: int
    rows: int
    rows_failed: int
    content: str | None = Field(description="Where its own bytes are; null while there are none.")
    artifacts: list[ArtifactAnswer]
    created_at: datetime
    ended_at: datetime | None


class JobPage(Shape):
    items: list[JobAnswer]
    next: str | None


class DocumentPage(Shape):
    items: list[DocumentAnswer]
    next: str | None


class Received(Shape):
    documents: list[DocumentAnswer]


def job_body(job: Job) -> dict[str, Any]:
    counts = job.counts
    percent = (
        100 if job.terminal else min(99, 100 * counts.ended // counts.documents) if counts.documents else 0
    )
    return {
        "id": job.id,
        "status": job.state.value,
        "cause": job.cause.value if job.cause else None,
        "reason": job.reason,
        "activity": job.activity,
        "waiting": job.waiting,
        "workflow": job.workflow,
        "system": job.system,
        "profile": job.profile,
        "options": {
            name: "(hidden)" if name in _SECRET_OPTIONS and value else value
            for name, value in job.options.items()
        },
        "externalId": job.external_id,
        "webhook": job.webhook_url,
        "retryOf": job.retry_of,
        "environment": job.environment,
        "counts": counts.as_dict(),
        "pages": job.pages.as_dict(),
        "rows": job.rows.as_dict(),
        "progress": percent,
        "lastEvent": job.last_event,
        "createdAt": job.created_at,
        "closedAt": job.closed_at,
        "startedAt": job.started_at,
        "endedAt": job.ended_at,
        "expiresAt": job.expires_at,
    }


def document_body(document: Document, artifacts: list[Row] | None = None) -> dict[str, Any]:
    base = f"/postroom/v1/jobs/{document.job_id}/documents/{document.id}/"
    return {
        "id": document.id,
        "position": document.position,
        "name": document.name,
        "status": document.state.value,
        "size": document.size,
        "sha256": document.sha256,
        "declaredType": document.declared_type,
        "mediaType": document.media_type,
        "duplicateOf": document.duplicate_of,
        "error": document.error,
        "facts": document.facts,
        "result": document.result,
        "pages": document.pages,
        "pagesFailed": document.pages_failed,
        "rows": document.rows,
        "rowsFailed": document.rows_failed,
        "content": f"{base}content" if document.blob else None,
        "artifacts": [artifact_body(row, f"{base}artifacts/") for row in artifacts or []],
        "createdAt": document.created_at,
        "endedAt": document.ended_at,
    }


def artifact_body(row: Row, base: str) -> dict[str, Any]:
    return {
        "name": row["name"],
        "mediaType": row["media_type"],
        "size": row["size"],
        "sha256": row["sha256"],
        "href": base + quote(row["name"]),
    }


def dumps(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS, default=str)


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(dumps(value), status, media_type="application/json", headers=headers)


def job_answer(job: Job, status: int = 200) -> Response:
    headers = {"Location": f"/postroom/v1/jobs/{job.id}"} if status == 201 else None
    return answer(job_body(job), status, headers)
