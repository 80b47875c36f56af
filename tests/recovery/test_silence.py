"""A worker that is stopped past the heartbeat and wakes up: its work was given away, it comes too late."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant, pile


async def test_a_worker_that_wakes_after_its_chunk_was_given_away_leaves_no_trace(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    papers = [(f"{n}.txt", f"sleep:0.4#{n}") for n in range(8)] + [
        (f"a{n}.txt", f"artifact#{n}") for n in range(8)
    ]
    async with Live(settings, tmp_path / "live") as live:
        made = await pile.submitted(desk, access, papers)
        sleeper = live.workers[0]

        async def caught() -> bool:
            """Whether it sleeps over a chunk that its child has had for a moment and will answer. One that the child
            has not yet got would be let go when it wakes and hears that the job is over: nothing late in that."""
            sleeper.stop()
            await asyncio.sleep(0.2)
            if await desk.db.fetchval(
                "SELECT count(*) FROM chunk JOIN worker ON worker.id = chunk.worker"
                " JOIN document ON document.id = chunk.document_id WHERE worker.pid = $1 AND chunk.state = 'running'"
                " AND chunk.kind = 'process' AND document.name NOT LIKE 'a%'"
                " AND chunk.claimed_at < now() - interval '0.35 s'",
                sleeper.pid,
            ):
                return True
            sleeper.cont()
            return False

        await until(caught)
        row = await pile.ended(desk, made.id)
        assert (row["state"], row["succeeded"]) == ("succeeded", len(papers)), live.log()[-2000:]
        before = await desk.db.fetch("SELECT * FROM event ORDER BY number")
        sleeper.cont()
        await until(
            lambda: "chunk.stale" in sleeper.text(), what=lambda: f"a late effect: {sleeper.text()[-1000:]}"
        )
        await asyncio.sleep(0.5)
        assert await desk.db.fetch("SELECT * FROM event ORDER BY number") == before
        await invariant.check(desk.db, made.id, blobs=desk.blobs)
        assert await desk.db.fetchval("SELECT count(*) FROM artifact") == 8

        # It works again, as a member of the crew.
        live.workers[1].stop()
        more = await pile.submitted(desk, access, [("x.txt", "ok")])
        assert (await pile.ended(desk, more.id))["state"] == "succeeded"
        live.workers[1].cont()
    await invariant.nothing_unnamed(desk)


async def test_a_worker_that_was_forgotten_meanwhile_is_counted_again(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    """A machine that was suspended for long: the only worker's row is gone, and nothing would be admitted."""
    async with Live(settings, tmp_path / "live", workers=1):
        await desk.db.execute("DELETE FROM worker")
        made = await pile.submitted(desk, access, [("x.txt", "ok")])
        assert (await pile.ended(desk, made.id))["state"] == "succeeded"


async def test_a_worker_that_is_stopped_inside_a_transaction_does_not_keep_its_locks(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    """It has stored effects and not committed them: until the database lets go of them nobody can move the job."""
    settings = settings.model_copy(update={"idle_transaction": 2.0})
    env = {
        "POSTROOM_FAILPOINTS": "finish-processes:before",
        "POSTROOM_FAILPOINT_FOLDER": str(tmp_path),
        "POSTROOM_FAILPOINT_SIGNAL": "SIGSTOP",
    }
    async with Live(settings, tmp_path / "live", env=env) as live:
        made = await pile.submitted(desk, access, [(f"{n}.txt", f"ok#{n}") for n in range(8)])
        row = await pile.ended(desk, made.id)
        assert (row["state"], row["succeeded"]) == ("succeeded", 8), live.log()[-2000:]
        (sleeper,) = [
            part for part in live.workers if psutil.Process(part.pid).status() == psutil.STATUS_STOPPED
        ]
        sleeper.cont()
        await until(lambda: "chunk.stale" in sleeper.text(), what=lambda: sleeper.text()[-1000:])
        await invariant.check(desk.db, made.id, blobs=desk.blobs)
    await invariant.nothing_unnamed(desk)
