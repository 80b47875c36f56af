"""Owns a worker: it takes chunks from the queue, makes attempts, stores effects, and stops when told to.

Nothing here computes on the event loop: documents are opened in child processes, bytes move in threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID, uuid4

import asyncpg
import stamina
import structlog

from postroom.core.states import ChunkKind
from postroom.db import chunk, event, job, worker
from postroom.db.chunk import Entry, Return
from postroom.db.connection import Database
from postroom.engine.admit import Admission
from postroom.engine.attempt import Again, Attempts, Ended, Paused
from postroom.engine.bring import Fetches
from postroom.engine.claim import Claimed, Claims
from postroom.engine.effect import Brought, Done, Effects
from postroom.engine.queue import Consumer
from postroom.engine.slot import Slots
from postroom.errors import Unavailable
from postroom.ports import Checked, Followers, StoresEffects, StoresFinish, Workflow
from postroom.settings import Settings

log = structlog.get_logger(__name__)

_SAY = 1.0  # seconds between two sentences about one job


class Worker:
    """One worker process. `run` returns after `stop`, when everything is given back or done.

    seat: a name that a supervisor gives to one worker of this host at a time, so that a new one can put
    back at once what its dead predecessor had taken up. also: coroutines to run beside (webhooks, sweeps).
    """

    def __init__(
        self,
        db: Database,
        attempts: Attempts,
        fetches: Fetches,
        settings: Settings,
        workflows: Mapping[str, Workflow],
        systems: Sequence[str],
        *,
        slots: int,
        seat: str | None = None,
        also: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self.id = uuid4()
        self._db = db
        self._attempts = attempts
        self._fetches = fetches
        self._settings = settings
        self._workflows = dict(workflows)
        self._storing = {
            name: workflow for name, workflow in workflows.items() if isinstance(workflow, StoresEffects)
        }
        self._finishing = {
            name: workflow for name, workflow in workflows.items() if isinstance(workflow, StoresFinish)
        }
        followers = Followers.among(workflows, settings)
        self._also = also
        self._claims = Claims(db, self.id, self._workflows, followers)
        self._effects = Effects(
            db, blocked_ttl=settings.open_job_ttl, followers=followers, more=self._more_to_end
        )
        self._admission = Admission(db, settings)
        self._slots = Slots(slots)
        self._size = slots
        self._stores = asyncio.Semaphore(slots)
        # Chunks over which a worker went silent run one at a time here: if one of them takes this worker
        # down too, no other suspect is blamed for it.
        self._alone = asyncio.Lock()
        self._consumer = Consumer(
            db.url,
            systems,
            heartbeat=settings.heartbeat,
            slots=slots,
            fetches=settings.fetch_concurrency,
        )
        self._running: dict[UUID, set[asyncio.Task[Ended]]] = defaultdict(set)
        self._seen: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._said: dict[UUID, float] = {}
        self._says: set[asyncio.Task[None]] = set()
        self._draining = asyncio.Event()
        self._card = (self.id, socket.gethostname(), seat, os.getpid(), slots, systems)

    # --- life

    async def run(self) -> None:
        async with self._db.transaction() as connection:
            dead = await worker.enter(connection, *self._card)
            for former in dead:
                count = await chunk.put_back_of_worker(connection, former)
                if count:
                    log.warning("worker.recovered", former=str(former), chunks=count)
        self._admission.wake()
        loops = [self._admission.run, self._listen, self._beat, *self._also]
        tasks = [asyncio.create_task(_forever(loop)) for loop in loops]
        try:
            await self._consumer.run(self._handle)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Also when the database dropped: it may be back, and what we held was not the chunks' fault.
            with contextlib.suppress(Unavailable):
                await self._leave()

    async def _leave(self) -> None:
        async for attempt in stamina.retry_context(on=Unavailable, attempts=5, timeout=5.0):
            with attempt:
                async with self._db.transaction() as connection:
                    await chunk.put_back_of_worker(connection, self.id, blame=False)
                    await worker.leave(connection, self.id)

    async def stop(self) -> None:
        """Take nothing new; wait for what runs as long as settings allow, then give it back."""
        self._draining.set()
        self._consumer.stop()
        deadline = time.monotonic() + self._settings.drain_timeout
        while any(self._running.values()) and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait({task for tasks in self._running.values() for task in tasks}, timeout=left)
        for job_id in list(self._running):
            self._stop_job(job_id)

    # --- one chunk

    async def _handle(self, entry: Entry) -> None:
        """One queue entry. Whatever happens, the chunk ends, waits again, or is somebody else's."""
        async with contextlib.AsyncExitStack() as held, contextlib.AsyncExitStack() as slot:
            # A fetch opens nothing: it needs no child, and no worker ever fell silent because of it.
            if entry.kind is not ChunkKind.FETCH:
                await held.enter_async_context(self._alone if entry.suspect else contextlib.nullcontext())
                await slot.enter_async_context(self._slots.hold(ahead=entry.quick and not entry.suspect))
            claimed = None
            if not self._draining.is_set():
                claimed = await self._claims(entry)
            if claimed is None:
                await chunk.put_back_entry(self._db, entry)
                self._admission.wake()
                return
            _name_log_lines(claimed)
            if self._draining.is_set():  # since we asked for it
                await self._settle(claimed, Ended(_give_back(claimed)))
                return
            task = asyncio.create_task(self._work(claimed))
            self._running[claimed.job].add(task)
            try:
                await asyncio.wait([task])
            finally:
                self._running[claimed.job].discard(task)
                if not self._running[claimed.job]:
                    del self._running[claimed.job]
            if not entry.quick and not entry.suspect:
                # The child takes up the next chunk while this one is stored, one per child. (Quick ones are
                # taken ahead anyway, and stored many at once.)
                await held.enter_async_context(self._stores)
                await slot.aclose()
                self._consumer.leave(entry)
            if not task.cancelled():
                # From here on nothing is cut off: an attempt that is over is stored, or known to be stale.
                try:
                    await self._settle(claimed, task.result())
                except Exception as error:
                    log.error("chunk.defect", chunk=claimed.chunk, exc_info=error)
                    raise
            elif self._draining.is_set():
                await self._settle(claimed, Ended(_give_back(claimed)))
            else:
                await chunk.let_go(self._db, claimed.chunk, claimed.epoch, self.id)
        # What is done and waits to be stored together is no work that is left.
        if self._consumer.dry and sum(map(len, self._running.values())) <= 2 * self._size:
            self._admission.wake()
        else:
            self._admission.ended()

    def _more_to_end(self) -> bool:
        """Whether more quick chunks are under way. Those that take long are not kept waiting for each other."""
        return bool(self._running) and not self._slots.slow

    async def _work(self, claimed: Claimed) -> Ended:
        """The attempt, which may be cancelled at any moment."""
        if claimed.kind is ChunkKind.FETCH:
            ended = await self._fetches.make(claimed)
        else:
            ended = await self._attempts.make(claimed, lambda text: self._say(claimed.job, text))
        if ended.seconds:
            self._seen[(claimed.workflow, claimed.kind)].append(ended.seconds)
        self._tell(claimed, ended)
        return ended

    async def _settle(self, claimed: Claimed, ended: Ended) -> None:
        """Store how it ended. Artifacts are forgotten only where they are known not to count.

        If the database goes away under us, its last word is not known, and the sweep decides.
        """
        stored = True
        try:
            stored = await self._store_patiently(claimed, ended)
        finally:
            await self._attempts.release(ended)
        if not stored:
            log.info("chunk.stale", chunk=claimed.chunk, epoch=claimed.epoch)
            await self._attempts.forget(ended.kept)
            await chunk.let_go(self._db, claimed.chunk, claimed.epoch, self.id)

    async def _store_patiently(self, claimed: Claimed, ended: Ended) -> bool:
        """A database that is away for a moment must not cost a chunk its work."""
        try:
            return await self._store(claimed, ended)
        except Unavailable:
            async for attempt in stamina.retry_context(on=Unavailable, attempts=5, timeout=10.0):
                with attempt:
                    return await self._store(claimed, ended)
        raise AssertionError  # the last attempt has raised

    async def _store(self, claimed: Claimed, ended: Ended) -> bool:
        what = ended.what
        if isinstance(what, Again):
            return await self._effects.returned((claimed, what.back))
        if isinstance(what, Paused):
            return await self._effects.blocked(claimed, what.cause, what.reason)
        if isinstance(what, Brought):
            return await self._effects.fetched((claimed, what))
        if isinstance(what, Checked):
            return await self._effects.checked(claimed, what, ended.sha256)
        done = Done(claimed, what, ended.kept)
        if claimed.kind is ChunkKind.FINISH:
            return await self._effects.finished(done, self._finishing.get(claimed.workflow))
        if (storing := self._storing.get(claimed.workflow)) is not None:
            return await self._effects.store(done, storing)
        return await self._effects.processed(done)

    def _tell(self, claimed: Claimed, attempt: Ended) -> None:
        facts = {"kind": claimed.kind, "chunk": claimed.chunk, "seconds": round(attempt.seconds, 4)}
        ended = attempt.what
        if isinstance(ended, Again):
            log.warning("chunk.retry", **facts, attempt=claimed.attempt + 1, error=ended.back.error)
        elif isinstance(ended, Paused):
            log.warning("job.blocked", **facts, cause=ended.cause, reason=ended.reason)
        elif ended.problem is not None:
            log.info("chunk.failed", **facts, code=ended.problem.code, reason=ended.problem.message)
        else:
            log.debug("chunk.done", **facts)

    def _say(self, job_id: UUID, text: str) -> None:
        now = time.monotonic()
        if now - self._said.get(job_id, 0.0) < _SAY:
            return
        if len(self._said) > 1000:
            self._said.clear()
        self._said[job_id] = now
        task = asyncio.create_task(job.say(self._db, job_id, text))
        self._says.add(task)
        task.add_done_callback(self._says.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    # --- being told

    def _stop_job(self, job_id: UUID) -> None:
        for task in self._running.get(job_id, ()):
            task.cancel()

    async def _listen(self) -> None:
        """Hear of new work and of cancelled jobs. Returns when the connection is gone."""
        connection = await self._db.listen()
        gone = asyncio.Event()

        def heard(_: object, __: int, channel: str, payload: object) -> None:
            if channel == event.WORK:
                self._admission.wake()
            elif isinstance(payload, str):
                self._stop_job(UUID(payload))

        try:
            connection.add_termination_listener(lambda _: gone.set())
            await connection.add_listener(event.WORK, heard)
            await connection.add_listener(event.STOP, heard)
            self._admission.wake()
            await self._stop_ended()
            await gone.wait()
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=1)

    async def _stop_ended(self) -> None:
        """What runs of jobs that are over: the word may have been spoken while we could not hear."""
        if self._running:
            for job_id in await job.ended(self._db, list(self._running)):
                self._stop_job(job_id)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._settings.heartbeat / 3))
            await worker.beat(self._db, *self._card)
            await self._stop_ended()
            await self._learn()

    async def _learn(self) -> None:
        """Tell admission how long chunks take."""
        seen = {key: sum(values) / len(values) for key, values in self._seen.items() if values}
        self._seen.clear()
        if seen:
            async with self._db.transaction(relaxed=True) as connection:
                await chunk.set_pace(connection, dict(sorted(seen.items())))


def _give_back(claimed: Claimed) -> Again:
    """Not the chunk's fault: it does not count as an attempt."""
    return Again(Return(claimed.chunk, claimed.epoch))


def _name_log_lines(claimed: Claimed) -> None:
    """Every line that this entry's task (and the attempt that it starts) logs names the job and the document."""
    document = str(claimed.document) if claimed.document else None
    structlog.contextvars.bind_contextvars(job=str(claimed.job), document=document)


async def _forever(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop again whenever it ends or fails; the consumer alone decides that the worker is done."""
    while True:
        try:
            await loop()
        except Unavailable as error:
            log.warning("worker.waits", loop=loop.__qualname__, cause=repr(error.cause))
        except Exception:
            log.exception("worker.defect", loop=loop.__qualname__)
        await asyncio.sleep(0.5)
