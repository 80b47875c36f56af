"""Owns what a printed number says: thousands, decimals, minus before or behind. Knows no currency and no unit."""

from __future__ import annotations

import re
from decimal import Decimal

# Spaces and apostrophes group only threes; a number never starts in the middle of a word, a date or a code.
PATTERN = (
    r"(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d{1,6})?|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,6})?"
    r"|\d+(?:[.,]\d{1,6})?|[.,]\d{1,6})(?!\d)"
)
_SPACES = re.compile(r"[ \u00a0\u202f'’]")
_DECIMAL = re.compile(r"(?<!\d)\d{1,9}([.,])\d{2}(?!\d)")
_GROUPED = re.compile(r"\d([.,])\d{3}(?=([.,])\d{1,2}(?!\d))")


def parse(text: str, point: str | None = ".") -> Decimal | None:
    """The value of a text that `PATTERN` matches. point: the document's decimal mark, None if it is not known.

    None if it can be read in two ways: "1.234" without knowing the mark.
    """
    text = _SPACES.sub("", text)
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        mark = "." if text.rindex(".") > text.rindex(",") else ","
        if text.count(mark) > 1:
            return None
    elif dots + commas > 1:
        mark = "," if dots else "."
    elif dots + commas == 1:
        own = "." if dots else ","
        mark = _single(text, own, point)
        if not mark:
            return None
    else:
        return Decimal(text)
    whole, _, part = text.rpartition(mark) if mark in text else (text, "", "")
    whole = whole.replace(",", "").replace(".", "")
    return Decimal(f"{whole or 0}.{part}" if part else whole)


def _single(text: str, own: str, point: str | None) -> str:
    """Whether the only mark is for decimals: it is, unless three digits follow and another mark does that here."""
    before, _, behind = text.partition(own)
    if len(behind) != 3 or not 1 <= len(before) <= 3 or before.startswith("0"):
        return own
    if point is None:
        return ""
    return own if own == point else point


def decimal_mark(texts: list[str]) -> str | None:
    """The mark that the numbers of a document use, if they agree by a large majority."""
    counts = {".": 0, ",": 0}
    for text in texts:
        for found in _DECIMAL.finditer(text):
            counts[found[1]] += 1
        for found in _GROUPED.finditer(text):
            if found[1] != found[2]:
                counts[found[2]] += 2
    for mark, other in ((".", ","), (",", ".")):
        if counts[mark] > 3 * counts[other]:
            return mark
    return None
