"""Owns where things stand on a page: cells, and what is right of one, below it, in its column.

A cell is a run of words without a wide gap. Refuses to know what words mean.
"""

from __future__ import annotations

import math
import re
import statistics
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from postroom.readers.word import Box, PageWords, Word, hull

GAP = 1.05  # font sizes between two words from which they are two cells
_SPACES = 1.75  # letters, the same, on a page of a line printer
SCANNED_GAP = 1.3  # the same, of words that were recognised
_TORN, _CENTS = re.compile(r"\d[.,]$"), re.compile(r"^\d\d(?!\d)")
_LEADER = re.compile(r"(?:[.·…_]\s?){4,}")
_ROW = 0.55  # share of the lower one's height by which two words must overlap to stand in one row
_NEAR = 2.6  # heights to the cell below, from baseline to baseline, at most


@dataclass(slots=True, eq=False)
class Cell:
    """page: from 1. row: its place among the rows of the page. order: its place in the document."""

    text: str
    box: Box
    page: int
    confidence: float
    size: float
    row: int = 0
    order: int = 0
    words: tuple[Word, ...] = ()

    def part(self, start: int, end: int) -> Box:
        """The box of some characters of the text, by the words that they belong to."""
        words = self._within(start, end)
        return hull([word.box for word in words]) if words else self.box

    def trust(self, start: int = 0, end: int | None = None) -> float:
        """How sure its recogniser was of some characters: of the worst of the words that they belong to."""
        words = self._within(start, len(self.text) if end is None else end)
        return min((word.confidence for word in words), default=self.confidence)

    def _within(self, start: int, end: int) -> list[Word]:
        at, found = 0, []
        for word in self.words:
            if at < end and start < at + len(word.text):
                found.append(word)
            at += len(word.text) + 1
        return found


@dataclass(slots=True)
class Page:
    """One page as rows of cells, from top to bottom and left to right."""

    number: int
    width: float
    height: float
    rows: list[list[Cell]] = field(default_factory=list)

    def cells(self) -> Iterator[Cell]:
        for row in self.rows:
            yield from row

    def right(self, cell: Cell) -> list[Cell]:
        """Cells of its row to the right of it, the nearest first."""
        row = self.rows[cell.row]
        return row[row.index(cell) + 1 :]

    def left(self, cell: Cell) -> list[Cell]:
        """Cells of its row to the left of it, the nearest first."""
        row = self.rows[cell.row]
        return row[: row.index(cell)][::-1]

    def below(self, cell: Cell, *, near: float = _NEAR, most: int = 1) -> list[Cell]:
        """Cells below it that share its column, the nearest first: at most `near` heights from one to the next."""
        found: list[Cell] = []
        last = cell
        for row in self.rows[cell.row + 1 :]:
            step = row[0].box.bottom - last.box.bottom
            if step > 4 * near * max(last.box.height, 6):
                break
            best = _best(cell, row)
            if best is None or best.box.top < last.box.centre[1]:
                continue
            if best.box.bottom - last.box.bottom > near * max(last.box.height, min(best.box.height, 18)):
                break
            found.append(best)
            last = best
            if len(found) == most:
                break
        return found

    def above(self, cell: Cell, *, near: float = _NEAR) -> Cell | None:
        """The nearest cell above it in its column."""
        for row in reversed(self.rows[: cell.row]):
            best = _best(cell, row)
            if best is not None:
                reach = near * max(best.box.height, min(cell.box.height, 18))
                return best if cell.box.bottom - best.box.bottom <= reach else None
            if cell.box.bottom - row[0].box.bottom > 3 * near * cell.box.height:
                return None
        return None


def _best(cell: Cell, row: Sequence[Cell]) -> Cell | None:
    """The cell of a row that stands best under another: aligned at an edge, or overlapping most."""
    best, score = None, 0.0
    for other in row:
        own = _shared(cell.box, other.box) + (40 if alignment(cell.box, other.box) else 0)
        if own > score:
            best, score = other, own
    return best


def alignment(one: Box, two: Box, slack: float = 3.5) -> bool:
    """Whether two boxes are flush left, flush right or centred on each other."""
    return (
        abs(one.left - two.left) <= slack
        or abs(one.right - two.right) <= slack
        or abs(one.centre[0] - two.centre[0]) <= slack
    )


def _shared(one: Box, two: Box) -> float:
    return min(one.right, two.right) - max(one.left, two.left)


def pages(read: Sequence[PageWords]) -> list[Page]:
    """The pages of a document as rows of cells. Words that are turned on their side are left out."""
    made = []
    order = 0
    for number, words in enumerate(read, start=1):
        page = Page(number, words.width, words.height)
        upright = _straight(words)
        pitch = _pitch(upright)
        page.rows = [_cells(row, number, pitch) for row in _rows(upright)]
        for place, cells in enumerate(page.rows):
            for cell in cells:
                cell.row, cell.order = place, order
                order += 1
        made.append(page)
    return made


def _straight(words: PageWords) -> list[Word]:
    """The words to be read, in one direction; a skewed page is turned back around its centre."""
    angle = next(
        (a for a in (0, 90, 180, 270) if sum(w.angle == a for w in words.words) * 2 > len(words.words)), 0
    )
    found = [
        part for word in words.words if word.angle == angle and word.text.strip() for part in _unled(word)
    ]
    if angle:
        found = [_turned(word, angle, words) for word in found]
    if words.skew:
        slope = math.tan(math.radians(words.skew))
        found = [_levelled(word, slope) for word in found]
    return found


def _unled(word: Word) -> list[Word]:
    """Without leaders, the dots that lead the eye from a label to its value; what they join is taken apart."""
    parts = _LEADER.split(word.text)
    if len(parts) == 1:
        return [word]
    box, made, at = word.box, [], 0.0
    wide = [sum(0.5 if sign in ".·…_" else 1.0 for sign in part) for part in parts]
    leaders = [0.5 * len(found) for found in _LEADER.findall(word.text)]
    unit = box.width / max(0.5, sum(wide) + sum(leaders))
    for part, own, behind in zip(parts, wide, [*leaders, 0.0], strict=True):
        left = box.left + at * unit
        if part:
            cut = Box(left, box.top, left + own * unit, box.bottom)
            made.append(Word(part, cut, word.confidence, word.size, word.angle, word.line))
        at += own + behind
    return made


def _levelled(word: Word, slope: float) -> Word:
    """A word of a line that falls to the right, lifted to where the line begins; its box loses the slant."""
    box = word.box
    shift = box.centre[0] * slope
    spare = min(box.width * abs(slope), box.height * 0.5) / 2
    level = Box(box.left, box.top - shift + spare, box.right, box.bottom - shift - spare)
    return Word(word.text, level, word.confidence, word.size, word.angle, word.line)


def _turned(word: Word, angle: int, page: PageWords) -> Word:
    box = word.box
    if angle == 180:
        turned = Box(
            page.width - box.right, page.height - box.bottom, page.width - box.left, page.height - box.top
        )
    elif angle == 90:
        turned = Box(box.top, page.width - box.right, box.bottom, page.width - box.left)
    else:
        turned = Box(page.height - box.bottom, box.left, page.height - box.top, box.right)
    return Word(word.text, turned, word.confidence, word.size, 0, word.line)


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words that stand beside each other, whatever lines the reader made of them."""
    rows: list[tuple[float, float, list[Word]]] = []
    for word in sorted(words, key=lambda word: word.box.centre[1]):
        top, bottom = word.box.top, word.box.bottom
        best = None
        for place in range(len(rows) - 1, max(-1, len(rows) - 6), -1):
            low, high, _ = rows[place]
            shared = min(bottom, high) - max(top, low)
            if shared >= _ROW * min(bottom - top, high - low):
                best = place
                break
        if best is None:
            rows.append((top, bottom, [word]))
        else:
            low, high, members = rows[best]
            members.append(word)
            # The middle of a row must not wander: it keeps the extent of its first word, a little grown.
            rows[best] = (max(low, top) if high - low > 16 else low, high, members)
    return [sorted(members, key=lambda word: word.box.left) for _, _, members in rows]


def _pitch(words: Sequence[Word]) -> float | None:
    """How wide a letter is on a recognised page of a line printer, where all are; None if they are not.

    Its columns are often no more than two spaces apart, less than what else divides two cells.
    """
    wide = [
        word.box.width / (len(word.text) - 0.2)
        for word in words
        if word.confidence < 1.0 and len(word.text) >= 4
    ]
    if len(wide) < 20:
        return None
    middle = statistics.median(wide)
    alike = sum(abs(one - middle) <= 0.07 * middle for one in wide)
    return middle if alike >= 0.75 * len(wide) else None


def _cells(row: Sequence[Word], page: int, pitch: float | None = None) -> list[Cell]:
    cells: list[list[Word]] = []
    for word in row:
        if cells:
            last = cells[-1][-1]
            gap = word.box.left - last.box.right
            # A recogniser's boxes hug the letters: gaps look wider than they were set.
            wide = GAP if word.confidence == 1.0 else SCANNED_GAP
            most = wide * min(_size(last), _size(word)) if pitch is None else _SPACES * pitch
            if gap <= most and not _bar(word, last):
                if word.confidence < 1.0 and _TORN.search(last.text) and _CENTS.match(word.text):
                    cells[-1][-1] = _mended(last, word)
                else:
                    cells[-1].append(word)
                continue
        cells.append([word])
    return [_cell(words, page) for words in cells]


def _mended(one: Word, two: Word) -> Word:
    """ "180. 95" as scanned is one amount."""
    box = hull([one.box, two.box])
    return Word(one.text + two.text, box, min(one.confidence, two.confidence), one.size, one.angle, one.line)


def _bar(word: Word, last: Word) -> bool:
    return word.text == "|" or last.text == "|"


def _size(word: Word) -> float:
    return max(4.0, min(word.size, word.box.height * 1.6))


def _cell(words: Sequence[Word], page: int) -> Cell:
    return Cell(
        " ".join(word.text for word in words),
        hull([word.box for word in words]),
        page,
        min(word.confidence for word in words),
        max(word.size for word in words),
        words=tuple(words),
    )


def between(cells: Sequence[Cell], first: int, last: int) -> Sequence[Cell]:
    """Cells (in document order) with orders from `first` up to, not with, `last`."""
    orders = [cell.order for cell in cells]
    return cells[bisect_left(orders, first) : bisect_left(orders, last)]
