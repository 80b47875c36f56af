"""Owns the strict mode of the door: every rule applied to every row before a job exists."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from uuid import UUID

import polars as pl

from postroom.systems.revenue import contract, rule
from postroom.systems.revenue.contract import Code, Kind
from postroom.systems.revenue.header import Layout, Problem
from postroom.systems.revenue.judge import AFTER_REFERENCE, Judge
from postroom.systems.revenue.survey import Survey


def judge_all(file: Path, kind: Kind, found: Survey, *, now: datetime, cell_length: int) -> None:
    """Add to the survey's problems all that rows do wrong, by row, then by the order of columns."""
    layout = found.layout
    if layout is None:
        return
    judge = Judge(kind, layout, UUID(int=0), now=now, cell_length=cell_length)
    rules = rule.rules(kind, layout, now=now, cell_length=cell_length)
    texts = contract.texts(kind)
    wrong: dict[int, list[Code]] = defaultdict(list)
    references: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for stretch in found.stretches:
        table, _ = judge.judged(file, stretch, None)
        if stretch.rivals is not None:
            place = str(layout.places[contract.REFERENCE])
            rivals = table.filter(pl.Series(stretch.rivals)).select(place, "row", "code")
            for reference, row, code in rivals.iter_rows():
                if code == 0 or code in AFTER_REFERENCE:
                    references[reference].append((row, code))
        if len(wrong) < contract.PROBLEMS:
            _collect(table.filter(pl.col("code") != 0).head(contract.PROBLEMS), rules, wrong)
    for rows in references.values():
        winner = min((row for row, code in rows if code == 0), default=None)
        for row, _ in rows:
            if winner is not None and row > winner:
                wrong[row].append(Code.REFERENCE_REPEATED)
    for row in sorted(wrong):
        for code in sorted(wrong[row], key=lambda code: (_place(layout, texts[code].column), code)):
            found.problems.append(Problem(row, texts[code].column, texts[code].message))
            if len(found.problems) == contract.PROBLEMS:
                return


def _collect(bad: pl.DataFrame, rules: list[rule.Rule], wrong: dict[int, list[Code]]) -> None:
    broken = bad.select("row", *(one.broken.alias(str(int(one.code))) for one in rules))
    for row in broken.iter_rows(named=True):
        codes = [one.code for one in rules if row[str(int(one.code))]]
        said = set(codes)
        wrong[row["row"]] += [code for code in codes if not said.intersection(rule.IMPLIED.get(code, ()))]


def _place(layout: Layout, column: str | None) -> int:
    """Where a column stands; a rule that spans columns comes with the first of them."""
    if column == contract.LABEL and layout.labels:
        return layout.labels[0]
    if column is not None:
        return layout.places.get(column, layout.width)
    return min((layout.places[name] for name in contract.IDENTIFIERS if name in layout.places), default=-1)
