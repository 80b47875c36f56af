"""Owns the desk's own pile of documents: drawing sets, specifications, other papers, and the truth about each.

`make demo`, tests and benchmarks use it. It needs nothing but runtime dependencies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from postroom.systems.plans.sample import sheet as sample_sheet
from postroom.systems.plans.sample import text as sample_text
from postroom.systems.plans.sample.layout import LAYOUTS
from postroom.systems.plans.sample.sheet import Truth
from postroom.systems.plans.sample.text import SectionTruth


@dataclass(frozen=True, slots=True)
class Entry:
    """What is true of one file. sheets, sections: as far as it has some."""

    name: str
    classification: str
    pages: int
    sheets: Sequence[Truth] = ()
    sections: Sequence[SectionTruth] = ()


def project(
    folder: Path, seed: int = 1, *, sheets: int = 12, scanned: Sequence[int] = (), strokes: int = 300
) -> list[Entry]:
    """Everything that a project has: a set of drawings, a project manual, an addendum, a report."""
    folder.mkdir(parents=True, exist_ok=True)
    layouts = sorted(LAYOUTS)
    layout = layouts[seed % len(layouts)]
    plans = sample_sheet.draw_set(
        folder / "plans.pdf", seed, layout=layout, sheets=sheets, scanned=scanned, strokes=strokes
    )
    sections = sample_text.specification(folder / "manual.pdf", seed)
    sample_text.addendum(folder / "addendum.pdf", seed)
    sample_text.document(folder / "report.pdf", seed)
    return [
        Entry("plans.pdf", "plans", len(plans), sheets=plans),
        Entry("manual.pdf", "specifications", sections[-1].page_end, sections=sections),
        Entry("addendum.pdf", "addenda", _pages(folder / "addendum.pdf")),
        Entry("report.pdf", "documents", 3),
    ]


def generate(folder: Path, count: int = 12, seed: int = 1) -> list[Entry]:
    """A project whose set of drawings has `count` sheets."""
    return project(folder, seed, sheets=count)


def _pages(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        return len(pdf.pages)
