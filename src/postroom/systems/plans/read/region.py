"""Owns cutting a drawing into regions: views, notes, schedules. Every word of a sheet is in one of them.

A view is told by its title: a line with its scale under or behind it. Notes and schedules are told by their
heading. What is in none belongs to the nearest view above whose title it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from postroom.readers.word import Box, PageWords, hull
from postroom.systems.plans.read import title
from postroom.systems.plans.read.evidence import share
from postroom.systems.plans.read.line import Line
from postroom.systems.plans.stage import Edges

_VIEWS = 60  # of one sheet
_LABEL = 120  # characters
_TEXT = 20_000  # characters of one region
_SCALE = re.compile(
    r"\bSCALE\b|\d\s*/\s*\d+\s*[\"”]\s*=|\d\s*[\"”]\s*=\s*\d+\s*['’]|\b1\s?:\s?\d{1,4}\b|\bN\.?T\.?S\b", re.I
)
_NOTES = re.compile(r"^(?:[A-Z&/ ]{0,40})\b(?:NOTES?|LEGEND|ABBREVIATIONS|SYMBOLS)\s*:?$", re.I)
_SCHEDULE = re.compile(r"^[A-Z&/ -]{0,40}\bSCHEDULE\s*:?$", re.I)
_KINDS: tuple[tuple[str, str], ...] = (
    (r"ELEVATIONS?", "elevation"),
    (r"SECTIONS?", "section"),
    (r"SCHEDULES?", "schedule"),
    (r"DETAILS?|TYP(?:ICAL)?\.?|ENLARGED", "detail"),
    (r"PLANS?|FLOORS?|ROOF|LEVEL|SITE|FRAMING|FOUNDATION|BASEMENT", "plan"),
)


@dataclass(frozen=True, slots=True)
class Region:
    """kind: plan, elevation, section, detail, schedule, note. box, label_box: shares of the page."""

    kind: str
    label: str
    text: str
    box: Edges
    label_box: Edges | None


@dataclass(slots=True)
class _View:
    kind: str
    label: str
    box: Box
    lines: list[Line] = field(default_factory=list)


def regions(read: PageWords, found: Sequence[Line], usual: str | None) -> list[Region]:
    """The regions of a drawing. found: its lines. usual: the kind of a sheet without views."""
    views = _views(found)[:_VIEWS]
    heads = [line for line in found if _NOTES.match(line.text) or _SCHEDULE.match(line.text)][:_VIEWS]
    columns = [
        _View("schedule" if _SCHEDULE.match(line.text) else "note", line.text, line.box) for line in heads
    ]
    rest = _View(usual or "plan", "", Box(0, 0, read.width, read.height))
    for line in found:
        column = _column(line, columns)
        owner = column or (_nearest(line, views) if views else rest)
        owner.lines.append(line)
    every = [view for view in (*views, *columns, rest) if view.lines]
    return [_region(view, read) for view in every]


def _views(found: Sequence[Line]) -> list[_View]:
    views: list[_View] = []
    for line in found:
        if line.angle != 0 or not _SCALE.search(line.text) or len(line.text) > 60:
            continue
        above = [
            other
            for other in found
            if other.angle == 0
            and other is not line
            and 0 <= line.frame.top - other.frame.top < 3.2 * max(line.size, other.size)
            and other.size >= 0.95 * line.size
            and abs(other.frame.left - line.frame.left) < 6 * other.size
            and title.possible(other.text)
            and title.likely(other.text) > -0.5
        ]
        if not above:
            continue
        name = max(above, key=lambda other: (other.frame.top, other.size))
        view = _View(_kind(name.text), name.text[:_LABEL], name.box)
        if not any(view.box == other.box for other in views):
            views.append(view)
    return views


def _kind(label: str) -> str:
    upper = label.upper()
    return next((kind for words, kind in _KINDS if re.search(rf"\b(?:{words})\b", upper)), "detail")


def _column(line: Line, columns: Sequence[_View]) -> _View | None:
    """The heading right above a line, near enough that nothing else stands between."""
    best: tuple[float, _View] | None = None
    for column in columns:
        down = line.box.top - column.box.top
        left = line.box.left - column.box.left
        last = column.lines[-1].box.bottom if column.lines else column.box.bottom
        gap = line.box.top - last
        reach = 4 * max(line.size, 4.0)
        if (
            down >= -1
            and -4 * line.size < left < 40 * line.size
            and gap < reach
            and (best is None or down < best[0])
        ):
            best = down, column
    return best[1] if best else None


def _nearest(line: Line, views: Sequence[_View]) -> _View:
    def distance(view: _View) -> float:
        down = view.box.bottom - line.box.bottom
        across = max(0.0, view.box.left - line.box.left, line.box.left - view.box.left)
        # The title of a view stands under it: what is below the title is hardly part of it.
        return across + (down if down >= -line.size else 20 * -down)

    return min(views, key=distance)


def _region(view: _View, read: PageWords) -> Region:
    box = share(hull(line.box for line in view.lines), read)
    text = "\n".join(line.text for line in view.lines)[:_TEXT]
    label_box = share(view.box, read) if view.label else None
    return Region(view.kind, view.label, text, box, label_box)
