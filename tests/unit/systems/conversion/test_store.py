"""The sweep of conversions that nobody uses any more."""

from __future__ import annotations

from uuid import UUID

import pytest

from postroom.core.states import JobState
from postroom.db.connection import Database
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.systems.conversion import contract, options, store, view


async def opened(desk: Desk, access: Access) -> UUID:
    order = Order(contract.CONVERSION, contract.DEFAULT, options.of_job(contract.CONVERSION, None, []))
    return (await job.submit(desk, access, order)).id


async def test_a_job_that_is_used_while_the_sweep_works_stays(
    desk: Desk, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten, started, touched = [await opened(desk, access) for _ in range(3)]
    await desk.db.execute("UPDATE conversion_job SET touched_at = now() - interval '2 days'")
    real = store.stale

    async def then_used(db: Database, seconds: float) -> list[UUID]:
        found = await real(db, seconds)
        assert set(found) == {forgotten, started, touched}
        await store.touch(desk, await view.held(desk.db, access.whose, touched))
        await desk.db.execute("UPDATE job SET state = 'running' WHERE id = $1", started)
        return found

    monkeypatch.setattr(store, "stale", then_used)
    await store.sweep(desk)
    left = await desk.db.fetch("SELECT id, state FROM job")
    assert {row["id"]: row["state"] for row in left} == {
        started: JobState.RUNNING.value,
        touched: JobState.OPEN.value,
    }
