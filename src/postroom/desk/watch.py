"""Owns hearing what happens to jobs: one LISTEN connection per process, each event read and encoded once.

A listener first subscribes and then reads what it has missed, so nothing falls between the two. Polling is
the fallback while the LISTEN connection is away. It knows nothing of HTTP: `encode` is given.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from postroom.core.jobs import Job
from postroom.db import event
from postroom.db import job as rows
from postroom.db.connection import Database, loads
from postroom.errors import Unavailable

log = structlog.get_logger(__name__)

_SAMPLE = 0.25  # seconds between two looks at a watched job
_ALIVE = 15.0  # seconds of silence after which listeners get a sign of life
_QUEUE = 512  # frames that a slow listener may lag behind before it is dropped; it can resume

# (number or None, type, data) -> bytes; (None, "", None) is a sign of life.
Encode = Callable[[int | None, str, Any], bytes]


@dataclass(slots=True, eq=False)
class Listener:
    """One subscription. `frames` yields (number, bytes); None: the end. `dropped`: it fell too far behind;
    what it has not sent by now it need not send, its client asks for the rest."""

    frames: asyncio.Queue[tuple[int | None, bytes] | None] = field(
        default_factory=lambda: asyncio.Queue(_QUEUE + 1)
    )
    dropped: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, frame: tuple[int | None, bytes] | None) -> None:
        if self.frames.qsize() >= _QUEUE and frame is not None:
            if frame[0] is None:
                return  # progress is a sample; another comes
            self.dropped.set()
            frame = None
        with contextlib.suppress(asyncio.QueueFull):
            self.frames.put_nowait(frame)


@dataclass(slots=True)
class _Feed:
    """What one watched job sends to its listeners."""

    last: int
    listeners: set[Listener] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    primed: asyncio.Event = field(default_factory=asyncio.Event)
    sample: bytes | None = None  # the progress that was shown last
    task: asyncio.Task[None] | None = None


class Hub:
    """All subscriptions of one process."""

    def __init__(
        self, db: Database, encode: Encode, progress: Callable[[Job], dict[str, Any]], silence: float
    ) -> None:
        """silence: seconds after which a worker that was not heard of is held for dead."""
        self._db = db
        self._silence = silence
        self._encode = encode
        self._progress = progress
        self._feeds: dict[UUID, _Feed] = {}

    async def run(self) -> None:
        """Listen until cancelled; comes back by itself when the database does."""
        while True:
            try:
                await self._listen()
            except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("events.polling", cause=repr(error))
            await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        connection = await self._db.listen()
        gone = asyncio.Event()

        def heard(_: object, __: int, ___: str, payload: object) -> None:
            if isinstance(payload, str) and (feed := self._feeds.get(UUID(payload))):
                feed.news.set()

        try:
            connection.add_termination_listener(lambda _: gone.set())
            await connection.add_listener(event.CHANNEL, heard)
            for feed in self._feeds.values():
                feed.news.set()
            await gone.wait()
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=1)

    def close(self) -> None:
        """End every stream: the process is about to stop. Listeners resume elsewhere, or here later."""
        for feed in self._feeds.values():
            self._send(feed, None)

    @asynccontextmanager
    async def subscribe(self, job: UUID) -> AsyncIterator[Listener]:
        listener = Listener()
        feed = self._feeds.get(job)
        if feed is None:
            feed = self._feeds[job] = _Feed(last=-1)
            feed.news.set()  # the first look is due now
            feed.task = asyncio.create_task(self._feed(job, feed))
        feed.listeners.add(listener)
        try:
            # From here on everything after `feed.last` is sent; everything before it is there to be read.
            await feed.primed.wait()
            if feed.sample is not None and listener.frames.empty():
                listener.put((None, feed.sample))
            yield listener
        finally:
            feed.listeners.discard(listener)
            if not feed.listeners and self._feeds.get(job) is feed:
                del self._feeds[job]
                if feed.task is not None:
                    feed.task.cancel()

    async def missed(self, job: UUID, after: int) -> AsyncIterator[tuple[int, bytes]]:
        """Stored events with a higher number, in order, encoded."""
        while page := await event.after(self._db, job, after):
            for row in page:
                after = row["number"]
                yield after, self._encode(after, row["type"], _data(row))

    async def _feed(self, job: UUID, feed: _Feed) -> None:
        try:
            await self._follow(job, feed)
        except Exception:
            log.exception("events.defect", job=str(job))
        finally:
            # This feed says nothing any more: whoever comes from now on needs one of its own.
            if self._feeds.get(job) is feed:
                del self._feeds[job]
            feed.primed.set()
            self._send(feed, None)

    async def _follow(self, job: UUID, feed: _Feed) -> None:
        """Send what happens to the job until it has ended or is gone."""
        shown: dict[str, Any] | None = None
        quiet_since = time.monotonic()
        shown_at = quiet_since - _SAMPLE
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(feed.news.wait(), _SAMPLE)
            feed.news.clear()
            try:
                row = await rows.by_id(self._db, job, self._silence)
                if row is None:
                    return
                current = rows.job_of(row)
                if feed.last < 0:
                    feed.last = current.last_event  # older ones are read by each listener itself
                    feed.primed.set()
                sent = await self._send_events(job, feed, current.last_event)
                # Events wake us as often as they like; samples keep their pace.
                now = time.monotonic()
                if current.terminal or now - shown_at >= _SAMPLE:
                    sample = self._progress(current)
                    if sample != shown:
                        shown, shown_at = sample, now
                        feed.sample = self._encode(None, "progress", sample)
                        self._send(feed, (None, feed.sample))
                        sent = True
                if current.terminal:
                    return
            except Unavailable:
                await asyncio.sleep(1)
                continue
            if sent:
                quiet_since = now
            elif now - quiet_since > _ALIVE:
                quiet_since = now
                self._send(feed, (None, self._encode(None, "", None)))

    async def _send_events(self, job: UUID, feed: _Feed, newest: int) -> bool:
        sent = False
        while feed.last < newest:
            page = await event.after(self._db, job, feed.last)
            if not page:
                break
            for row in page:
                feed.last = row["number"]
                self._send(feed, (feed.last, self._encode(feed.last, row["type"], _data(row))))
                sent = True
        return sent

    def _send(self, feed: _Feed, frame: tuple[int | None, bytes] | None) -> None:
        for listener in feed.listeners:
            listener.put(frame)


def _data(row: Any) -> dict[str, Any]:
    return {**loads(row["data"]), "at": row["at"]}
