"""Owns how titles of sheets read: the words they are made of, and what stands in title blocks beside them."""

from __future__ import annotations

import re
from functools import lru_cache

_LABEL = (
    r"(?:PLANINHALT|BENENNUNG|BEZEICHNUNG|TITEL|TITRE|T[IÍ]TULO|OMSCHRIJVING"
    r"|(?:SHEET|DRAWING|DWG|DRG|PLAN|PAGE)\.?\s*(?:TITLE|NAME|CONTENTS?|DESCRIPTION)|TITLE|CONTENTS?|DESCRIPTION)"
)
_LABEL_ALONE = re.compile(rf"{_LABEL}\s*[:.]?", re.I)
_LABEL_AHEAD = re.compile(
    r"(?:(?:SHEET|DRAWING|DWG|DRG)\.?\s*(?:TITLE|NAME|CONTENTS?|DESCRIPTION)\s*[:.]?|TITLE\s*[:\n])\s*", re.I
)
_WORDS = re.compile(
    r"\b(?:PLANS?|ELEVATIONS?|SECTIONS?|DETAILS?|SCHEDULES?|NOTES?|FLOORS?|ROOF|FRAMING|FOUNDATIONS?|SITE|COVER|INDEX|"
    r"LEGENDS?|DIAGRAMS?|LAYOUTS?|REFLECTED|CEILING|DEMOLITION|DEMO|GRADING|DRAINAGE|UTILIT(?:Y|IES)|LANDSCAPE|PLANTING|"
    r"IRRIGATION|LIGHTING|POWER|PLUMBING|MECHANICAL|ELECTRICAL|HVAC|PIPING|DUCTWORK|RISERS?|ISOMETRICS?|SPRINKLER|"
    r"ALARM|STRUCTURAL|BASEMENT|LEVEL|MEZZANINE|ENLARGED|INTERIOR|EXTERIOR|TYPICAL|ABBREVIATIONS|SYMBOLS|EROSION|"
    r"SURVEY|PROFILE|DOOR|WINDOW|FINISH|STAIRS?|TITLE SHEET|LIFE SAFETY|CODE|ACCESSIBILITY|RENOVATION|ATTIC|PARTITION|"
    r"WALL TYPES|EQUIPMENT|FURNITURE|AXONOMETRIC|PERSPECTIVES?|RENDERINGS?|3D|COLUMN|SLAB|PANEL|ONE[- ]LINE|"
    r"EGRESS|ANALYSIS|REMOVALS?|MISC(?:ELLANEOUS)?|CASEWORK|MILLWORK|GLAZING|SIGNAGE|PAVING|STAGING|FIXTURES?|CONTROLS|"
    r"GENERAL|INFORMATION|EXISTING|CONDITIONS|NORTH|SOUTH|EAST|WEST|FIRST|SECOND|THIRD|FOURTH|GROUND|LOWER|UPPER)\b",
    re.I,
)
_OTHER = re.compile(
    r"\b(?:ARCHITECTS?|ARCHITECTURE|ENGINEERS?|ENGINEERING|CONSULTANTS?|ASSOCIATES|DESIGN GROUP|STUDIO|LLC|LLP|INC|LTD|P\.?C|"
    r"CORP|COMPANY|OWNER|CLIENT|CONTRACTOR|PROJECT|JOB|DRAWN|CHECKED|DESIGNED|APPROVED|SCALE|DATE|DATED|REVISIONS?|REV|"
    r"ISSUED?|COPYRIGHT|RIGHTS|PROPERTY OF|REPRODUC\w+|PHONE|TEL|FAX|SUITE|STREET|AVENUE|AVE|BOULEVARD|BLVD|LANE|ROAD|"
    r"DRIVE|DR|PERMIT SET|CONSTRUCTION DOCUMENTS?|BID SET|FOR CONSTRUCTION|NOT FOR|SEAL|STAMP|LICENSE|REGISTERED|FILE|PLOT\w*|"
    r"CAD|BY|PREPARED|SUBMITTAL|DESCRIPTION|CONSULTANT|KEY ?PLAN|TRUE NORTH|PHASE|COMMISSION)\b|@|WWW\.|\.COM|HTTP|©|&COPY",
    re.I,
)
_SCALE = re.compile(
    r"\d+\s*/\s*\d+\s*\"|\d\s*\"\s*=|=\s*\d+'|\b1\s*:\s*\d+|\bNTS\b|\bN\.T\.S|AS NOTED|AS SHOWN|AS INDICATED",
    re.I,
)
_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{1,2}:\d\d\b")
_PHONE = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}")
_ADDRESS = re.compile(r"^\s*\d{2,6}\s+[A-Z]|\b[A-Z]{2}\.?,?\s+\d{5}(?:-\d{4})?\b", re.I)
# Words to whoever reads another sheet, too: titles hold none.
_REFERENCE = re.compile(r"\d\s?/\s?[A-Z]{0,3}[-.]?\d|\b(?:SEE|REFER)\b|\bMATCH ?LINE\b", re.I)
_NUMBER_LABEL = re.compile(r"\b(?:SHEET|DRAWING|DWG)\.?\s*(?:NO|NUMBER|#)|\bSHEET\s+\d+\s+OF\b", re.I)


@lru_cache(maxsize=20_000)
def is_label(text: str) -> bool:
    """Whether it says that a title is near, and nothing else."""
    return _LABEL_ALONE.fullmatch(text.strip()) is not None


@lru_cache(maxsize=20_000)
def is_end(line: str) -> bool:
    """Whether it is what titles end with, "PLAN" or "FLOOR PLANS": many sheets have it, and it is of their titles."""
    return len(line.split()) <= 2 and not _WORDS.sub("", line).strip()


@lru_cache(maxsize=20_000)
def unlabelled(text: str) -> tuple[str, bool]:
    """The text without a label at its start, and whether there was one. Lines stay lines."""
    found = _LABEL_AHEAD.match(text)
    if found and text[found.end() :].strip():
        return text[found.end() :], True
    return text, False


def parts(text: str) -> list[str]:
    """The lines of a block, in the form in which they are compared."""
    return [line for line in map(normal, text.split("\n")) if line]


@lru_cache(maxsize=20_000)
def normal(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().upper()


@lru_cache(maxsize=20_000)
def possible(text: str) -> bool:
    """Whether it may be a title at all."""
    letters = sum(map(str.isalpha, text))
    if letters < 3 or len(text) > 120 or is_label(text) or _NUMBER_LABEL.search(text):
        return False
    return letters >= 0.4 * len(text.replace(" ", ""))


@lru_cache(maxsize=20_000)
def likely(text: str) -> float:
    """How much the words speak for a title, from about -3 to 2."""
    words = len(_WORDS.findall(text))
    score = 1.5 if words >= 2 else 1.0 if words else 0.0
    score -= 0.9 * min(2, len(_OTHER.findall(text)))
    for pattern in (_SCALE, _DATE, _PHONE):
        if pattern.search(text):
            score -= 1.5
    if _REFERENCE.search(text):
        score -= 1.5
    if _ADDRESS.search(text) and not words:
        score -= 1.2
    if text.endswith((".", ";", ",")) or len(text) > 70:
        score -= 0.6
    if re.search(r"[a-z]{2}", text) and len(text.split()) > 9:
        score -= 0.8
    return score
