"""A second lot of title blocks that the reading was not tuned on, with the numbers of more kinds of offices.

Written, as the first lot (`unseen`) was, before the rules were tried on them: 45 of 100 numbers were right, then 98.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from postroom.systems.plans.sample.page import Book, Canvas, wrapped

Place = tuple[float, float, float, float]
Layout = Callable[[Canvas, str, str, str], Place]
Sheets = Sequence[tuple[str, str]]

SETS: Mapping[str, Sheets] = {
    "filed": (  # as New York's Department of Buildings has them
        ("T-001.00", "TITLE SHEET"),
        ("DM-101.00", "DEMOLITION PLAN - CELLAR"),
        ("A-101.00", "CONSTRUCTION PLAN - CELLAR AND FIRST FLOOR"),
        ("A-102.00", "CONSTRUCTION PLAN - SECOND FLOOR"),
        ("A-301.00", "INTERIOR ELEVATIONS"),
        ("EN-001.00", "ENERGY ANALYSIS"),
    ),
    "lettered": (
        ("M101A", "FIRST FLOOR HVAC PLAN - WEST WING"),
        ("M101B", "FIRST FLOOR HVAC PLAN - EAST WING"),
        ("M-501", "MECHANICAL DETAILS"),
        ("S-2.0", "FOUNDATION AND SLAB PLAN"),
        ("S-2.1", "SECOND FLOOR FRAMING PLAN"),
        ("ES1.1", "SITE ELECTRICAL PLAN"),
    ),
    "built": (  # a building before the discipline
        ("B2-A-101", "LEVEL 1 FLOOR PLAN"),
        ("B2-A-102", "LEVEL 2 FLOOR PLAN"),
        ("B2-A-201", "EXTERIOR ELEVATIONS"),
        ("B2-S-101", "LEVEL 1 FOUNDATION PLAN"),
        ("B2-M-101", "LEVEL 1 MECHANICAL PLAN"),
        ("B2-E-401", "ONE-LINE DIAGRAM"),
    ),
    "counted": (  # civil sets: a number, of so many
        ("1", "COVER SHEET"),
        ("2", "GENERAL NOTES AND LEGEND"),
        ("3", "EXISTING CONDITIONS AND DEMOLITION PLAN"),
        ("4", "SITE LAYOUT PLAN"),
        ("5", "GRADING PLAN"),
        ("6", "EROSION CONTROL DETAILS"),
    ),
    "european": (
        ("2315-A-1001", "Ground Floor General Arrangement"),
        ("2315-A-1002", "First Floor General Arrangement"),
        ("2315-A-2001", "North and East Elevations"),
        ("2315-A-3001", "Sections A-A and B-B"),
        ("2315-S-1001", "Foundation Layout"),
        ("2315-S-5001", "Reinforcement Details"),
    ),
    "long": (
        ("LS1.0", "LIFE SAFETY PLAN"),
        ("AD1.1", "DEMOLITION FLOOR PLAN"),
        ("A9.0A", "DOOR AND WINDOW SCHEDULES"),
        ("ID2.3", "FURNITURE PLAN"),
        ("T-24.1", "TITLE 24 COMPLIANCE FORMS"),
        ("FP0.1", "FIRE PROTECTION NOTES"),
    ),
}


def plate(page: Canvas, number: str, title: str, count: str) -> Place:
    """Labels and values in one line; the title in three short lines above the number, in the middle of its cell."""
    w, h = page.width, page.height
    page.box(40, 40, w - 40, h - 40)
    x = w - 250
    page.line(x, 40, x, h - 40)
    page.block(x + 105, 120, ["CALDERA", "ARCHITECTS"], 24, anchor="middle")
    page.text(x + 10, 180, "PROJECT NO: 21-044", 8)
    page.block(x + 105, 900, ["NEW GYMNASIUM AT", "LINCOLN MIDDLE SCHOOL"], 14, anchor="middle")
    page.block(x + 105, h - 260, wrapped(title, 16, 150), 16, anchor="middle")
    page.line(x, h - 150, w - 40, h - 150)
    page.text(x + 10, h - 110, f"DRAWING NO: {number}", 18)
    page.text(x + 10, h - 70, f"DATE: 06/30/2022   {count}", 8)
    return 40, 40, x, h - 40


def upright(page: Canvas, number: str, title: str, count: str) -> Place:
    """All of it reads upward at the right edge, the number at its top end."""
    w, h = page.width, page.height
    page.box(30, 30, w - 30, h - 30)
    x = w - 150
    page.line(x, 30, x, h - 30)
    page.text(x + 30, h - 60, "HAVEN & COLE STRUCTURAL ENGINEERS", 16, angle=270)
    page.text(x + 60, h - 60, "RIVER TERRACE, 88 WATER STREET, ALBANY NY 12207", 10, angle=270)
    page.text(x + 30, 620, "DRAWING TITLE", 6, angle=270)
    page.text(x + 60, 620, title, 16, angle=270)
    page.text(x + 30, 190, "DRAWING NO.", 6, angle=270)
    page.text(x + 70, 190, number, 28, angle=270)
    page.text(x + 100, 190, f"{count}", 7, angle=270)
    page.text(x + 100, 620, "SCALE: AS NOTED   DATE: 10-02-2020", 7, angle=270)
    return 30, 30, x, h - 30


def cells(page: Canvas, number: str, title: str, count: str) -> Place:
    """The table of ISO 7200 in the corner: small labels in the upper left of each cell, values below."""
    w, h = page.width, page.height
    page.box(20, 20, w - 20, h - 20)
    left, top = w - 540, h - 170
    page.box(left, top, w - 20, h - 20)
    rows = (
        (0, 0, "Client", "Nordhavn Ejendomme A/S", 10),
        (270, 0, "Project", "Harbour Warehouse 7 Conversion", 10),
        (0, 40, "Drawing title", title, 12),
        (0, 80, "Drawn by", "JKL", 9),
        (90, 80, "Checked", "PMH", 9),
        (180, 80, "Scale", "1:100 @ A1", 9),
        (270, 80, "Date", "14.03.2023", 9),
        (400, 80, "Status", "For tender", 9),
        (0, 118, "Project no.", "2315", 10),
        (180, 118, "Drawing number", number, 14),
        (400, 118, "Revision", "B", 12),
        (460, 118, "Sheet", count.replace(" OF ", "/"), 9),
    )
    for x, y, label, value, size in rows:
        page.text(left + x + 5, top + y + 10, label, 6)
        page.text(left + x + 5, top + y + 28, value, size)
        page.line(left, top + y + 36, w - 20, top + y + 36)
    return 20, 20, w - 20, top


def margin(page: Canvas, number: str, title: str, count: str) -> Place:
    """At the left edge, the number at the bottom, the title right above it, without any label."""
    w, h = page.width, page.height
    page.box(30, 30, w - 30, h - 30)
    x = 230
    page.line(x, 30, x, h - 30)
    page.block(45, 90, ["STONEBRIDGE", "PARTNERSHIP"], 22)
    page.block(45, 400, wrapped("EASTGATE MEDICAL OFFICE BUILDING TENANT IMPROVEMENT", 13, 170), 13)
    page.text(45, 620, "ISSUED FOR BID  2019-08-16", 8)
    page.block(45, h - 200, wrapped(title, 15, 175), 15)
    page.text(45, h - 70, number, 32)
    page.text(45, h - 45, count, 7)
    return x, 30, w - 30, h - 30


def bold(page: Canvas, number: str, title: str, count: str) -> Place:
    """No labels, and a title larger than the number; the project is larger than both."""
    w, h = page.width, page.height
    page.box(36, 36, w - 36, h - 36)
    y = h - 130
    page.line(36, y, w - 36, y)
    page.text(60, y + 55, "LAKEVIEW HIGH SCHOOL", 40)
    page.text(60, y + 80, "4100 N. ASHLAND AVENUE, CHICAGO, IL 60613", 9)
    page.text(900, y + 45, "GARRISON + PIKE ARCHITECTS", 14)
    page.text(900, y + 66, "T 312.555.0188   WWW.GARRISONPIKE.COM", 8)
    page.text(1350, y + 55, title, 26)
    page.text(w - 60, y + 60, number, 22, anchor="end")
    page.text(w - 60, y + 90, f'1/8" = 1\'-0"   {count}', 8, anchor="end")
    return 36, 36, w - 36, y


def table(page: Canvas, number: str, title: str, count: str) -> Place:
    """Two rows of cells along the bottom, the sheet's own in the middle of the lower one, small."""
    w, h = page.width, page.height
    page.box(30, 30, w - 30, h - 30)
    y = h - 110
    page.line(30, y, w - 30, y)
    page.line(30, y + 40, w - 30, y + 40)
    page.text(50, y + 26, "CITY OF ASHFIELD - DEPARTMENT OF PUBLIC WORKS", 14)
    page.text(1200, y + 26, "MAIN STREET RECONSTRUCTION, STATION 10+00 TO 24+50", 14)
    page.text(50, y + 54, "DESIGNED BY: RT", 7)
    page.text(250, y + 54, "CHECKED BY: MM", 7)
    page.text(500, y + 54, "TITLE:", 7)
    page.text(545, y + 68, title, 13)
    page.text(1500, y + 54, "DATE:", 7)
    page.text(1545, y + 68, "FEB. 2021", 10)
    page.text(1800, y + 54, "SHEET:", 7)
    page.text(1850, y + 68, number, 14)
    page.text(1990, y + 54, "TOTAL:", 7)
    page.text(2040, y + 68, count.rpartition(" ")[2], 10)
    return 30, 30, w - 30, y


def joined(page: Canvas, number: str, title: str, count: str) -> Place:
    """Number and title in one line, the file's name and the engineer's licence below."""
    w, h = page.width, page.height
    page.box(30, 30, w - 30, h - 30)
    left, top = w - 620, h - 150
    page.box(left, top, w - 30, h - 30)
    page.text(left + 10, top + 24, "MONTROSE PUBLIC LIBRARY", 16)
    page.text(left + 10, top + 62, f"{number}  {title}", 16)
    page.text(left + 10, top + 88, f"C:\\JOBS\\19-112\\CAD\\{number}.DWG", 6)
    page.text(left + 10, top + 104, "PE LICENSE E-44871   PLOTTED 3/9/2020", 6)
    return 30, 30, w - 30, top


def foreign(page: Canvas, number: str, title: str, count: str) -> Place:
    """Labels of another language, and a project number that looks like a sheet's."""
    w, h = page.width, page.height
    page.box(30, 30, w - 30, h - 30)
    left, top = w - 520, h - 240
    page.box(left, top, w - 30, h - 30)
    for row, (label, value, size) in enumerate(
        (
            ("Bauherr", "Stadtwerke Altenburg GmbH", 10),
            ("Bauvorhaben", "Neubau Betriebshof Nord", 12),
            ("Planinhalt", title, 13),
            ("Projekt-Nr.", "P-2207", 10),
            ("Plan-Nr.", number, 16),
        )
    ):
        page.text(left + 8, top + 18 + 42 * row, label, 6)
        page.text(left + 110, top + 26 + 42 * row, value, size)
        page.line(left, top + 36 + 42 * row, w - 30, top + 36 + 42 * row)
    return 30, 30, w - 30, top


def counting(page: Canvas, number: str, title: str, count: str) -> Place:
    """ "SHEET A-101 OF 6", with a table of revisions above and a job number beside."""
    w, h = page.width, page.height
    page.box(30, 30, w - 30, h - 30)
    x = w - 260
    page.line(x, 30, x, h - 30)
    page.text(x + 10, 70, "R. ADEYEMI, ARCHITECT", 16)
    page.text(x + 10, 400, "NO.  DATE  REVISION", 8)
    page.text(x + 10, 420, "2  2/14/2022  ADDENDUM 2", 8)
    page.text(x + 10, 440, "1  1/10/2022  PERMIT COMMENTS", 8)
    page.block(x + 10, 800, ["RESIDENCE FOR", "MR. & MRS. OKAFOR"], 14)
    page.text(x + 10, 1000, "JOB NO. R-118", 10)
    page.block(x + 10, h - 230, wrapped(title, 14, 210), 14)
    page.text(x + 10, h - 80, f"SHEET {number} OF {count.rpartition(' ')[2]}", 14)
    return 30, 30, x, h - 30


def strip(page: Canvas, number: str, title: str, count: str) -> Place:
    """One row of cells along the bottom; the title without a label, half the page away from the number."""
    w, h = page.width, page.height
    page.box(30, 30, w - 30, h - 30)
    y = h - 90
    page.line(30, y, w - 30, y)
    page.text(50, y + 30, "ELM STREET BRIDGE REPLACEMENT", 16)
    page.text(800, y + 30, title, 12)
    page.text(1500, y + 20, "PROJ. NO. 17-2203", 8)
    page.text(1500, y + 40, "CHK: DD", 8)
    page.text(1700, y + 20, "DATE 2/2/2018", 8)
    page.text(w - 240, y + 20, "DRAWING", 7)
    page.text(w - 240, y + 50, number, 20)
    page.text(w - 60, y + 56, count, 8, anchor="end")
    return 30, 30, w - 30, y


LAYOUTS: tuple[Layout, ...] = (
    *(plate, upright, cells, margin, bold, table),
    *(joined, foreign, counting, strip),
)


def draw(
    path: Path, layout: Layout, sheets: Sheets, seed: int, *, rotate: int = 0, half: bool = False
) -> None:
    """A set with an index on its first sheet, large call-outs and match lines; half: on paper of half the size."""
    random, book = Random(seed), Book()
    numbers = [number for number, _ in sheets]
    for at, (number, title) in enumerate(sheets):
        page = Canvas(2448, 1584)
        place = layout(page, number, title, f"{at + 1} OF {len(sheets)}")
        _drawing(page, random, numbers, place)
        if at == 0:
            page.text(place[0] + 100, place[1] + 170, "DRAWING LIST", 24)
            for row, (other, name) in enumerate(sheets):
                page.text(place[0] + 100, place[1] + 210 + 30 * row, other, 20)
                page.text(place[0] + 320, place[1] + 210 + 30 * row, name, 20)
        book.add(page, rotate=rotate)
    book.save(path)
    if half:
        _halve(path)


def _halve(path: Path) -> None:
    import pikepdf

    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for page in pdf.pages:
            page.contents_add(b"q 0.5 0 0 0.5 0 0 cm", prepend=True)
            page.contents_add(b"Q")
            page.obj.MediaBox = [0, 0, 1224, 792]
        pdf.save(path)


def _drawing(page: Canvas, random: Random, numbers: Sequence[str], place: Place) -> None:
    left, top, right, bottom = place
    for _ in range(110):
        x, y = random.uniform(left + 20, right - 260), random.uniform(top + 40, bottom - 130)
        other = random.choice(numbers)
        kind = random.randrange(7)
        if kind == 0:
            page.circle(x, y, 18)
            page.text(x, y - 3, str(random.randint(1, 9)), 10, anchor="middle")
            page.text(x, y + 12, other, 10, anchor="middle")
        elif kind == 1:
            page.text(x, y, f"MATCHLINE - SEE SHEET {other}", 16)
        elif kind == 2:
            page.text(x, y, f"DETAIL {random.randint(1, 20)}/{other}", 18)
        elif kind == 3:
            page.text(
                x,
                y,
                random.choice(("W14X30", "HSS6X6X1/4", "L4X4", "2X10 @ 16", "C-3 COLUMN", "D101", "B12")),
                12,
            )
        elif kind == 4:
            page.text(x, y, f"{random.randint(100, 399)}", 20)
        elif kind == 5:
            page.text(x, y, f"REFER TO {other} FOR DIMENSIONS", 9, angle=random.choice((0, 0, 90)))
        else:
            page.line(x, y, x + random.uniform(-200, 200), y + random.uniform(-200, 200))
    page.text((left + right) / 2, bottom - 70, random.choice(("TYPICAL WALL SECTION", "ENLARGED PLAN")), 22)
    page.text((left + right) / 2, bottom - 45, 'SCALE: 3/4" = 1\'-0"', 10)
