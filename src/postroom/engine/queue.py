"""Owns the queue: the only file that knows PgQueuer. It hands each admitted chunk to some worker, at least once.

The queue is a window, not the truth: its tables are unlogged, and what a crash of the database takes out of
them, reconcile puts back from `chunk`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from postroom.core.states import ChunkKind
from postroom.db.chunk import Entry
from postroom.db.connection import Connection

# It logs each failed health check and shutdown with a traceback; our supervisor says what matters.
logging.getLogger("pgqueuer").setLevel(logging.WARNING)

_BATCH = 16
_LOCK = 0x70677175
_LOG_KEPT = timedelta(hours=1)


def _pack(entry: Entry) -> bytes:
    return (
        f"{entry.chunk}:{entry.admission}:{entry.kind}:{entry.job}:{entry.suspect:d}{entry.quick:d}".encode()
    )


def _unpack(payload: bytes) -> Entry:
    chunk, admission, kind, job, flags = payload.decode().split(":")
    return Entry(int(chunk), UUID(job), ChunkKind(kind), int(admission), flags[0] == "1", flags[1] == "1")


def _lane(system: str, *, quick: bool) -> str:
    return f"{system}.{'quick' if quick else 'slow'}"


async def install(url: str) -> None:
    """Make the queue's tables, or bring them up to date. Safe to repeat."""
    connection = await asyncpg.connect(url)
    try:
        queries = _queries(connection)
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            if await connection.fetchval("SELECT to_regclass('pgqueuer')") is None:
                await queries.install()
                return
        await queries.upgrade()
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
        [_lane(system, quick=entry.quick) for system, entry in entries],
        [_pack(entry) for _, entry in entries],
        [0] * len(entries),
        dedupe_key=[f"{entry.chunk}:{entry.admission}" for _, entry in entries],
        on_conflict="skip",
    )


async def present(connection: Connection) -> list[Entry]:
    """Every entry that is in the queue, handed out or not, except those that were held as failed."""
    rows = await connection.fetch("SELECT payload FROM pgqueuer WHERE status <> 'failed'")
    return [_unpack(row["payload"]) for row in rows]


async def tidy(connection: Connection) -> None:
    """Delete what PgQueuer keeps for its own statistics, and entries held because a handler raised."""
    await connection.execute("DELETE FROM pgqueuer WHERE status = 'failed'")
    await connection.execute("DELETE FROM pgqueuer_log WHERE created < now() - $1::interval", _LOG_KEPT)
    await connection.execute(
        "DELETE FROM pgqueuer_statistics WHERE created < now() - $1::interval", _LOG_KEPT
    )


class Consumer:
    """One worker's end of the queue.

    Two lanes. Quick chunks are fetched in batches and ahead of time. Slow ones are fetched one by one, so
    that no worker holds what an idle one could do.
    """

    def __init__(self, url: str, systems: Sequence[str], *, heartbeat: float, slots: int) -> None:
        """heartbeat: seconds of silence after which another worker gets what this one holds."""
        self._url = url
        self._systems = systems
        self._heartbeat = timedelta(seconds=heartbeat)
        self._slots = slots
        self._shutdown = asyncio.Event()

    async def run(self, handle: Callable[[Entry], Awaitable[None]]) -> None:
        """Hand out entries until `stop`, then wait for those under way. Raises if the database goes away."""
        pool = await asyncpg.create_pool(self._url, min_size=2, max_size=6)
        try:
            lanes = [
                self._lane(pool, handle, quick=True, batch=_BATCH, most=2 * _BATCH * self._slots),
                self._lane(pool, handle, quick=False, batch=1, most=self._slots + 1),
            ]
            ends = await asyncio.gather(*lanes, return_exceptions=True)
        finally:
            try:
                await asyncio.wait_for(pool.close(), 5)
            except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pool.terminate()
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _lane(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        handle: Callable[[Entry], Awaitable[None]],
        *,
        quick: bool,
        batch: int,
        most: int,
    ) -> None:
        queuer = PgQueuer(AsyncpgPoolDriver(pool))
        queuer.qm.shutdown = self._shutdown

        async def dispatch(job: Job) -> None:
            if job.payload is not None:
                await handle(_unpack(job.payload))

        for system in self._systems:
            queuer.entrypoint(_lane(system, quick=quick), on_failure="hold")(dispatch)
        try:
            await queuer.qm.run(
                dequeue_timeout=timedelta(seconds=2),
                batch_size=batch,
                max_concurrent_tasks=most,
                heartbeat_timeout=self._heartbeat,
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            # One lane cannot go on without the other.
            self._shutdown.set()

    def stop(self) -> None:
        self._shutdown.set()
