"""Owns words on the form: each word of the page moved to form points, and what stands in a cell, line by line.

A word belongs to the cell in which its middle lies, so values may overlap borders. Refuses to know what the
values mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from postroom.readers.word import Box, PageWords, Word, hull
from postroom.systems.certificates.read import form
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
    """Every word of the page that may have been filled in, on the form."""
    chosen = _filled_in(page, transform)
    if not chosen:
        return []
    starts = np.array([begin(page.words[place]) for place in chosen])
    ends = np.array([_end(page.words[place]) for place in chosen])
    here, there = np.split(transform.to_form(np.vstack((starts, ends))), 2)
    scale = transform.scale
    found = []
    for at, place in enumerate(chosen):
        word = page.words[place]
        text = (word.text if page.source == "text" else word.text.strip(_RULES)).translate(QUOTES)
        if not text:
            continue
        left, right = sorted((float(here[at, 0]), float(there[at, 0])))
        y = float(here[at, 1] + there[at, 1]) / 2
        size = word.size / scale
        if place in transform.glued:
            text, left = _value(text, transform.glued[place], left, right)
        if text:
            found.append(Spot(text, left, right, y, size, word.confidence, word.box))
    return found


def _filled_in(page: PageWords, transform: Transform) -> list[int]:
    """Places of the words that are neither labels nor of the sentences between the parts of the form."""
    places = [place for place in range(len(page.words)) if place not in transform.printed]
    if not places:
        return []
    middles = np.array([page.words[place].box.centre for place in places])
    heights = middles @ transform.inverse[1, :2] + transform.inverse[1, 2]
    sentence = np.zeros(len(places), np.bool_)
    for top, bottom in form.SENTENCES:
        sentence |= (heights > top) & (heights < bottom)
    return [place for place, is_sentence in zip(places, sentence.tolist(), strict=True) if not is_sentence]


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
    return [spot for spot in spots if cell.holds(spot.x, spot.y)]


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
