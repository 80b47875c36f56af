"""Announcing documents, by many clients at once."""

from __future__ import annotations

import asyncio

from postroom.desk import announce, job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.desk.upload import Announced


async def test_more_clients_announce_at_once_than_there_are_connections(desk: Desk, access: Access) -> None:
    """Whoever has a connection must not wait for a second one: all could, and none would be given back."""
    jobs = [(await job.submit(desk, access, Order("probe"))).id for _ in range(25)]
    async with asyncio.timeout(25):  # less than the pool's own patience
        made = await asyncio.gather(
            *(
                announce.register(desk, access, each, [Announced("a.txt", 10)], origin="http://x")
                for each in jobs
            )
        )
    assert all(one.put is not None and one.put.url.startswith("http://x") for (one,) in made)
