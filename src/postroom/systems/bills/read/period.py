"""Owns what a printed range of days says: "Dec 12 - Jan 14, 2024", "vom 01.01.2024 bis 31.12.2024"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from postroom.systems.bills.read import date as dates

LONGEST = 800  # days of a billing period
MOST_AFTER, MOST_BEFORE = 35, 90  # days that a bill may be made before or after the end of its period
_BETWEEN = re.compile(
    r"^\s*(?:\(?\d{1,3} days?\)?\s*)?(?:-|–|—|−|to|through|thru|until|till|and|bis|bis zum|au|al|a"
    r"|hasta|tot|t/m|until the|→|/)\s*(?:the|den|zum|el)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day as printed, both inclusive."""

    first: date
    last: date
    start: int
    end: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days


def find(text: str, order: dates.Order | None = None) -> list[Period]:
    """Every range in a text. A day without a year takes the other's, or the year before."""
    days = dates.find(text, order)
    if len(days) < 2:
        bare = [
            one
            for one in dates.find_bare(text, order)
            if not any(one.start < d.end and d.start < one.end for d in days)
        ]
        days = sorted([*days, *bare], key=lambda day: day.start)
    found = []
    for one, two in pairwise(days):
        if _BETWEEN.match(text[one.end : two.start]) and (made := join(one, two)):
            found.append(made)
    return found


def find_yearless(text: str, order: dates.Order | None, until: date) -> list[Period]:
    """Ranges of days without any year, "May 17 to Jun 15": the last such that ends before `until`, or soon after."""
    days = [day for day in (*dates.find(text, order), *dates.find_bare(text, order)) if not day.year]
    days.sort(key=lambda day: day.start)
    found = []
    for one, two in pairwise(days):
        if not _BETWEEN.match(text[one.end : two.start]):
            continue
        for year in (until.year + 1, until.year, until.year - 1):
            try:
                last = two.value.replace(year=year)
            except ValueError:
                continue
            if -MOST_AFTER <= (until - last).days <= MOST_BEFORE:
                made = join(one, dates.Day(last, two.start, two.end))
                found += [made] if made else []
                break
    return found


def join(one: dates.Day, two: dates.Day) -> Period | None:
    """Two days as a range, if they can be one."""
    if not two.year:
        return None
    first, last = one.value, two.value
    if not one.year:
        first = _dated(first, last)
    if not first <= last or (last - first).days > LONGEST:
        return None
    return Period(first, last, one.start, two.end)


def _dated(first: date, last: date) -> date:
    try:
        same = first.replace(year=last.year)
        return same if same <= last else first.replace(year=last.year - 1)
    except ValueError:  # 29 February
        return date(last.year, 2, 28)
