"""Owns readings that stand under each other, each with its day, and words about how a reading was come by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read import number
from postroom.systems.bills.read.document import Document
from postroom.systems.bills.read.layout import Cell, Page
from postroom.systems.bills.read.row import Row

_ESTIMATED = re.compile(
    r"\best(?:imated?|\.)?\b|\(e\)|\be$|geschätzt|estimé|estimad[oa]|estimated", re.IGNORECASE
)
_ACTUAL = re.compile(r"\bact(?:ual|\.)?\b|\(a\)|\ba$|abgelesen|relevé|real\b|customer read", re.IGNORECASE)


def estimated(text: str) -> bool | None:
    """Whether words at a reading say that it was estimated; None if they say nothing."""
    if _ESTIMATED.search(text):
        return True
    return False if _ACTUAL.search(text) else None


_READ = re.compile(r"reading|z[äa]hlerstand|index|relev[ée]|lectura|lettura", re.IGNORECASE)


def two_days(document: Document, page: Page) -> Iterator[Row]:
    """Readings under each other, each with its day: "1 Feb 2024 | 4410 | Actual" over "30 Apr 2024 | 4630"."""
    for place in range(1, len(page.rows) - 1):
        labelled = [
            read
            for row in page.rows[place : place + 2]
            for cell in row
            if (read := _on(document, page, cell))
        ]
        if len(labelled) == 2 and (row := _between(page, *labelled)):
            yield row
            return
        own = all(any(_READ.search(cell.text) for cell in page.rows[place + step]) for step in (0, 1))
        if not own and not any(_READ.search(cell.text) for cell in page.rows[place - 1]):
            continue
        one, two = (_dated(document, page.rows[place + step]) for step in (0, 1))
        if one is None or two is None or one[0] == two[0]:
            continue
        row = _between(page, one, two)
        if row is not None:
            yield row
            return


_Read = tuple[date, Decimal, Cell]


def _between(page: Page, one: _Read, two: _Read) -> Row | None:
    """What a meter moved from one reading to the other."""
    early, late = sorted((one, two), key=lambda read: read[0])
    if late[1] < early[1] or late[0] == early[0]:
        return None
    row = Row(page.number, late[2].order, previous=early[1], current=late[1], first=early[0], last=late[0])
    row.cells = {"previous": early[2], "current": late[2], "first": early[2]}
    row.estimated = estimated(" ".join(cell.text for cell in page.rows[late[2].row]))
    return row


_ON = re.compile(r"\bread(?:ing)?\b|z[äa]hlerstand|relev[ée]|lectura|lettura", re.IGNORECASE)


def _on(document: Document, page: Page, cell: Cell) -> _Read | None:
    """`Reading on 7 Nov 2023`, and beside it what was read."""
    if not _ON.search(cell.text) or len(cell.text) > 40:
        return None
    days = [day for day in dates.find(cell.text, document.place.order) if day.year]
    right = page.right(cell)
    match = re.match(rf"^[-–]? ?({number.PATTERN})(?: ?\(?[A-Za-z]+\)?)?$", right[0].text) if right else None
    value = number.parse(match[1], document.place.point) if match else None
    return (days[0].value, value, right[0]) if len(days) == 1 and value is not None else None


def _dated(document: Document, cells: Sequence[Cell]) -> _Read | None:
    """A day with a year in one cell, and a whole number alone in the next."""
    for day_cell, cell in pairwise(cells):
        days = [day for day in dates.find(day_cell.text, document.place.order) if day.year]
        match = re.match(rf"^({number.PATTERN})(?: ?\(?[A-Za-z]+\)?)?$", cell.text)
        if len(days) == 1 and days[0].start < 3 and match:
            value = number.parse(match[1], document.place.point)
            if value is not None:
                return days[0].value, value, cell
    return None
