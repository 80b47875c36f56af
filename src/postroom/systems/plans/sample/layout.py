"""Owns the title blocks of sample drawings: ten ways in which offices lay them out.

Each function draws the border and the title block of one sheet and returns the place that is left for the
drawing. `TUNED` is what the reading may be tuned on; `HELD_OUT` is only ever measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from postroom.systems.plans.sample.page import Canvas, wrapped

Place = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Office:
    """What is the same on every sheet of a set."""

    firm: str
    street: str
    city: str
    phone: str
    project: str
    site: str
    client: str
    job: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a title block says. scale: as printed. sequence: "3 OF 12"."""

    number: str
    title: str
    revision: str | None
    date: str
    scale: str
    drawn: str
    sequence: str


Layout = Callable[[Canvas, Office, Sheet], Place]


def _border(page: Canvas, margin: float = 36) -> Place:
    page.box(margin, margin, page.width - margin, page.height - margin)
    return margin, margin, page.width - margin, page.height - margin


def _firm(page: Canvas, x: float, y: float, office: Office, *, anchor: str = "middle") -> None:
    page.text(x, y, office.firm, 15, anchor=anchor)
    page.block(x, y + 14, [office.street, office.city, office.phone], 6, anchor=anchor)


def _revisions(page: Canvas, left: float, top: float, right: float, sheet: Sheet, *, rows: int = 7) -> None:
    page.box(left, top, right, top + 12 * (rows + 1))
    page.text(left + 4, top + 9, "No.", 6)
    page.text(left + 34, top + 9, "Description", 6)
    page.text(right - 4, top + 9, "Date", 6, anchor="end")
    for row in range(rows):
        page.line(left, top + 12 * (row + 1), right, top + 12 * (row + 1))
    if sheet.revision is not None:
        page.text(left + 6, top + 21, sheet.revision, 6)
        page.text(left + 34, top + 21, "ISSUED FOR PERMIT", 6)
        page.text(right - 4, top + 21, sheet.date, 6, anchor="end")


def column(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Right edge, no labels at number and title; the number large at the foot."""
    left, top, right, bottom = _border(page)
    edge = right - 150
    middle = (edge + right) / 2
    page.line(edge, top, edge, bottom)
    _firm(page, middle, top + 40, office)
    _revisions(page, edge + 6, top + 300, right - 6, sheet)
    page.block(middle, bottom - 220, wrapped(office.project, 14, 138), 14, anchor="middle")
    page.text(middle, bottom - 165, office.site, 11, anchor="middle")
    page.line(edge, bottom - 150, right, bottom - 150)
    page.block(middle, bottom - 132, wrapped(sheet.title, 14, 138), 14, anchor="middle", leading=1.15)
    page.text(edge + 4, bottom - 62, "Date", 5)
    page.text(right - 4, bottom - 62, sheet.date, 7, anchor="end")
    page.text(middle, bottom - 26, sheet.number, 26, anchor="middle")
    page.text(edge + 4, bottom - 6, "Scale", 5)
    page.text(right - 4, bottom - 6, sheet.scale, 7, anchor="end")
    return left, top, edge, bottom


def labelled(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Right edge, everything labelled."""
    left, top, right, bottom = _border(page, 28)
    edge = right - 170
    page.line(edge, top, edge, bottom)
    _firm(page, (edge + right) / 2, top + 50, office)
    cells = [
        ("PROJECT", office.project, 12, 90),
        ("CLIENT", office.client, 10, 50),
        ("DRAWN BY", sheet.drawn, 8, 30),
        ("DATE", sheet.date, 8, 30),
        ("SCALE", sheet.scale, 8, 30),
        ("PROJECT NO.", office.job, 8, 30),
        ("SHEET TITLE", sheet.title, 13, 84),
        ("SHEET NO.", sheet.number, 28, 56),
    ]
    y = bottom - sum(cell[3] for cell in cells)
    for label, value, size, height in cells:
        page.line(edge, y, right, y)
        page.text(edge + 5, y + 9, label, 6)
        page.block(edge + 12, y + 14 + size, wrapped(value, size, 150), size)
        y += height
    if sheet.revision is not None:
        page.text(edge + 90, bottom - 8, f"REV. {sheet.revision}", 7)
    return left, top, edge, bottom


def upright(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Right edge, everything but the number reads from bottom to top."""
    left, top, right, bottom = _border(page)
    edge = right - 90
    page.line(edge, top, edge, bottom)
    page.text(edge + 28, bottom - 560, office.firm, 15, angle=270)
    page.text(edge + 42, bottom - 560, f"{office.street}  {office.city}  {office.phone}", 6, angle=270)
    page.text(edge + 30, bottom - 340, office.project, 12, angle=270)
    page.text(edge + 48, bottom - 340, office.site, 9, angle=270)
    page.text(edge + 14, bottom - 110, "DRAWING TITLE", 6, angle=270)
    page.block(edge + 34, bottom - 110, wrapped(sheet.title, 14, 210), 14, angle=270)
    page.text(edge + 80, bottom - 110, f"DATE: {sheet.date}", 6, angle=270)
    page.line(edge, bottom - 90, right, bottom - 90)
    page.text(edge + 4, bottom - 80, "DRAWING NUMBER", 5)
    page.text((edge + right) / 2, bottom - 40, sheet.number, 22, anchor="middle")
    return left, top, edge, bottom


def strip(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Bottom edge: firm, project, title, number from left to right."""
    left, top, right, bottom = _border(page, 30)
    edge = bottom - 84
    page.line(left, edge, right, edge)
    for x in (left + 200, left + 520, right - 330, right - 110):
        page.line(x, edge, x, bottom)
    _firm(page, left + 8, edge + 30, office, anchor="start")
    page.text(left + 208, edge + 9, "PROJECT", 6)
    page.block(left + 216, edge + 28, [*wrapped(office.project, 13, 290), office.site], 13)
    page.text(right - 324, edge + 9, "DRAWING TITLE", 6)
    page.block(right - 318, edge + 30, wrapped(sheet.title, 14, 200), 14)
    page.text(right - 104, edge + 9, "DRAWING NO.", 6)
    page.text(right - 55, edge + 50, sheet.number, 24, anchor="middle")
    page.text(right - 104, bottom - 5, f"DATE {sheet.date}", 6)
    if sheet.revision is not None:
        page.text(right - 30, bottom - 16, "REV", 5)
        page.text(right - 28, bottom - 5, sheet.revision, 8)
    return left, top, right, edge


def corner(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """A box in the lower right corner, as shop drawings have it."""
    left, top, right, bottom = _border(page, 20)
    x, y = right - 330, bottom - 150
    page.box(x, y, right, bottom)
    page.text(x + 6, y + 20, office.firm, 12)
    page.text(x + 6, y + 34, f"{office.street}, {office.city}", 6)
    page.line(x, y + 44, right, y + 44)
    page.text(x + 6, y + 54, "TITLE", 6)
    page.block(x + 12, y + 70, wrapped(sheet.title, 12, 300), 12)
    page.line(x, y + 104, right, y + 104)
    for offset, label, value in (
        (0, "SCALE", sheet.scale),
        (90, "DWG NO.", sheet.number),
        (210, "REV", sheet.revision or "0"),
        (250, "SHEET", sheet.sequence),
    ):
        page.line(x + offset, y + 104, x + offset, bottom)
        page.text(x + offset + 4, y + 113, label, 6)
        page.text(x + offset + 8, y + 134, value, 15 if label == "DWG NO." else 8)
    return left, top, right, y


def leftward(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Mirrored: the column stands at the left edge, for sets that are bound on the right."""
    left, top, right, bottom = _border(page)
    edge = left + 150
    middle = (edge + left) / 2
    page.line(edge, top, edge, bottom)
    _firm(page, middle, top + 40, office)
    page.block(middle, bottom - 250, wrapped(office.project, 13, 138), 13, anchor="middle")
    page.text(middle, bottom - 200, office.client, 10, anchor="middle")
    page.text(left + 5, bottom - 160, "SHEET NAME:", 6)
    page.block(middle, bottom - 140, wrapped(sheet.title, 13, 138), 13, anchor="middle")
    page.text(left + 5, bottom - 60, "SHEET NUMBER:", 6)
    page.text(middle, bottom - 26, sheet.number, 25, anchor="middle")
    return edge, top, right, bottom


def sideways(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Top edge, read from the right side of the page: everything runs downward."""
    left, top, right, bottom = _border(page)
    edge = right - 120
    page.line(edge, top, edge, bottom)
    page.text(right - 30, top + 20, office.firm, 14, angle=90)
    page.text(right - 44, top + 20, f"{office.street} {office.city} {office.phone}", 6, angle=90)
    page.text(right - 30, top + 250, office.project, 12, angle=90)
    page.text(right - 48, top + 250, office.site, 9, angle=90)
    page.block(right - 34, bottom - 250, wrapped(sheet.title, 13, 150), 13, angle=90)
    page.text(right - 100, bottom - 250, sheet.date, 7, angle=90)
    page.text(right - 60, bottom - 84, sheet.number, 24, angle=90)
    return left, top, edge, bottom


def inline(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Bottom right, labels and values in one line: "SHEET NO: A1.01"."""
    left, top, right, bottom = _border(page, 24)
    x, y = right - 260, bottom - 120
    page.line(x, y, right, y)
    page.line(x, y, x, bottom)
    page.text(x + 8, y + 18, office.firm, 11)
    page.text(x + 8, y + 34, f"PROJECT: {office.project}"[:44], 8)
    page.text(x + 8, y + 52, f"TITLE: {sheet.title}", 9)
    page.text(x + 8, y + 68, f"SCALE: {sheet.scale}", 7)
    page.text(x + 130, y + 68, f"DATE: {sheet.date}", 7)
    page.text(x + 8, y + 104, f"SHEET NO: {sheet.number}", 14)
    return left, top, x, bottom


def crown(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Right edge, the number at the head of the column, the title under it. Held out."""
    left, top, right, bottom = _border(page, 40)
    edge = right - 140
    page.line(edge, top, edge, bottom)
    page.text((edge + right) / 2, top + 40, sheet.number, 30, anchor="middle")
    page.line(edge, top + 54, right, top + 54)
    page.block((edge + right) / 2, top + 78, wrapped(sheet.title, 14, 128), 14, anchor="middle")
    page.line(edge, top + 150, right, top + 150)
    page.text(edge + 6, top + 166, f"Date: {sheet.date}", 7)
    page.text(edge + 6, top + 178, f"Scale: {sheet.scale}", 7)
    page.block(edge + 6, bottom - 200, wrapped(office.project, 12, 126), 12)
    page.text(edge + 6, bottom - 150, office.client, 9)
    _firm(page, (edge + right) / 2, bottom - 60, office)
    return left, top, edge, bottom


def ribbon(page: Canvas, office: Office, sheet: Sheet) -> Place:
    """Bottom edge in two rows, the number left of the title, "DWG #". Held out."""
    left, top, right, bottom = _border(page, 24)
    edge = bottom - 64
    page.line(left, edge, right, edge)
    page.line(left, edge + 30, right, edge + 30)
    page.text(left + 8, edge + 20, f"{office.project}   {office.site}", 11)
    page.text(right - 8, edge + 20, office.firm, 13, anchor="end")
    page.text(right - 420, edge + 40, "DWG #", 6)
    page.text(right - 414, edge + 58, sheet.number, 17)
    page.text(right - 310, edge + 40, "CONTENTS", 6)
    page.text(right - 304, edge + 58, sheet.title, 12)
    page.text(left + 8, edge + 56, f"{office.job}   {sheet.date}   {sheet.scale}", 7)
    return left, top, right, edge


TUNED: Mapping[str, Layout] = {
    layout.__name__: layout
    for layout in (column, labelled, upright, strip, corner, leftward, sideways, inline)
}
HELD_OUT: Mapping[str, Layout] = {layout.__name__: layout for layout in (crown, ribbon)}
LAYOUTS: Mapping[str, Layout] = {**TUNED, **HELD_OUT}
