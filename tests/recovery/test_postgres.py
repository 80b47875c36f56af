"""Postgres restarted in the middle of a job, fast and immediate: the queue is empty then, the job is not."""

from __future__ import annotations

import signal
from pathlib import Path

from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant, pile
from tests.recovery.conftest import Cluster
from tests.recovery.hand import Hand


async def test_a_restart_in_the_middle_costs_no_document_and_blames_none(
    cluster: Cluster, desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    papers = [(f"{n}.txt", f"sleep:0.03#{n}") for n in range(200)]
    settings = settings.model_copy(
        update={"heartbeat": 15.0}
    )  # a busy machine must not pass for a silent worker
    async with Live(settings, tmp_path / "live"):
        made = await pile.submitted(desk, access, papers)
        for left, number in ((150, signal.SIGINT), (100, signal.SIGQUIT), (50, signal.SIGQUIT)):
            await until(lambda left=left: _left(desk, made.id, left))  # type: ignore[misc]
            await cluster.restart(number)
        row = await pile.ended(desk, made.id)
        await invariant.check(desk.db, made.id, blobs=desk.blobs)
        assert (row["state"], row["succeeded"]) == ("succeeded", len(papers))
        # No document is suspected for what the database did.
        assert await desk.db.fetchval("SELECT max(lost) FROM chunk") == 0


async def _left(desk: Desk, made: object, count: int) -> bool:
    row = await desk.db.fetchrow("SELECT waiting + running AS n FROM job WHERE id = $1", made)
    return row is not None and row["n"] <= count


async def test_what_the_crash_took_out_of_the_queue_is_put_back(
    cluster: Cluster, desk: Desk, access: Access
) -> None:
    """Without any worker: admitted and claimed chunks are gone from the queue, and only there."""
    hand = Hand(desk)
    await hand.enter()
    made = await pile.submitted(desk, access, [(f"{n}.txt", f"ok#{n}") for n in range(20)])
    taken = await hand.take()
    for claimed in taken[:10]:
        assert await hand.check(claimed)
    assert await hand.admit() or True
    await cluster.restart(signal.SIGQUIT)

    async def mended() -> bool:
        await invariant.nothing_unnamed(desk)  # a sweep
        states = await desk.db.fetch("SELECT FROM chunk WHERE state IN ('admitted', 'running')")
        return not states

    await until(mended, every=0.3)
    assert await desk.db.fetchval("SELECT max(lost) FROM chunk") == 0
    await hand.through()
    row = await invariant.check(desk.db, made.id)
    assert (row["state"], row["succeeded"]) == ("succeeded", 20)
