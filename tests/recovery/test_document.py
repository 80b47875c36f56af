"""Documents that take down what works on them: each costs itself, never a neighbour, and never for ever."""

from __future__ import annotations

from pathlib import Path

from postroom.db.connection import loads
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live
from tests.recovery import invariant, pile

NEIGHBOURS = [(f"good-{n}.txt", f"ok#{n}") for n in range(30)]


async def test_what_kills_its_child_or_its_worker_each_time_fails_and_harms_no_neighbour(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    # Who dies is noticed at once by who takes the seat; a busy machine must not pass for a silent worker.
    settings = settings.model_copy(update={"lost_limit": 3, "heartbeat": 15.0})
    async with Live(settings, tmp_path / "live") as live:
        papers = [*NEIGHBOURS, ("segfault.txt", "crash")]
        made = await pile.submitted(desk, access, papers)
        row = await pile.ended(desk, made.id)
        await invariant.check(desk.db, made.id, blobs=desk.blobs)
        assert (row["state"], row["succeeded"], row["failed"]) == ("partial", len(NEIGHBOURS), 1)
        (bad,) = await desk.db.fetch("SELECT * FROM document WHERE state = 'failed'")
        assert (bad["name"], loads(bad["error"])["code"]) == ("segfault.txt", "child_died")
        (chunk,) = await desk.db.fetch(
            "SELECT * FROM chunk WHERE document_id = $1 AND kind = 'process'", bad["id"]
        )
        assert (chunk["epoch"], chunk["attempt"], chunk["lost"]) == (3, 2, 0), "not after three attempts"
        assert [worker.lives for worker in live.workers] == [1, 1]

        papers = [*NEIGHBOURS[:15], ("kill-worker.txt", "ok"), *NEIGHBOURS[15:]]
        made = await pile.submitted(desk, access, papers)
        row = await pile.ended(desk, made.id)
        await invariant.check(desk.db, made.id, blobs=desk.blobs)
        assert (row["state"], row["succeeded"], row["failed"]) == ("partial", len(NEIGHBOURS), 1)
        (bad,) = await desk.db.fetch("SELECT * FROM document WHERE state = 'failed' AND job_id = $1", made.id)
        error = loads(bad["error"])
        assert (bad["name"], error["code"], error["cause"]) == ("kill-worker.txt", "worker_lost", "system")
        assert sum(worker.lives - 1 for worker in live.workers) <= settings.lost_limit
        assert row["cause"] == "system"
