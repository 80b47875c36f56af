"""Owns what follows from a job's moves: credits are held and settled, its files frozen, its client told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from postroom.core.states import TERMINAL_JOBS, JobState
from postroom.db import document
from postroom.ports import Hold
from postroom.settings import Settings
from postroom.systems.plans import announce, credit, store

_DAY = 86400.0


class Follows:
    """The part of the workflow that `ports.FollowsJobs` asks for."""

    async def admit(self, transaction: Any, job: UUID, settings: Settings) -> Hold | None:
        pages = await transaction.fetchval(
            "SELECT coalesce(sum(pages), 0) FROM document WHERE job_id = $1 AND state = 'ready'", job
        )
        if pages > settings.plans_page_limit:
            # Every document of the job is to blame, so none is processed and the job fails.
            text = f"The job has {pages} pages; at most {settings.plans_page_limit} are allowed."
            error = {"code": "page_limit_exceeded", "message": text, "cause": "input"}
            await document.fail_ready(transaction, job, error)
            return None
        missing = await credit.reserve(transaction, job, settings)
        if missing is None:
            return None
        left = await transaction.fetchval(
            "SELECT greatest(60, extract(epoch FROM expires_at - now()))::float8 FROM plan_job WHERE job_id = $1",
            job,
        )
        return Hold(
            f"The job's pages cost {missing} credits more than there are.",
            left or settings.plans_retention_days * _DAY,
        )

    async def moved(
        self, transaction: Any, job: UUID, left: JobState, to: JobState, settings: Settings
    ) -> None:
        if left is JobState.OPEN:
            await store.adopt(transaction, job, settings)
        if to in TERMINAL_JOBS:
            await store.freeze(transaction, job)
            await credit.settle(transaction, job)
        await store.touch(transaction, job)
        await announce.status_changed(transaction, job, left, settings)
