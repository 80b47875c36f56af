"""Owns what follows from a job's moves and chunks for the desk's certificates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from postroom.core.states import TERMINAL_JOBS, JobState
from postroom.ports import Hold, Part, Processed
from postroom.settings import Settings
from postroom.systems.certificates import verdict


class Follows:
    """The parts of the workflow that `ports.FollowsJobs` and `ports.StoresEffects` ask for."""

    async def admit(self, transaction: Any, job: UUID, settings: Settings) -> Hold | None:
        return None

    async def moved(
        self, transaction: Any, job: UUID, left: JobState, to: JobState, settings: Settings
    ) -> None:
        if to in TERMINAL_JOBS:
            await verdict.give_up(transaction, job)

    async def store(
        self, transaction: Any, job: UUID, document: UUID, part: Part, result: Processed
    ) -> Processed:
        return await verdict.keep(transaction, job, document, result)
