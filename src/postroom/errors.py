"""Every error that Postroom raises on purpose, as one tree with stable codes.

Two audiences: `message` is for the client (it names the field and what would be valid), `cause` is for the
log only. This file knows no HTTP status codes; each desk maps codes to its own envelope.
"""

from __future__ import annotations

import asyncio
from typing import Any


class PostroomError(Exception):
    """Root of the tree.

    code: stable, machine readable, never renamed.
    message: one public sentence.
    field: the offending member, header or parameter, if there is one.
    cause: private detail for the log; never shown to a client.
    """

    code = "internal"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        cause: object = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.cause = cause
        self.extra = extra
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return self.message


class Invalid(PostroomError):
    """The request is understood but a value in it is wrong."""

    code = "invalid"


class Malformed(PostroomError):
    """The request cannot be parsed at all (cut off, not multipart, not JSON, too deep)."""

    code = "malformed"


class UnsupportedType(PostroomError):
    """The content type is not one that this operation takes."""

    code = "unsupported_type"


class DigestMismatch(PostroomError):
    """The bytes that arrived are not the bytes that the client announced."""

    code = "digest_mismatch"


class TooLarge(PostroomError):
    """A limit on size or number is exceeded; `extra['limit']` holds it."""

    code = "too_large"


class Unauthenticated(PostroomError):
    """No key, an unknown key or a revoked key."""

    code = "unauthenticated"


class Forbidden(PostroomError):
    """The key is good but lacks the scope or the desk."""

    code = "forbidden"


class NotFound(PostroomError):
    """No such thing, or it belongs to another account: the two are never told apart."""

    code = "not_found"


class Conflict(PostroomError):
    """The thing exists but its present state does not allow the call."""

    code = "conflict"


class IdempotencyConflict(Conflict):
    """The same idempotency key is in use by a call that has not ended yet."""

    code = "idempotency_in_flight"


class IdempotencyMismatch(PostroomError):
    """The same idempotency key came with another request before."""

    code = "idempotency_mismatch"


class Busy(PostroomError):
    """Too much work for now; trying again later is right. `extra['retry_after']` is in seconds."""

    code = "busy"


class Unavailable(PostroomError):
    """Something that we need (database, storage, a tool) is not there right now: transient."""

    code = "unavailable"


class OutcomeUnknown(Unavailable):
    """The database did not say whether the transaction is committed: what it names may be stored, or not."""


class CancelledInCommit(asyncio.CancelledError):
    """A cancellation that came while a transaction was being committed: as OutcomeUnknown, and still one."""


class DocumentError(PostroomError):
    """A document cannot be processed, and never will be: permanent, its own fault."""

    code = "unreadable"


class Transient(PostroomError):
    """Work failed for a passing cause; the engine tries again with back-off."""

    code = "transient"


class Blocked(PostroomError):
    """Work cannot go on for a cause outside the documents (a tool is missing): the job is paused, not failed.

    `extra['by']`: system, tenant or operator.
    """

    code = "blocked"
