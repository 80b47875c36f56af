"""Owns reading a header: which column stands where, and what is wrong with it. Refuses to know rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from postroom.systems.revenue import contract
from postroom.systems.revenue.contract import Kind


@dataclass(frozen=True, slots=True)
class Layout:
    """names: every column as uploaded, trimmed. places: known column -> place. labels: their places."""

    names: Sequence[str]
    places: dict[str, int]
    labels: Sequence[int]

    @property
    def width(self) -> int:
        return len(self.names)

    @property
    def wanted(self) -> list[int]:
        """The places of all known columns."""
        return sorted({*self.places.values(), *self.labels})


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a file. row: the data row, from 1; None for the header and the file."""

    row: int | None
    column: str | None
    message: str


def read(cells: Sequence[str], kind: Kind) -> tuple[Layout, list[Problem]]:
    """The layout of a header, and its problems in the order of columns: repeated ones, then missing ones."""
    names = [cell.strip() for cell in cells]
    known = {name.casefold(): name for name in kind.columns}
    places: dict[str, int] = {}
    labels: list[int] = []
    seen: dict[str, int] = {}
    problems: list[Problem] = []
    for place, name in enumerate(names):
        plain = name.casefold()
        column = known.get(plain, name)
        if plain == contract.LABEL.casefold():
            if contract.LABEL in kind.columns:
                labels.append(place)
            continue
        if plain in seen:
            if seen[plain] == 1:  # one line for a column, however often it is repeated
                problems.append(Problem(None, column, contract.repeated(column)))
            seen[plain] += 1
            continue
        seen[plain] = 1
        if plain in known:
            places[column] = place
    for column in kind.required:
        if column not in places and not (column == contract.LABEL and labels):
            problems.append(Problem(None, column, contract.missing(column)))
    return Layout(names, places, labels), problems
