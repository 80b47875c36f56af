"""Owns: small work is not behind big work, in the real database. A simulated worker does what real ones do,
one chunk after the other; a live one proves the same with processes. Orders are compared, never times.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postroom.core.fair import Account, Candidate, Round, choose
from postroom.core.states import ChunkKind, JobState
from postroom.db import chunk, worker
from postroom.db.chunk import Entry
from postroom.db.connection import Row
from postroom.db.document import NewDocument
from postroom.desk import document, job
from postroom.desk.access import Access, authenticate, create_key
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.engine.admit import Admission
from postroom.engine.claim import Claims
from postroom.engine.effect import Done, Effects
from postroom.ports import Checked, Processed
from postroom.settings import Settings
from tests.example import examples

ROOT = Path(__file__).resolve().parents[2]
BIG, SMALL = 2000, 3


class Simulated:
    """One worker with `slots` slots that takes the oldest entries of the window, `slots` at a time."""

    def __init__(self, desk: Desk, slots: int) -> None:
        self.id = uuid4()
        self.desk = desk
        self.slots = slots
        self.admission = Admission(desk.db, desk.settings)
        self.claims = Claims(desk.db, self.id, {name: offer.workflow for name, offer in desk.offers.items()})
        self.effects = Effects(desk.db, blocked_ttl=60)
        self.ended: list[UUID] = []  # the job of each document that has been processed
        self.taken: list[UUID] = []  # the job of each chunk

    async def enter(self) -> None:
        async with self.desk.db.transaction() as connection:
            await worker.enter(connection, self.id, "here", None, 1, self.slots, ["probe"])
            # It does not beat, and must not be held for dead on a slow machine.
            await connection.execute("UPDATE worker SET seen_at = now() + interval '1 hour'")

    async def step(self) -> int:
        """A round of admission, then one chunk for each slot. Returns how many chunks were done."""
        # However slow the machine is, it is not taken for dead.
        await worker.beat(self.desk.db, self.id, "here", None, 1, self.slots, ["probe"])
        assert await self.admission.round()
        rows = await self.desk.db.fetch(
            "SELECT id, job_id, kind, admission FROM chunk WHERE state = 'admitted'"
            " ORDER BY claimed_at, id LIMIT $1",
            self.slots,
        )
        entries = [Entry(row["id"], row["job_id"], ChunkKind(row["kind"]), row["admission"]) for row in rows]
        await asyncio.gather(*(self._do(entry) for entry in entries))
        return len(entries)

    async def _do(self, entry: Entry) -> None:
        claimed = await self.claims(entry)
        assert claimed is not None
        self.taken.append(entry.job)
        if entry.kind is ChunkKind.CHECK:
            assert await self.effects.checked(claimed, Checked())
        else:
            assert await self.effects.processed(Done(claimed, Processed()))
            self.ended.append(entry.job)


async def an_account(desk: Desk) -> Access:
    _, secret = await create_key(desk.db, account=f"a-{uuid4().hex[:8]}")
    return await authenticate(desk.db, secret)


async def submitted(desk: Desk, access: Access, count: int) -> UUID:
    made = await job.submit(desk, access, Order("probe"))
    new = [NewDocument(f"{n}", blob=f"x/{made.id}-{n}", size=1, sha256=f"{n:064x}") for n in range(count)]
    await document.receive(desk, access, made.id, new)
    await job.close(desk, access, made.id)
    return made.id


async def paced(desk: Desk, seconds: float) -> None:
    """As if chunks had been seen to take so long."""
    async with desk.db.transaction() as connection:
        await chunk.set_pace(connection, {("probe", "check"): seconds, ("probe", "process"): seconds})


@pytest.mark.parametrize("same", [True, False], ids=["two jobs of one account", "two accounts"])
@pytest.mark.parametrize(
    ("pace", "slots"), [(None, 1), (0.001, 1), (10.0, 1), (10.0, 3)], ids=["new", "quick", "slow", "slow x 3"]
)
async def test_three_documents_overtake_two_thousand(
    desk: Desk, same: bool, pace: float | None, slots: int
) -> None:
    house = Simulated(desk, slots)
    await house.enter()
    if pace is not None:
        await paced(desk, pace)
    first = await an_account(desk)
    big = await submitted(desk, first, BIG)
    for _ in range(10):
        await house.step()
    small = await submitted(desk, first if same else await an_account(desk), SMALL)
    before = len(house.taken)
    while (await job.get(desk, first if same else await _owner(desk, small), small)).state is not (
        JobState.SUCCEEDED
    ):
        assert await house.step() > 0
    meanwhile = Counter(house.taken[before:])
    # Two windows stood before it, one for its checks and one for its processing, and then turn by turn. A
    # round is given when a quarter of the window is free.
    window = desk.settings.window * slots if pace == 0.001 else max(10, 2 * slots)
    assert meanwhile[small] == 2 * SMALL
    assert meanwhile[big] <= 2 * (1.25 * window + 2 * SMALL + slots)
    assert house.ended.count(big) < BIG / 10


async def _owner(desk: Desk, job_id: UUID) -> Access:
    account = await desk.db.fetchval("SELECT account_id FROM job WHERE id = $1", job_id)
    return Access(account, uuid4(), frozenset(), frozenset(), "production")


async def test_the_big_job_is_not_held_up_by_a_stream_of_small_ones(desk: Desk) -> None:
    house = Simulated(desk, 1)
    await house.enter()
    await paced(desk, 5.0)
    access = await an_account(desk)
    big = await submitted(desk, access, 100)
    for _ in range(12):
        await submitted(desk, await an_account(desk), SMALL)
        for _ in range(4):
            await house.step()
    assert Counter(house.taken)[big] >= 5


async def test_an_account_with_a_long_past_is_not_behind_a_newcomer(desk: Desk) -> None:
    house = Simulated(desk, 1)
    await house.enter()
    old, new = await an_account(desk), await an_account(desk)
    await desk.db.execute("UPDATE account SET vtime = 86400 WHERE id = $1", old.account)
    # Both come after an idle night, in the same moment.
    one, two = await submitted(desk, old, 50), await submitted(desk, new, 50)
    for _ in range(60):
        await house.step()
    counts = Counter(house.taken)
    assert abs(counts[one] - counts[two]) <= 12


async def test_the_window_is_never_fuller_than_it_may_be_and_never_empty(desk: Desk) -> None:
    house = Simulated(desk, 2)
    await house.enter()
    await paced(desk, 0.001)
    await submitted(desk, await an_account(desk), 300)
    steps = 0
    while await house.step():
        steps += 1
        flying = await desk.db.fetchval("SELECT count(*) FROM chunk WHERE state IN ('admitted', 'running')")
        left = await desk.db.fetchval("SELECT count(*) FROM chunk WHERE state = 'waiting'")
        assert flying <= 2 * desk.settings.window
        assert flying > 0 or left in (0, 300), "only when the last check is done, nothing is under way"
    assert steps == 300


@pytest.mark.parametrize("room", [1, 7])
async def test_those_that_are_looked_at_are_those_that_would_be_chosen_of_all(desk: Desk, room: int) -> None:
    """However many wait, a round sees as many as there is room for, and decides as if it had seen them all."""
    owners = [await an_account(desk) for _ in range(2)]
    for n in range(20):
        await submitted(desk, owners[n % 2], 1 + n % 3)
    # Half have had turns, within a chunk of each other as it is when they wait together; half are new.
    some = "abs(hashtext(job_id::text)::bigint)"
    await desk.db.execute(f"UPDATE share SET vtime = 100 + 0.49 * {some} / 2147483648.0 WHERE {some} % 2 = 0")
    async with desk.db.transaction(planned=True) as connection:
        seen = await chunk.backlog(connection, ["probe"], room, 1)
        everything = await chunk.backlog(connection, ["probe"], 100, 1)
    assert len(everything) == 20
    assert len(seen) <= 2 * (room + 1)

    def chosen(rows: list[Row]) -> Round:
        candidates = [
            Candidate(row["id"], row["account_id"], row["vtime"], 0.5, min(row["n"], room)) for row in rows
        ]
        return choose(candidates, {owner.account: Account(0.0) for owner in owners}, room)

    assert chosen(seen) == chosen(everything)


async def test_a_job_stands_in_line_as_long_as_it_may_have_something_to_do(desk: Desk) -> None:
    house = Simulated(desk, 1)
    await house.enter()
    access = await an_account(desk)
    opened = await job.submit(desk, access, Order("probe"))
    assert await desk.db.fetchval("SELECT count(*) FROM share") == 0
    await job.cancel(desk, access, opened.id)
    for _ in range(2):
        await submitted(desk, access, 2)
    gone = await submitted(desk, access, 2)
    assert await desk.db.fetchval("SELECT count(*) FROM share") == 3
    await job.cancel(desk, access, gone)
    assert await desk.db.fetchval("SELECT count(*) FROM share") == 2
    while await house.step():
        pass
    assert await desk.db.fetchval("SELECT count(*) FROM share") == 0


async def test_only_one_round_at_a_time_is_given(desk: Desk) -> None:
    house = Simulated(desk, 1)
    await house.enter()
    await submitted(desk, await an_account(desk), 200)
    found = await asyncio.gather(*(Admission(desk.db, desk.settings).round() for _ in range(5)))
    assert any(found)
    assert await desk.db.fetchval("SELECT max(admission) FROM chunk") == 1


@settings(max_examples=examples(8), suppress_health_check=list(HealthCheck), database=None)
@given(
    sizes=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 12)), min_size=1, max_size=5),
    slots=st.integers(1, 3),
)
async def test_every_pile_of_jobs_is_done_to_the_last_chunk(
    desk: Desk, sizes: list[tuple[int, int]], slots: int
) -> None:
    house = Simulated(desk, slots)
    await desk.db.execute("DELETE FROM worker")
    await house.enter()
    accounts = [await an_account(desk) for _ in range(3)]
    jobs = {await submitted(desk, accounts[n], count): count for n, count in sizes}
    while await house.step():
        pass
    assert Counter(house.ended) == jobs
    left = await desk.db.fetchval("SELECT count(*) FROM job WHERE ended_at IS NULL")
    assert left == 0


async def test_live_three_documents_are_done_long_before_two_thousand(
    desk: Desk, settings: Settings, access: Access
) -> None:
    """The same with a real worker and real children: whoever ended before the small jobs did, counts."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "POSTROOM_DATABASE_URL": settings.database_url,
        "POSTROOM_BLOBS": settings.blobs,
        "POSTROOM_SCRATCH": str(settings.scratch),
    }
    big = await job.submit(desk, access, Order("probe"))
    await document.receive(desk, access, big.id, await _stored(desk, BIG))
    await job.close(desk, access, big.id)
    command = [sys.executable, "-m", "tests.part", "worker", "--module", "tests.probe", "--slots", "2"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(300):
            while not await desk.db.fetchval("SELECT count(*) FROM chunk WHERE state = 'done'"):
                await asyncio.sleep(0.01)
        small = []
        for owner in (access, await an_account(desk)):
            made = await job.submit(desk, owner, Order("probe"))
            await document.receive(desk, owner, made.id, await _stored(desk, SMALL))
            await job.close(desk, owner, made.id)
            small.append(made.id)
        async with asyncio.timeout(300):
            while await desk.db.fetchval(
                "SELECT count(*) FROM job WHERE id = ANY($1) AND ended_at IS NULL", small
            ):
                await asyncio.sleep(0.02)
        # Of 4,000 chunks: two windows of quick ones may stand before the small jobs.
        done = await desk.db.fetchval(
            "SELECT count(*) FROM chunk WHERE job_id = $1 AND done_at <= (SELECT max(ended_at) FROM job"
            " WHERE id = ANY($2))",
            big.id,
            small,
        )
        assert done < BIG
        assert (await job.get(desk, access, big.id)).state is not JobState.SUCCEEDED
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)


async def _stored(desk: Desk, count: int) -> list[NewDocument]:
    """Documents that share one blob: bytes are not the point here."""
    key = f"document/x/{uuid4().hex}"
    writer = desk.blobs.writer(key)
    await writer.write(b"ok")
    stored = await writer.commit()
    return [NewDocument(f"{n}.txt", stored.key, stored.size, stored.sha256) for n in range(count)]
