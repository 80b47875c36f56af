"""Owns the address of what is supplied: the lines at its label, without the customer's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read.document import Candidate, Document
from postroom.systems.bills.read.layout import Cell

_POST = re.compile(
    r"\b\d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b(?:NSW|VIC|QLD|TAS|ACT|WA|SA"
    r"|NT),? \d{4}\b|\b[A-Z]\d[\dW] [A-Z\d]{4}\b"
)
_LEAD = re.compile(r"^[\s:.–-]*")
_NOT = re.compile(
    r"\b(?:kwh|balance|total|due|please|account|meter|invoice|bill|page|rate|date|phone|call|period"
    r"|days)\b|[$£€?]|\d{1,2}/\d{1,2}/\d",
    re.IGNORECASE,
)
_LINES = 4


def _texts(text: str) -> Iterable[tuple[str, int, int]]:
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    value = text[start:].strip()
    if (
        len(value) >= 5
        and re.search(r"[^\W\d]{3}", value)
        and not _NOT.search(value)
        and not dates.find(value, "dmy")
    ):
        yield value, start, start + len(value)


def addresses(document: Document) -> list[Candidate]:
    """Each label's address, put together from its lines, in the order of the document."""
    found: dict[int, Candidate] = {}
    for one in document.candidates("address", _texts):
        key = one.label.order if one.label else one.cell.order
        if key in found:
            continue
        lines = _lines(document, one)
        if lines is not None:
            one.value = ", ".join(lines)
            found[key] = one
    return sorted((one for one in found.values() if one.score >= 0.55), key=lambda one: one.cell.order)


def _under(one: Candidate, cell: Cell, left: float) -> bool:
    """Below the address; or below its label, if it is the line with the postcode."""
    if abs(cell.box.left - left) < 10:
        return True
    return abs(cell.box.left - one.cell.box.left) < 3 and _POST.search(cell.text) is not None


def _lines(document: Document, one: Candidate) -> list[str] | None:
    """The first line and those below it, to the one with the postcode. None if there is no number in any."""
    page = document.page(one.cell)
    lines = [one.value]
    last: Cell = one.cell
    left = last.part(one.start, one.end).left
    while not _POST.search(lines[-1]) and len(lines) < _LINES:
        under = [
            cell
            for row in page.rows[last.row + 1 : last.row + 4]
            for cell in row
            if _under(one, cell, left)
            and 0 < cell.box.bottom - last.box.bottom < 2.0 * max(last.box.height, 7)
        ]
        if not under or _NOT.search(under[0].text) or under[0].order in document.named:
            break
        last = under[0]
        lines.append(last.text.strip())
    if len(lines) > 1 and not any(map(str.isdigit, lines[0])) and any(map(str.isdigit, lines[1])):
        lines = lines[1:]  # the customer
    lines = [line.strip(" ,") for line in lines]
    return lines if any(map(str.isdigit, " ".join(lines))) else None
