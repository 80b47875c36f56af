"""Owns which discipline a sheet belongs to and which kind of drawing it is, told by its number and title."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BY_LETTER: Mapping[str, str] = {
    "A": "architectural",
    "B": "geotechnical",
    "C": "civil",
    "D": "process",
    "E": "electrical",
    "F": "fire protection",
    "G": "general",
    "H": "hazardous materials",
    "I": "interiors",
    "K": "food service",
    "L": "landscape",
    "M": "mechanical",
    "O": "operations",
    "P": "plumbing",
    "Q": "equipment",
    "R": "resource",
    "S": "structural",
    "T": "telecommunications",
    "V": "survey",
    "X": "other",
    "Z": "contractor",
}
_BY_PREFIX: Mapping[str, str] = {
    **dict.fromkeys(("ID", "IN", "AI"), "interiors"),
    **dict.fromkeys(("FP", "FS", "FX", "FPP"), "fire protection"),
    "FA": "fire alarm",
    **dict.fromkeys(("CS", "TS", "GI", "GN", "GC"), "general"),
    "CIV": "civil",
    "STR": "structural",
    "ARCH": "architectural",
    **dict.fromkeys(("D", "DM"), "demolition"),
    "MEP": "mechanical",
    "MP": "mechanical",
    "SK": "other",
}
# Words of a title that say it where the number does not. Whole words, first match wins.
_BY_TITLE: tuple[tuple[str, str], ...] = (
    (r"FIRE (?:PROTECTION|SPRINKLER|SUPPRESSION)|SPRINKLER", "fire protection"),
    (r"FIRE ALARM", "fire alarm"),
    (r"STRUCTURAL|FRAMING|FOUNDATION|REBAR", "structural"),
    (r"ELECTRICAL|LIGHTING|POWER|PANEL(?:BOARD)?|ONE[- ]LINE", "electrical"),
    (r"PLUMBING|SANITARY|DOMESTIC WATER", "plumbing"),
    (r"MECHANICAL|HVAC|DUCTWORK|PIPING", "mechanical"),
    (r"LANDSCAPE|PLANTING|IRRIGATION", "landscape"),
    (r"CIVIL|GRADING|DRAINAGE|UTILITY|EROSION|PAVING|STORM|SEWER", "civil"),
    (r"TELECOM\w*|DATA|COMMUNICATIONS?|SECURITY", "telecommunications"),
    (r"COVER|TITLE SHEET|INDEX|GENERAL NOTES|ABBREVIATIONS", "general"),
    (r"FLOOR PLANS?|ELEVATIONS?|ROOF PLAN|REFLECTED CEILING|FINISH", "architectural"),
)
# "T" is a title sheet as often as telecommunications; the title tells.
_UNSURE = frozenset(("T", "TC", "D", "F", "CS"))

_TYPES: tuple[tuple[str, str], ...] = (
    (r"COVER|TITLE SHEET|(?:SHEET|DRAWING) (?:INDEX|LIST)", "cover"),
    (r"ELEVATIONS?", "elevation"),
    (r"SECTIONS?", "section"),
    (r"SCHEDULES?", "schedule"),
    (r"(?:DIAGRAMS?|RISERS?|ONE[- ]LINE|SINGLE[- ]LINE|SCHEMATICS?)", "diagram"),
    (r"PLANS?|FLOORS?|ROOF|SITE|FRAMING|FOUNDATION|LAYOUT", "plan"),
    (r"DETAILS?", "detail"),
    (r"NOTES?|LEGENDS?|ABBREVIATIONS?|SYMBOLS|SPECIFICATIONS?", "note"),
    (r"3D|AXONOMETRIC|PERSPECTIVES?|ISOMETRICS?|RENDERINGS?", "view"),
)
# The first digit of a three-digit number, by the same standard.
_TYPE_DIGIT = {
    "0": "note",
    "1": "plan",
    "2": "elevation",
    "3": "section",
    "4": "plan",
    "5": "detail",
    "6": "schedule",
    "7": "diagram",
    "9": "view",
}

DISCIPLINES = tuple(dict.fromkeys((*_BY_LETTER.values(), *_BY_PREFIX.values())))
TYPES = tuple(dict.fromkeys(name for _, name in _TYPES))


def discipline(number: str | None, title: str | None) -> str | None:
    """By the letters of the number, and by the title where there are none or they say little."""
    prefix = _prefix(number)
    told = _first(_BY_TITLE, title)
    if not prefix:
        return told
    if prefix in _UNSURE and told is not None:
        return told
    if prefix == "T" and not told:
        return "telecommunications"
    return _BY_PREFIX.get(prefix) or _BY_LETTER.get(prefix[0]) or told


def drawing_type(number: str | None, title: str | None) -> str | None:
    """plan, elevation, section, detail, schedule, diagram, note, cover, view; None if nothing says it."""
    told = _first(_TYPES, title)
    if told is not None:
        return told
    digits = re.match(r"[A-Z]{0,4}-?(\d)\d\d(?!\d)", number or "")
    return _TYPE_DIGIT.get(digits[1]) if digits else None


def _prefix(number: str | None) -> str:
    found = re.match(r"[A-Z]+", number or "")
    return found[0] if found else ""


def _first(table: tuple[tuple[str, str], ...], text: str | None) -> str | None:
    upper = (text or "").upper()
    return next((name for words, name in table if re.search(rf"\b(?:{words})\b", upper)), None)
