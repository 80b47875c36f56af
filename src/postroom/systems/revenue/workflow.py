"""Owns the workflow `revenue`: what is asked of a file when it is checked, of each part when it is processed.

It joins the parts of this package for the engine, and holds no rule of its own. The desk asks the same
workflow, in the API's own children, about files that are no documents yet: such tasks have no job.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.errors import Invalid
from postroom.ports import Checked, Part, Problem, Processed, Source, Task
from postroom.systems.revenue import contract, header, judge, locate, machine, store, strict
from postroom.systems.revenue.contract import KINDS, Kind
from postroom.systems.revenue.header import Layout
from postroom.systems.revenue.survey import Stretch, Survey, survey

NOBODY = UUID(int=0)  # the job of a task that the desk itself asks for


class Revenue:
    """See `ports.Workflow` and `ports.StoresEffects`. Options: site, type, cell_length."""

    name = "revenue"
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
        """Find the blocks of the file and plan a chunk for each, unless the desk has done so at the door."""
        source = _source(task)
        kind = KINDS.get(task.options["type"])
        if kind is None:
            return _failed("unsupported_type", contract.UNSUPPORTED)
        if task.job == NOBODY:
            return _surveyed(source.file, kind, task.options)
        plan = source.facts.get("plan")
        if plan is None:
            found = survey(source.file, kind)
            if found.unreadable:
                return _failed("unreadable", contract.UNREADABLE)
            if found.problems:
                return _failed("invalid", _told(found.problems[0]))
            plan = planned(found)
        elif plan.get("unreadable"):
            return _failed("unreadable", contract.UNREADABLE)
        if not plan["rows"]:
            return _failed("empty", contract.EMPTY)
        stretches = [Stretch.planned(one) for one in plan["stretches"]]
        facts = {"rows": plan["rows"], "columns": plan["columns"], "head": plan["head"]}
        return Checked("text/csv", facts, parts=_parts(stretches))

    def process(self, task: Task) -> Processed:
        """Judge the rows of one block, or those of all rows whose references may repeat."""
        if task.job == NOBODY:
            return Processed(locate.answer(task.part.range))
        source = _source(task)
        kind = KINDS[task.options["type"]]
        layout = _layout(source.file, source.facts["head"], kind)
        judging = judge.Judge(
            kind, layout, source.id, now=datetime.now(UTC), cell_length=task.options.get("cell_length", 0)
        )
        given = task.part.range
        if "stretches" in given:
            stretches = [Stretch.planned(one) for one in given["stretches"]]
            failed, files = judging.rivals(source.file, stretches, task.scratch)
        else:
            failed, files = judging.part(source.file, Stretch.planned(given), task.scratch)
        return Processed(rows_failed=failed, payload=files)

    def finish(self, task: Task) -> Processed:
        """Never called: `finishes` is False."""
        return Processed()

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        verb = "Checking" if kind is ChunkKind.CHECK else "Storing the rows of"
        return f"{verb} '{name}'."

    async def store(
        self, transaction: Any, job: UUID, document: UUID, part: Part, result: Processed
    ) -> Processed:
        return await store.write(transaction, job, document, part, result)


def is_name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 200 and value.isprintable() and "/" not in value


def planned(found: Survey) -> dict[str, Any]:
    """A survey as JSON, for `check` to make chunks of."""
    return {
        "unreadable": found.unreadable,
        "rows": found.rows,
        "columns": found.layout.width if found.layout else 0,
        "head": list(found.head),
        "stretches": [stretch.plan() for stretch in found.stretches],
    }


def _surveyed(file: Path, kind: Kind, options: Mapping[str, Any]) -> Checked:
    """For the desk: the plan, and every problem for which the file is to be refused."""
    found = survey(file, kind)
    if options.get("strict") and not found.unreadable and not found.problems:
        strict.judge_all(file, kind, found, now=datetime.now(UTC), cell_length=options.get("cell_length", 0))
    problems = [[problem.row, problem.column, problem.message] for problem in found.problems]
    return Checked("text/csv", {"plan": {} if problems else planned(found), "problems": problems})


def _parts(stretches: Sequence[Stretch]) -> list[Part]:
    parts = []
    rivals = 0
    for stretch in stretches:
        own = 0 if stretch.rivals is None else int(stretch.rivals.sum())
        rivals += own
        if stretch.rows > own:
            parts.append(Part(stretch.plan(), rows=stretch.rows - own))
    if rivals:
        parts.append(Part(judge.range_of(stretches), rows=rivals))
    return parts


def _layout(file: Path, head: Sequence[int], kind: Kind) -> Layout:
    with file.open("rb") as source:
        text = os.pread(source.fileno(), head[1] - head[0], head[0])
    return header.read(machine.cells(text), kind)[0]


def _source(task: Task) -> Source:
    if task.source is None:
        raise ValueError("a chunk of revenue always has a document")
    return task.source


def _failed(code: str, message: str) -> Checked:
    return Checked(problem=Problem(code, message))


def _told(problem: header.Problem) -> str:
    return problem.message if problem.row is None else f"Row {problem.row}: {problem.message}"
