"""Random interleavings of every transition of desk and engine, against Postgres: after each step the counters
are what is there, and every move seen is one that core/states.py has.

A run is a seed and a number of steps: what fails is printed by hypothesis and comes back exactly.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from postroom.core.documents import Document
from postroom.core.outcome import Cause
from postroom.core.states import CHUNK, DOCUMENT, JOB, ChunkKind, ChunkState, DocumentState, JobState
from postroom.db import chunk as chunk_rows
from postroom.db import job as job_rows
from postroom.db.chunk import Entry
from postroom.desk import arrive, document, job, upload
from postroom.desk.access import Access, authenticate, create_key
from postroom.desk.context import Desk
from postroom.desk.remote import Remote, remote_documents
from postroom.engine.claim import Claimed
from postroom.engine.reconcile import Reconcile
from postroom.errors import Conflict, Invalid, NotFound
from postroom.settings import Settings
from postroom.wiring.office import open_desk
from tests.example import examples
from tests.part import systems_of
from tests.recovery import invariant, pile
from tests.recovery.hand import Hand

WORKFLOWS = ("probe", "probe-strict", "probe-finish")


def _reachable(table: object) -> dict[str, set[str]]:
    """state -> every state that some moves lead to, itself included: one step here may be several moves."""
    moves = {state.value: {to.value for to in row.values()} for state, row in table.items()}  # type: ignore[attr-defined]
    found = {state: {state} for state in moves}
    for _ in moves:
        for state in found:
            found[state] |= {further for to in found[state] for further in moves[to]}
    return found


_JOB, _DOCUMENT, _CHUNK = (_reachable(table) for table in (JOB, DOCUMENT, CHUNK))


class House:
    """The steps. Each takes its subject from `dice`; one that finds nothing to do does nothing."""

    def __init__(self, desk: Desk, access: Access, dice: random.Random) -> None:
        self._desk, self._access, self._dice = desk, access, dice
        self._hands = [Hand(desk), Hand(desk)]
        self._jobs: list[UUID] = []
        self._held: list[tuple[Hand, Claimed]] = []  # what was claimed, also when it is long outdated
        self._entries: list[Entry] = []  # every queue entry ever seen
        self._seen: dict[tuple[str, object], str] = {}
        self._announced: list[Document] = []  # also those that have arrived, or are long over
        # Weights: work goes on most of the time, and each way of disturbing it comes now and then.
        self.steps: dict[Callable[[], Awaitable[None]], int] = {
            **{self.submit: 3, self.receive: 8, self.close: 6, self.admit: 12, self.claim: 24},
            **{self.receive_addresses: 3, self.announce: 4, self.arrive: 4, self.withdraw: 1},
            **{self.complete_and_close: 3},
            **{self.finish: 30, self.give_back: 4, self.block: 2, self.operator_blocks: 1, self.resume: 4},
            **{self.cancel: 1, self.expire: 1, self.retry: 2, self.delete: 1},
            **{self.worker_dies: 2, self.deliver_again: 3, self.sweep: 1},
        }

    async def enter(self) -> None:
        for hand in self._hands:
            await hand.enter()

    def _job(self) -> UUID:
        return self._dice.choice(self._jobs[-3:] if self._dice.random() < 0.8 else self._jobs)

    # --- the desk

    async def submit(self) -> None:
        if len(self._jobs) > 3 and self._dice.random() < 0.8:
            return  # a few jobs that get far rather than many that do not
        duplicates = self._dice.choice(("process", "link", "reject"))
        order = job.Order(self._dice.choice(WORKFLOWS), options={"duplicates": duplicates})
        self._jobs.append((await job.submit(self._desk, self._access, order)).id)

    async def receive(self) -> None:
        papers = [(f"{n}.txt", f"ok#{self._dice.randrange(4)}") for n in range(self._dice.randrange(1, 4))]
        await pile.hand_in(self._desk, self._access, self._job(), papers)

    async def receive_addresses(self) -> None:
        remotes = [Remote(f"https://files.example/{n}") for n in range(self._dice.randrange(1, 4))]
        documents = await remote_documents(self._desk, remotes)
        await document.receive(self._desk, self._access, self._job(), documents)

    async def announce(self) -> None:
        files = [upload.Announced(f"{n}.txt", 10) for n in range(self._dice.randrange(1, 4))]
        held = self._dice.random() < 0.5
        made = await upload.register(
            self._desk, self._access, self._job(), files, origin="http://here", held=held
        )
        self._announced += [one.document for one in made]

    async def arrive(self) -> None:
        if self._announced:
            wanted = self._dice.choice(self._announced[-6:])

            async def body() -> AsyncIterator[bytes]:
                yield b"ok#4567890"

            await arrive.put_content(self._desk, self._access, wanted.job_id, wanted.id, body())

    async def complete_and_close(self) -> None:
        """Some of what was announced is complete, some has failed, and some nobody speaks of."""
        job_id = self._job()
        mine = [one for one in self._announced if one.job_id == job_id]
        self._dice.shuffle(mine)
        cut = self._dice.randrange(len(mine) + 1)
        await upload.complete_and_close(
            self._desk,
            self._access,
            job_id,
            [upload.Completion(one.id) for one in mine[:cut]],
            [upload.Failure(one.id) for one in mine[cut : cut + 1]],
            only=[one.id for one in mine[:cut]] if self._dice.random() < 0.3 else None,
        )

    async def withdraw(self) -> None:
        if self._announced:
            wanted = self._announced.pop(self._dice.randrange(len(self._announced)))
            await upload.withdraw(self._desk, self._access, wanted.job_id, wanted.id)

    async def close(self) -> None:
        await job.close(self._desk, self._access, self._job())

    async def cancel(self) -> None:
        await job.cancel(self._desk, self._access, self._job())

    async def resume(self) -> None:
        await job.resume(self._desk, self._access, self._job())

    async def operator_blocks(self) -> None:
        async with self._desk.db.transaction() as connection:
            for row in await job_rows.lock(connection, [self._job()]):
                await job.block(connection, row, Cause.OPERATOR, "Wait.", expires_in=60)

    async def expire(self) -> None:
        await self._desk.db.execute(
            "UPDATE job SET expires_at = now() WHERE id = $1 AND expires_at > now()", self._job()
        )
        await self.sweep()

    async def retry(self) -> None:
        self._jobs.append((await job.retry(self._desk, self._access, self._job())).id)

    async def delete(self) -> None:
        made = self._job()
        await job.delete(self._desk, self._access, made)
        self._jobs.remove(made)

    # --- the engine

    async def admit(self) -> None:
        self._entries += await self._dice.choice(self._hands).admit()

    async def claim(self) -> None:
        if self._entries:
            hand, entry = self._dice.choice(self._hands), self._dice.choice(self._entries[-12:])
            if (claimed := await hand.claims(entry)) is not None:
                self._held.append((hand, claimed))

    async def finish(self) -> None:
        """Also outdated claims, and those that were finished before."""
        if self._held:
            hand, claimed = self._dice.choice(self._held[-6:])
            if self._dice.random() < 0.9:
                self._held.remove((hand, claimed))  # else it will be tried again
            if claimed.kind is ChunkKind.FETCH:
                await hand.fetch(claimed, problem=self._dice.random() < 0.3)
            elif claimed.kind is ChunkKind.CHECK:
                outcome = self._dice.choice(("ok", "ok", "ok", "ok", "ok", "bad", "reject"))
                await hand.check(claimed, outcome, parts=self._dice.randrange(1, 4))
            else:
                problem = self._dice.random() < 0.3
                await hand.process(claimed, problem=problem, pages_failed=self._dice.randrange(3))

    async def give_back(self) -> None:
        if self._held:
            hand, claimed = self._dice.choice(self._held[-6:])
            await hand.give_back(claimed, attempt=self._dice.random() < 0.5)

    async def block(self) -> None:
        if self._held:
            hand, claimed = self._dice.choice(self._held[-6:])
            await hand.effects.blocked(claimed, Cause.SYSTEM, "A tool is missing.")

    async def worker_dies(self) -> None:
        async with self._desk.db.transaction() as connection:
            await chunk_rows.put_back_of_worker(connection, self._dice.choice(self._hands).id)

    async def deliver_again(self) -> None:
        """An entry comes a second time, because who had it was silent."""
        if self._entries:
            await chunk_rows.put_back_entry(self._desk.db, self._dice.choice(self._entries))

    async def sweep(self) -> None:
        await Reconcile(self._desk).sweep()

    # --- what must hold

    async def step(self) -> None:
        if not self._jobs:
            await self.submit()
        try:
            await self._dice.choices(list(self.steps), list(self.steps.values()))[0]()
        except (Conflict, Invalid, NotFound):
            pass  # the desk refused it, in words

    async def verify(self) -> None:
        for made in self._jobs:
            await invariant.check(self._desk.db, made)
        for table, reachable in (("job", _JOB), ("document", _DOCUMENT), ("chunk", _CHUNK)):
            for row in await self._desk.db.fetch(f"SELECT id, state FROM {table}"):
                before = self._seen.setdefault((table, row["id"]), row["state"])
                assert row["state"] in reachable[before], f"{table}: {before} -> {row['state']}"
                self._seen[(table, row["id"])] = row["state"]

    async def wind_up(self) -> None:
        """Whatever happened, every job can be brought to its end."""
        for made in self._jobs:
            row = await pile.row_of(self._desk, made)
            if row["state"] == "open":
                await job.close(self._desk, self._access, made)
            elif row["state"] == "blocked":
                await job.resume(self._desk, self._access, made)
        for hand in self._hands:
            async with self._desk.db.transaction() as connection:
                await chunk_rows.put_back_of_worker(connection, hand.id)
        for _ in range(4):
            await self._desk.db.execute(
                "UPDATE chunk SET claimed_at = now() - interval '1 minute', not_before = NULL"
            )
            await self._desk.db.execute("DELETE FROM pgqueuer")
            await self.sweep()
            await self._hands[0].through()
        await self.verify()
        for made in self._jobs:
            assert (await pile.row_of(self._desk, made))["state"] in pile.ENDED


def test_the_tables_are_total() -> None:
    assert set(JOB) == set(JobState)
    assert set(DOCUMENT) == set(DocumentState)
    assert set(CHUNK) == set(ChunkState)


async def _play(configuration: Settings, seed: int, steps: int) -> None:
    async with open_desk(configuration, systems_of("tests.systems"), size=4) as desk:
        await desk.db.execute("TRUNCATE account, job CASCADE")
        await desk.db.execute("DELETE FROM pgqueuer")
        await desk.db.execute("DELETE FROM worker")
        _, secret = await create_key(desk.db, account="a")
        house = House(desk, await authenticate(desk.db, secret), random.Random(seed))
        await house.enter()
        for _ in range(steps):
            await house.step()
            await house.verify()
        await house.wind_up()


async def test_counters_are_what_is_there_after_every_interleaving(desk: Desk) -> None:
    # hypothesis calls its test from synchronous code: it gets a thread, and with it event loops, of its own.
    await asyncio.to_thread(_run, desk.settings)


def _run(configuration: Settings) -> None:
    @settings(
        max_examples=examples(12),
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32 - 1), st.integers(80, 160))
    def run(seed: int, steps: int) -> None:
        asyncio.run(_play(configuration, seed, steps))

    run()
