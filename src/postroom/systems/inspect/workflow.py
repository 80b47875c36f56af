"""Owns the workflow `inspect` as the server knows it: its name, its options, its words for people.

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

DEFAULTS: Mapping[str, Any] = {
    "passwords": [],
    "duplicates": Duplicates.LINK.value,
    "thumbnails": True,
    "text": True,
}
PASSWORDS = 100  # that may be given; each one is tried on each encrypted document
_PASSWORD = 127  # bytes, the longest that the PDF standard knows


class Inspect:
    """See `ports.Workflow` and `ports.HasTools`. Options: passwords, duplicates, thumbnails, text."""

    name = "inspect"
    tools = ("postroom.systems.inspect.work",)
    policy = Policy.INDEPENDENT
    finishes = False

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """passwords: list of strings, all tried on encrypted documents. duplicates: process, link or reject.
        thumbnails, text: whether these artifacts are made."""
        for name in given:
            if name not in DEFAULTS:
                valid = ", ".join(DEFAULTS)
                raise Invalid(f"Unknown option '{name[:100]}'; valid are: {valid}.", field=name)
        options = {**DEFAULTS, **given}
        _passwords(options["passwords"])
        if options["duplicates"] not in list(Duplicates):
            raise Invalid("'duplicates' must be one of: process, link, reject.", field="duplicates")
        for name in ("thumbnails", "text"):
            if not isinstance(options[name], bool):
                raise Invalid(f"'{name}' must be true or false.", field=name)
        return options

    def check(self, task: Task) -> Checked:
        from postroom.systems.inspect import work

        return work.check(task)

    def process(self, task: Task) -> Processed:
        from postroom.systems.inspect import work

        return work.process(task)

    def finish(self, task: Task) -> Processed:
        """Never called: `finishes` is False."""
        return Processed()

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        verb = "Checking" if kind is ChunkKind.CHECK else "Inspecting"
        return f"{verb} '{name}'." if name else f"{verb} the documents."


def _passwords(given: object) -> None:
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        raise Invalid("'passwords' must be a list of strings.", field="passwords")
    if len(given) > PASSWORDS:
        raise Invalid(f"'passwords' may hold at most {PASSWORDS} entries.", field="passwords")
    if any(len(entry.encode("utf-8", "replace")) > _PASSWORD or "\0" in entry for entry in given):
        raise Invalid(f"Each of 'passwords' may be at most {_PASSWORD} bytes long.", field="passwords")
