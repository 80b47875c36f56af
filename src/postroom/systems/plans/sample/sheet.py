"""Owns sample drawing sets: seeded, in ten layouts, with call-outs that lie, and the truth about each sheet.

Same seed, same bytes (scans excepted: they depend on the versions of PDFium and Pillow).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pypdfium2 as pdfium

from postroom.systems.plans.sample import note as sample_note
from postroom.systems.plans.sample.layout import LAYOUTS, Office, Place, Sheet
from postroom.systems.plans.sample.page import Book, Canvas

SIZES = {"A": (1224.0, 792.0), "D": (2592.0, 1728.0), "C": (1728.0, 1296.0)}

_FIRMS = (
    "HALVORSEN + REED",
    "northlight studio",
    "Quarry Lane Architects",
    "BASALT WORKSHOP",
    "Ostrava & Finch",
)
_STREETS = ("2042 Barber Dr.", "118 Mill Street", "77 Harbor Avenue, Suite 300", "9 Orchard Road")
_CITIES = ("Stoughton, WI 53589", "Portland, OR 97205", "Duluth, MN 55802", "Albany, NY 12207")
_PROJECTS = (
    "Harbor Clinic",
    "Lakeside Branch Library",
    "MAPLE STREET FIRE STATION",
    "Oak Ridge Middle School Addition",
    "PARKER/LUCIA RESIDENCE",
    "Riverbend Water Treatment Plant",
)
_CLIENTS = ("City of Duluth", "Ana and Piotr Weiss", "Oak Ridge School District", "Harbor Health Inc.")
_DATES = ("01.29.2015", "2023-06-14", "MAR 3, 2022", "11/08/2019", "6/30/21")
_SCALES = ('1/8" = 1\'-0"', '1/4" = 1\'-0"', "AS NOTED", "1\" = 20'")

# discipline, drawing type, title; numbered by the style of the set
_PLAN: Sequence[tuple[str, str, str]] = (
    ("G", "cover", "COVER SHEET"),
    ("G", "note", "GENERAL NOTES AND ABBREVIATIONS"),
    ("C", "plan", "GRADING AND DRAINAGE PLAN"),
    ("C", "plan", "SITE UTILITY PLAN"),
    ("L", "plan", "PLANTING PLAN"),
    ("A", "plan", "FIRST FLOOR PLAN"),
    ("A", "plan", "SECOND & THIRD FLOOR PLAN"),
    ("A", "plan", "ROOF PLAN"),
    ("A", "plan", "REFLECTED CEILING PLANS"),
    ("A", "elevation", "EXTERIOR ELEVATIONS - SOUTH & EAST"),
    ("A", "elevation", "EXTERIOR ELEVATIONS - NORTH & WEST"),
    ("A", "section", "BUILDING SECTIONS"),
    ("A", "section", "WALL SECTIONS"),
    ("A", "detail", "STAIR DETAILS"),
    ("A", "schedule", "DOOR AND WINDOW SCHEDULES"),
    ("S", "plan", "FOUNDATION PLAN"),
    ("S", "plan", "ROOF FRAMING PLAN"),
    ("S", "detail", "TYPICAL DETAILS"),
    ("M", "plan", "HVAC DUCTWORK PLAN"),
    ("M", "schedule", "MECHANICAL SCHEDULES"),
    ("P", "plan", "PLUMBING PLAN - LEVEL 1"),
    ("P", "diagram", "DOMESTIC WATER RISER DIAGRAM"),
    ("E", "plan", "LIGHTING PLAN"),
    ("E", "plan", "POWER PLAN"),
    ("E", "diagram", "ONE-LINE DIAGRAM"),
    ("FP", "plan", "FIRE SPRINKLER PLAN"),
)
_NAMES = {
    **{"G": "general", "C": "civil", "L": "landscape", "A": "architectural", "S": "structural"},
    **{"M": "mechanical", "P": "plumbing", "E": "electrical", "FP": "fire protection"},
}
_DIGITS = {
    "cover": 0,
    "note": 0,
    "plan": 1,
    "elevation": 2,
    "section": 3,
    "detail": 5,
    "schedule": 6,
    "diagram": 7,
}
_NOTES = (
    "ALL DIMENSIONS ARE TO FACE OF STUD UNLESS NOTED OTHERWISE.",
    "CONTRACTOR TO VERIFY EXISTING CONDITIONS BEFORE FABRICATION.",
    "SEE {other} FOR TYPICAL WALL TYPES.",
    "PROVIDE BLOCKING AT ALL WALL MOUNTED EQUIPMENT.",
    "FIRE RATED DOORS TO HAVE 90 MINUTE LABEL, SEE {other}.",
    "COORDINATE ROOF PENETRATIONS WITH {other}.",
    "PATCH AND REPAIR FINISHES DISTURBED BY THE WORK.",
    "PROVIDE VAPOR BARRIER UNDER SLAB ON GRADE.",
    "MATCH EXISTING BRICK COURSING AND MORTAR COLOR.",
    "SUBMIT SHOP DRAWINGS FOR STEEL STAIRS AND RAILINGS.",
)
_ROOMS = (
    "LOBBY",
    "KITCHEN",
    "OFFICE",
    "STORAGE",
    "CORRIDOR",
    "EXAM",
    "TOILET",
    "MECHANICAL",
    "STAIR",
    "READING ROOM",
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a page's title block says. page from 1."""

    page: int
    number: str
    title: str
    discipline: str
    drawing_type: str
    revision: str | None
    date: str
    scanned: bool = False


def number(style: int, letters: str, kind: str, count: int) -> str:
    """The `count`th sheet of a discipline and kind, in one of six styles."""
    digit = _DIGITS[kind]
    return (
        f"{letters}-{digit}{count:02d}",
        f"{letters}{digit}{count:02d}",
        f"{letters}{digit}.{count:02d}",
        f"{letters}-{digit * 3 + count}",
        f"{letters}{digit}.{count}",
        f"{letters}-{digit}{count:02d}A",
    )[style]


def office(random: Random) -> Office:
    return Office(
        random.choice(_FIRMS),
        random.choice(_STREETS),
        random.choice(_CITIES),
        f"{random.randint(200, 900)}-{random.randint(200, 900)}-{random.randint(1000, 9999)}",
        random.choice(_PROJECTS),
        f"{random.randint(100, 9000)} Aalseth Lane",
        random.choice(_CLIENTS),
        f"{random.randint(15, 25)}{random.randint(100, 999)}",
    )


def planned(random: Random, count: int) -> list[tuple[Sheet, str, str]]:
    """Sheets in the order of a set, each with its discipline and drawing type."""
    style = random.randrange(6)
    chosen = [
        _PLAN[at * len(_PLAN) // count] if count <= len(_PLAN) else _PLAN[at % len(_PLAN)]
        for at in range(count)
    ]
    if count > len(_PLAN):
        chosen.sort(key=lambda row: [*_NAMES].index(row[0]))
    counts: dict[tuple[str, int], int] = {}
    made = []
    date, scale = random.choice(_DATES), random.choice(_SCALES)
    revision = random.choice((None, "1", "2", "A"))
    mixed = random.random() < 0.5
    for at, (letters, kind, title) in enumerate(chosen):
        key = (letters, _DIGITS[kind] if style != 3 else 0)
        counts[key] = counts.get(key, 0) + 1
        name = number(style, letters, kind, counts[key]) if style != 3 else f"{letters}-{counts[key]}"
        text = title.title() if mixed else title
        sheet = Sheet(name, text, revision, date, scale, "JK", f"{at + 1} OF {count}")
        made.append((sheet, _NAMES[letters], kind))
    return made


def draw_set(
    path: Path,
    seed: int,
    *,
    layout: str = "column",
    sheets: int = 12,
    size: str = "D",
    rotate: int = 0,
    turned: int = 0,
    mirrored: bool = False,
    scanned: Sequence[int] = (),
    strokes: int = 300,
    prose: int = 0,
) -> list[Truth]:
    """Write one set as one PDF. rotate, turned, mirrored: see `page.Book.add`. scanned: pages that are pictures.

    strokes: lines of the drawing itself on each sheet. prose: words of further notes on each.
    """
    random = Random(f"{seed} {layout}")  # noqa: S311 - a sample, no secret
    firm, plan = office(random), planned(random, sheets)
    others = [sheet.number for sheet, _, _ in plan]
    favourite = random.choice(others)
    own = sample_note.names(random) if prose else ()
    book = Book()
    truth = []
    for page, (sheet, discipline, kind) in enumerate(plan, start=1):
        canvas = Canvas(*SIZES[size])
        place = LAYOUTS[layout](canvas, firm, sheet)
        if kind == "cover":
            _index(canvas, place, plan, firm)
        else:
            _drawing(canvas, place, random, sheet, others, favourite, strokes)
            _prose(canvas, place, random, prose, others, own)
        if page in scanned:
            _scan(book, canvas, turned, mirrored)
        else:
            book.add(canvas, rotate=rotate, turned=turned, mirrored=mirrored)
        truth.append(
            Truth(
                page,
                sheet.number,
                sheet.title,
                discipline,
                kind,
                sheet.revision,
                sheet.date,
                page in scanned,
            )
        )
    book.save(path)
    return truth


def _scan(book: Book, canvas: Canvas, turned: int, mirrored: bool) -> None:
    alone = Book()
    alone.add(canvas, turned=turned, mirrored=mirrored)
    buffer = io.BytesIO()
    alone.pdf.save(buffer)
    with pdfium.PdfDocument(buffer.getvalue()) as document:
        size = document[0].get_size()
        picture = document[0].render(scale=200 / 72, grayscale=True).to_pil()
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=55)
    book.add_picture(out.getvalue(), picture.size, size)


def _index(page: Canvas, place: Place, plan: Sequence[tuple[Sheet, str, str]], firm: Office) -> None:
    """A cover: the project in large letters, and a list of all sheets."""
    left, top, right, bottom = place
    page.text((left + right) / 2, top + 120, firm.project, 48, anchor="middle")
    page.text((left + right) / 2, top + 160, firm.site, 20, anchor="middle")
    page.text(left + 80, top + 240, "DRAWING INDEX", 16)
    rows = max(1, int((bottom - top - 300) / 14))
    for at, (sheet, _, _) in enumerate(plan):
        x, y = left + 80 + at // rows * 300, top + 264 + at % rows * 14
        page.text(x, y, sheet.number, 9)
        page.text(x + 70, y, sheet.title, 9)


def _prose(
    page: Canvas, place: Place, random: Random, words: int, sheets: Sequence[str], own: Sequence[str]
) -> None:
    """Notes in columns, as `note` has them."""
    left, top, _, bottom = place
    line: list[str] = []
    x, y = left + 80, top + 84.0
    for at in range(words):
        line.append(sample_note.note(random, own, sheets))
        if len(line) == 8 or at == words - 1:
            page.text(x, y, " ".join(line), 6)
            line, y = [], y + 9
            if y > bottom - 140:
                x, y = x + 420, top + 84.0


def _drawing(
    page: Canvas,
    place: Place,
    random: Random,
    sheet: Sheet,
    others: Sequence[str],
    favourite: str,
    strokes: int,
) -> None:
    """Grids, rooms, call-outs to other sheets (one of them again and again), notes, the title of the view."""
    left, top, right, bottom = place
    for at in range(6):
        x = left + 80 + at * (right - left - 360) / 6
        page.circle(x, top + 40, 11)
        page.text(x, top + 44, "ABCDEF"[at], 10, anchor="middle")
        page.line(x, top + 52, x, bottom - 140)
        y = top + 90 + at * (bottom - top - 260) / 6
        page.circle(left + 40, y, 11)
        page.text(left + 40, y + 4, str(at + 1), 10, anchor="middle")
    inner = (left + 70, top + 70, right - 300, bottom - 130)
    for _ in range(strokes):
        x, y = random.uniform(inner[0], inner[2]), random.uniform(inner[1], inner[3])
        if random.random() < 0.5:
            page.line(x, y, min(inner[2], x + random.uniform(4, 90)), y)
        else:
            page.line(x, y, x, min(inner[3], y + random.uniform(4, 90)))
    for at in range(random.randint(8, 16)):
        x, y = random.uniform(inner[0], inner[2]), random.uniform(inner[1], inner[3])
        page.text(x, y, random.choice(_ROOMS), 8, anchor="middle")
        page.text(x, y + 10, str(100 + at), 7, anchor="middle")
    for at in range(random.randint(10, 20)):
        x, y = random.uniform(inner[0], inner[2]), random.uniform(inner[1], inner[3])
        page.circle(x, y, 13)
        page.text(x, y - 2, str(at % 9 + 1), 7, anchor="middle")
        page.text(x, y + 8, favourite if at % 2 else random.choice(others), 7, anchor="middle")
    page.text(right - 270, top + 60, "GENERAL NOTES", 12)
    for at in range(random.randint(4, 9)):
        text = random.choice(_NOTES).format(other=random.choice(others))
        page.text(right - 270, top + 80 + at * 14, f"{at + 1}. {text}"[:56], 8)
    page.circle(left + 90, bottom - 70, 14)
    page.text(left + 90, bottom - 66, "1", 10, anchor="middle")
    page.text(left + 110, bottom - 74, sheet.title.upper(), 11)
    page.text(left + 110, bottom - 60, f"SCALE: {sheet.scale}", 7)
