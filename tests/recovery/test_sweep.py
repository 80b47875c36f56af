"""Retention and orphan sweeps delete what no row names, and nothing else. Whoever sweeps, sweeps for all systems."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from postroom.blobs.local import LocalBlobs
from postroom.core.outcome import Cause
from postroom.core.states import JobState
from postroom.db import job as rows
from postroom.desk import advance, job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.engine.reconcile import Reconcile
from postroom.settings import Settings
from tests.recovery import invariant, pile
from tests.recovery.hand import Hand
from tests.recovery.test_fence import keep

ROOT = Path(__file__).resolve().parents[2]


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


async def test_a_worker_of_one_system_expires_jobs_of_another_as_that_system_would(
    desk: Desk, settings: Settings, access: Access
) -> None:
    """A job of plans holds credits. Its end gives them back, though the worker that ends it serves inspect only."""
    made = await job.submit(desk, access, job.Order("plans", options={"project": "House"}))
    await pile.hand_in(desk, access, made.id, [("a.pdf", "ok#1")])
    await job.close(desk, access, made.id)
    async with desk.db.transaction() as connection:
        (row,) = await rows.lock(connection, [made.id])
        await connection.execute(
            "INSERT INTO plan_credit (account_id, job_id, kind, credits, drawing, document)"
            " VALUES ($1, $2, 'reserve', 500, 10, 1)",
            access.account,
            made.id,
        )
        await advance.block(
            connection, row, Cause.SYSTEM, "A tool is missing.", expires_in=-1, followers=desk.followers
        )
    held = "SELECT sum(credits) FROM plan_credit WHERE job_id = $1 AND kind = 'reserve' AND NOT released"
    assert await desk.db.fetchval(held, made.id) == 500

    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "POSTROOM_DATABASE_URL": settings.database_url,
        "POSTROOM_BLOBS": settings.blobs,
        "POSTROOM_SCRATCH": str(settings.scratch),
        "POSTROOM_RECONCILE_EVERY": "0.2",
    }
    command = [sys.executable, "-m", "tests.part", "worker", "--only", "inspect"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(120):
            while (await job.get(desk, access, made.id)).state is not JobState.EXPIRED:
                await asyncio.sleep(0.1)
        serves = await desk.db.fetchval("SELECT systems FROM worker")
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 60)
    assert serves == ["inspect"]
    assert await desk.db.fetchval(held, made.id) is None
