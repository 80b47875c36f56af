"""Owns what kind of paper a page and a file are: drawing or document; plans, specifications, addenda, documents.

Told by the pages themselves. What a client says of a file wins, and is asked for elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.systems.plans.read.evidence import Evidence

DRAWING, DOCUMENT = "drawing", "document"
PLANS, SPECIFICATIONS, DOCUMENTS, ADDENDA, MIXED = "plans", "specifications", "documents", "addenda", "mixed"

_LARGE = (740.0, 1150.0)  # points of the sides from which a page is a drawing: 11 x 17 inches and A3
_LEAST = 3.2  # of a title block's score from which a small page is a drawing
_SHARE = 0.15  # share of the pages of another kind from which a file is mixed

_ADDENDUM = re.compile(
    r"^\W*(?:ADDENDUM|ADDENDA|BULLETIN)\b\W*(?:NO\.?|NUMBER|#)?\W*(?:\d+|[A-Z]|ONE|TWO|THREE|FOUR|FIVE)?\W*$",
    re.I | re.M,
)
_TYPES: tuple[tuple[str, str], ...] = (
    ("rfi", r"REQUEST\s+FOR\s+INFORMATION|\bRFI\b"),
    ("submittal", r"SUBMITTAL|SHOP\s+DRAWING\s+REVIEW|PRODUCT\s+DATA\s+SHEET"),
    ("schedule", r"(?:CONSTRUCTION|PROJECT|BASELINE|LOOK[- ]AHEAD)\s+SCHEDULE|GANTT|CRITICAL\s+PATH"),
    ("report", r"\bREPORT\b|INVESTIGATION|ASSESSMENT|\bSTUDY\b|ANALYSIS"),
    ("contract", r"\bAGREEMENT\b|\bCONTRACT\b|BID\s+FORM|INVITATION\s+TO\s+BID"),
    ("letter", r"^\s*(?:DEAR|RE:)\b"),
    ("minutes", r"MEETING\s+(?:MINUTES|NOTES)"),
)
_HEAD = 1500  # characters of the first page that say what a document is


def is_large(width: float, height: float) -> bool:
    short, long = sorted((width, height))
    return short >= _LARGE[0] and long >= _LARGE[1]


def by_size(width: float, height: float, hint: str | None) -> str | None:
    """The kind of a page by what the client says of its file and by its size; None if only its content can."""
    if hint == PLANS:
        return DRAWING
    if hint in (SPECIFICATIONS, DOCUMENTS):
        return DOCUMENT
    if is_large(width, height):
        return DRAWING
    return None if width > height else DOCUMENT


def by_block(evidence: Evidence) -> str:
    """The kind of a small page in landscape: a drawing, if it has a title block and hardly prose."""
    labelled = any(c.label > 0.5 and c.quality > 0.5 for c in evidence.candidates)
    strong = any(c.alone and c.quality >= 0.7 and _at_edge(c.box) for c in evidence.candidates)
    prose = sum(len(note.text.split()) >= 12 for note in evidence.notes)
    return DRAWING if (labelled or strong) and prose <= 12 else DOCUMENT


def _at_edge(box: Sequence[float]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x > 0.75 and y > 0.75


def is_addendum(head: str) -> bool:
    """Whether the first words of a document call it one."""
    return _ADDENDUM.search(head[:_HEAD]) is not None


def doc_type(head: str) -> str | None:
    """rfi, submittal, schedule, report, contract, minutes, letter; None if nothing says it.

    What is said first counts: a report may speak of submittals.
    """
    upper = head[:_HEAD].upper()
    places = [(found.start(), name) for name, words in _TYPES if (found := re.search(words, upper, re.M))]
    return min(places)[1] if places else None


def of_file(drawings: int, documents: int, sections: int, *, addendum: bool) -> str:
    """The class of a file. drawings, documents: pages; sections: of specifications that begin in it."""
    if addendum:
        return ADDENDA
    whole = drawings + documents
    if drawings and documents and min(drawings, documents) / whole >= _SHARE:
        return MIXED
    if drawings > documents:
        return PLANS
    return SPECIFICATIONS if sections else DOCUMENTS
