"""Owns Server-Sent Events: how an event looks on the wire, one response that sends them, how many may listen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from postroom.desk.watch import Hub, Listener
from postroom.errors import Busy, PostroomError
from postroom.web.own.shape import dumps

log = structlog.get_logger(__name__)


def encode(number: int | None, kind: str, data: Any) -> bytes:
    """One event; without a kind, a comment that keeps the connection alive."""
    if not kind:
        return b": still here\n\n"
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {kind}\ndata: ".encode() + dumps(data) + b"\n\n"


class Seats:
    """Who listens in this process, counted by account: an account's streams must not use up what others need."""

    def __init__(self, most: int) -> None:
        """most: streams that one account may hold open at once."""
        self._most = most
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def one(self, account: UUID) -> Iterator[None]:
        """Busy if the account has as many as it may."""
        if self._taken[account] >= self._most:
            raise Busy(
                f"The account has {self._most} event streams open at this server, which is the most;"
                " close one, or try again later.",
                code="too_many_streams",
                limit=self._most,
                retry_after=5,
            )
        self._taken[account] += 1
        try:
            yield
        finally:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]


class EventStream(Response):
    """The events of one job after a number, then live, until the job has ended. Busy before the first, if there
    is no seat for the account."""

    def __init__(self, hub: Hub, seats: Seats, account: UUID, job: UUID, after: int) -> None:
        super().__init__(
            media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]
        self._hub = hub
        self._seats = seats
        self._account = account
        self._job = job
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Here and not in the handler: what is taken here is given back, whatever becomes of the answer.
        with self._seats.one(self._account):
            await self._listen(receive, send)

    async def _listen(self, receive: Receive, send: Send) -> None:
        async with self._hub.subscribe(self._job) as listener:
            stream = asyncio.create_task(self._stream(listener, send))
            watch = asyncio.create_task(_gone(receive))
            # One that does not read cannot be told: its connection is cut, and it resumes where it was.
            slow = asyncio.create_task(listener.dropped.wait())
            tasks = (stream, watch, slow)
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if slow.done() and not stream.done():
                    log.info("events.dropped", job=str(self._job))
            finally:
                for task in tasks:
                    task.cancel()
                found = await asyncio.gather(*tasks, return_exceptions=True)
            if isinstance(found[0], PostroomError):
                log.warning("events.cut", job=str(self._job), cause=repr(found[0].cause))
            elif isinstance(found[0], Exception):
                raise found[0]

    async def _stream(self, listener: Listener, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        last = self._after
        await _write(send, b"retry: 1000\n\n")
        async for number, frame in self._hub.missed(self._job, last):
            last = number
            await _write(send, frame)
        while (item := await listener.frames.get()) is not None:
            number_or_none, frame = item
            if number_or_none is not None:
                if number_or_none <= last:
                    continue
                last = number_or_none
            await _write(send, frame)
        await send({"type": "http.response.body", "body": b""})


async def _write(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
