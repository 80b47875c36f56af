"""A process dies exactly before or after each commit that moves a job: nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import httpx

from postroom.core.progress import BUCKETS
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant, pile
from tests.recovery.client import Client
from tests.recovery.failpoint import STEPS

WORDS = [f"{step}:{when}" for step in STEPS for when in ("before", "after")]


async def test_death_around_every_commit(
    desk: Desk, access: Access, secret: str, settings: Settings, tmp_path: Path
) -> None:
    fired = tmp_path / "fired"
    fired.mkdir()
    # More than a real house would ever see, so that no innocent document is given up for bad luck.
    settings = settings.model_copy(update={"lost_limit": 20})
    env = {"POSTROOM_FAILPOINTS": ",".join(WORDS), "POSTROOM_FAILPOINT_FOLDER": str(fired)}
    papers = [*pile.mixed(100), *((f"crash-{n}.txt", f"crash#{n}") for n in range(4))]
    async with Live(settings, tmp_path / "live", api=True, env=env) as live, httpx.AsyncClient() as http:
        client = Client(http, live.url, secret)
        made = await client.submit("probe-finish")
        await client.add(made, papers[:50])
        await client.add(made, papers[50:])
        await client.close(made)
        row = await pile.ended(desk, made)
        await invariant.check(desk.db, made, blobs=desk.blobs)
        assert {name: row[name] for name in BUCKETS if row[name]} == dict(pile.fates(papers)), live.log()[
            -3000:
        ]
        # A retry that is put back is not certain to have come about twice in one job.
        for _ in range(5):
            if not _left(fired):
                break
            again = await pile.submitted(
                desk, access, [("crash.txt", "crash"), ("ok.txt", "ok")], "probe-finish"
            )
            await pile.ended(desk, again.id)
            await invariant.check(desk.db, again.id, blobs=desk.blobs)
        assert not _left(fired)
        await until(lambda: all(part.alive for part in live.parts))
    await invariant.nothing_unnamed(desk)


def _left(fired: Path) -> set[str]:
    return set(WORDS) - {file.name for file in fired.iterdir()}
