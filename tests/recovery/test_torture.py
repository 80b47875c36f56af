"""Random kills of everything while jobs come in: 20 in CI, POSTROOM_TORTURE_KILLS of them in `make torture`.

POSTROOM_TORTURE_SEED repeats a choice of faults (their moments never come back exactly).
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import httpx

from postroom.core.progress import BUCKETS
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant, pile
from tests.recovery.client import Client
from tests.recovery.conftest import Cluster
from tests.recovery.pile import Paper

KILLS = int(os.environ.get("POSTROOM_TORTURE_KILLS", "20"))
SEED = int(os.environ.get("POSTROOM_TORTURE_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
# A single death of Postgres takes the workers along, so those of single processes come more often.
FAULTS = ("worker",) * 4 + ("child",) * 3 + ("api",) * 3 + ("backend", "postmaster")


async def test_random_kills_lose_nothing_and_count_nothing_twice(
    cluster: Cluster,
    desk: Desk,
    access: Access,
    secret: str,
    settings: Settings,
    database_url: str,
    tmp_path: Path,
) -> None:
    print(f"POSTROOM_TORTURE_SEED={SEED} POSTROOM_TORTURE_KILLS={KILLS}")
    dice = random.Random(SEED)
    # More than a real house would ever see, so that no innocent document is given up for bad luck.
    settings = settings.model_copy(update={"lost_limit": 20})
    jobs: dict[UUID, Sequence[Paper]] = {}
    pending: set[asyncio.Task[None]] = set()
    async with Live(settings, tmp_path / "live", api=True) as live, httpx.AsyncClient() as http:
        client = Client(http, live.url, secret)

        async def hand_in() -> None:
            papers = pile.mixed(dice.randrange(20, 120))
            made = await client.submit("probe-finish")
            jobs[made] = papers
            half = len(papers) // 2
            await client.add(made, papers[:half])
            await client.add(made, papers[half:])
            await client.close(made)

        for _ in range(KILLS):
            if len(pending) < 2:
                task = asyncio.create_task(hand_in())
                pending.add(task)
                task.add_done_callback(pending.discard)
            await asyncio.sleep(dice.uniform(0.05, 1.0))
            fault = dice.choice(FAULTS)
            if fault == "api" and not await _answers(http, live):
                fault = "worker"  # an API that is killed before it is up serves nobody, and proves nothing
            await _strike(fault, dice, live, cluster, database_url)
        await asyncio.gather(*pending)
        for made, papers in jobs.items():
            row = await pile.ended(desk, made, 900)
            found = {name: row[name] for name in BUCKETS if row[name]}
            assert found == dict(pile.fates(papers)), f"seed {SEED}: {live.log()[-3000:]}"
        for row in await until(lambda: invariant.all_jobs(desk), what="a check"):
            assert row["state"] == "partial" or row["id"] not in jobs
        seen = await client.events(next(reversed(jobs)))
        assert [number for number, _ in seen] == list(range(1, len(seen) + 1))
    await invariant.nothing_unnamed(desk)


async def _answers(http: httpx.AsyncClient, live: Live) -> bool:
    try:
        return (await http.get(f"{live.url}/healthz", timeout=1)).is_success
    except httpx.TransportError:
        return False


async def _strike(fault: str, dice: random.Random, live: Live, cluster: Cluster, database_url: str) -> None:
    if fault == "worker":
        dice.choice(live.workers).kill()
    elif fault == "child":
        for process in dice.choice(live.workers).children():
            process.kill()
    elif fault == "api":
        live.apis[0].kill()
    elif fault == "backend":
        cluster.kill_backend(database_url.split("/")[-1].split("?")[0])
    else:
        await cluster.restart(dice.choice((signal.SIGKILL, signal.SIGQUIT, signal.SIGINT)))
