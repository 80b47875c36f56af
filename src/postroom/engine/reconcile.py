"""Owns the sweep that mends: what crashes left over is found and put right, what is old is forgotten.

Every worker runs it, one at a time (an advisory lock). Each step is safe to repeat and to be cut off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from postroom.core.states import ChunkKind, JobMove
from postroom.db import chunk, delivery, event, idempotency, job, upload, worker
from postroom.db.connection import Connection
from postroom.desk.advance import advance, end_early
from postroom.desk.context import Desk
from postroom.engine import queue
from postroom.ports import Sweeps, TakesDrafts

log = structlog.get_logger(__name__)

_LOCK = 0x7265636F
_PAGE = 500


class Reconcile:
    """One worker's part in the sweeps."""

    def __init__(self, desk: Desk, also: Sequence[Callable[[Desk], Awaitable[None]]] = ()) -> None:
        """also: sweeps of the systems, over what is theirs."""
        self._desk = desk
        self._also = also
        self._swept_blobs: datetime | None = None

    async def run(self) -> None:
        while True:
            await self.sweep()
            await asyncio.sleep(self._desk.settings.reconcile_every)

    async def sweep(self) -> bool:
        """One sweep. False if another worker is at it."""
        async with self._desk.db.connection() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                return False
            try:
                await self._lost_chunks(connection)
                await self._stuck_jobs(connection)
                await self._expired_jobs()
                await self._old_jobs()
                for sweep in self._also:
                    await sweep(self._desk)
                await queue.tidy(connection)
                await idempotency.forget(self._desk.db, self._desk.settings.idempotency_ttl)
                await delivery.forget(self._desk.db, self._desk.settings.retention_days)
                await worker.forget_silent(self._desk.db, 20 * self._desk.settings.heartbeat)
                await self._orphan_blobs(connection)
            finally:
                await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)
        return True

    async def _lost_chunks(self, connection: Connection) -> None:
        """Chunks that should stand in the queue and do not: its tables are unlogged, a crash empties them."""
        grace = 2.0
        here = {entry.chunk for entry in await queue.present(connection)}
        raised = {(entry.chunk, entry.admission) for entry in await queue.held(connection)}
        for row in await chunk.missing_from(self._desk.db, list(here), grace):
            # Finished and acknowledged in this order, so between the two looks it may have ended well;
            # the state guard of the update decides.
            entry = chunk.Entry(row["id"], row["job_id"], ChunkKind.PROCESS, row["admission"])
            # Held against it only if its handler raised. That the queue was emptied is no chunk's fault.
            blame = (entry.chunk, entry.admission) in raised
            await chunk.put_back_entry(self._desk.db, entry, blame=blame)
            log.warning("chunk.mended", chunk=row["id"], job=str(row["job_id"]), state=row["state"])
        await event.notify(connection, event.WORK)

    async def _stuck_jobs(self, connection: Connection) -> None:
        """Jobs with nothing left to do that nobody moved on. There should be none; if so, it is logged."""
        for job_id in await job.stuck(connection, _PAGE):
            log.error("job.stuck", job=str(job_id))
            async with self._desk.db.transaction() as transaction:
                await advance(transaction, [job_id], self._desk.followers)

    async def _expired_jobs(self) -> None:
        for job_id in await job.due(self._desk.db):
            async with self._desk.db.transaction() as connection:
                for row in await job.lock(connection, [job_id]):
                    late = row["expires_at"] and row["expires_at"] <= datetime.now(UTC)
                    if late and await end_early(
                        connection,
                        row,
                        JobMove.EXPIRE,
                        "The job was not used in time.",
                        followers=self._desk.followers,
                    ):
                        log.info("job.expired", job=str(job_id))

    async def _old_jobs(self) -> None:
        for job_id in await job.old(self._desk.db, self._desk.settings.retention_days):
            async with self._desk.db.transaction() as connection:
                blobs = await job.delete(connection, job_id)
            await self._desk.blobs.delete(blobs)
            log.info("job.forgotten", job=str(job_id), blobs=len(blobs))

    async def _orphan_blobs(self, connection: Connection) -> None:
        """Bytes that no row names: uploads cut off by a crash, artifacts of attempts that did not count."""
        grace = timedelta(seconds=self._desk.settings.orphan_grace)
        now = datetime.now(UTC)
        if self._swept_blobs is not None and now - self._swept_blobs < min(grace, timedelta(hours=1)):
            return
        self._swept_blobs = now
        if isinstance(self._desk.blobs, Sweeps):
            await self._desk.blobs.sweep()
        if isinstance(self._desk.blobs, TakesDrafts):
            await self._old_drafts(self._desk.blobs, now - grace)
        page: list[str] = []
        count = 0
        async for key, changed in self._desk.blobs.keys():
            if now - changed > grace:
                page.append(key)
            if len(page) >= _PAGE:
                count += await self._delete_unnamed(connection, page)
                page = []
        count += await self._delete_unnamed(connection, page)
        if count:
            log.info("blobs.swept", deleted=count)

    async def _old_drafts(self, store: TakesDrafts, before: datetime) -> None:
        """Uploads that somebody began, and whose document is over: received, cancelled, expired, or gone."""
        names = [name async for name, changed in store.drafts() if changed < before]
        for start in range(0, len(names), _PAGE):
            page = {UUID(hex=name): name for name in names[start : start + _PAGE]}
            wanted = await upload.drafts_in_use(self._desk.db, list(page))
            over = [name for each, name in page.items() if each not in wanted]
            await store.discard(over)
            if over:
                log.info("drafts.swept", deleted=len(over))

    async def _delete_unnamed(self, connection: Connection, keys: list[str]) -> int:
        orphans = await job.unnamed(connection, keys)
        await self._desk.blobs.delete(orphans)
        return len(orphans)
