"""Owns the numbers, words and id forms of the desk's contract. Pure.

What the contract marks as inferred stands here (or in settings), once, so that it can be changed in one place.
"""

from __future__ import annotations

import re
from uuid import UUID

from postroom.errors import Invalid, NotFound

DESK = "plans"
BASE = "/api/open/v1"

NAME = 180  # characters of a project's name and of an externalId
KEY = 256  # characters of an Idempotency-Key
REGISTERED = 100  # files of one registration
LIMIT, LIMIT_DEFAULT = 500, 100  # entities on a page
HITS, HITS_DEFAULT = 50, 10  # of a source search
PROJECTS, PROJECTS_DEFAULT = 100, 25  # of a project search
PROJECTS_NAMED = 1000  # `projectIds` of a project search; inferred
CHARS, CHARS_DEFAULT = 50_000, 50_000  # of a chunk of text
FAILURE_EXTRA = 64 << 10  # bytes of what a client says of a failed upload besides code and message; inferred
CALL_WAITS = 20.0  # seconds that a call waits for its twin in flight before it is refused

PLANS, SPECIFICATIONS, DOCUMENTS, ADDENDA, MIXED, OTHER = CLASSIFICATIONS = (
    "plans",
    "specifications",
    "documents",
    "addenda",
    "mixed",
    "other",
)
TEXT_KINDS = ("text", "markdown", "page_regions", "facet_source_text", "facet_match_text")

# Prefix of an id -> what it names; the rest is a UUID in 32 hex digits.
PROJECT, JOB, DOCUMENT, FILE, UPLOAD = "proj", "job", "doc", "file", "mpu"
SHEET, REGION, SECTION, DOC = "sheet", "region", "section", "pdoc"

OF_UPLOAD = "tok_"  # before the token of an upload, which is no UUID

_ID = re.compile(r"([a-z]+)_([0-9a-f]{32})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")


def shown(prefix: str, value: UUID) -> str:
    """An id as clients see it."""
    return f"{prefix}_{value.hex}"


def read_id(value: str, *prefixes: str, field: str) -> UUID:
    """NotFound for what is no id of this kind: it names nothing."""
    found = _ID.fullmatch(value)
    if found is None or found[1] not in prefixes:
        raise NotFound(f"There is nothing with this {field}.", field=field)
    return UUID(found[2])


def text(value: object, field: str, limit: int, *, least: int = 1) -> str:
    """Printable text of `least` to `limit` characters; Invalid otherwise."""
    if not isinstance(value, str) or not least <= len(value.strip()) or len(value) > limit:
        raise Invalid(f"'{field}' must be a text of {least} to {limit} characters.", field=field)
    if not _PLAIN.fullmatch(value):
        raise Invalid(f"'{field}' must not hold control characters.", field=field)
    return value


def classification(value: object, field: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in CLASSIFICATIONS:
        raise Invalid(f"'{field}' must be one of: {', '.join(CLASSIFICATIONS)}.", field=field)
    return value


def sha256(value: object, field: str) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise Invalid(f"'{field}' must be a SHA-256 of 64 lower-case hex characters.", field=field)
    return value


def whole(value: object, field: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise Invalid(f"'{field}' must be a whole number from {least} to {most}.", field=field)
    return value
