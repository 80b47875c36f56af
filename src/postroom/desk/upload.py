"""Owns documents that are announced first and arrive later: register, complete, report as failed, withdraw.

A registered document has a row from the start and is `registered` until its bytes are there. How the bytes
come in is `desk/arrive.py`; on S3 they do not pass through us at all. Whoever closes a job settles what is
still missing: rule 1 holds for announced documents, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from postroom.core.documents import Document
from postroom.core.jobs import Job
from postroom.core.uploads import Mode
from postroom.desk.access import Access
from postroom.desk.context import Desk, Seal


@dataclass(frozen=True, slots=True)
class Announced:
    """A document that will be sent. size in bytes, may be 0. sha256: 64 lower-case hex characters, if known.

    declared_type: becomes the Content-Type that the signed PUT must carry. meta, facts: kept with the document.
    """

    name: str
    size: int
    sha256: str | None = None
    declared_type: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may announce, over all calls together; None: no limit.

    Exceeding one is TooLarge and nothing of the call is kept. code: `too_many_documents` (documents),
    `document_too_large` (each, bytes; None: `settings.document_size`), `too_many_bytes` (together, bytes).
    Documents that came by form count as well.
    """

    documents: int | None = None
    each: int | None = None
    together: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where bytes are to be PUT, with all of `headers`, unchanged. number: of the part, 0 for a whole."""

    url: str
    headers: Mapping[str, str]
    size: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the client is told for one document, in the order of the call.

    upload: the id of this upload (the multipart upload's id, too). token: secret, shown only now, stored
    hashed. mode PUT: `put` is set; MULTIPART: `parts` (numbers from 1) and `part_size`.
    expires_at: of the addresses; the token is good as long as the job is open.
    """

    document: Document
    upload: UUID
    mode: Mode
    token: str
    expires_at: datetime
    put: Address | None = None
    parts: Sequence[Address] = ()
    part_size: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """The client's word that all bytes of a document are sent. token: None only for our own API, which asks
    for no token. upload: checked if given. parts: (number, ETag with or without quotes), MULTIPART only."""

    document: UUID
    token: str | None = None
    upload: UUID | None = None
    parts: Sequence[tuple[int, str]] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """The client's word that a document will not come."""

    document: UUID
    code: str = "upload_failed"
    message: str = "The client reported that the upload failed."


async def register(
    desk: Desk,
    access: Access,
    job: UUID,
    announced: Sequence[Announced],
    *,
    origin: str,
    limits: Limits = Limits(),
    held: bool = False,
    mode: Mode | None = None,
    seal: Seal[list[Instruction]] | None = None,
) -> list[Instruction]:
    """Announce documents of an open job, all or none, and say how to send them.

    origin: scheme and host under which the client reaches us ("https://mail.example"), for addresses on our
    own storage. held: the documents stay `registered` until `complete` or `complete_and_close` names them,
    even when their bytes are there (the plans desk); otherwise a PUT on our own storage receives them.
    mode: PUT or MULTIPART; None: by size (`settings.multipart_threshold`).
    The same sha256 and size announced again while the document is still `registered`: the same document,
    with fresh addresses and a fresh token; it does not count twice.
    NotFound, Conflict (`job_closed`), Invalid, TooLarge (see Limits).
    """
    raise NotImplementedError


async def check_token(desk: Desk, access: Access, job: UUID, document: UUID, token: str, mode: Mode) -> None:
    """Invalid (code `invalid_upload_token`, field `uploadToken`) unless this is the document's token and its
    upload is of this mode. NotFound if the job has no such document."""
    raise NotImplementedError


async def complete(
    desk: Desk,
    access: Access,
    job: UUID,
    completions: Sequence[Completion],
    *,
    seal: Seal[list[Document]] | None = None,
) -> list[Document]:
    """Receive these documents, all or none; the job stays open. Repeating it changes nothing.

    Each raises as `complete_and_close` does.
    """
    raise NotImplementedError


async def complete_and_close(
    desk: Desk,
    access: Access,
    job: UUID,
    completions: Sequence[Completion] = (),
    failures: Sequence[Failure] = (),
    *,
    only: Sequence[UUID] | None = None,
    seal: Seal[Job] | None = None,
) -> Job:
    """Receive, fail and leave out, then close the job: one transaction. Any error leaves the job as it was.

    completions: documents whose bytes are sent. failures: documents that fail with the client's own words.
    only: if given, received documents (of any way in) that are not among them are left out (`rejected`, code
    `not_included`), and registered ones outside `only`, `completions` and `failures` are withdrawn in the
    same way. Without it, registered documents that nobody named fail with `upload_incomplete`.
    Verified in this order, for all before anything is changed:
      NotFound; Conflict `job_closed`; Invalid `unknown_document` (field names the list), `named_twice`;
      Invalid `invalid_upload_token` (token, mode or upload id do not match);
      Conflict `upload_incomplete` (no bytes at storage, a part is missing or there is one too many);
      Invalid `etag_mismatch`; Conflict `size_mismatch`;
      Conflict `no_documents` (nothing received, nothing reported as failed).
    The digest of PUT uploads was verified when they arrived; that of multipart uploads is in `checking`.
    """
    raise NotImplementedError


async def withdraw(desk: Desk, access: Access, job: UUID, document: UUID) -> None:
    """Forget an announced document of an open job, with whatever bytes of it are there. Repeatable."""
    raise NotImplementedError
