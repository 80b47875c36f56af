"""Owns that a repeated call has one effect: one mechanism for all desks, each with its own policy above it.

A call with a key takes a lease first. Its answer is stored in the transaction that has its effect (`seal`),
so there is no moment at which one exists without the other. A twin in flight is refused; one whose process
died loses its lease and the next call takes over.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from postroom.db import idempotency as rows
from postroom.db.connection import Connection, loads
from postroom.desk.access import PRODUCTION, Access
from postroom.desk.context import Desk
from postroom.errors import IdempotencyConflict, IdempotencyMismatch


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One keyed call. `past` is set if it was answered before."""

    desk: Desk
    account: UUID
    name: str
    key: str
    lease: UUID
    past: Answer | None = None
    past_fingerprint: bytes | None = None
    sealed: bool = False

    def replay(self, fingerprint: bytes) -> Answer | None:
        """The remembered answer, if this is the same request; None if the call is new."""
        if self.past is None:
            return None
        if not hmac.compare_digest(self.past_fingerprint or b"", fingerprint):
            raise IdempotencyMismatch(
                "This idempotency key was used with another request before; use a new key.",
                field="Idempotency-Key",
            )
        return self.past

    async def seal(self, connection: Connection, fingerprint: bytes, answer: Answer) -> None:
        """Remember the answer in the transaction that has the effect. If our lease was lost: Conflict."""
        kept = await rows.remember(
            connection,
            self.account,
            self.name,
            self.key,
            self.lease,
            fingerprint,
            answer.status,
            answer.body,
            dict(answer.headers),
        )
        if not kept:
            raise IdempotencyConflict(
                "A later call with the same idempotency key took over.", field="Idempotency-Key"
            )
        self.sealed = True


@asynccontextmanager
async def keyed(desk: Desk, access: Access, name: str, key: str) -> AsyncIterator[Call]:
    """One call under a key. name: the desk's, so that desks do not share keys; nor do environments.

    The lease is renewed while the call lasts, and given back if it ends without an answer to remember.
    """
    settings = desk.settings
    if access.environment != PRODUCTION:
        name = f"{name} {access.environment}"
    call = Call(desk, access.account, name, key, uuid4())
    if not await rows.take(
        desk.db, access.account, name, key, call.lease, settings.idempotency_lease, settings.idempotency_ttl
    ):
        row = await rows.get(desk.db, access.account, name, key)
        if row is None or row["status"] is None:
            raise IdempotencyConflict(
                "A call with the same idempotency key is still being worked on; try again when it has ended.",
                field="Idempotency-Key",
            )
        call.past = Answer(row["status"], bytes(row["body"]), loads(row["headers"]) or {})
        call.past_fingerprint = bytes(row["fingerprint"])
        yield call
        return
    renewal = asyncio.create_task(_renew(call, settings.idempotency_lease / 3))
    try:
        yield call
    finally:
        renewal.cancel()
        if not call.sealed:
            with contextlib.suppress(Exception):
                await asyncio.shield(rows.release(desk.db, call.account, name, key, call.lease))


async def _renew(call: Call, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        with contextlib.suppress(Exception):
            await rows.renew(
                call.desk.db,
                call.account,
                call.name,
                call.key,
                call.lease,
                call.desk.settings.idempotency_lease,
            )
