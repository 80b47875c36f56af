"""One fault, fired at every step boundary of a 500-document job: the job ends, everything is counted once."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from postroom.core.progress import BUCKETS
from postroom.db.connection import Row
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant, pile
from tests.recovery.conftest import Cluster
from tests.recovery.pile import ENDED

DOCUMENTS = 500
_WORKING = {"queued", "running", *ENDED}

# In order; each holds from its boundary on, so that a fast machine can be late but never miss one.
BOUNDARIES: Mapping[str, Callable[[Row], bool]] = {
    "in the middle of checking": lambda row: row["checks_open"] <= DOCUMENTS // 2 or row["state"] in _WORKING,
    "queued": lambda row: row["state"] in _WORKING,
    "first running": lambda row: row["state"] in {"running", *ENDED},
    "in the middle": lambda row: row["waiting"] + row["running"] <= DOCUMENTS // 2,
    "at the finish chunk": lambda row: row["finishes_open"] == 1 or row["state"] in ENDED,
    "at the end": lambda row: row["state"] in ENDED,
}

Fault = Callable[[Live, int], Awaitable[None]]


@pytest.fixture
def faults(cluster: Cluster, database_url: str) -> dict[str, Fault]:
    """Every fault by name; called with the processes and the number of the boundary."""

    async def worker(live: Live, number: int) -> None:
        live.workers[number % 2].kill()

    async def child(live: Live, number: int) -> None:
        for process in live.workers[number % 2].children():
            process.kill()

    async def backend(live: Live, number: int) -> None:
        cluster.kill_backend(database_url.split("/")[-1].split("?")[0])

    async def postmaster(live: Live, number: int) -> None:
        await cluster.restart(signal.SIGKILL)

    return {"worker": worker, "child": child, "backend": backend, "postmaster": postmaster}


@pytest.mark.parametrize("fault", ["worker", "child", "backend", "postmaster"])
async def test_a_kill_at_every_boundary_loses_nothing_and_counts_nothing_twice(
    fault: str,
    faults: dict[str, Fault],
    desk: Desk,
    access: Access,
    settings: Settings,
    tmp_path: Path,
) -> None:
    strike = faults[fault]
    # More than a real house would ever see, so that no innocent document is given up for bad luck.
    settings = settings.model_copy(update={"lost_limit": 20})
    papers = pile.mixed(DOCUMENTS)
    async with Live(settings, tmp_path / "live") as live:
        made = await job.submit(desk, access, Order("probe-finish"))
        await strike(live, 0)
        half = DOCUMENTS // 2
        await _persist(lambda: pile.hand_in(desk, access, made.id, papers[:half]))
        await strike(live, 1)
        await _persist(lambda: pile.hand_in(desk, access, made.id, papers[half:]))
        await _persist(lambda: job.close(desk, access, made.id))
        await strike(live, 2)
        for number, (boundary, reached) in enumerate(BOUNDARIES.items(), 3):

            async def look(reached: Callable[[Row], bool] = reached) -> bool:
                return reached(await pile.row_of(desk, made.id))

            await until(look, every=0.005, what=lambda b=boundary: f"{b}: {live.log()[-3000:]}")
            await strike(live, number)
        row = await pile.ended(desk, made.id)
        await live.ready()
        await until(lambda: invariant.check(desk.db, made.id, blobs=desk.blobs), what="a check")
        want = pile.fates(papers)
        assert {name: row[name] for name in BUCKETS if row[name]} == dict(want), live.log()[-3000:]
        assert row["state"] == "partial"
        names = {
            a["name"] for a in await desk.db.fetch("SELECT name FROM artifact WHERE document_id IS NULL")
        }
        assert names == {"all.txt"}
    await until(lambda: _tidy(desk), what="a sweep")


async def _tidy(desk: Desk) -> bool:
    await invariant.nothing_unnamed(desk)
    return True


async def _persist(call: Callable[[], Awaitable[object]]) -> None:
    """A client whose call could not be answered tries again."""

    async def once() -> bool:
        await call()
        return True

    await until(once)
