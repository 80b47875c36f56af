"""Retention and orphan sweeps delete what no row names, and nothing else."""

from __future__ import annotations

from postroom.blobs.local import LocalBlobs
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.engine.reconcile import Reconcile
from tests.recovery import invariant, pile
from tests.recovery.hand import Hand
from tests.recovery.test_fence import keep


async def everything(desk: Desk) -> set[str]:
    assert isinstance(desk.blobs, LocalBlobs)
    return {key async for key, _ in desk.blobs.keys()}  # noqa: SIM118 not a dict


async def test_sweeps_delete_only_what_no_row_names(desk: Desk, access: Access) -> None:
    hand = Hand(desk)
    await hand.enter()
    old = await pile.submitted(desk, access, [("a.txt", "ok#1"), ("b.txt", "ok#2")])
    for check in await hand.take():
        await hand.check(check)
    good, bad = await hand.take()
    await hand.process(good, kept=[await keep(desk, "of-the-good-one")])
    await hand.process(bad, problem=True)
    await invariant.check(desk.db, old.id, blobs=desk.blobs)
    young = await job.retry(desk, access, old.id)  # names the same bytes as the failed document
    opened = await job.submit(desk, access, job.Order("probe"))
    await pile.hand_in(desk, access, opened.id, [("c.txt", "ok#3")])
    named = await everything(desk)
    await keep(desk, "orphan")

    await Reconcile(desk).sweep()
    assert await everything(desk) == named | {"artifact/orphan"}, "an orphan has its grace"
    await invariant.nothing_unnamed(desk)
    assert await everything(desk) == named

    await desk.db.execute("UPDATE job SET ended_at = now() - interval '31 days' WHERE id = $1", old.id)
    await Reconcile(desk).sweep()
    assert await desk.db.fetchval("SELECT count(*) FROM job") == 2
    for table in ("document", "chunk", "event", "artifact"):
        assert not await desk.db.fetch(f"SELECT FROM {table} WHERE job_id = $1", old.id)
    left = await everything(desk)
    assert len(named - left) == 2, "not exactly the good document and its artifact"
    await hand.through()
    row = await invariant.check(desk.db, young.id, blobs=desk.blobs)
    assert (row["state"], row["succeeded"]) == ("succeeded", 1), "the retry lost its bytes"
    await invariant.nothing_unnamed(desk)
    assert await everything(desk) == left


async def test_a_deleted_job_takes_only_its_own_bytes(desk: Desk, access: Access) -> None:
    hand = Hand(desk)
    await hand.enter()
    old = await pile.submitted(desk, access, [("a.txt", "ok#1"), ("b.txt", "ok#2")])
    for check in await hand.take():
        await hand.check(check)
    for process in await hand.take():
        await hand.process(process, problem=process.chunk % 2 == 0)
    again = await job.retry(desk, access, old.id)
    await job.delete(desk, access, old.id)
    await invariant.check(desk.db, again.id, blobs=desk.blobs)
    assert len(await everything(desk)) == 1
    await job.cancel(desk, access, again.id)
    await job.delete(desk, access, again.id)
    assert await everything(desk) == set()
