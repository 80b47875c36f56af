"""Owns the queue, the only file that knows PgQueuer: hands each admitted chunk to some worker, at least once.

The queue is a window, not the truth: its tables are unlogged, and what a crash of the database takes out of
them, reconcile puts back from `chunk`.

PgQueuer's tables and statements are used (put, dequeue, heartbeat, log), its dispatcher is not: that one asks
the database again after every insert and delete of anybody, which cost more than the work. Here a worker asks
when it has room and has heard that something was put into one of its lanes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import structlog
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.models import Job
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from pgqueuer.types import JOB_STATUS, JobId, QueueEntrypoint, QueueManagerId

from postroom.core.states import ChunkKind
from postroom.db.chunk import Entry
from postroom.db.connection import Connection, PlainConnection
from postroom.engine.batch import Batch
from postroom.errors import Unavailable

log = structlog.get_logger(__name__)

_BATCH = 32
_FETCH_BATCH = 4
_LAST = 12.0  # seconds that handlers get when the database is gone
_LOCK = 0x70677175
_LOG_KEPT = timedelta(minutes=1)
_CHANNEL = "postroom_queued"  # payload: lanes, separated by commas
_POLL = 1.0  # seconds between looks at the queue when nothing was heard: entries of dead workers turn up so


# PgQueuer notes three times what becomes of each entry, for statistics that nobody here reads: `chunk` and the
# events of a job tell it. Of all that an entry costs the database, that was a third.
_UNLOGGED = """
CREATE OR REPLACE FUNCTION postroom_unlogged() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE OR REPLACE TRIGGER postroom_unlogged BEFORE INSERT ON pgqueuer_log
  FOR EACH ROW EXECUTE FUNCTION postroom_unlogged();
"""


def _pack(entry: Entry) -> bytes:
    return (
        f"{entry.chunk}:{entry.admission}:{entry.kind}:{entry.job}:"
        f"{entry.suspect:d}{entry.quick:d}{entry.long:d}".encode()
    )


def _unpack(payload: bytes) -> Entry:
    chunk, admission, kind, job, flags = payload.decode().split(":")
    suspect, quick, long = (flag == "1" for flag in flags.ljust(3, "0"))
    return Entry(int(chunk), UUID(job), ChunkKind(kind), int(admission), suspect, quick, long)


def _lane(system: str, entry: Entry) -> str:
    if entry.kind is ChunkKind.FETCH:
        return f"{system}.fetch"
    return f"{system}.{'quick' if entry.quick else 'long' if entry.long else 'slow'}"


async def install(url: str) -> None:
    """Make the queue's tables, or bring them up to date. Safe to repeat."""
    connection = await asyncpg.connect(url)
    try:
        queries = _queries(connection)
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            fresh = await connection.fetchval("SELECT to_regclass('pgqueuer')") is None
            if fresh:
                await queries.install()
        if not fresh:
            await queries.upgrade()
        # We say ourselves when something was put in, once per admission.
        await connection.execute("ALTER TABLE pgqueuer DISABLE TRIGGER tg_pgqueuer_changed")
        await connection.execute(_UNLOGGED)
    finally:
        await connection.close()


def _queries(connection: Connection) -> Queries:
    settings = DBSettings(durability=Durability.volatile)
    return Queries(AsyncpgDriver(connection), qbe=QueryBuilderEnvironment(settings))  # type: ignore[arg-type]


async def put(connection: Connection, entries: Sequence[tuple[str, Entry]]) -> None:
    """Put (system, entry) pairs into the queue, in the caller's transaction."""
    if not entries:
        return
    await Queries(AsyncpgDriver(connection)).enqueue(  # type: ignore[arg-type]
        [_lane(system, entry) for system, entry in entries],
        [_pack(entry) for _, entry in entries],
        [0] * len(entries),
        dedupe_key=[f"{entry.chunk}:{entry.admission}" for _, entry in entries],
        on_conflict="skip",
    )
    lanes = {_lane(system, entry) for system, entry in entries}
    await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, ",".join(sorted(lanes)))


async def present(connection: Connection) -> list[Entry]:
    """Every entry that is in the queue, handed out or not, except those that were held as failed."""
    rows = await connection.fetch("SELECT payload FROM pgqueuer WHERE status <> 'failed'")
    return [_unpack(row["payload"]) for row in rows]


async def held(connection: Connection) -> list[Entry]:
    """Entries over which a handler raised, until `tidy` deletes them."""
    rows = await connection.fetch("SELECT payload FROM pgqueuer WHERE status = 'failed'")
    return [_unpack(row["payload"]) for row in rows]


async def tidy(connection: Connection) -> None:
    """Delete what PgQueuer keeps for its own statistics, and entries held because a handler raised."""
    await connection.execute("DELETE FROM pgqueuer WHERE status = 'failed'")
    await connection.execute("DELETE FROM pgqueuer_log WHERE created < now() - $1::interval", _LOG_KEPT)
    await connection.execute(
        "DELETE FROM pgqueuer_statistics WHERE created < now() - $1::interval", _LOG_KEPT
    )


@dataclass(slots=True)
class _Lane:
    """Entrypoints that are fetched together. most: entries held at once. batch: entries fetched at once."""

    names: tuple[str, ...]
    batch: int
    most: int
    held: int = 0
    heard: bool = True

    @property
    def room(self) -> int:
        """How many to fetch now. Small batches cost as much as large ones, so half a batch must fit."""
        free = min(self.batch, self.most - self.held)
        return free if free >= (self.batch + 1) // 2 else 0


class Consumer:
    """One worker's end of the queue.

    Three lanes. Quick chunks are taken in batches and ahead of time. Slow ones are taken one by one, one more
    than there are children. While a long one is among them, nothing is taken for which there is no child, not
    even quick chunks: it would wait here while another worker is idle. What is to be fetched from elsewhere
    takes no slot.
    """

    def __init__(
        self, url: str, systems: Sequence[str], *, heartbeat: float, slots: int, fetches: int = 1
    ) -> None:
        """heartbeat: seconds of silence after which another worker gets what this one holds. fetches: chunks
        of that kind at a time."""
        self._url = url
        self._heartbeat = heartbeat
        self._id = QueueManagerId(uuid4())
        self._slots = slots
        quick, slow, long, fetch = (
            tuple(f"{system}.{lane}" for system in systems) for lane in ("quick", "slow", "long", "fetch")
        )
        self._quick = _Lane(quick, _BATCH, 2 * _BATCH * slots)
        # In the order in which they were put in, whichever they are, so that neither keeps the other out.
        self._slow = _Lane((*slow, *long), 1, 2 * slots + 1)
        self._lanes = (self._quick, self._slow, _Lane(fetch, min(_FETCH_BATCH, fetches), fetches))
        self._busy: set[Entry] = set()  # slow and long ones that have a child, or wait for one
        self._held: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._stopped = False

    async def run(self, handle: Callable[[Entry], Awaitable[None]]) -> None:
        """Hand out entries until `stop`, then wait for those under way. Raises if the database goes away."""
        pool = await asyncpg.create_pool(self._url, min_size=1, max_size=4, connection_class=PlainConnection)
        listener = await asyncpg.connect(self._url)
        queries = Queries(AsyncpgPoolDriver(pool))
        ended: Batch[tuple[Job, JOB_STATUS], None] = Batch(partial(_log, queries))
        beat = asyncio.create_task(self._beat(queries))
        try:
            await listener.add_listener(_CHANNEL, self._heard)
            while not self._stopped:
                if beat.done():
                    await beat
                    raise Unavailable("The queue cannot be reached right now.")
                if not await self._fetch(queries, handle, ended):
                    await self._pause()
            if self._held:
                await asyncio.wait(list(self._held.values()))
        finally:
            beat.cancel()
            await self._let_go()
            await asyncio.gather(beat, return_exceptions=True)
            for close in (listener.close(timeout=1), asyncio.wait_for(pool.close(), 5)):
                with contextlib.suppress(
                    TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError
                ):
                    await close
            pool.terminate()

    @property
    def dry(self) -> bool:
        """When the queue was asked last for chunks that take a slot, there were no more in it."""
        quick, slow, _ = self._lanes
        return not quick.heard and not slow.heard

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    def leave(self, entry: Entry) -> None:
        """Its child is free for another one; what is left to do of it needs none."""
        self._busy.discard(entry)
        if any(lane.heard and self._room(lane) for lane in self._lanes):
            self._wake.set()

    def _room(self, lane: _Lane) -> int:
        """How many to fetch into a lane now."""
        long = any(entry.long for entry in self._busy)
        if lane is self._quick and long and len(self._busy) >= self._slots:
            return 0
        if lane is self._slow and len(self._busy) >= self._slots + (not long):
            return 0
        return lane.room

    async def _fetch(
        self,
        queries: Queries,
        handle: Callable[[Entry], Awaitable[None]],
        ended: Batch[tuple[Job, JOB_STATUS], None],
    ) -> bool:
        """Fetch into each lane that has room and may have something. False if there was nothing to do."""
        busy = False
        for lane in self._lanes:
            room = self._room(lane)
            if not room or not lane.heard:
                continue
            busy = True
            lane.heard = False  # before the question: what is put in meanwhile is heard of
            jobs = await queries.dequeue(
                batch_size=room,
                entrypoints={QueueEntrypoint(name): EntrypointExecutionParameter(0) for name in lane.names},
                queue_manager_id=self._id,
                global_concurrency_limit=None,
                heartbeat_timeout=timedelta(seconds=self._heartbeat),
            )
            lane.heard = lane.heard or len(jobs) == room
            for job in jobs:
                if job.id not in self._held:  # a late heartbeat may hand out again what runs here
                    lane.held += 1
                    entry = _unpack(job.payload or b"")
                    if lane is self._slow:
                        self._busy.add(entry)
                    task = asyncio.create_task(self._dispatch(job, entry, lane, handle, ended))
                    self._held[job.id] = task
        return busy

    async def _dispatch(
        self,
        job: Job,
        entry: Entry,
        lane: _Lane,
        handle: Callable[[Entry], Awaitable[None]],
        ended: Batch[tuple[Job, JOB_STATUS], None],
    ) -> None:
        status: JOB_STATUS = "successful"
        try:
            await handle(entry)
        except Exception as error:
            log.warning("queue.held", entry=(job.payload or b"").decode(), error=repr(error))
            status = "failed"  # held; reconcile puts the chunk back
        try:
            await ended((job, status))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # It will be handed out again; the chunk's own guards make that harmless.
            log.warning("queue.unlogged", error=repr(error))
        finally:
            self._held.pop(job.id, None)
            lane.held -= 1
            self.leave(entry)

    async def _pause(self) -> None:
        """Until there is room, or news, or it is time to look anyway."""
        self._wake.clear()
        if any(lane.heard and self._room(lane) for lane in self._lanes):
            return
        try:
            async with asyncio.timeout(_POLL):
                await self._wake.wait()
        except TimeoutError:
            for lane in self._lanes:
                lane.heard = True

    def _heard(self, _: object, __: int, ___: str, payload: object) -> None:
        names = set(str(payload).split(","))
        for lane in self._lanes:
            if names.intersection(lane.names):
                lane.heard = True
        self._wake.set()

    async def _beat(self, queries: Queries) -> None:
        """Say that what is held is being worked on, well before anybody may think otherwise."""
        while True:
            await asyncio.sleep(self._heartbeat / 4)
            if self._held:
                await queries.update_heartbeat([JobId(number) for number in self._held])

    async def _let_go(self) -> None:
        """After a failure: handlers get a moment to end well, then are cancelled."""
        if self._held:
            _, left = await asyncio.wait(list(self._held.values()), timeout=_LAST)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


async def _log(queries: Queries, ended: Sequence[tuple[Job, JOB_STATUS]]) -> list[None]:
    await queries.log_jobs([(job, status, None) for job, status in ended])
    return [None] * len(ended)
