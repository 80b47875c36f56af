"""Systems for tests of the conversion desk: the real ones, but for its workflows, which do what documents say.

The bytes of a document are words, separated by blanks: `ok`, `sleep:SECONDS`, `fail:CODE`, `check:CODE` (its
check fails), `crash`, `bug` (of ours), `info` and `warn` (an event), `locked:PASSWORD` (fails unless one of those given fits),
`nested` (an event about a part of it), `end:CODE` (the finish chunk fails), `two` (two results). What comes
out names every document and the options that it got.
"""

from __future__ import annotations

import ctypes
import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.errors import DocumentError
from postroom.ports import Artifact, Checked, Part, Problem, Processed, Source, System, Task
from postroom.systems.conversion import options, store
from postroom.systems.conversion.contract import BY_CORE, KINDS, TIFF
from postroom.systems.conversion.system import make_system
from postroom.systems.conversion.workflow import Conversion
from postroom.wiring.system import SYSTEMS as REAL


class Placeholder:
    """See `ports.Workflow`; in place of a real conversion."""

    policy = Policy.ALL_OR_NOTHING
    finishes = True

    def __init__(self, name: str) -> None:
        self.name = name

    def missing(self) -> str | None:
        return "Nothing on this machine makes TIFF." if self.name == TIFF else None

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return options.stored(self.name, given)

    def with_documents(self, kept: Mapping[str, Any], ids: Mapping[UUID, UUID]) -> Mapping[str, Any]:
        return Conversion(self.name, "").with_documents(kept, ids)

    def check(self, task: Task) -> Checked:
        options.require(task)
        for word, value in _words(task.source):
            if word == "check":
                return Checked(problem=Problem(value, f"'{_name(task.source)}' asked to fail its check."))
        return Checked("text/plain", {}, (Part(pages=1),))

    def process(self, task: Task) -> Processed:
        events = []
        task.say(f"Converting '{_name(task.source)}' to {BY_CORE[self.name].name}.")
        for word, value in _words(task.source):
            if word == "sleep":
                time.sleep(float(value))
            if word == "crash":
                ctypes.string_at(0)
            if word == "bug":
                raise LookupError("nobody but the log may hear of this")
            if word == "fail":
                problem = Problem(value, f"'{_name(task.source)}' asked to fail.")
                return Processed({"events": events}, problem=problem)
            if word == "locked" and value not in options.given(task, task.source).passwords:
                raise DocumentError(f"'{_name(task.source)}' needs a password that fits.", code="password")
            if word in ("info", "warn"):
                severity = "warning" if word == "warn" else "info"
                events.append({"code": "FontSubstituted", "severity": severity, "message": "Said so."})
            if word == "nested":
                events.append(
                    {"code": "Generic", "severity": "info", "message": "In it.", "dataPart": "a.exe"}
                )
        return Processed({"events": events})

    def finish(self, task: Task) -> Processed:
        options.require(task)
        said = [pair for source in task.sources for pair in _words(source)]
        for word, value in said:
            if word == "end":
                return Processed(problem=Problem(value, "The end was asked to fail."))
        out = {
            "workflow": task.workflow,
            "profile": task.profile,
            "job": dict(options.given(task).values),
            "documents": [_told(task, source) for source in task.sources],
        }
        names = [source.name for source in task.sources]
        made = []
        for number in range(2 if ("two", "") in said else 1):
            file = task.scratch / f"{number}.pdf"
            file.write_text(json.dumps(out))
            name = options.output_name(task, names, f"{'-' + str(number) if number else ''}.pdf")
            made.append(Artifact(name, file, "application/pdf"))
        event = {
            "code": "Generic",
            "severity": "info",
            "message": "Verified.",
            "dataId": str(task.sources[0].id),
        }
        return Processed({"events": [event], "verdict": {"flavour": "2b"}}, made)

    async def store_finish(self, transaction: Any, job: UUID, result: Processed) -> None:
        await store.write_finish(transaction, job, result)

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        return f"Converting '{name}' to PDF/A."


def _name(source: Source | None) -> str:
    return source.name if source is not None else "?"


def _words(source: Source | None) -> list[tuple[str, str]]:
    text = source.file.read_bytes()[:1000].decode("utf-8", "replace") if source is not None else ""
    return [(word.partition(":")[0], word.partition(":")[2]) for word in text.split()]


def _told(task: Task, source: Source) -> dict[str, Any]:
    given = options.given(task, source)
    return {"name": source.name, "size": source.size, "values": dict(given.values), "role": given.role}


DESK = make_system([Placeholder(kind.core) for kind in KINDS])
SYSTEMS: tuple[System, ...] = (*(one for one in REAL if one.name != DESK.name), DESK)
