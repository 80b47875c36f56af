"""The one door, against a real database, without any worker."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from postroom.cli import doctor
from postroom.core.states import JobState
from postroom.db import worker
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.desk.status import poll
from postroom.errors import Conflict, Invalid
from postroom.web.own.shape import job_body
from tests.recovery import pile


async def test_a_new_job_is_open_and_empty(desk: Desk, access: Access) -> None:
    made = await job.submit(desk, access, Order("probe"))
    assert made.state is JobState.OPEN
    assert made.counts.documents == 0


async def test_an_unknown_workflow_is_refused_with_the_valid_names(desk: Desk, access: Access) -> None:
    with pytest.raises(Invalid, match="inspect") as caught:
        await job.submit(desk, access, Order("nonsense"))
    assert caught.value.field == "workflow"


async def test_a_job_closed_without_documents_fails_and_says_why(desk: Desk, access: Access) -> None:
    made = await job.submit(desk, access, Order("probe"))
    closed = await job.close(desk, access, made.id)
    assert closed.state is JobState.FAILED
    assert closed.reason == "The job was closed without any document."


async def test_an_ended_job_cannot_be_cancelled(desk: Desk, access: Access) -> None:
    made = await job.submit(desk, access, Order("probe"))
    await job.close(desk, access, made.id)
    with pytest.raises(Conflict):
        await job.cancel(desk, access, made.id)


async def test_a_job_that_no_running_worker_serves_says_so_until_one_does(
    desk: Desk, access: Access, secret: str, tmp_path: Path
) -> None:
    made = await pile.submitted(desk, access, [("a.txt", "ok")])

    async def said() -> set[str | None]:
        polled = await poll(desk, secret, made.id, front="postroom")
        (listed,) = await job.listing(desk, access)
        return {job_body(polled)["waiting"], job_body(listed)["waiting"]}

    async def enter(system: str) -> None:
        async with desk.db.transaction() as connection:
            await worker.enter(connection, uuid4(), "here", None, 1, 1, [system])

    await enter("another")
    assert await said() == {f"No running worker serves the workflow '{made.workflow}'."}
    (found,) = await doctor.unserved(desk.db, desk.settings)
    assert found.status == "warning" and f"serves {made.system}." in found.found
    await enter(made.system)
    assert await said() == {None}
    assert await doctor.unserved(desk.db, desk.settings) == []
    await desk.db.execute("UPDATE worker SET seen_at = now() - interval '1 hour'")
    assert None not in await said()
    await job.cancel(desk, access, made.id)
    assert await said() == {None}
