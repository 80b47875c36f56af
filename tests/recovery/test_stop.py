"""Work that is told to stop: cancelled, blocked, drained. What runs ends in time, nothing comes after."""

from __future__ import annotations

import signal
from pathlib import Path
from uuid import UUID

import psutil

from postroom.core.outcome import Cause
from postroom.db import job as job_rows
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant, pile


async def running(desk: Desk, made: UUID, count: int) -> None:
    async def look() -> bool:
        found = await desk.db.fetch(
            "SELECT FROM chunk WHERE job_id = $1 AND state = 'running' AND kind = 'process'", made
        )
        return len(found) >= count

    await until(look, what=f"{count} running chunks")


async def test_a_cancelled_job_is_still_at_once(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    async with Live(settings, tmp_path / "live") as live:
        papers = [(f"{n}.txt", f"sleep:60#{n}") for n in range(6)]
        made = await pile.submitted(desk, access, papers)
        await running(desk, made.id, 2)
        await until(lambda: len(_children(live)) == 2, what="two children at work")
        children = _children(live)
        await job.cancel(desk, access, made.id)
        # Their documents would take a minute.
        await until(lambda: not any(map(_lives, children)), 40, what="the end of the children")
        row = await invariant.check(desk.db, made.id)
        assert (row["state"], row["cancelled"]) == ("cancelled", len(papers))
        # The workers are free at once, and what was cancelled has left nothing behind.
        more = await pile.submitted(desk, access, [(f"{n}.txt", f"ok#{n}") for n in range(20)])
        assert (await pile.ended(desk, more.id))["state"] == "succeeded"
        assert (await trace(desk, made.id)) == dict(row)
        assert [worker.lives for worker in live.workers] == [1, 1]
    await invariant.nothing_unnamed(desk)


async def trace(desk: Desk, made: UUID) -> dict[str, object]:
    return dict(await invariant.check(desk.db, made))


def _children(live: Live) -> list[psutil.Process]:
    return [child for worker in live.workers for child in worker.children()]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_blocked_job_pauses_and_goes_on_where_it_stopped(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    async with Live(settings, tmp_path / "live"):
        papers = [
            (f"{n}.txt", f"sleep:0.05#{n}") for n in range(150)
        ]  # enough to be found in the middle twice
        made = await pile.submitted(desk, access, papers)
        for _ in range(2):
            await running(desk, made.id, 1)
            async with desk.db.transaction() as connection:
                (row,) = await job_rows.lock(connection, [made.id])
                assert await job.block(connection, row, Cause.OPERATOR, "No credit.", expires_in=60)

            async def quiet() -> bool:
                rows = await desk.db.fetch(
                    "SELECT FROM chunk WHERE job_id = $1 AND state IN ('admitted', 'running')", made.id
                )
                return not rows

            await until(quiet, what="what ran may end, nothing new is taken up")
            row = await invariant.check(desk.db, made.id)
            assert row["state"] == "blocked" and row["waiting"] > 0
            await job.resume(desk, access, made.id)
        row = await pile.ended(desk, made.id)
        await invariant.check(desk.db, made.id)
        assert (row["state"], row["succeeded"]) == ("succeeded", len(papers))


async def test_a_workflow_that_cannot_go_on_pauses_its_job(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    async with Live(settings, tmp_path / "live"):
        papers = [("a.txt", "ok"), ("b.txt", "block"), ("c.txt", "ok#2")]
        stuck = await pile.submitted(desk, access, papers)
        for _ in range(2):
            await until(lambda: _is(desk, stuck.id, "blocked"))
            await job.resume(desk, access, stuck.id)
        await until(lambda: _is(desk, stuck.id, "blocked"))
        await job.cancel(desk, access, stuck.id)
        row = await invariant.check(desk.db, stuck.id)
        assert row["state"] == "cancelled" and row["failed"] == 0 and row["cancelled"] >= 1


async def _is(desk: Desk, made: UUID, state: str) -> bool:
    return bool((await pile.row_of(desk, made))["state"] == state)


async def test_sigterm_drains_gives_chunks_back_and_counts_no_attempt(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    # A busy machine must not pass for a silent worker.
    settings = settings.model_copy(update={"drain_timeout": 0.5, "heartbeat": 15.0})
    async with Live(settings, tmp_path / "live", respawn=False) as live:
        made = await pile.submitted(desk, access, [(f"{n}.txt", f"sleep:60#{n}") for n in range(6)])
        await running(desk, made.id, 2)
        for worker in live.workers:
            worker.signal(signal.SIGTERM)
        # What they are at would take a minute.
        await until(lambda: not any(worker.alive for worker in live.workers), 40, what="the end of the drain")
        assert [worker.code for worker in live.workers] == [0, 0], live.log()[-2000:]
        chunks = await desk.db.fetch("SELECT * FROM chunk WHERE job_id = $1 AND kind = 'process'", made.id)
        # A round of admission may have come after it; nobody is left to take it up.
        assert {(c["state"].replace("admitted", "waiting"), c["attempt"], c["lost"]) for c in chunks} == {
            ("waiting", 0, 0)
        }, live.log()[-1500:]
        row = await invariant.check(desk.db, made.id)
        assert (row["state"], row["waiting"], row["running"]) == ("running", 6, 0)
        assert not await desk.db.fetch("SELECT FROM worker")
