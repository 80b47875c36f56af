"""The API killed at every step of a 500-document job: clients repeat and resume, nothing is stored twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from postroom.core.progress import BUCKETS
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live, until
from tests.recovery import invariant, pile
from tests.recovery.client import Client
from tests.recovery.test_boundary import BOUNDARIES, DOCUMENTS


async def test_a_killed_api_loses_no_document_and_no_event(
    desk: Desk, access: Access, secret: str, settings: Settings, tmp_path: Path
) -> None:
    papers = pile.mixed(DOCUMENTS)
    async with Live(settings, tmp_path / "live", api=True) as live, httpx.AsyncClient() as http:
        client = Client(http, live.url, secret)
        (api,) = live.apis
        made = await client.submit("probe-finish")
        listener = asyncio.create_task(client.events(made))
        lives = 0

        async def strike() -> None:
            """Kill a life that was not killed before: a signal to one that is on its way out would be none."""
            nonlocal lives
            await until(lambda: api.lives > lives and api.alive, what="the next life")
            lives = api.lives
            api.kill()

        try:
            for start in range(0, DOCUMENTS, 100):
                call = asyncio.create_task(client.add(made, papers[start : start + 100]))
                # In the middle of a form, or just after it: the lot decides.
                await asyncio.sleep(0.002 * start % 0.5)
                if start in (100, 300):
                    await strike()
                await call
            closing = asyncio.create_task(client.close(made))
            await strike()
            await closing
            for boundary, reached in BOUNDARIES.items():
                await until(lambda r=reached: _look(desk, made, r), every=0.005, what=boundary)  # type: ignore[misc]
                await strike()
            row = await pile.ended(desk, made)
            await invariant.check(desk.db, made, blobs=desk.blobs)
            assert {name: row[name] for name in BUCKETS if row[name]} == dict(pile.fates(papers))
            names = await desk.db.fetch("SELECT name FROM document WHERE job_id = $1 ORDER BY position", made)
            assert [row["name"] for row in names] == [name for name, _ in papers]
            seen = await listener
        finally:
            listener.cancel()
        stored = await desk.db.fetch("SELECT number, type FROM event WHERE job_id = $1 ORDER BY number", made)
        assert seen == [(row["number"], row["type"]) for row in stored], "an event was skipped or came twice"
        assert lives == 3 + len(BOUNDARIES)
    await invariant.nothing_unnamed(desk)


async def _look(desk: Desk, made: object, reached: object) -> bool:
    row = await desk.db.fetchrow("SELECT * FROM job WHERE id = $1", made)
    assert callable(reached)
    return bool(reached(row))
