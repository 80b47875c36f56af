"""Owns what a job is to a reader: one frozen value, as desks see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from postroom.core.outcome import Cause, Policy
from postroom.core.progress import Counts, Units
from postroom.core.states import TERMINAL_JOBS, JobState


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. Times are UTC. `activity` is one sentence of what is being done now."""

    id: UUID
    account_id: UUID
    system: str
    workflow: str
    profile: str | None
    state: JobState
    cause: Cause | None
    reason: str | None
    activity: str
    policy: Policy
    options: Mapping[str, Any]
    external_id: str | None
    webhook_url: str | None
    retry_of: UUID | None
    environment: str
    counts: Counts
    pages: Units
    rows: Units
    created_at: datetime
    closed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    last_event: int
    unserved: bool = (
        False  # it could go on, and no worker runs that serves its workflow; not always looked up
    )

    @property
    def waiting(self) -> str | None:
        """One sentence on what it waits for that will not come by itself."""
        return f"No running worker serves the workflow '{self.workflow}'." if self.unserved else None

    @property
    def terminal(self) -> bool:
        return self.state in TERMINAL_JOBS
