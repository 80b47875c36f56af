"""Owns finding the revision and the date of a sheet: beside their labels, or in the table of revisions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from postroom.readers.word import Box, Word
from postroom.systems.plans.read.line import Line, framed

_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*\.?"
_DATE = re.compile(
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d\d)|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}|{_MONTH}\s+\d{{1,2}},?\s+\d{{4}}"
    rf"|\d{{1,2}}[\s-]{_MONTH}[\s-]\d{{4}}",
    re.I,
)
_REV = re.compile(r"[A-Z]|\d{1,2}|[A-Z]\d|R\d{1,2}")
_REV_LABEL = re.compile(r"(?:REV(?:ISION)?|ISSUE)\.?\s*(?:NO\.?|#)?\s*:?", re.I)
_DATE_LABEL = re.compile(
    r"(?:(?:ISSUE|PLOT|DRAWING|SHEET|PROJECT)\s+)?DATE(?:\s+ISSUED)?\s*:?|DATED?\s*:?", re.I
)
_TABLE_NUMBER = re.compile(r"(?:NO\.?|#|REV\.?|MARK|SYM\.?)", re.I)
_BAND = 0.32  # share of the page, from an edge, in which title blocks are


@dataclass(frozen=True, slots=True)
class Revision:
    """revision: "2", "C"; date: as printed. Each with its box, or None where there is none."""

    revision: str | None = None
    date: str | None = None
    revision_box: Box | None = None
    date_box: Box | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    box: Box
    frame: Box
    size: float
    angle: int


def find(lines: Sequence[Line], width: float, height: float) -> Revision:
    """What the labels say wins over the table, whose newest row counts."""
    near = [line for line in lines if _banded(line.box, width, height)]
    row = _newest(near, width, height)
    header = _header(near)
    labels = [line for line in near if line not in header]
    revision = _beside(labels, near, _REV_LABEL, _REV)
    date = _beside(labels, near, _DATE_LABEL, _DATE)
    if revision is None and row is not None:
        revision = row[0]
    if date is None and row is not None:
        date = row[1]
    return Revision(
        revision.text if revision else None,
        date.text if date else None,
        revision.box if revision else None,
        date.box if date else None,
    )


def _banded(box: Box, width: float, height: float) -> bool:
    x, y = (box.left + box.right) / 2 / width, (box.top + box.bottom) / 2 / height
    return min(x, y, 1 - x, 1 - y) < _BAND


def _header(lines: Sequence[Line]) -> list[Line]:
    """The cells of the header of the table of revisions: "No.", "Description", "Date" in one row."""
    for head in lines:
        if _TABLE_NUMBER.fullmatch(head.text.split(" ")[0]):
            row = [other for other in lines if other.angle == head.angle and _level(head, other)]
            if any(re.search(r"\bDATE\b", other.text, re.I) for other in row) and len(row) > 1:
                return row
    return []


def _beside(
    labels: Sequence[Line], lines: Sequence[Line], label: re.Pattern[str], value: re.Pattern[str]
) -> _Cell | None:
    """The nearest value behind a label, in its own line, to the right of it or below it."""
    best: tuple[float, _Cell] | None = None
    for line in labels:
        head = label.match(line.text)
        if head is None:
            continue
        if rest := line.text[head.end() :].strip(" :#."):
            if head[0].strip(" :") and value.fullmatch(rest) and (rest != "NO"):
                return _Cell(rest, line.box, line.frame, line.size, line.angle)
            continue
        for other in lines:
            if other is line or other.angle != line.angle or not value.fullmatch(other.text.strip()):
                continue
            distance = _distance(line, other)
            if distance is not None and (best is None or distance < best[0]):
                best = distance, _Cell(other.text.strip(), other.box, other.frame, other.size, other.angle)
    return best[1] if best else None


def _distance(label: Line, value: Line) -> float | None:
    size = max(label.size, value.size)
    down = value.frame.top - label.frame.bottom
    right = value.frame.left - label.frame.right
    over = min(label.frame.right + size, value.frame.right) - max(label.frame.left - size, value.frame.left)
    level = min(label.frame.bottom, value.frame.bottom) - max(label.frame.top, value.frame.top)
    if over > 0 and -0.5 * size < down < 2.0 * size:
        return max(0.0, down)
    # A value at the far end of its cell still belongs to the label; it only must be level with it.
    if level > 0.3 * min(label.size, value.size) and -0.2 * size < right < 22 * size:
        return 0.5 * size + right / 4
    return None


def _newest(lines: Sequence[Line], width: float, height: float) -> tuple[_Cell, _Cell | None] | None:
    """The row with the highest mark below (or above) a header that names a number and a date."""
    header = _header(lines)
    if not header:
        return None
    head = next(line for line in header if _TABLE_NUMBER.fullmatch(line.text.split(" ")[0]))
    rows = list(_marks(lines, head, width, height))
    return max(rows, key=lambda row: _rank(row[0].text)) if rows else None


def _level(one: Line, two: Line) -> bool:
    return abs(one.frame.bottom - two.frame.bottom) < 0.6 * max(one.size, two.size)


def _marks(
    lines: Sequence[Line], head: Line, width: float, height: float
) -> Iterator[tuple[_Cell, _Cell | None]]:
    column = framed(head.words[0].box, head.angle, width, height)
    for line in lines:
        if line.angle != head.angle or _level(line, head):
            continue
        first: Word = line.words[0]
        place = framed(first.box, line.angle, width, height)
        size = max(line.size, head.size)
        within = place.left < column.right + size and place.right > column.left - size
        if (
            not within
            or abs(place.top - column.top) > 30 * size
            or not _REV.fullmatch(first.text.strip("△ "))
        ):
            continue
        dates = [
            _Cell(found[0], other.box, other.frame, other.size, other.angle)
            for other in lines
            if other.angle == line.angle and _level(line, other) and (found := _DATE.search(other.text))
        ]
        if dates:
            yield (
                _Cell(first.text.strip("△ "), first.box, place, line.size, line.angle),
                max(dates, key=lambda cell: cell.frame.left),
            )


def _rank(mark: str) -> tuple[int, int, str]:
    digits = re.sub(r"\D", "", mark)
    return (0 if digits else 1, int(digits or 0), mark)
