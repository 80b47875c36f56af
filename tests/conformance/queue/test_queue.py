"""The seam of engine/queue.py against a real Postgres: what admission and workers may rely on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from postroom.core.states import ChunkKind
from postroom.db.chunk import Entry
from postroom.db.connection import Database
from postroom.engine import queue
from postroom.engine.queue import Consumer

JOB = UUID(int=7)
BEAT = 1.0
Handle = Callable[[Entry], Awaitable[None]]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database_url, size=3)
    yield opened
    await opened.close()


def entry(
    chunk: int, *, admission: int = 1, quick: bool = True, suspect: bool = False, long: bool = False
) -> Entry:
    return Entry(chunk, JOB, ChunkKind.PROCESS, admission, suspect=suspect, quick=quick, long=long)


async def put(db: Database, *entries: Entry, system: str = "probe") -> None:
    async with db.transaction() as connection:
        await queue.put(connection, [(system, one) for one in entries])


async def present(db: Database) -> list[Entry]:
    async with db.connection() as connection:
        return sorted(await queue.present(connection), key=lambda one: one.chunk)


@asynccontextmanager
async def consuming(
    url: str, handle: Handle, *systems: str, slots: int = 2
) -> AsyncIterator[tuple[Consumer, asyncio.Task[None]]]:
    consumer = Consumer(url, systems or ("probe",), heartbeat=BEAT, slots=slots)
    task = asyncio.create_task(consumer.run(handle))
    try:
        yield consumer, task
    finally:
        consumer.stop()
        async with asyncio.timeout(120):
            await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def collector(seen: list[Entry]) -> Handle:
    async def handle(one: Entry) -> None:
        seen.append(one)

    return handle


async def test_what_a_rolled_back_transaction_put_in_was_never_there(db: Database, database_url: str) -> None:
    async def regretted() -> None:
        async with db.transaction() as connection:
            await queue.put(connection, [("probe", entry(1))])
            assert len(await queue.present(connection)) == 1
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await regretted()
    assert await present(db) == []
    await put(db, entry(2))
    seen: list[Entry] = []
    async with consuming(database_url, collector(seen)):
        await until(lambda: bool(seen))
        await asyncio.sleep(0.2)
    assert [one.chunk for one in seen] == [2]


async def test_an_entry_comes_out_as_it_went_in(db: Database, database_url: str) -> None:
    went_in = [
        entry(1, quick=True),
        entry(2, quick=False),
        entry(3, quick=True, suspect=True),
        entry(4, quick=False, long=True),
        Entry(2**40, UUID(int=2**127), ChunkKind.CHECK, 12),
        Entry(5, JOB, ChunkKind.FINISH, 1),
    ]
    await put(db, *went_in)
    assert set(await present(db)) == set(went_in)
    seen: list[Entry] = []
    async with consuming(database_url, collector(seen)):
        await until(lambda: len(seen) >= len(went_in))
    assert set(seen) == set(went_in)


async def test_nothing_put_in_is_nothing(db: Database) -> None:
    await put(db)
    assert await present(db) == []


async def test_every_entry_is_handed_out_and_then_gone(db: Database, database_url: str) -> None:
    entries = [entry(n, quick=n % 3 > 0) for n in range(1, 301)]
    seen: list[Entry] = []
    async with consuming(database_url, collector(seen)), consuming(database_url, collector(seen)):
        for start in range(0, 300, 50):
            await put(db, *entries[start : start + 50])
        await until(lambda: {one.chunk for one in seen} == set(range(1, 301)))
        await asyncio.sleep(0.3)
    assert set(Counter(one.chunk for one in seen).values()) == {1}, "nobody was silent, so each came once"
    assert await present(db) == []


async def test_entries_go_only_to_those_who_know_their_system(db: Database, database_url: str) -> None:
    await put(db, entry(1), system="probe")
    await put(db, entry(2), system="bills")
    seen: list[Entry] = []
    async with consuming(database_url, collector(seen), "bills"):
        await until(lambda: bool(seen))
        await asyncio.sleep(0.3)
    assert [one.chunk for one in seen] == [2]
    assert [one.chunk for one in await present(db)] == [1]


async def test_the_same_admission_is_put_in_once_and_the_next_one_again(db: Database) -> None:
    await put(db, entry(1), entry(2))
    await put(db, entry(1), entry(2, quick=False), entry(3))
    assert [one.chunk for one in await present(db)] == [1, 2, 3]
    await put(db, entry(1, admission=2))
    found = {(one.chunk, one.admission) for one in await present(db)}
    assert found == {(1, 1), (1, 2), (2, 1), (3, 1)}


async def test_an_entry_whose_handler_raised_is_held_and_tidied_away(db: Database, database_url: str) -> None:
    seen: list[int] = []

    async def handle(one: Entry) -> None:
        seen.append(one.chunk)
        if one.chunk == 1:
            raise RuntimeError("a defect")

    await put(db, entry(1), entry(2))
    async with consuming(database_url, handle):
        await until(lambda: len(seen) >= 2)
        await asyncio.sleep(2 * BEAT)
    assert sorted(seen) == [1, 2], "it is not handed out again by itself: reconcile mends its chunk"
    assert await present(db) == []
    async with db.connection() as connection:
        await queue.tidy(connection)
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_stop_waits_for_those_under_way_and_takes_nothing_new(db: Database, database_url: str) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def slow(one: Entry) -> None:
        started.set()
        await asyncio.sleep(2 * BEAT)  # longer than the heartbeat: it is beating while it drains
        ended.set()

    await put(db, entry(1, quick=False))
    async with consuming(database_url, slow, slots=1) as (consumer, task):
        async with asyncio.timeout(120):
            await started.wait()
        consumer.stop()
        await put(db, entry(2, quick=False))
        async with asyncio.timeout(120):
            await task
        assert ended.is_set()
    assert [one.chunk for one in await present(db)] == [2]


async def test_who_is_at_a_long_chunk_takes_nothing_that_would_wait_for_it(
    db: Database, database_url: str
) -> None:
    ended = asyncio.Event()
    seen: list[int] = []

    async def handle(one: Entry) -> None:
        seen.append(one.chunk)
        if one.long:
            await ended.wait()

    others: list[Entry] = []
    await put(db, entry(1, quick=False, long=True))
    async with consuming(database_url, handle, slots=1):
        await until(lambda: seen == [1])
        await put(db, entry(2), entry(3, quick=False), entry(4, quick=False, long=True))
        await asyncio.sleep(0.3)
        assert seen == [1]
        async with consuming(database_url, collector(others), slots=1):
            await until(lambda: {one.chunk for one in others} == {2, 3, 4})
        ended.set()
    assert seen == [1]


async def test_who_has_a_free_child_again_takes_the_next_though_the_last_is_not_stored(
    db: Database, database_url: str
) -> None:
    stored = asyncio.Event()
    seen: list[int] = []

    async def handle(one: Entry) -> None:
        seen.append(one.chunk)
        if one.chunk == 1:
            consumer.leave(one)
            await stored.wait()

    async with consuming(database_url, handle, slots=1) as (consumer, _):
        await put(db, entry(1, quick=False, long=True))
        await put(db, entry(2, quick=False, long=True), entry(3))
        await until(lambda: set(seen) == {1, 2, 3})
        stored.set()


async def test_neither_slow_nor_long_chunks_keep_the_others_out(db: Database, database_url: str) -> None:
    seen: list[Entry] = []

    async def handle(one: Entry) -> None:
        seen.append(one)
        await asyncio.sleep(0.01)

    kinds = [{"quick": True}, {"quick": False}, {"quick": False, "long": True}]
    await put(db, *(entry(n, **kinds[n % 3]) for n in range(90)))
    async with consuming(database_url, handle, slots=1):
        await until(lambda: len(seen) == 90)
    slow = [one.chunk for one in seen if not one.quick]
    assert slow == sorted(slow), "they come in the order in which they were put in"


_HOLD = """
import asyncio, sys
from postroom.engine.queue import Consumer
async def hold(entry):
    print(entry.chunk, flush=True)
    await asyncio.sleep(600)
asyncio.run(Consumer(sys.argv[1], ["probe"], heartbeat=float(sys.argv[2]), slots=2).run(hold))
"""


async def test_what_a_dead_consumer_held_is_handed_to_another(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    script = tmp_path / "hold.py"
    script.write_text(_HOLD)
    await put(db, entry(1, quick=False), entry(2, quick=True))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        database_url,
        str(BEAT),
        stdout=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    async with asyncio.timeout(120):
        held = {int(await process.stdout.readline()) for _ in range(2)}
    assert held == {1, 2}
    seen: list[Entry] = []
    async with consuming(database_url, collector(seen)):
        await asyncio.sleep(2 * BEAT)
        assert seen == [], "as long as it lives, what it holds is its own"
        process.kill()
        await process.wait()
        await until(lambda: {one.chunk for one in seen} == {1, 2})
    assert await present(db) == []


async def test_installing_twice_and_at_once_is_harmless(db: Database, database_url: str) -> None:
    await put(db, entry(1))
    await asyncio.gather(*(queue.install(database_url) for _ in range(3)))
    assert [one.chunk for one in await present(db)] == [1]
