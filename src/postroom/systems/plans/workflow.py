"""Owns the workflow `plans` as the server knows it: its name, its options, its words for people, what it stores.

What a child does is in `work`, which is imported there only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from postroom.core.documents import Duplicates
from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.errors import Invalid
from postroom.ports import Checked, Part, Processed, Task
from postroom.systems.plans import keep
from postroom.systems.plans.follow import Follows

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "images": ("full", "thumbnail", "none"),
    "ocr": ("auto", "never", "always"),
    "duplicates": tuple(Duplicates),
}
_DEFAULTS: Mapping[str, Any] = {
    "project": None,
    "images": "full",
    "ocr": "auto",
    "duplicates": Duplicates.LINK.value,
    "page_limit": 0,
}


class Plans(Follows):
    """See `ports.Workflow`, `ports.HasTools`, `ports.StoresEffects`, `ports.StoresFinish`, `ports.FollowsJobs`.

    Options: project, images, ocr, duplicates, page_limit.
    """

    name = "plans"
    tools = ("postroom.systems.plans.work",)
    policy = Policy.INDEPENDENT
    finishes = True

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """project: name of the project that the files go to. images: full, thumbnail or none. ocr: auto,
        never or always. duplicates: process, link or reject. page_limit: of one document, 0 for none."""
        for name in given:
            if name not in _DEFAULTS:
                raise Invalid(
                    f"Unknown option '{name[:100]}'; valid are: {', '.join(_DEFAULTS)}.", field=name
                )
        options = {**_DEFAULTS, **given}
        project = options["project"]
        if project is None:
            del options["project"]
        elif not isinstance(project, str) or not 1 <= len(project.strip()) <= 180 or "\0" in project:
            raise Invalid("'project' must be a name of 1 to 180 characters.", field="project")
        for name, valid in _CHOICES.items():
            if options[name] not in valid:
                raise Invalid(f"'{name}' must be one of: {', '.join(valid)}.", field=name)
        limit = options["page_limit"]
        if type(limit) is not int or not 0 <= limit < 1 << 31:
            raise Invalid("'page_limit' must be a number, 0 or more.", field="page_limit")
        return options

    def check(self, task: Task) -> Checked:
        from postroom.systems.plans import work

        return work.check(task)

    def process(self, task: Task) -> Processed:
        from postroom.systems.plans import work

        return work.process(task)

    def finish(self, task: Task) -> Processed:
        from postroom.systems.plans import work

        return work.finish(task)

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        if kind is ChunkKind.CHECK:
            return f"Checking '{name}'."
        if kind is ChunkKind.PROCESS:
            return f"Reading the pages of '{name}'."
        return "Reading the title blocks of the whole set."

    async def store(
        self, transaction: Any, job: UUID, document: UUID, part: Part, result: Processed
    ) -> Processed:
        return await keep.write(transaction, job, document, part, result)

    async def store_finish(self, transaction: Any, job: UUID, result: Processed) -> None:
        await keep.write_finish(transaction, job, result)
