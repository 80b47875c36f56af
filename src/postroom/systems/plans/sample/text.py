"""Owns sample documents that are no drawings: books of specifications, addenda, reports, and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from postroom.systems.plans.sample.page import Book, Canvas, wrapped

LETTER = (612.0, 792.0)

_SECTIONS = (
    ("01 10 00", "SUMMARY"),
    ("01 33 00", "SUBMITTAL PROCEDURES"),
    ("03 30 00", "CAST-IN-PLACE CONCRETE"),
    ("04 20 00", "UNIT MASONRY"),
    ("05 12 00", "STRUCTURAL STEEL FRAMING"),
    ("06 10 00", "ROUGH CARPENTRY"),
    ("07 21 00", "THERMAL INSULATION"),
    ("07 92 00", "JOINT SEALANTS"),
    ("08 11 13", "HOLLOW METAL DOORS AND FRAMES"),
    ("08 71 00", "DOOR HARDWARE"),
    ("09 29 00", "GYPSUM BOARD"),
    ("09 91 23", "INTERIOR PAINTING"),
    ("22 11 16", "DOMESTIC WATER PIPING"),
    ("23 31 13", "METAL DUCTS"),
    ("26 05 19", "LOW-VOLTAGE ELECTRICAL POWER CONDUCTORS AND CABLES"),
    ("31 10 00", "SITE CLEARING"),
)
_SENTENCES = (
    "Comply with requirements of authorities having jurisdiction.",
    "Submit product data for each type of product indicated.",
    "Deliver materials in original packages with manufacturer's labels.",
    "Store materials off the ground, under cover, protected from weather.",
    "Verify that substrates are clean, dry and ready to receive the work.",
    "Install in accordance with the manufacturer's written instructions.",
    "Fire rated assemblies shall be listed and labelled by a testing agency.",
    "Provide samples of each color for selection by the Architect.",
    "Remove and replace work that does not comply with specified requirements.",
    "Coordinate with other trades before work is covered.",
)
_ARTICLES = (
    (("1.1", "SUMMARY"), ("1.2", "REFERENCES"), ("1.3", "SUBMITTALS"), ("1.4", "QUALITY ASSURANCE")),
    (("2.1", "MANUFACTURERS"), ("2.2", "MATERIALS")),
    (("3.1", "EXAMINATION"), ("3.2", "INSTALLATION"), ("3.3", "CLEANING")),
)
_PARTS = ("GENERAL", "PRODUCTS", "EXECUTION")


@dataclass(frozen=True, slots=True)
class SectionTruth:
    number: str
    title: str
    page_start: int
    page_end: int


class _Pages:
    """Lines that flow over pages, with a footer on each."""

    def __init__(self) -> None:
        self.book = Book()
        self.count = 0
        self.canvas: Canvas | None = None
        self.y = 0.0

    def page(self, footer: str) -> None:
        self.close()
        self.canvas = Canvas(*LETTER)
        self.count += 1
        self.y = 72.0
        self.canvas.text(306, 756, footer, 8, anchor="middle")

    def write(self, text: str, footer: str, *, size: float = 10, left: float = 72, after: float = 4) -> None:
        for line in wrapped(text, size, 540 - left):
            if self.canvas is None or self.y > 710:
                self.page(footer)
            assert self.canvas is not None
            self.canvas.text(left, self.y, line, size)
            self.y += 1.3 * size
        self.y += after

    def close(self) -> None:
        if self.canvas is not None:
            self.book.add(self.canvas)
            self.canvas = None

    def save(self, path: Path) -> None:
        self.close()
        self.book.save(path)


def specification(path: Path, seed: int, *, sections: int = 6) -> list[SectionTruth]:
    """A book: cover, contents, sections of two to four pages. Style of headings differs by seed."""
    random = Random(f"specification {seed}")  # noqa: S311 - a sample, no secret
    chosen = sorted(random.sample(_SECTIONS, min(sections, len(_SECTIONS))))
    packed = random.random() < 0.5
    same_line = random.random() < 0.5
    pages = _Pages()
    pages.page("Project Manual")
    pages.write("PROJECT MANUAL", "Project Manual", size=28, after=20)
    pages.write("Technical Specifications, Divisions 01 to 33", "Project Manual", size=14)
    pages.page("Table of Contents")
    pages.write("TABLE OF CONTENTS", "Table of Contents", size=14, after=12)
    for number, title in chosen:
        pages.write(f"SECTION {_shown(number, packed)} - {title}", "Table of Contents")
    truth = []
    for number, title in chosen:
        start = _section(pages, random, number, title, packed=packed, same_line=same_line)
        truth.append(SectionTruth(number, title, start, pages.count))
    pages.save(path)
    return truth


def _shown(number: str, packed: bool) -> str:
    return number.replace(" ", "") if packed else number


def _section(pages: _Pages, random: Random, number: str, title: str, *, packed: bool, same_line: bool) -> int:
    shown = _shown(number, packed)
    footer = f"{title}  {shown} - 1"
    pages.page(footer)
    start = pages.count
    if same_line:
        pages.write(f"SECTION {shown} - {title}", footer, size=12, after=10)
    else:
        pages.write(f"SECTION {shown}", footer, size=12, after=2)
        pages.write(title, footer, size=12, after=10)
    for part, articles in enumerate(_ARTICLES, start=1):
        pages.write(f"PART {part} - {_PARTS[part - 1]}", footer, size=11, after=6)
        for label, name in articles:
            pages.write(f"{label} {name}", footer, after=3)
            for at in range(random.randint(2, 6)):
                pages.write(f"{'ABCDEFG'[at]}. {random.choice(_SENTENCES)}", footer, left=100)
        if part == 1:
            other, name = random.choice(_SECTIONS)
            pages.write(
                f'E. Related requirements: Section {_shown(other, packed)} "{name.title()}".',
                footer,
                left=100,
            )
    pages.write("END OF SECTION", footer, size=11)
    return start


def addendum(path: Path, seed: int) -> None:
    """Changes to a bid, by number."""
    random = Random(f"addendum {seed}")  # noqa: S311 - a sample, no secret
    pages, footer = _Pages(), "Addendum"
    pages.page(footer)
    pages.write(f"ADDENDUM NO. {seed % 5 + 1}", footer, size=18, after=14)
    pages.write("To all bidders: the contract documents are changed as follows.", footer)
    for at in range(random.randint(5, 40)):
        pages.write(f"{at + 1}. {random.choice(_SENTENCES)}", footer)
    pages.save(path)


_KINDS = {
    "report": ("GEOTECHNICAL INVESTIGATION REPORT", "Borings were made at eight places of the site."),
    "rfi": ("REQUEST FOR INFORMATION", "Please confirm the size of the lintel at the south entry."),
    "submittal": ("SUBMITTAL TRANSMITTAL", "Shop drawings of hollow metal frames for review."),
    "schedule": ("CONSTRUCTION SCHEDULE", "Mobilization, excavation, foundations, framing, roofing."),
}


def document(path: Path, seed: int, kind: str = "report", *, pages: int = 3) -> None:
    """A paper of one of the kinds in `_KINDS`."""
    random = Random(f"document {seed} {kind}")  # noqa: S311 - a sample, no secret
    title, first = _KINDS[kind]
    book = _Pages()
    for at in range(pages):
        book.page(f"Page {at + 1} of {pages}")
        if at == 0:
            book.write(title, "", size=16, after=14)
            book.write(first, "")
        for _ in range(20):
            book.write(random.choice(_SENTENCES), "")
    book.save(path)
