"""Owns the workflow `revenue`: what is asked of a file when it is checked, of each part when it is processed.

What a child does is in `work`, which is imported there only: its tools are larger than the rest of the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind, JobState
from postroom.errors import Invalid
from postroom.ports import Checked, Hold, Part, Processed, Task
from postroom.settings import Settings
from postroom.systems.revenue import store

NOBODY = UUID(int=0)  # the job of a task that the desk itself asks for


class Revenue:
    """See `ports.Workflow`, `ports.StoresEffects` and `ports.FollowsJobs`. Options: site, type, cell_length."""

    name = "revenue"
    tools = ("postroom.systems.revenue.work",)
    policy = Policy.INDEPENDENT
    finishes = False

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """site: where the records belong. type: revenue or opportunity; a job of any other type fails.
        cell_length: characters that a cell may have, 0 for no limit."""
        for name in given:
            if name not in ("site", "type", "cell_length"):
                raise Invalid(
                    f"Unknown option '{name[:100]}'; valid are: site, type, cell_length.", field=name
                )
        options = {"cell_length": 0, **given}
        for name in ("site", "type"):
            if not is_name(options.get(name)):
                raise Invalid(f"'{name}' must be a name of 1 to 200 printable characters.", field=name)
        length = options["cell_length"]
        if type(length) is not int or not 0 <= length < 1 << 31:
            raise Invalid("'cell_length' must be a number, 0 or more.", field="cell_length")
        return options

    def check(self, task: Task) -> Checked:
        from postroom.systems.revenue import work

        return work.check(task)

    def process(self, task: Task) -> Processed:
        from postroom.systems.revenue import work

        return work.process(task)

    def finish(self, task: Task) -> Processed:
        """Never called: `finishes` is False."""
        return Processed()

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        verb = "Checking" if kind is ChunkKind.CHECK else "Storing the rows of"
        return f"{verb} '{name}'."

    async def admit(self, transaction: Any, job: UUID, settings: Settings) -> Hold | None:
        return None

    async def moved(
        self, transaction: Any, job: UUID, left: JobState, to: JobState, settings: Settings
    ) -> None:
        if to is JobState.CHECKING and left is JobState.OPEN:
            await store.adopt(transaction, job)

    async def store(
        self, transaction: Any, job: UUID, document: UUID, part: Part, result: Processed
    ) -> Processed:
        return await store.write(transaction, job, document, part, result)


def is_name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 200 and value.isprintable() and "/" not in value
