"""Proves that a big file survives kills at every boundary of its job: every row ends once, and counts are exact."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant
from tests.unit.systems.revenue import oracle  # noqa: F401 - its limit on cells is lifted
from tests.wire.revenue.site import file, row

ROWS = 200_000

# What the job's row looks like from each boundary on.
BOUNDARIES: dict[str, Callable[[Any], bool]] = {
    "made": lambda job: True,
    "checked": lambda job: job["rows_total"] > 0,
    "the first chunk taken up": lambda job: job["rows_running"] > 0 or _done(job),
    "the first chunk stored": lambda job: _done(job) > 0,
    "in the middle": lambda job: _done(job) >= ROWS // 2,
    "nearly at the end": lambda job: _done(job) >= ROWS * 4 // 5,
    "ended": lambda job: job["ended_at"] is not None,
}


def _done(job: Any) -> int:
    done: int = job["rows_succeeded"] + job["rows_failed"]
    return done


def content() -> tuple[bytes, set[str], int]:
    """A file, its references in the order of their first rows, and how many rows must fail."""
    draw = random.Random(5)
    references = [f"K-{number:06}" for number in range(ROWS)]
    for _ in range(2_000):
        references[draw.randrange(ROWS)] = references[draw.randrange(ROWS)]
    rows, taken, failed = [], set(), 0
    for name in references:
        bad = draw.random() < 0.05
        rows.append(row(reference=name, value="bad" if bad else "1", payload="y" * 40))
        if bad or name in taken:
            failed += 1
        else:
            taken.add(name)
    return file(*rows), taken, failed


@pytest.mark.parametrize("victim", ["worker", "child"])
async def test_kills_at_every_boundary_lose_no_row_and_store_none_twice(
    victim: str, desk: Desk, access: Access, secret: str, settings: Settings, tmp_path: Path
) -> None:
    data, wanted, failed = await asyncio.to_thread(content)
    async with (
        Live(settings, tmp_path / "live", api=True, module="tests.systems") as live,
        httpx.AsyncClient(
            base_url=f"{live.url}/v1/killed", headers={"Authorization": f"Bearer {secret}"}, timeout=60
        ) as client,
    ):
        sent = await client.post("/revenue/batch", files={"file": ("a.csv", data)})
        assert sent.status_code == 202, sent.text
        job = sent.json()["jobId"]
        chosen = BOUNDARIES if victim == "worker" else dict(list(BOUNDARIES.items())[2:5])
        for number, (name, reached) in enumerate(chosen.items()):

            async def look(reached: Callable[[Any], bool] = reached) -> bool:
                return reached(await desk.db.fetchrow("SELECT * FROM job WHERE id = $1", job))

            await until(look, every=0.002, what=lambda b=name: f"{b}: {live.log()[-3000:]}")
            # Wherever the middle of a `COPY` is: those two workers are at nothing else.
            worker = live.workers[number % 2]
            if victim == "worker":
                worker.kill()
            else:
                for process in worker.children():
                    process.kill()
        await live.ready()

        async def ended() -> bool:
            return (await invariant.check(desk.db, job))["ended_at"] is not None

        await until(ended, what=lambda: f"the end: {live.log()[-3000:]}")
        status = (await client.get(f"/batch/{job}/status")).json()
        assert (status["totalRows"], status["processedRows"]) == (ROWS, ROWS), live.log()[-3000:]
        assert (status["successCount"], status["failureCount"]) == (ROWS - failed, failed)
        keys = await desk.db.fetch("SELECT key FROM revenue_record")
        assert len(keys) == len(wanted)
        assert {record["key"] for record in keys} == wanted
        lines = (await client.get(f"/batch/{job}/failures")).content.split(b"\n")
        numbers = [int(line.split(b",", 1)[0]) for line in lines[1:-1]]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == failed
