"""The system `probe`, whose documents say themselves what is to happen to them.

The bytes of a probe document are words: `ok`, `fail`, `reject`, `partial`, `sleep:SECONDS`, `parts:N`
(N process chunks), `flaky:N` (transient until the Nth attempt; counted in the file named by option
`count_file`), `crash` (kills its child), `block`, `artifact`. What kills a worker is in tests/part.py.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Mapping
from typing import Any

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.errors import Blocked, DocumentError, Invalid, Transient
from postroom.ports import Artifact, Checked, Part, Problem, Processed, System, Task


class Probe:
    """Does what each document says. Options: duplicates, unknown ones are refused."""

    policy = Policy.INDEPENDENT
    finishes = False

    def __init__(
        self, name: str = "probe", policy: Policy = Policy.INDEPENDENT, *, finishes: bool = False
    ) -> None:
        self.name = name
        self.policy = policy
        self.finishes = finishes

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in given:
            if name not in ("duplicates", "flag"):
                raise Invalid(f"Unknown option '{name}'; valid are: duplicates, flag.", field=name)
        return {"duplicates": "process", **given}

    def check(self, task: Task) -> Checked:
        word, _, value = _word(task)
        if word == "reject" or (task.source is not None and task.source.size == 0):
            return Checked(problem=Problem("refused", "The document asked to be refused."), rejected=True)
        if word == "bad":
            raise DocumentError("The document asked to fail its check.", code="bad")
        parts = [Part({"n": n}, pages=1) for n in range(int(value))] if word == "parts" else [Part(pages=1)]
        return Checked(media_type="text/plain", facts={"word": word}, parts=parts)

    def process(self, task: Task) -> Processed:
        word, _, value = _word(task)
        task.say(f"Probing '{task.source.name if task.source else '?'}'.")
        if word == "fail":
            raise DocumentError("The document asked to fail.", code="asked")
        if word == "partial":
            return Processed(problem=None, result={"n": 1}, pages_failed=0, warnings=["half"])
        if word == "sleep":
            time.sleep(float(value))
        if word == "transient":
            raise Transient("Not yet.", code="not_yet")
        if word == "crash":
            ctypes.string_at(0)
        if word == "block":
            raise Blocked("The tool is missing.", by="system")
        if word == "parts" and task.part.range.get("n") == 0 and value == "3":
            return Processed(problem=Problem("part", "The first of three parts fails."))
        if word == "artifact":
            file = task.scratch / "copy.txt"
            file.write_bytes(task.source.file.read_bytes() if task.source else b"")
            return Processed(artifacts=[Artifact("copy.txt", file, "text/plain")], result={"word": word})
        return Processed(result={"word": word})

    def finish(self, task: Task) -> Processed:
        file = task.scratch / "all.txt"
        file.write_bytes(b"".join(source.file.read_bytes() + b"\n" for source in task.sources))
        return Processed(artifacts=[Artifact("all.txt", file, "text/plain")])

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        return f"Probing '{name}'."


def _word(task: Task) -> tuple[str, str, str]:
    text = task.source.file.read_bytes()[:100].decode() if task.source else ""
    word, _, value = text.split("#")[0].strip().partition(":")
    return word, "", value


PROBES = (
    Probe(),
    Probe("probe-strict", Policy.ALL_OR_NOTHING),
    Probe("probe-finish", finishes=True),
)
SYSTEMS: tuple[System, ...] = (System(name="probe", workflows=PROBES),)
