"""Owns admission: which chunks of the backlog stand in the queue's window. Two levels, account then job.

Any worker runs a round, one at a time (an advisory lock); core/fair.py decides, this file brings it the
candidates and carries out what it says, in one transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from postroom.core.fair import Account, Candidate, Round, choose
from postroom.core.states import ChunkKind, JobState
from postroom.db import chunk, worker
from postroom.db.chunk import Entry
from postroom.db.connection import Connection, Database, Row
from postroom.engine import queue
from postroom.errors import PostroomError
from postroom.settings import Settings

log = structlog.get_logger(__name__)

_LOCK = 0x61646D74
_UNKNOWN_PACE = 0.1  # seconds that a chunk is thought to take before one has been seen
_QUICK = 0.05  # seconds under which a worker may take chunks ahead; the window bounds how much that can be
_LONG = 0.5  # seconds from which fetching the next chunk when a child is free costs less than one that waits
_AGAIN = 0.02  # seconds until the next try when another worker holds the lock
_PAUSE = 0.05  # seconds between two rounds: chunks end all the time, and a round fills the window for more
_STORED = 0.1  # seconds that chunks stand in the window although they are done: until that is stored
_LASTS = 0.5  # seconds that the window is left alone at most while there is work in it and nothing new
_POLL = 1.0


@dataclass(slots=True)
class _Flight:
    """What stands in the window now, counted in the ways that a round asks for."""

    by_system: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    fetches: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    by_job: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    by_account: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, system: str, job: UUID, account: UUID, kind: str, count: int, cost: float) -> None:
        if kind == ChunkKind.FETCH:
            self.fetches[system] += count
        else:
            self.by_system[system] += count
            self.seconds[system] += count * cost
        self.by_job[job] += count
        self.by_account[account] += count


class Admission:
    """One worker's part in admission. `wake` asks for a round; `run` gives them until it is cancelled."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._wanted = asyncio.Event()
        self._pressing = False
        self._timer: asyncio.TimerHandle | None = None
        self._ran = 0.0  # when the last round was, by the loop's clock
        self._lasts = 0.0  # seconds until half of what it found in the window should be done
        self._pace: dict[tuple[str, str], float] = {}

    def wake(self) -> None:
        """Something may be admitted that could not before, or there is little left to do."""
        self._pressing = True
        self._wanted.set()

    def ended(self) -> None:
        """A chunk has ended, and others stand in the window: there is no hurry to fill it."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._ran + self._lasts, self._wanted.set)

    async def run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), _POLL)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._wanted.clear()
            pressing, self._pressing = self._pressing, False
            self._ran = asyncio.get_running_loop().time()
            try:
                if await self.round():
                    await asyncio.sleep(_PAUSE)
                else:
                    await asyncio.sleep(_AGAIN)
                    if pressing:
                        self.wake()
            except PostroomError as error:
                log.warning("admission.failed", error=str(error), cause=repr(error.cause))
                await asyncio.sleep(_POLL)

    async def round(self) -> bool:
        """Fill the window. False if another worker is at it."""
        async with self._db.transaction(relaxed=True, planned=True) as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                return False
            self._pace = {
                (row["workflow"], row["kind"]): row["seconds"] for row in await chunk.seen_pace(connection)
            }
            computed, fetched = await self._choose(connection)
            if computed.admit or fetched.admit:
                admitted = await chunk.admit(connection, computed.admit) if computed.admit else []
                if fetched.admit:
                    admitted += await chunk.admit(connection, fetched.admit, fetches=True)
                await chunk.store_shares(connection, fetched.jobs, fetched.accounts)
                entries = [(row["system"], self._entry(row)) for row in admitted]
                entries.sort(key=lambda pair: pair[1].chunk)
                await queue.put(connection, entries)
        return True

    async def _choose(self, connection: Connection) -> tuple[Round, Round]:
        """What children are to do, and what is to be fetched."""
        serving: dict[str, set[UUID]] = defaultdict(set)
        slots: dict[UUID, int] = {}
        for row in await worker.alive(connection, 3 * self._settings.heartbeat):
            slots[row["id"]] = row["slots"]
            for system in row["systems"]:
                serving[system].add(row["id"])
        crews: dict[frozenset[UUID], list[str]] = defaultdict(list)
        for system, workers in serving.items():
            crews[frozenset(workers)].append(system)
        flight = _Flight()
        for row in await chunk.in_flight(connection):
            cost = self._cost(row["workflow"], row["kind"])
            flight.add(row["system"], row["job_id"], row["account_id"], row["kind"], row["n"], cost)
        computed, fetched = Round(), Round()
        backlogs: list[tuple[list[Row], int]] = []
        lasts = [_LASTS]
        for crew, served in crews.items():
            systems, crew_slots = sorted(served), sum(slots[worker] for worker in crew)
            if seconds := sum(flight.seconds[system] for system in systems):
                lasts.append(max(0.0, seconds / crew_slots / 2 - _STORED))
            room, fetch_room = self._rooms(systems, crew_slots, len(crew), flight)
            if not room and not fetch_room:
                continue
            backlog = await chunk.backlog(connection, systems, room, fetch_room)
            backlogs.append((backlog, fetch_room))
            await self._choose_for(connection, systems, crew_slots, backlog, room, flight, computed)
        self._lasts = min(lasts)
        # The second goes on where the first has brought the virtual times.
        fetched.jobs, fetched.accounts = computed.jobs, computed.accounts
        for backlog, fetch_room in backlogs:
            await self._choose_fetches(connection, backlog, fetch_room, flight, fetched)
        return computed, fetched

    def _rooms(self, systems: list[str], slots: int, workers: int, flight: _Flight) -> tuple[int, int]:
        """How many chunks for children, and how many fetches, may be admitted now; 0: too few to be worth it."""
        window = self._settings.window * slots
        room = window - sum(flight.by_system[system] for system in systems)
        fetches = 2 * self._settings.fetch_concurrency * workers
        fetch_room = fetches - sum(flight.fetches[system] for system in systems)
        return (room if room >= window / 4 else 0, fetch_room if fetch_room >= fetches / 4 else 0)

    async def _choose_for(
        self,
        connection: Connection,
        systems: list[str],
        slots: int,
        backlog: list[Row],
        room: int,
        flight: _Flight,
        result: Round,
    ) -> None:
        """Fill the window of systems that the same workers serve; adds to `result`."""
        candidates = [
            Candidate(
                row["id"],
                row["account_id"],
                result.jobs.get(row["id"], row["vtime"]),
                self._cost(row["workflow"], _next_kind(row["state"])),
                row["n"],
                flight.by_job[row["id"]],
            )
            for row in backlog
            if row["n"]
        ]
        if not candidates:
            return
        # The window is short in time as well as in number: what stands in it is served in order, and a
        # newcomer waits for all of it. Two per slot keep the slots busy however long a chunk takes.
        dearest = max(candidate.cost for candidate in candidates)
        seconds = sum(flight.seconds[system] for system in systems)
        flying = sum(flight.by_system[system] for system in systems)
        timely = int((self._settings.window_seconds * slots - seconds) / dearest)
        most = max(0, min(room, max(timely, 2 * slots - flying)))
        await self._take(connection, candidates, most, flight, result)

    async def _choose_fetches(
        self, connection: Connection, backlog: list[Row], room: int, flight: _Flight, result: Round
    ) -> None:
        """Fill the window of what is to be fetched; adds to `result`."""
        candidates = [
            Candidate(
                row["id"],
                row["account_id"],
                result.jobs.get(row["id"], row["vtime"]),
                self._cost(row["workflow"], ChunkKind.FETCH),
                row["fetches"],
                flight.by_job[row["id"]],
            )
            for row in backlog
            if row["fetches"]
        ]
        if candidates:
            await self._take(connection, candidates, room, flight, result)

    async def _take(
        self,
        connection: Connection,
        candidates: list[Candidate],
        most: int,
        flight: _Flight,
        result: Round,
    ) -> None:
        accounts = {
            row["id"]: Account(
                result.accounts.get(row["id"], row["vtime"]),
                flight.by_account[row["id"]],
                row["cap"] or self._settings.account_cap,
            )
            for row in await chunk.accounts(connection, list({one.account for one in candidates}))
        }
        chosen = choose(candidates, accounts, most)
        for one in candidates:
            flight.by_account[one.account] += chosen.admit.get(one.job, 0)
            flight.by_job[one.job] += chosen.admit.get(one.job, 0)
        result.admit.update(chosen.admit)
        result.jobs.update(chosen.jobs)
        result.accounts.update(chosen.accounts)

    def _entry(self, row: Row) -> Entry:
        cost = self._cost(row["workflow"], row["kind"])
        return Entry(
            row["id"],
            row["job_id"],
            ChunkKind(row["kind"]),
            row["admission"],
            suspect=row["lost"] > 0,
            quick=cost < _QUICK,
            long=cost > _LONG,
        )

    def _cost(self, workflow: str, kind: str) -> float:
        seconds = self._pace.get((workflow, kind), _UNKNOWN_PACE)
        # A fetch mostly waits: as many go on at once as settings allow, and together they cost one's time.
        return seconds / self._settings.fetch_concurrency if kind == ChunkKind.FETCH else seconds


def _next_kind(state: str) -> str:
    return ChunkKind.CHECK if state == JobState.CHECKING else ChunkKind.PROCESS
