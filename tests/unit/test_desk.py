"""The one door, against a real database, without any worker."""

from __future__ import annotations

import pytest

from postroom.core.states import JobState
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.errors import Conflict, Invalid


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
