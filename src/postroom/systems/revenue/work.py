"""Owns what a child does for `revenue`: what is asked of a file when it is checked, of each part later.

It joins the parts of this package, and holds no rule of its own. The desk asks the same, in the API's own
children, about files that are no documents yet: such tasks have no job.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from postroom.ports import Checked, Part, Problem, Processed, Source, Task
from postroom.systems.revenue import contract, header, judge, locate, machine, strict
from postroom.systems.revenue.contract import KINDS, Kind
from postroom.systems.revenue.header import Layout
from postroom.systems.revenue.survey import NotYet, Stretch, Survey, survey
from postroom.systems.revenue.workflow import NOBODY


def check(task: Task) -> Checked:
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


def process(task: Task) -> Processed:
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
    """For the desk: the plan, and every problem for which the file is to be refused; no facts at all if a file
    that still arrives cannot be judged yet."""
    try:
        found = survey(file, kind, arriving=bool(options.get("arriving")))
    except NotYet:
        return Checked("text/csv")
    if options.get("strict") and found.unreadable:
        found.problems.append(header.Problem(None, None, contract.UNREADABLE))
    elif options.get("strict") and not found.problems:
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
