"""Owns the workflow `certificates` as the server knows it: its name, its options, its words for people.

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
from postroom.systems.certificates import rule
from postroom.systems.certificates.contract import PAGES
from postroom.systems.certificates.follow import Follows

DEFAULTS: Mapping[str, Any] = {
    "rules": [],
    "pages": PAGES,
    "overlay": True,
    # Equal files are two certificates. Source: behaviour.md section 9, inferred there.
    "duplicates": Duplicates.PROCESS.value,
}
MOST_PAGES = 50  # that an organisation may have read


class Certificates(Follows):
    """See `ports.Workflow`, `ports.HasTools`, `ports.StoresEffects`, `ports.FollowsJobs`.

    Options: rules, pages, overlay, duplicates.
    """

    name = "certificates"
    tools = ("postroom.systems.certificates.work",)
    policy = Policy.INDEPENDENT
    finishes = False

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """rules: what each certificate is held against, in the contract's shape; none for reading only.
        pages: how many of each are read. overlay: whether pictures of the pages with boxes are made.
        duplicates: process, link or reject."""
        for name in given:
            if name not in DEFAULTS:
                valid = ", ".join(DEFAULTS)
                raise Invalid(f"Unknown option '{name[:100]}'; valid are: {valid}.", field=name)
        options = {**DEFAULTS, **given}
        if options["rules"] != []:
            options["rules"] = rule.validate(options["rules"])
        pages = options["pages"]
        if type(pages) is not int or not 1 <= pages <= MOST_PAGES:
            raise Invalid(f"'pages' must be a whole number from 1 to {MOST_PAGES}.", field="pages")
        if not isinstance(options["overlay"], bool):
            raise Invalid("'overlay' must be true or false.", field="overlay")
        if options["duplicates"] not in list(Duplicates):
            raise Invalid("'duplicates' must be one of: process, link, reject.", field="duplicates")
        return options

    def check(self, task: Task) -> Checked:
        from postroom.systems.certificates import work

        return work.check(task)

    def process(self, task: Task) -> Processed:
        from postroom.systems.certificates import work

        return work.process(task)

    def finish(self, task: Task) -> Processed:
        """Never called: `finishes` is False."""
        return Processed()

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        verb = "Checking" if kind is ChunkKind.CHECK else "Reading"
        return f"{verb} '{name}'." if name else f"{verb} the certificates."
