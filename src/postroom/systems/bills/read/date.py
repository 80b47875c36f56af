"""Owns what a printed date says, in seven languages. It never guesses which of 03/04 is the month."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Order = Literal["mdy", "dmy"]

_NAMES = (
    "january january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "february february feb februar février fevrier févr fevr fév febrero febbraio februari fevereiro fev",
    "march march mar märz maerz mrz mär mars marzo maart mrt março marco",
    "april april apr avril avr abril abr aprile",
    "may may mai mayo maggio mag mei maio",
    "june june jun juni juin junio giugno giu junho",
    "july july jul juli juillet juil julio luglio lug julho",
    "august august aug août aout agosto ago augustus",
    "september september sep sept septembre septiembre settembre set setembro",
    "october october oct oktober okt octobre octubre ottobre ott outubro out",
    "november november nov novembre noviembre novembro",
    "december december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
MONTHS = {name: month for month, names in enumerate(_NAMES, start=1) for name in names.split()}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:(?:19|20)\d{2}|\d{2})"
_PATTERN = re.compile(
    r"(?<![\w/.,#-])(?:"
    r"(?P<iso>(?P<iy>20\d{2})-(?P<im>\d{2})-(?P<id>\d{2}))"
    rf"|(?P<digits>(?P<a>\d{{1,2}})(?P<mark>[/.\-])\s?(?P<b>\d{{1,2}})(?P=mark)\s?(?P<y>{_YEAR}))"
    rf"|(?P<dm>(?P<dd>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s\-]{{0,2}}(?:de\s|of\s)?(?P<dn>{_MONTH})\b\.?,?"
    rf"(?:[\s\-,']{{0,2}}(?:de\s|del\s)?(?P<dy>(?:19|20)\d{{2}}|(?<=[\s\-'])\d{{2}}(?![\d:.,]|\s?[:h])))?)"
    rf"|(?P<md>(?P<mn>{_MONTH})\b\.?[\s\-]{{0,2}}(?P<mdd>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
    rf"(?:(?:,\s?|\s|\-|\s?')(?P<my>(?:19|20)\d{{2}}|(?<=[\s\-',])\d{{2}}(?![\d:.,]|\s?[:h])))?)"
    r")(?![\w/]|[.,-]\d)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(?<=[/.]\d\d)-(?=\d{1,2}[/.]\d)|(?<=[/.]\d{4})-(?=\d{1,2}[/.]\d)")  # "1/12/25-2/11/25"
_BARE = re.compile(r"(?<![\w/.,#-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\w/]|[.,-]\d)")


@dataclass(frozen=True, slots=True)
class Day:
    """A date in a text. year: False if none was printed; `value` then has the year 4, a leap year."""

    value: date
    start: int
    end: int
    year: bool = True


NO_YEAR = 4


def find(text: str, order: Order | None = None) -> list[Day]:
    """Every date in a text, from left to right. order: of dates in digits; without it 03/04/2025 is none."""
    found = []
    for match in _PATTERN.finditer(_RANGE.sub("–", text)):
        day = _day(match, order)
        if day is not None:
            found.append(day)
    return found


def find_bare(text: str, order: Order | None) -> list[Day]:
    """Days like 12/31 that stand without a year: only where a date is expected."""
    found = []
    for match in _BARE.finditer(text):
        value = _ordered(int(match["a"]), int(match["b"]), NO_YEAR, order)
        if value is not None:
            found.append(Day(value, match.start(), match.end(), year=False))
    return found


def order_of(texts: Iterable[str]) -> Order | None:
    """What the document's own dates in digits prove: one number above 12 is enough, unless they disagree."""
    seen: set[Order] = set()
    for text in texts:
        for match in _PATTERN.finditer(_RANGE.sub("–", text)):
            if not match["digits"]:
                continue
            a, b = int(match["a"]), int(match["b"])
            if a > 12 >= b:
                seen.add("dmy")
            elif b > 12 >= a:
                seen.add("mdy")
    return seen.pop() if len(seen) == 1 else None


def _day(match: re.Match[str], order: Order | None) -> Day | None:
    year = True
    if match["iso"]:
        value = _made(int(match["iy"]), int(match["im"]), int(match["id"]))
    elif match["digits"]:
        use = "dmy" if match["mark"] == "." and order is None else order
        value = _ordered(int(match["a"]), int(match["b"]), _year(match["y"]), use)
    else:
        month = MONTHS[(match["dn"] or match["mn"]).lower()]
        printed = match["dy"] or match["my"]
        year = printed is not None
        value = _made(_year(printed) if printed else NO_YEAR, month, int(match["dd"] or match["mdd"]))
    return None if value is None else Day(value, match.start(), match.end(), year)


def _ordered(a: int, b: int, year: int, order: str | None) -> date | None:
    """Day and month: if only one way makes a date, that; else as the document does it."""
    ways = {"mdy": _made(year, a, b), "dmy": _made(year, b, a)}
    if ways["mdy"] is None or ways["dmy"] is None or a == b:
        # The document's order is stronger than what happens to be possible: 13/02 in a US bill is no date.
        only = ways["mdy"] or ways["dmy"]
        return only if order is None or ways[order] is not None else None
    return ways[order] if order else None


def _year(printed: str) -> int:
    year = int(printed)
    return year if year > 99 else 2000 + year


def _made(year: int, month: int, day: int) -> date | None:
    if year != NO_YEAR and not 1990 <= year <= 2079:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def without(text: str, order: Order | None = None) -> str:
    """The text with blanks for its days, everything else in its place."""
    for day in find(text, order):
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    return text
