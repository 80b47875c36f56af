"""Owns admission: which chunks of the backlog stand in the queue's window. Two levels, account then job.

Any worker runs a round, one at a time (an advisory lock); core/fair.py decides, this file brings it the
candidates and carries out what it says, in one transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from uuid import UUID

import structlog

from postroom.core.fair import Account, Candidate, Round, choose
from postroom.core.states import ChunkKind, JobState
from postroom.db import chunk, worker
from postroom.db.chunk import Entry
from postroom.db.connection import Connection, Database
from postroom.engine import queue
from postroom.errors import PostroomError
from postroom.settings import Settings

log = structlog.get_logger(__name__)

_LOCK = 0x61646D74
_UNKNOWN_PACE = 0.1  # seconds that a chunk is thought to take before one has been seen
_QUICK = 0.02  # seconds under which a worker may take chunks ahead
_AGAIN = 0.02  # seconds until the next try when another worker holds the lock
_POLL = 1.0


class Admission:
    """One worker's part in admission. `wake` asks for a round; `run` gives them until it is cancelled."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._wanted = asyncio.Event()
        self._pace: dict[tuple[str, str], float] = {}

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), _POLL)
            self._wanted.clear()
            try:
                if not await self.round():
                    await asyncio.sleep(_AGAIN)
                    self._wanted.set()
            except PostroomError as error:
                log.warning("admission.failed", error=str(error), cause=repr(error.cause))
                await asyncio.sleep(_POLL)

    async def round(self) -> bool:
        """Fill the window. False if another worker is at it."""
        async with self._db.transaction(relaxed=True) as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                return False
            self._pace = {
                (row["workflow"], row["kind"]): row["seconds"]
                for row in await connection.fetch("SELECT workflow, kind, seconds FROM pace")
            }
            chosen = await self._choose(connection)
            if chosen.admit:
                admitted = await chunk.admit(connection, chosen.admit)
                await chunk.store_shares(connection, chosen.jobs, chosen.accounts)
                entries = [
                    (
                        row["system"],
                        Entry(
                            row["id"],
                            row["job_id"],
                            ChunkKind(row["kind"]),
                            row["admission"],
                            suspect=row["lost"] > 0,
                            quick=self._cost(row["workflow"], row["kind"]) < _QUICK,
                        ),
                    )
                    for row in admitted
                ]
                entries.sort(key=lambda pair: pair[1].chunk)
                await queue.put(connection, entries)
        return True

    async def _choose(self, connection: Connection) -> Round:
        slots: dict[str, int] = defaultdict(int)
        for row in await worker.alive(connection, 3 * self._settings.heartbeat):
            for system in row["systems"]:
                slots[system] += row["slots"]
        flying: dict[str, int] = defaultdict(int)
        seconds: dict[str, float] = defaultdict(float)
        by_job: dict[UUID, int] = defaultdict(int)
        by_account: dict[UUID, int] = defaultdict(int)
        for row in await chunk.in_flight(connection):
            flying[row["system"]] += row["n"]
            seconds[row["system"]] += row["n"] * self._cost(row["workflow"], row["kind"])
            by_job[row["job_id"]] += row["n"]
            by_account[row["account_id"]] += row["n"]
        result = Round()
        for system, count in slots.items():
            room = self._settings.window * count - flying[system]
            if room < self._settings.window * count / 4:
                continue
            backlog = await chunk.backlog(connection, [system], room)
            if not backlog:
                continue
            accounts = {
                row["id"]: Account(
                    row["vtime"], by_account[row["id"]], row["cap"] or self._settings.account_cap
                )
                for row in await chunk.accounts(connection, list({row["account_id"] for row in backlog}))
            }
            candidates = [
                Candidate(
                    row["id"],
                    row["account_id"],
                    row["vtime"],
                    self._cost(row["workflow"], _next_kind(row["state"])),
                    row["n"],
                    by_job[row["id"]],
                )
                for row in backlog
            ]
            # The window is short in time as well as in number: what stands in it is served in order, and a
            # newcomer waits for all of it. Two per slot keep the slots busy however long a chunk takes.
            dearest = max(candidate.cost for candidate in candidates)
            timely = int((self._settings.window_seconds * count - seconds[system]) / dearest)
            room = min(room, max(timely, 2 * count - flying[system]))
            merged = choose(candidates, accounts, max(0, room))
            result.admit.update(merged.admit)
            result.jobs.update(merged.jobs)
            result.accounts.update(merged.accounts)
        return result

    def _cost(self, workflow: str, kind: str) -> float:
        return self._pace.get((workflow, kind), _UNKNOWN_PACE)


def _next_kind(state: str) -> str:
    return ChunkKind.CHECK if state == JobState.CHECKING else ChunkKind.PROCESS
