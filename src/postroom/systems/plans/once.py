"""Owns the desk's way with `Idempotency-Key`, above `desk/idempotency.py`.

Only calls that succeeded are remembered. A replay returns the same job as it stands now, with
`idempotent: true`, whatever its body says. A call whose twin is in flight waits for it and replays.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from postroom.db.connection import Connection
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.idempotency import Answer, Call, keyed
from postroom.errors import IdempotencyConflict, Invalid
from postroom.systems.plans.contract import CALL_WAITS, DESK, KEY

HEADER = "Idempotency-Key"
_PAUSE = 0.1


@dataclass(slots=True)
class Once:
    """One call. past: the job of an earlier call with the same key that succeeded."""

    call: Call | None = None

    @property
    def past(self) -> UUID | None:
        if self.call is None or self.call.past is None:
            return None
        return UUID(bytes=self.call.past.body)

    async def seal(self, connection: Connection, job: UUID) -> None:
        """Remember the call, in the transaction that has its effect."""
        if self.call is not None:
            await self.call.seal(connection, b"", Answer(202, job.bytes))


@asynccontextmanager
async def once(request: Request, desk: Desk, access: Access, path: str) -> AsyncIterator[Once]:
    """path: what the key is about, so that one key may serve two jobs. Invalid if the key cannot be one."""
    key = request.headers.get(HEADER)
    if key is None:
        yield Once()
        return
    if not 1 <= len(key) <= KEY or not key.strip():
        raise Invalid(f"'{HEADER}' must be 1 to {KEY} characters.", field=HEADER)
    async with AsyncExitStack() as stack:
        yield Once(
            await _taken(lambda: stack.enter_async_context(keyed(desk, access, f"{DESK} {path}", key)))
        )


async def _taken(take: Callable[[], Awaitable[Call]]) -> Call:
    deadline = asyncio.get_running_loop().time() + CALL_WAITS
    while True:
        try:
            return await take()
        except IdempotencyConflict:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(_PAUSE)
