"""Owns the workflow `bills` as the server knows it: its name, its options, its words for people.

What a child does is in `work`, which is imported there only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom.core.documents import Duplicates
from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.errors import Invalid
from postroom.ports import Checked, Processed, Task
from postroom.systems.bills.effect import Keeps

_OPTIONS = ("company", "site", "duplicates")


class Bills(Keeps):
    """See `ports.Workflow` and `ports.HasTools`; what follows for the desk's tables is `effect.Keeps`.

    Options: company, site: the desk's ids; without a company, a job's files are read and kept by nobody.
    """

    name = "bills"
    tools = ("postroom.systems.bills.work",)
    policy = Policy.INDEPENDENT
    finishes = False

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """company, site: strings or None. duplicates: as for any job; copies are linked, not read again."""
        for name, value in given.items():
            if name not in _OPTIONS:
                raise Invalid(f"Unknown option '{name[:100]}'; valid are: {', '.join(_OPTIONS)}.", field=name)
            if value is not None and not (isinstance(value, str) and 0 < len(value) <= 200):
                raise Invalid(f"'{name}' must be an id or null.", field=name)
        return {"company": None, "site": None, "duplicates": Duplicates.LINK.value, **given}

    def check(self, task: Task) -> Checked:
        from postroom.systems.bills import work

        return work.check(task)

    def process(self, task: Task) -> Processed:
        from postroom.systems.bills import work

        return work.process(task)

    def finish(self, task: Task) -> Processed:
        """Never called: `finishes` is False."""
        return Processed()

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        verb = "Checking" if kind is ChunkKind.CHECK else "Reading"
        return f"{verb} '{name}'." if name else f"{verb} the documents."
