"""Two workers, one chunk: only the newest claim counts, and a commit of unknown fate is not a stale one."""

from __future__ import annotations

from uuid import UUID

import pytest

from postroom.core.outcome import Cause
from postroom.core.states import ChunkKind
from postroom.db.connection import Row
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.engine.claim import Claimed
from postroom.engine.effect import Kept
from tests.recovery import invariant, pile
from tests.recovery.hand import Hand


@pytest.fixture
async def first(desk: Desk) -> Hand:
    hand = Hand(desk)
    await hand.enter()
    return hand


@pytest.fixture
async def second(desk: Desk) -> Hand:
    hand = Hand(desk)
    await hand.enter()
    return hand


async def keep(desk: Desk, name: str) -> Kept:
    writer = desk.blobs.writer(f"artifact/{name}")
    await writer.write(name.encode())
    return Kept("copy.txt", "text/plain", await writer.commit())


async def trace(desk: Desk, made: UUID) -> list[list[Row]]:
    """Everything that a job has left in the database."""
    return [
        await desk.db.fetch(f"SELECT * FROM {name} WHERE job_id = $1 ORDER BY 1, 2", made)
        for name in ("document", "chunk", "event", "artifact")
    ] + [await desk.db.fetch("SELECT * FROM job WHERE id = $1", made)]


async def processing(desk: Desk, access: Access, hand: Hand, workflow: str = "probe") -> tuple[UUID, Claimed]:
    """A job of one document, checked, its process chunk claimed by `hand`."""
    made = await pile.submitted(desk, access, [("one.txt", "ok")], workflow)
    (check,) = await hand.take()
    assert check.kind is ChunkKind.CHECK
    assert await hand.check(check)
    (process,) = await hand.take()
    return made.id, process


async def test_an_outdated_finish_changes_nothing(
    desk: Desk, access: Access, first: Hand, second: Hand
) -> None:
    made, old = await processing(desk, access, first)
    assert await first.give_back(old)
    (new,) = await second.take()
    assert (new.chunk, new.epoch) == (old.chunk, old.epoch + 1)
    before = await trace(desk, made)
    assert not await first.process(old, kept=[await keep(desk, "late")])
    assert not await first.give_back(old)
    assert not await first.effects.blocked(old, Cause.SYSTEM, "?")
    assert await trace(desk, made) == before
    assert await second.process(new, kept=[await keep(desk, "new")])
    after = await trace(desk, made)
    assert not await first.process(old)
    assert await trace(desk, made) == after
    row = await invariant.check(desk.db, made, blobs=desk.blobs)
    assert row["state"] == "succeeded"
    await invariant.nothing_unnamed(desk)


async def test_an_outdated_check_changes_nothing(
    desk: Desk, access: Access, first: Hand, second: Hand
) -> None:
    made = await pile.submitted(desk, access, [("one.txt", "ok")])
    (old,) = await first.take()
    assert await first.give_back(old)
    (new,) = await second.take()
    before = await trace(desk, made.id)
    assert not await first.check(old, "bad")
    assert await trace(desk, made.id) == before
    assert await second.check(new)
    await second.through()
    assert (await invariant.check(desk.db, made.id))["state"] == "succeeded"


async def test_a_finish_after_the_cancellation_changes_nothing(
    desk: Desk, access: Access, first: Hand
) -> None:
    made, claimed = await processing(desk, access, first)
    await job.cancel(desk, access, made)
    before = await trace(desk, made)
    assert not await first.process(claimed, kept=[await keep(desk, "late")])
    assert not await first.give_back(claimed, attempt=True)
    assert await trace(desk, made) == before
    assert (await invariant.check(desk.db, made))["state"] == "cancelled"


@pytest.mark.parametrize("workflow", ["probe", "probe-finish"])
async def test_effects_whose_commit_was_not_acknowledged_are_known_as_stored(
    desk: Desk, access: Access, first: Hand, workflow: str
) -> None:
    """Else the worker would take its own artifacts for stale ones, and delete bytes that rows name."""
    made, claimed = await processing(desk, access, first, workflow)
    kept = [await keep(desk, "mine")]
    assert await first.process(claimed, kept=kept)
    after = await trace(desk, made)
    assert await first.process(claimed, kept=kept), "told that it was stale, though it is stored"
    assert await trace(desk, made) == after
    if workflow == "probe-finish":
        (finish,) = await first.take()
        assert await first.process(finish)
        assert await first.process(finish)
    assert (await invariant.check(desk.db, made, blobs=desk.blobs))["state"] == "succeeded"


async def test_one_entry_handed_out_twice_is_claimed_once(
    desk: Desk, access: Access, first: Hand, second: Hand
) -> None:
    await pile.submitted(desk, access, [("one.txt", "ok")])
    (entry,) = await first.admit()
    assert await first.claims(entry) is not None
    assert await second.claims(entry) is None


async def test_duplicates_keep_their_original_when_a_blocked_job_goes_on(
    desk: Desk, access: Access, first: Hand
) -> None:
    made = await pile.submitted(desk, access, [("a.txt", "ok"), ("b.txt", "ok"), ("c.txt", "ok")])
    for check in await first.take():
        await first.check(check)
    one, two, three = sorted(await first.take(), key=lambda claimed: claimed.chunk)
    await first.process(one)
    await first.give_back(three)
    assert await first.effects.blocked(two, Cause.SYSTEM, "A tool is missing.")
    await job.resume(desk, access, made.id)
    await first.through()
    rows = await desk.db.fetch("SELECT id, duplicate_of FROM document ORDER BY position")
    assert [row["duplicate_of"] for row in rows] == [None, rows[0]["id"], rows[0]["id"]]
    assert (await invariant.check(desk.db, made.id))["state"] == "succeeded"
