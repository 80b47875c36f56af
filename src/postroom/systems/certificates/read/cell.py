"""Owns words on the form: each word of the page moved to form points, and what stands in a cell, line by line.

A word belongs to the cell in which its middle lies, so values may overlap borders. Refuses to know what the
values mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from postroom.readers.word import Box, PageWords, Word, hull
from postroom.systems.certificates.read.form import Cell
from postroom.systems.certificates.read.transform import Transform, begin

_ROW = 0.55  # of the letters' height that words of one line may differ in height
_RULES = "|[]{}_—~"  # what recognisers make of ruled lines
QUOTES = str.maketrans("‘’‛“”„", "'''\"\"\"")  # the same name, whichever program has typed it


@dataclass(frozen=True, slots=True)
class Spot:
    """A word on the form. left, right, y (middle), size: form points. box: points on the page as displayed."""

    text: str
    left: float
    right: float
    y: float
    size: float
    confidence: float
    box: Box
    printed: bool = False  # belongs to the form, not to what was filled in

    @property
    def x(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Words side by side, left to right."""

    spots: tuple[Spot, ...]

    @property
    def text(self) -> str:
        return " ".join(spot.text for spot in self.spots)

    @property
    def y(self) -> float:
        return sum(spot.y for spot in self.spots) / len(self.spots)

    @property
    def left(self) -> float:
        return self.spots[0].left

    def from_(self, place: int) -> Line:
        return Line(self.spots[place:])


def spots(page: PageWords, transform: Transform) -> list[Spot]:
    """Every word of the page, on the form."""
    if not page.words:
        return []
    starts = np.array([begin(word) for word in page.words])
    ends = np.array([_end(word) for word in page.words])
    here, there = transform.to_form(starts), transform.to_form(ends)
    found = []
    for place, word in enumerate(page.words):
        text = (word.text if page.source == "text" else word.text.strip(_RULES)).translate(QUOTES)
        if not text:
            continue
        left, right = sorted((float(here[place, 0]), float(there[place, 0])))
        y = float(here[place, 1] + there[place, 1]) / 2
        size = word.size / transform.scale
        printed = place in transform.printed
        if place in transform.glued:
            text, left = _value(text, transform.glued[place], left, right)
        if text:
            found.append(Spot(text, left, right, y, size, word.confidence, word.box, printed))
    return found


def _value(text: str, letters: int, left: float, right: float) -> tuple[str, float]:
    """What follows the label in a word that begins with one, and where it begins."""
    place = 0
    for place, sign in enumerate(text, 1):  # noqa: B007 - the place is used afterwards
        letters -= sign.isalnum()
        if letters <= 0:
            break
    rest = text[place:].lstrip(":.#) ")
    return rest, right - (right - left) * len(rest) / max(1, len(text))


def _end(word: Word) -> tuple[float, float]:
    x, y = word.box.centre
    return {
        0: (word.box.right, y),
        90: (x, word.box.bottom),
        180: (word.box.left, y),
        270: (x, word.box.top),
    }[word.angle]


def within(spots: Iterable[Spot], cell: Cell) -> list[Spot]:
    """What was filled in there."""
    return [spot for spot in spots if not spot.printed and cell.holds(spot.x, spot.y)]


def lines(spots: Iterable[Spot]) -> list[Line]:
    """Top to bottom. Words whose middles are about as high stand in one line."""
    rows: list[list[Spot]] = []
    for spot in sorted(spots, key=lambda spot: spot.y):
        for row in reversed(rows[-2:]):
            if abs(_middle(row) - spot.y) <= _ROW * max(4.0, min(spot.size, row[-1].size)):
                row.append(spot)
                break
        else:
            rows.append([spot])
    return [Line(tuple(sorted(row, key=lambda spot: spot.left))) for row in rows]


def _middle(row: Sequence[Spot]) -> float:
    return sum(spot.y for spot in row) / len(row)


def text(found: Iterable[Line]) -> str | None:
    """All lines as one text, or None."""
    return " ".join(line.text for line in found).strip() or None


def where(spots: Iterable[Spot]) -> Box | None:
    boxes = [spot.box for spot in spots]
    return hull(boxes) if boxes else None
