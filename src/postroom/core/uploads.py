"""Owns what an announced upload is: its ways, how its bytes are cut into parts, what clients say of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from postroom.core.documents import Document

PARTS_AT_MOST = 10_000  # of one upload, as with S3
_ROUND = 1 << 20


class Mode(StrEnum):
    """How the bytes of an announced document arrive."""

    PUT = "put"  # in one request to a signed address
    MULTIPART = "multipart"  # in parts, each to a signed address of its own, in any order
    RESUMABLE = "resumable"  # from the beginning to the end, over as many requests as it takes


@dataclass(frozen=True, slots=True)
class Range:
    """One part. number counts from 1; offset and size in bytes."""

    number: int
    offset: int
    size: int


def part_size(size: int, wanted: int) -> int:
    """Bytes per part: as wanted, or more where there would be too many parts otherwise."""
    least = -(-size // PARTS_AT_MOST)
    return wanted if least <= wanted else -(-least // _ROUND) * _ROUND


def ranges(size: int, part: int) -> Iterator[Range]:
    """The parts of `size` bytes; all but the last are `part` bytes long. One empty part if there are none."""
    for number in range(max(1, -(-size // part))):
        offset = number * part
        yield Range(number + 1, offset, min(part, size - offset))


@dataclass(frozen=True, slots=True)
class Announced:
    """A document that will be sent. size in bytes, may be 0. sha256: 64 lower-case hex characters, if known.

    declared_type: becomes the Content-Type that the signed PUT must carry. meta: kept with the document.
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
    `document_too_large` (each, bytes; None: `settings.upload_size`), `too_many_bytes` (together, bytes).
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
    for none. upload: checked if given. parts: (number, ETag with or without quotes), MULTIPART only."""

    document: UUID
    token: str | None = None
    upload: UUID | None = None
    parts: Sequence[tuple[int, str]] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """The client's word that a document will not come. details: what else it said, kept with the document's error."""

    document: UUID
    code: str = "upload_failed"
    message: str = "The client reported that the upload failed."
    details: Mapping[str, Any] = field(default_factory=dict)
