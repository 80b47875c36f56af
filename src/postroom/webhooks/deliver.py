"""Owns getting announcements out of the outbox to their receivers: when, how often, and when to give up.

At least once: a row is pushed ahead before it is sent, so if this process dies at any line, somebody sends it
again, with the same id. It is sent from here and nowhere else, never in a job's way. Refuses to know what is
announced, and how an address is reached safely.

No log line and no stored error holds the secret, the payload or the URL (receivers put tokens into it).
"""

from __future__ import annotations

import asyncio
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import stamina
import structlog

from postroom.core.backoff import delay
from postroom.db import delivery
from postroom.db.connection import Database, Row, loads
from postroom.errors import Invalid, PostroomError, Unavailable
from postroom.ports import Clock, Fetcher, Paces, Reply
from postroom.webhooks.sign import Event, Format, Standard

log = structlog.get_logger(__name__)

_GAP = 0.02  # seconds, so that many that end together cost one look at the table


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds and numbers of delivery.

    base, cap, attempts: these 26 delays are 49 hours on average, the first about 7 seconds, the later ones
    two to four hours. hold: how long an attempt is ours; must exceed the fetcher's limit for a post and the
    time that storing its result may take. concurrency, per_host: attempts under way in this process.
    poll: how often the table is looked at. grace: what those under way get when we are told to stop.
    """

    base: float = 10.0
    cap: float = 4 * 3600.0
    attempts: int = 27
    hold: float = 60.0
    concurrency: int = 64
    per_host: int = 4
    poll: float = 1.0
    grace: float = 3.0


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt went: state and the rest as `db.delivery.settle` takes them."""

    state: str
    status: int | None = None
    error: str | None = None
    delay: float = 0.0


class Deliver:
    """One process's part in the sending. Any number may run at once.

    form: the format of a row of `db.delivery.take_due`, for desks with one of their own. jitter: in [0, 1).
    """

    def __init__(
        self,
        db: Database,
        fetcher: Fetcher,
        clock: Clock,
        *,
        plan: Plan = Plan(),
        form: Callable[[Row], Format] = lambda row: Standard(),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._db = db
        self._fetcher = fetcher
        self._clock = clock
        self._plan = plan
        self._form = form
        self._jitter = jitter
        self._tasks: set[asyncio.Task[None]] = set()
        self._hosts: Counter[str] = Counter()
        self._ended = asyncio.Event()

    # --- life

    async def run(self) -> None:
        """Send what is due, until cancelled. Unavailable if the database is away; run it again then."""
        try:
            while True:
                self._ended.clear()
                while await self.round():
                    pass
                try:
                    await asyncio.wait_for(self._ended.wait(), self._plan.poll)
                    await asyncio.sleep(_GAP)
                except TimeoutError:
                    pass
        except asyncio.CancelledError:
            await self._drain()
            raise

    async def round(self) -> int:
        """Start as many due deliveries as there is room for; how many."""
        free = self._plan.concurrency - len(self._tasks)
        if free <= 0:
            return 0
        rows = await delivery.take_due(
            self._db, free, self._plan.hold, per_host=self._plan.per_host, busy=+self._hosts
        )
        for row in rows:
            task = asyncio.create_task(self._deliver(row))
            self._tasks.add(task)
            self._hosts[row["host"]] += 1
            task.add_done_callback(partial(self._end, row["host"]))
        return len(rows)

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _end(self, host: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._hosts[host] -= 1
        if self._hosts[host] <= 0:
            del self._hosts[host]
        self._ended.set()

    async def _drain(self) -> None:
        """Most end within moments, and each that does is one that nobody gets twice."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._plan.grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- one attempt

    async def _deliver(self, row: Row) -> None:
        started = time.monotonic()
        result = await self._attempt(row)
        facts = {
            "delivery": str(row["id"]),
            "job": str(row["job_id"]) if row["job_id"] else None,
            "type": row["type"],
            "host": row["host"],
            "attempt": row["attempt"],
            "status": result.status,
            "seconds": round(time.monotonic() - started, 3),
        }
        try:
            counted = await self._settle(row, result)
        except Unavailable as error:
            log.warning("webhook.unsettled", **facts, cause=repr(error.cause))
            return
        if not counted:
            log.warning("webhook.stale", **facts)
        elif result.state == "delivered":
            log.info("webhook.delivered", **facts)
        elif result.state == "abandoned":
            log.error("webhook.abandoned", **facts, reason=result.error)
        else:
            log.warning("webhook.retry", **facts, reason=result.error, delay=round(result.delay, 1))

    async def _attempt(self, row: Row) -> Result:
        form = self._form(row)
        retries = form.retries if isinstance(form, Paces) else None
        try:
            event = Event(f"msg_{row['id'].hex}", row["type"], row["created_at"], loads(row["payload"]))
            body = form.body(event)
            headers = form.headers(event, body, secret=row["secret"], sent=self._clock.now())
            reply = await self._fetcher.post(row["url"], body, headers)
            return self._judge(row["attempt"], reply, retries)
        except Invalid as error:
            return Result("abandoned", error=error.message)
        except PostroomError as error:
            return self._later(row["attempt"], error.message, retries)
        except Exception as error:
            # A defect of ours costs this delivery an attempt. Where, but not with what: a whole traceback
            # may be printed with the values in it.
            place = "".join(traceback.format_tb(error.__traceback__))
            log.error("webhook.defect", delivery=str(row["id"]), error=type(error).__name__, traceback=place)
            return self._later(
                row["attempt"], "The webhook could not be sent for an internal fault.", retries
            )

    def _judge(self, attempt: int, reply: Reply, retries: Sequence[float] | None) -> Result:
        if 200 <= reply.status < 300:
            return Result("delivered", reply.status)
        if reply.status == delivery.GONE:
            return Result("abandoned", reply.status, "The receiver answered 410: it wants no more webhooks.")
        return self._later(attempt, f"The receiver answered with status {reply.status}.", retries, reply)

    def _later(
        self, attempt: int, error: str, retries: Sequence[float] | None, reply: Reply | None = None
    ) -> Result:
        """Again, unless that was the last time. Retry-After is a minimum: a receiver that always says `1`
        must not use up two days of attempts in half a minute. It counts up to the cap, for any status."""
        status = reply.status if reply else None
        last = self._plan.attempts if retries is None else len(retries) + 1
        if attempt >= last:
            return Result("abandoned", status, f"{error} That was attempt {attempt}, the last one.")
        if retries is None:
            wait = delay(attempt, base=self._plan.base, cap=self._plan.cap, jitter=self._jitter())
        else:
            wait = retries[attempt - 1]
        asked = min(reply.retry_after or 0.0, self._plan.cap) if reply else 0.0
        return Result("pending", status, error, max(wait, asked))

    async def _settle(self, row: Row, result: Result) -> bool:
        """A database that is away for a moment must not cost the receiver a repetition."""
        counted = False
        async for attempt in stamina.retry_context(on=Unavailable, attempts=5, timeout=10.0):
            with attempt:
                counted = await delivery.settle(
                    self._db,
                    row["id"],
                    row["attempt"],
                    state=result.state,
                    status=result.status,
                    error=result.error,
                    delay=result.delay,
                )
        return counted
