"""Owns what a page is: an ACORD 25, another ACORD form, remarks to one, or something else. By its print alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postroom.readers.word import PageWords
from postroom.systems.certificates.read.transform import Transform

FORM = "ACORD 25"
_FOOT = re.compile(
    r"\bACORD\s*(?P<number>\d{1,3})(?:\s?-?\s?[A-Z]{1,2})?\s*\(\s*(?P<year>(?:19|20)\d\d)\s*/\s*(?P<month>\d\d)\s*\)",
    re.I,
)
_TITLES = (
    ("ACORD 101", re.compile(r"additional\s+remarks\s+schedule", re.I)),
    ("ACORD 28", re.compile(r"evidence\s+of\s+commercial\s+property\s+insurance", re.I)),
    ("ACORD 27", re.compile(r"evidence\s+of\s+property\s+insurance", re.I)),
    ("ACORD 24", re.compile(r"certificate\s+of\s+property\s+insurance", re.I)),
    ("ACORD 23", re.compile(r"vehicle\s+or\s+equipment\s+certificate\s+of\s+insurance", re.I)),
    ("ACORD 30", re.compile(r"certificate\s+of\s+garage\s+insurance", re.I)),
    ("ACORD 125", re.compile(r"commercial\s+insurance\s+application", re.I)),
    ("ACORD 126", re.compile(r"commercial\s+general\s+liability\s+section", re.I)),
    ("ACORD 130", re.compile(r"workers'?\s+compensation\s+application", re.I)),
    ("ACORD 131", re.compile(r"umbrella\s*/\s*excess\s+section", re.I)),
)
_TITLE = re.compile(r"certificate\s+of\s+liability\s+insurance", re.I)
_HEAD = 800  # characters in which a title stands


@dataclass(frozen=True, slots=True)
class Kind:
    """form: "ACORD 25", "ACORD 28" and so on, or None. edition: as printed, "2016/03". blank: nothing readable."""

    form: str | None
    edition: str | None = None
    blank: bool = False

    @property
    def wanted(self) -> bool:
        return self.form == FORM


def recognise(words: PageWords, transform: Transform | None) -> Kind:
    """transform: where an ACORD 25 lies on the page, if one does. Its geometry says more than any line of text."""
    text = words.text()
    feet = [
        (f"ACORD {int(found['number'])}", f"{found['year']}/{found['month']}")
        for found in _FOOT.finditer(text)
    ]
    if transform is not None and (other := _another(text, feet)) is not None:
        return other
    if transform is not None:
        edition = next((edition for name, edition in feet if name == FORM), transform.edition)
        return Kind(FORM, edition)
    if not text.strip():
        return Kind(None, blank=True)
    title = next((name for name, pattern in _TITLES if pattern.search(text[:_HEAD])), None)
    # Other forms name this one in passing; at the foot they name themselves.
    feet = [(name, edition) for name, edition in feet if name != FORM] or feet
    if title is not None:
        return Kind(title, next((edition for name, edition in feet if name == title), None))
    return Kind(*feet[-1]) if feet else Kind(None)


def _another(text: str, feet: list[tuple[str, str]]) -> Kind | None:
    """What else a page is that has the head and the columns of an ACORD 25, as the ACORD 24 has: what names itself
    so at the top and nowhere otherwise."""
    if _TITLE.search(text) or any(name == FORM for name, _ in feet):
        return None
    named = [name for name, pattern in _TITLES[1:] if pattern.search(text)]
    if not named:
        return None
    return Kind(named[0], next((edition for name, edition in feet if name == named[0]), None))
