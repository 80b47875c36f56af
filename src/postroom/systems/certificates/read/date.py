"""Owns dates: from what is printed to MM/DD/YYYY, or None. American order, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_FIRST, _LAST = 1950, 2100  # years that a policy's date may have
# Not inside a longer number, nor behind what may have been a digit, but two dates may be run together: 01/01/202001/01/2021.
_DATE = re.compile(r"(?<![\d/.\-{\[(|Il!])(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2}(?!\d))")
_WORDS = re.compile(r"\b([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}), (\d{4})\b")
_MONTHS = {
    name: place
    for place, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}


def written(text: str | None) -> str | None:
    """The one date in the text. Several are as good as none."""
    found = [value for value, _, _ in dates(text or "")]
    return found[0] if len(found) == 1 else None


def day(value: str) -> date:
    """Of what `written` and `dates` give."""
    month, day, year = map(int, value.split("/"))
    return date(year, month, day)


def dates(text: str) -> Iterator[tuple[str, int, int]]:
    """Every date in the text, as MM/DD/YYYY, with where it begins and ends."""
    place = 0
    while (found := _DATE.search(text[place:])) is not None:
        start, end = place + found.start(), place + found.end()
        place = end
        day = _valid(int(found[1]), int(found[3]), found[4])
        if day is not None:
            yield f"{day:%m/%d}/{day.year:04d}", start, end
    for match in _WORDS.finditer(text):
        month = _MONTHS.get(match[1])
        day = _valid(month, int(match[2]), match[3]) if month else None
        if day is not None:
            yield f"{day:%m/%d}/{day.year:04d}", match.start(), match.end()


def _valid(month: int, day: int, year: str) -> date | None:
    """Two digits are of the 2000s. Source: section 5.2, inferred there."""
    number = int(year) if len(year) == 4 else 2000 + int(year)
    if not _FIRST <= number <= _LAST:
        return None
    try:
        return date(number, month, day)
    except ValueError:
        return None
