"""Owns the days of a bill: when it was made, when it is due, which time it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read import period as periods
from postroom.systems.bills.read.document import Candidate, Document
from postroom.systems.bills.read.layout import Cell
from postroom.systems.bills.read.period import Period

_NEXT = re.compile(
    r"next|last payment|prior|previous|payment received|history|scheduled|gültig|valid|through"
)
_DASH = re.compile(r"\d (?:[-–—]|to|bis|au)$", re.IGNORECASE)
_LONG_BILL = timedelta(400)


def due(document: Document, issued: date | None) -> Candidate | None:
    """The day by which to pay; never before the bill was made."""
    found = document.candidates(
        "due", _days(document), refuse=re.compile(r"after the due|past due(?! after)|overdue|next")
    )
    found += _by(document)
    found.sort(key=lambda one: -one.score)
    if issued is not None:
        found = [one for one in found if issued <= one.value <= issued + timedelta(120)]
    return document.best(found, enough=0.6)


def _by(document: Document) -> list[Candidate]:
    """`by 31 Jan 2025` in a cell of its own, as it stands beside a large amount."""
    found = []
    for cell in document.cells:
        if len(cell.text) < 30 and re.match(r"(?:due |pay |payable )?(?:by|before|on)\b", cell.text.lower()):
            days = [day for day in dates.find(cell.text, document.place.order) if day.year]
            found += [Candidate(day.value, 0.7, cell, day.start, day.end, "by") for day in days]
    return found


def issued(document: Document) -> Candidate | None:
    found = document.candidates("issued", _days(document), refuse=_NEXT)
    for one in found:
        one.score += 0.03 if one.cell.page == 1 else 0.0
    found += _bracketed(document)
    found.sort(key=lambda one: -one.score)
    return document.best(found, enough=0.45)


def _bracketed(document: Document) -> list[Candidate]:
    """A day in brackets on the first page, right of or below the number of the bill: `1234567 (3rd Jun 2023)`."""
    found = []
    for tag in document.tags.get("invoice", ()) if document.pages else ():
        page = document.page(tag.cell)
        for cell in (tag.cell, *page.right(tag.cell)[:1], *page.below(tag.cell)):
            for day in dates.find(cell.text, document.place.order):
                around = cell.text[max(0, day.start - 1) : day.start], cell.text[day.end : day.end + 1]
                if day.year and around == ("(", ")") and cell.page == 1:
                    found.append(Candidate(day.value, 0.6, cell, day.start, day.end, "brackets"))
    return found


def period(document: Document, issued_on: date | None) -> Candidate | None:
    """First and last day of what is billed: ranges at a label, else a range that stands alone in its cell."""
    found = document.candidates("period", _ranges(document), refuse=re.compile(r"history|last year|previous"))
    for cell in document.cells:
        if len(cell.text) > 160:
            continue
        for value, start, end in _ranges(document)(cell.text):
            rest = len(cell.text) - (end - start)
            score = 0.8 if rest < 24 else 0.66
            if re.search(r"last year|history|tariff|price|offer|valid|holiday|hours", cell.text.lower()):
                score -= 0.3
            found.append(Candidate(value, score, cell, start, end, "range"))
    found += _two_labels(document)
    found += _torn(document)
    if issued_on is not None:
        parse = _yearless(document, issued_on)
        found += document.candidates("period", parse)
        for cell in document.cells:
            if len(cell.text) < 24:
                found += [Candidate(value, 0.62, cell, a, b, "range") for value, a, b in parse(cell.text)]
    found = [one for one in found if _fits(one.value, issued_on)]
    found.sort(key=lambda one: -one.score)
    return document.best(found, enough=0.6)


def _fits(value: tuple[date, date], issued_on: date | None) -> bool:
    """A bill is for some days up to the day it was made, or a little ahead (telephone, rubbish)."""
    first, last = value
    if not 3 <= (last - first).days <= 400:
        return False
    return issued_on is None or (first - timedelta(45) <= issued_on and last >= issued_on - _LONG_BILL)


def _torn(document: Document) -> list[Candidate]:
    """A range with a wide gap behind its dash: "8 June 2023 -" and, in the next cell, "2 December 2023"."""
    found = []
    for cell in document.cells:
        if not _DASH.search(cell.text):
            continue
        right = document.page(cell).right(cell)
        if right:
            for value, start, _ in _ranges(document)(f"{cell.text} {right[0].text}"):
                found.append(Candidate(value, 0.8, cell, start, len(cell.text), "range"))
    return found


def _two_labels(document: Document) -> list[Candidate]:
    """`From` and `To`, each with a day of its own, beside or under each other."""
    found = []
    for cell in document.cells:
        text = cell.text.lower().strip(" :")
        if text not in _STARTS:
            continue
        page = document.page(cell)
        ends = [
            o
            for o in (*page.right(cell)[:2], *page.below(cell, most=2))
            if o.text.lower().strip(" :") in _ENDS
        ]
        if not ends:
            continue
        first, last = _day_at(document, cell), _day_at(document, ends[0])
        if first and last and first.value < last.value:
            value = (first.value, last.value)
            found.append(
                Candidate(value, 0.9, first.cell, first.start, first.end, "columns", cell, last.cell)
            )
    return found


_STARTS = {
    "from",
    "start date",
    "service from",
    "read from",
    "period start",
    "beginning",
    "from date",
    "start",
    "von",
}
_ENDS = {
    "to",
    "end date",
    "service to",
    "read to",
    "period end",
    "ending",
    "to date",
    "end",
    "through",
    "thru",
    "bis",
}


def _day_at(document: Document, cell: Cell) -> Candidate | None:
    for other, weight, how in document.around(cell):
        for day in dates.find(other.text, document.place.order):
            if day.year:
                return Candidate(day.value, weight, other, day.start, day.end, how, cell)
    return None


def _days(document: Document) -> Any:
    def parse(text: str) -> Iterable[tuple[date, int, int]]:
        for day in dates.find(text, document.place.order):
            if day.year:
                yield day.value, day.start, day.end

    return parse


def _ranges(document: Document) -> Any:
    def parse(text: str) -> Iterable[tuple[tuple[date, date], int, int]]:
        for one in ranges(document, text):
            yield (one.first, one.last), one.start, one.end

    return parse


def _yearless(document: Document, until: date) -> Any:
    def parse(text: str) -> Iterable[tuple[tuple[date, date], int, int]]:
        if not any(map(str.isdigit, text)):
            return
        for one in periods.find_yearless(text, document.place.order, until):
            yield (one.first, one.last), one.start, one.end

    return parse


def ranges(document: Document, text: str) -> list[Period]:
    return periods.find(text, document.place.order) if any(map(str.isdigit, text)) else []
