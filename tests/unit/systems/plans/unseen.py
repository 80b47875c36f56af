"""Title blocks that the reading was not tuned on: other places, labels and ways to write a number.

Written after the rules of reading were, to find out what they do with sheets of other offices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from postroom.systems.plans.sample.page import Book, Canvas, wrapped

W, H = 2448, 1584
Place = tuple[float, float, float, float]
Layout = Callable[[Canvas, str, str, str], Place]
Sheets = Sequence[tuple[str, str]]

SETS: Mapping[str, Sheets] = {
    "dashes": (
        ("A-000", "COVER SHEET"),
        ("A-101", "FIRST FLOOR PLAN - AREA A"),
        ("A-102", "SECOND FLOOR PLAN - AREA B"),
        ("A-201", "EXTERIOR ELEVATIONS"),
        ("A-501", "WALL SECTIONS & DETAILS"),
        ("A-601", "DOOR SCHEDULE"),
    ),
    "points": (
        ("A1.01", "Main Level Floor Plan"),
        ("A1.02", "Upper Level Floor Plan"),
        ("A2.1", "Building Elevations"),
        ("M2.1.0", "HVAC Plan - Level 1"),
        ("E-1.1A", "Lighting Plan - Tower"),
        ("P0.1", "Plumbing Legend and Schedules"),
    ),
    "packed": (
        ("S001", "GENERAL NOTES"),
        ("S101", "FOUNDATION PLAN"),
        ("S102", "ROOF FRAMING PLAN"),
        ("S501", "TYPICAL CONCRETE DETAILS"),
        ("FP101", "FIRE PROTECTION PLAN"),
        ("FA201", "FIRE ALARM RISER DIAGRAM"),
    ),
    "short": (
        ("C-1", "TITLE SHEET"),
        ("C-2", "EXISTING CONDITIONS"),
        ("C-3", "SITE PLAN"),
        ("C-4.1", "GRADING AND DRAINAGE PLAN"),
        ("L-1", "PLANTING PLAN"),
        ("C-10", "DETAILS"),
    ),
}


def foot(page: Canvas, number: str, title: str, count: str) -> Place:
    """A band of cells along the bottom."""
    page.box(40, 40, W - 40, H - 40)
    y = H - 150
    page.line(40, y, W - 40, y)
    page.text(60, y + 40, "BLUEWATER CIVIL CONSULTANTS, INC.", 14)
    page.text(60, y + 60, "100 HARBOR ST SUITE 4, PORTLAND, ME 04101", 8)
    page.text(520, y + 55, "RIVERSIDE COMMUNITY LIBRARY ADDITION", 18)
    page.text(1115, y + 40, "1  05/02/2023  ADDENDUM 1", 8)
    page.text(1510, y + 14, "DRAWING TITLE", 7)
    page.block(1520, y + 45, wrapped(title, 17, 320), 17)
    page.text(1860, y + 34, "DATE: APRIL 14, 2023", 7)
    page.text(2160, y + 14, "SHEET NO.", 7)
    page.text(2180, y + 70, number, 34)
    page.text(2180, y + 100, f"SHEET {count}", 9)
    return 40, 40, W - 40, y


def head(page: Canvas, number: str, title: str, count: str) -> Place:
    """A strip on the right with the number at its top."""
    page.box(30, 30, W - 30, H - 30)
    x = W - 220
    page.line(x, 30, x, H - 30)
    page.text(x + 20, 50, "Sheet", 8)
    page.text(x + 20, 110, number, 44)
    page.block(x + 20, 150, wrapped(title, 18, 170), 18)
    page.block(x + 20, 425, wrapped("Hillcrest Elementary School Modernization", 16, 170), 16)
    page.text(x + 20, 630, "Issue Date: 2021-09-03", 8)
    page.text(x + 20, 1200, "Northfold Architecture Studio LLP", 10)
    page.text(x + 20, 1500, count, 10)
    return 30, 30, x, H - 30


def ring(page: Canvas, number: str, title: str, count: str) -> Place:
    """The number in a circle; the project is written larger than anything."""
    page.box(50, 30, W - 30, H - 30)
    x = W - 260
    page.line(x, 30, x, H - 30)
    page.block(x + 20, 200, wrapped("HARBOR POINT TOWER", 30, 230), 30)
    page.text(x + 20, 300, "1200 OCEAN DRIVE, MIAMI, FL 33139", 8)
    page.circle(x + 130, H - 120, 70)
    page.text(x + 130, H - 112, number, 28, anchor="middle")
    page.block(x + 130, H - 260, wrapped(title, 20, 230), 20, anchor="middle")
    page.text(x + 20, H - 330, "PERMIT SET", 16)
    page.text(x + 20, H - 40, f"PAGE {count}", 7)
    return 50, 30, x, H - 30


def above(page: Canvas, number: str, title: str, count: str) -> Place:
    """A box in the corner, the title below the number."""
    page.box(30, 30, W - 30, H - 30)
    left, top = W - 560, H - 260
    page.box(left, top, W - 30, H - 30)
    page.text(left + 10, top + 30, "GREENE + VALE ENGINEERS", 16)
    page.text(left + 10, top + 85, "WAREHOUSE EXPANSION FOR ACME FOODS", 14)
    page.text(left + 10, top + 112, "DWG. NO.", 6)
    page.text(left + 10, top + 150, number, 30)
    page.text(left + 300, top + 140, "B", 14)
    page.block(left + 10, top + 190, wrapped(title, 16, 500), 16)
    page.text(left + 10, top + 222, f"DR: TLM   CK: RW   DATE: 11/20/19   {count}", 7)
    return 30, 30, W - 30, top


def spine(page: Canvas, number: str, title: str, count: str) -> Place:
    """Everything but the number reads upward."""
    page.box(30, 30, W - 30, H - 30)
    x = W - 130
    page.line(x, 30, x, H - 30)
    page.text(x + 40, H - 400, title, 20, angle=90)
    page.text(x + 80, H - 400, "Oak Street Apartments, 44 Oak Street", 12, angle=90)
    page.text(x + 40, 600, "MERIDIAN DESIGN GROUP PC", 14, angle=90)
    page.text(x + 10, H - 110, "SHEET NUMBER:", 6)
    page.text(x + 20, H - 60, number, 30)
    page.text(x + 105, H - 400, f"DATE 3/3/2020  JOB 2008  {count}", 7, angle=90)
    return 30, 30, x, H - 30


def form(page: Canvas, number: str, title: str, count: str) -> Place:
    """Labels before values, line by line."""
    page.box(30, 30, W - 30, H - 30)
    x, y = W - 330, H - 330
    page.box(x, y, W - 30, H - 30)
    lines = (
        ("PROJECT:", "County Courthouse Annex", 11),
        ("ADDRESS:", "9 Court Sq, Dover, DE 19901", 9),
        ("SHEET TITLE:", title, 12),
        ("SHEET:", number, 16),
        ("SHEET COUNT:", count, 9),
        ("DATE:", "2018-12-01", 9),
    )
    for place, (label, value, size) in enumerate(lines):
        page.text(x + 10, y + 40 + 38 * place, label, 9)
        page.text(x + 105, y + 40 + 38 * place, value, size)
        page.line(x, y + 52 + 38 * place, W - 30, y + 52 + 38 * place)
    return 30, 30, W - 30, y


def apart(page: Canvas, number: str, title: str, count: str) -> Place:
    """The title far above the number; a blank in the number."""
    page.box(30, 30, W - 30, H - 30)
    x = W - 200
    page.line(x, 30, x, H - 30)
    page.text(x + 15, 90, "SHEET TITLE", 7)
    page.block(x + 15, 115, wrapped(title, 15, 160), 15)
    page.block(x + 15, 700, wrapped("Maple Grove Senior Living Phase 2", 14, 160), 14)
    page.text(x + 15, H - 120, "SHEET NUMBER", 7)
    spaced = f"{number[0]} {number[1:].lstrip('-')}" if number[1:2] in "-0123456789" else number
    page.text(x + 15, H - 70, spaced, 36)
    page.text(x + 15, H - 40, count, 7)
    return 30, 30, x, H - 30


LAYOUTS: tuple[Layout, ...] = (foot, head, ring, above, spine, form, apart)


def draw(path: Path, layout: Layout, sheets: Sheets, seed: int, *, rotate: int, mirrored: bool) -> None:
    """A set whose first sheet holds the index of all, and whose drawings call out to each other."""
    random, book = Random(seed), Book()
    numbers = [number for number, _ in sheets]
    for at, (number, title) in enumerate(sheets):
        page = Canvas(W, H)
        place = layout(page, number, title, f"{at + 1} OF {len(sheets)}")
        _drawing(page, random, numbers, place)
        if at == 0:
            page.text(place[0] + 100, place[1] + 170, "SHEET INDEX", 22)
            for row, (other, name) in enumerate(sheets):
                page.text(place[0] + 100, place[1] + 200 + 24 * row, other, 14)
                page.text(place[0] + 220, place[1] + 200 + 24 * row, name, 14)
        book.add(page, rotate=rotate, mirrored=mirrored)
    book.save(path)


def _drawing(page: Canvas, random: Random, numbers: Sequence[str], place: Place) -> None:
    left, top, right, bottom = place
    marks = (
        "W12X26",
        '#4 @ 12" O.C.',
        "2X6 STUDS",
        "R-19 INSUL.",
        "TYP.",
        "CORRIDOR 101",
        "OFFICE 204",
        "EQ",
    )
    for _ in range(140):
        x, y = random.uniform(left + 20, right - 200), random.uniform(top + 20, bottom - 120)
        kind = random.randrange(5)
        if kind == 0:
            page.circle(x, y, 14)
            page.text(x - 12, y + 3, random.choice(numbers), 8)
        elif kind == 1:
            page.text(x, y, f"SEE {random.randint(1, 9)}/{random.choice(numbers)}", 9)
        elif kind == 2:
            page.text(x, y, f"{random.randint(1, 40)}'-{random.randint(0, 11)}\"", 9)
        elif kind == 3:
            page.text(x, y, random.choice(marks), 9)
        else:
            page.line(x, y, x + random.uniform(-300, 300), y + random.uniform(-200, 200))
    caption = random.choice(("PARTIAL PLAN", "ENLARGED STAIR PLAN", "WALL SECTION", "NORTH ELEVATION"))
    page.text((left + right) / 2 - 120, bottom - 60, caption, 18)
    page.text((left + right) / 2 - 120, bottom - 40, 'SCALE: 1/4" = 1\'-0"', 9)
