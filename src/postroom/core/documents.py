"""Owns what a document is to a reader, and how duplicates within a job are treated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from postroom.core.states import DocumentState


class Duplicates(StrEnum):
    """What becomes of a document whose bytes an earlier document of the same job already has.

    process: it is processed like any other, and the original is named. link: it is not processed, ends as
    `duplicate`, and names the original. reject: it ends as `rejected`.
    """

    PROCESS = "process"
    LINK = "link"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it stands. size is in bytes; name is data, never a path.

    sha256: lower-case hex, of the bytes that are stored; None until they have been hashed.
    announced_sha256: what the client said it would be. url: where the bytes come from, if they are fetched.
    """

    id: UUID
    job_id: UUID
    position: int
    name: str
    state: DocumentState
    size: int | None
    sha256: str | None
    declared_type: str | None
    media_type: str | None
    duplicate_of: UUID | None
    error: Mapping[str, Any] | None
    facts: Mapping[str, Any]
    result: Mapping[str, Any] | None
    pages: int
    pages_failed: int
    rows: int
    rows_failed: int
    blob: str | None
    announced_sha256: str | None
    url: str | None
    meta: Mapping[str, Any]
    created_at: datetime
    ended_at: datetime | None
