"""Owns the coverage grid: which policies a band of it holds, their columns, limits and ticked boxes.

A coverage is there if it has a policy number, a date or a limit: a ticked box or an insurer's letter alone is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from postroom.systems.certificates.read import cell, doubt, form, insurer, money
from postroom.systems.certificates.read.cell import Line, Spot
from postroom.systems.certificates.read.date import dates, day
from postroom.systems.certificates.read.form import Cell
from postroom.systems.certificates.read.tick import Ticks
from postroom.systems.certificates.read.trace import Trace

_APART = 8.0  # points between two lines from which they belong to two policies
_LIMITS_ABOVE = (
    5.0  # points: limits stand close below each other, the last of one policy just above the next one
)
_LONGEST = 300  # characters of a line that are searched
_SURE = 1.0  # confidence of print
_LONGEST_PERIOD = timedelta(days=5 * 366)  # of a recognised policy
_OVERFLOW = 8.0  # points between a policy number's words that have run into the next column
_HOUR = re.compile(r"\d{1,2}:\d\d(?:\s*[ap]\.?m\.?)?|[ap]\.?m\.?", re.I)  # below a date: when it begins
_NO_NUMBER = frozenset(("n/a", "na", "none", "nil", "-", "--"))

KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("professional_liability", re.compile(r"profess|\be\s?&\s?o\b|errors\s*(?:&|and)\s*omiss|\bE/O\b", re.I)),
    ("cyber_liability", re.compile(r"cyber|network\s+(?:sec|priv)|data\s+breach|privacy", re.I)),
    ("criminal_liability", re.compile(r"crim|fidelity|employee\s+(?:dishonesty|theft)", re.I)),
    ("liquor_liability", re.compile(r"liquor", re.I)),
)
OTHER_LIMITS = ("each_claim_dollars", "each_occurrence_dollars", "aggregate_dollars")
_LIMIT_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("aggregate_dollars", re.compile(r"\bagg(?:regate)?\b", re.I)),
    ("each_claim_dollars", re.compile(r"\b(?:each|per|ea\.?|any one)\s+claim|\bclaim\b", re.I)),
    (
        "each_occurrence_dollars",
        re.compile(r"\b(?:each|per|ea\.?|any one)\s+(?:occ\w*|event|incident|loss|accident)|\bocc\w*", re.I),
    ),
)
_HAS_DIGIT = re.compile(r"\d")
_TORN = re.compile(r"(?<=\d)\s*,\s*(?=\d{3})")  # blanks that recognisers put around the comma of an amount
_MONEY = re.compile(r"\$?\s?\d(?:[\d,.]*\d)?\s?(?:mm|mil(?:lion)?|m|k)?\b", re.I)


@dataclass(slots=True)
class Row:
    """One policy: the words of each of its columns, and its dates."""

    y: float
    letter: list[Spot] = field(default_factory=list)
    number: list[Spot] = field(default_factory=list)
    dates: dict[str, tuple[str, list[Spot]]] = field(default_factory=dict)
    marks: dict[str, list[Spot]] = field(default_factory=dict)
    name: list[Spot] = field(default_factory=list)
    limits: list[Line] = field(default_factory=list)


def rows(spots: Sequence[Spot], kind: str) -> list[Row]:
    """The policies of a band, top to bottom; at least one, perhaps empty."""
    top, bottom = form.BANDS[kind]
    column = {
        name: cell.lines(cell.within(spots, form.column(name, top, bottom)))
        for name in ("letter", "additional_insured", "waiver_of_subrogation", "policy_number")
    }
    left, right = form.COLUMNS["effective"][0], form.COLUMNS["expiration"][1]
    periods = cell.lines(cell.within(spots, Cell(left, top, right, bottom)))
    numbers = [_widened(line, periods) for line in column["policy_number"]]
    dated = _merged([(line, period) for line in periods if (period := _period(line))])
    if not dated:
        dated = [(y, {}) for y in _undated(column["letter"], numbers)]
    if kind == "other":
        dated = _with_names(dated, numbers, cell.lines(cell.within(spots, form.column("type", top, bottom))))
    found = [Row(y, dates=period) for y, period in dated] or [Row(top + 8)]
    for line in column["letter"]:
        _nearest(found, line.y).letter.extend(line.spots)
    for line in numbers:
        _nearest(found, line.y).number.extend(line.spots)
    for name in ("additional_insured", "waiver_of_subrogation"):
        for line in column[name]:
            _nearest(found, line.y).marks.setdefault(name, []).extend(line.spots)
    return found


def _nearest(found: Sequence[Row], y: float) -> Row:
    return min(found, key=lambda row: abs(row.y - y))


def _undated(letters: Sequence[Line], numbers: Sequence[Line]) -> list[float]:
    """Without any date, as many policies as there are numbers, if each has a letter of its own."""
    if len(numbers) > 1 and len(letters) == len(numbers):
        return [line.y for line in numbers]
    return [numbers[0].y] if numbers else []


def _period(line: Line) -> dict[str, tuple[str, list[Spot]]]:
    """effective, expiration: the date and its words. Two dates on a line stand in order, wherever they begin."""
    text, owners = "", []
    for spot in line.spots:
        if text:
            text += " "
            owners.append(spot)
        text += spot.text
        owners.extend([spot] * len(spot.text))
    middle = form.COLUMNS["expiration"][0]
    found = []
    for value, start, end in dates(text):
        used = list(dict.fromkeys(owners[start:end]))
        found.append((value, used, _across(line, text, start, end)))
    if len(found) == 2:
        return {"effective": found[0][:2], "expiration": found[1][:2]}
    if len(found) == 1:
        value, used, x = found[0]
        return {"effective" if x < middle else "expiration": (value, used)}
    return {}


def _across(line: Line, text: str, start: int, end: int) -> float:
    """Where the middle of text[start:end] stands."""
    place, edges = 0, []
    for spot in line.spots:
        step = (spot.right - spot.left) / max(1, len(spot.text))
        for at in range(len(spot.text)):
            if start <= place + at < end:
                edges.append(spot.left + step * (at + 0.5))
        place += len(spot.text) + 1
    return sum(edges) / len(edges)


_Dated = tuple[float, dict[str, tuple[str, list[Spot]]]]


def _merged(dated: Sequence[tuple[Line, dict[str, tuple[str, list[Spot]]]]]) -> list[_Dated]:
    """A date that stands a little higher than its partner belongs to it."""
    found: list[_Dated] = []
    for line, period in dated:
        if found and not set(found[-1][1]) & set(period) and line.y - found[-1][0] < _APART + 6:
            found[-1] = (found[-1][0], {**found[-1][1], **period})
        else:
            found.append((line.y, period))
    return found


def _widened(number: Line, periods: Sequence[Line]) -> Line:
    """A long policy number runs into the next column: its last words come back to it."""
    more = list(number.spots)
    for line in periods:
        if abs(line.y - number.y) > 4:
            continue
        dated = {id(spot) for _, used in _period(line).values() for spot in used}
        for spot in line.spots:
            if id(spot) in dated or _HOUR.fullmatch(spot.text):
                continue
            if 0 <= spot.left - more[-1].right + 1 < _OVERFLOW:
                more.append(spot)
    return Line(tuple(more))


def _with_names(dated: list[_Dated], numbers: Sequence[Line], names: Sequence[Line]) -> list[_Dated]:
    """In the blank rows a policy may have a name and a number but no date."""
    ys = [y for y, _ in dated]
    for line in numbers:
        beside = any(abs(name.y - line.y) < _APART for name in names)
        if beside and all(abs(line.y - y) > _APART for y in ys):
            dated = [*dated, (line.y, {})]
            ys.append(line.y)
    return sorted(dated, key=lambda entry: entry[0])


# --- one policy --------------------------------------------------------------------------------------


def columns(row: Row, path: str, trace: Trace, ticks: Ticks, kind: str) -> dict[str, Any]:
    """The columns that all coverages have, in the contract's words."""
    number = " ".join(spot.text for spot in row.number).strip(" :") or None
    if number is not None and number.casefold() in _NO_NUMBER:
        number = None
    letter = insurer.letters([spot.text for spot in row.letter])
    if number and any(spot.confidence < 1.0 for spot in row.number) and doubt.is_odd(number):
        number = None
    found: dict[str, Any] = {
        "insurer_letter": trace.words(f"{path}.insurer_letter", letter, row.letter, least=doubt.LETTERED),
        "policy_number_string": trace.words(
            f"{path}.policy_number_string", number, row.number, least=doubt.NUMBERED
        ),
    }
    least = _least(row)
    for name, key in (("effective", "policy_effective_date"), ("expiration", "policy_expiration_date")):
        value, used = row.dates.get(name, (None, []))
        found[key] = trace.words(f"{path}.{key}", value, used, least=least)
    band = (row.y - _APART, row.y + _APART) if kind == "other" else form.BANDS[kind]
    for name in ("additional_insured", "waiver_of_subrogation"):
        if kind == "workers_compensation" and name == "additional_insured":
            found[name] = None  # the form prints N/A there
            continue
        marks = row.marks.get(name, [])
        mark = flag(" ".join(spot.text for spot in marks)) if marks else ticks.drawn(form.column(name, *band))
        found[name] = trace.words(f"{path}.{name}", mark, marks)
    return found


def _least(row: Row) -> float:
    """How sure recognised dates must be. One that lies a year to the day after the other confirms it; two that are in
    no order, or many years apart, cannot both be meant, and which of them is nobody knows."""
    if set(row.dates) != {"effective", "expiration"}:
        return doubt.DATED
    begin, end = (day(row.dates[name][0]) for name in ("effective", "expiration"))
    if not timedelta(0) <= end - begin < _LONGEST_PERIOD:
        return _SURE
    if (begin.month, begin.day) != (end.month, end.day):
        return doubt.NAMED
    return doubt.BELIEVED if end.year == begin.year + 1 else doubt.DATED


def flag(text: str) -> bool | None:
    """Y, X or a tick: yes. N: no. N/A, blank and anything else: unknown. Source: section 5.2, inferred there."""
    marks = {part for part in re.split(r"[\s.,|]+", text.strip().upper()) if part}
    if marks <= {"Y", "YES", "X", "XX", "✓", "✔", "✗", "✘", "☒", "☑", "√"} and marks:
        return True
    return False if marks in ({"N"}, {"NO"}) else None


def there(policy: Mapping[str, Any], row: Row) -> bool:
    """Whether the row is a coverage. A date that nobody can read for sure is one all the same.

    Source: section 5.2, inferred there.
    """
    if row.dates:
        return True
    keys = ("policy_number_string", "policy_effective_date", "policy_expiration_date")
    limits = policy.get("limits") or {}
    return any(policy.get(key) is not None for key in keys) or any(
        value is not None for value in limits.values()
    )


def amounts(spots: Sequence[Spot], kind: str, path: str, trace: Trace) -> dict[str, int | None]:
    """The printed limits of a band."""
    found: dict[str, int | None] = {}
    for key, middle in form.LIMITS[kind].items():
        half = form.ROW / 2
        place = form.column("amount", middle - half, middle + half)
        used = [spot for spot in cell.within(spots, place) if spot.text != "$"]
        value = plausible(money.dollars(cell.text(cell.lines(used))), used)
        found[key] = trace.words(f"{path}.limits.{key}", value, used, least=doubt.COUNTED)
    return found


_ROUND = 500  # dollars of which limits are multiples
_HIGHEST = 500_000_000  # dollars; a recognised limit of more is two that stand beside each other


def plausible(amount: int | None, used: Sequence[Spot]) -> int | None:
    """A recognised limit of 10,060 is a 10,000 with a speck: an odd amount is believed of print only."""
    recognised = any(spot.confidence < 1.0 for spot in used)
    odd = amount is not None and (amount % _ROUND != 0 or amount > _HIGHEST)
    return None if recognised and odd else amount


# --- the blank rows ----------------------------------------------------------------------------------


def other(spots: Sequence[Spot], ticks: Ticks, trace: Trace) -> list[tuple[str, dict[str, Any]]]:
    """Kind and policy of each row below the printed ones; `other` for a kind without a name of its own."""
    top, bottom = form.BANDS["other"]
    found = rows(spots, "other")
    for line in cell.lines(cell.within(spots, form.column("type", top, bottom))):
        _above(found, line.y).name.extend(line.spots)
    left, right = form.COLUMNS["limit"][0], form.COLUMNS["amount"][1]
    for line in cell.lines(cell.within(spots, Cell(left, top - 1, right, bottom + 2))):
        _above(found, line.y, _LIMITS_ABOVE).limits.append(line)
    policies = []
    for place, row in enumerate(found):
        path = f"row.{trace.page}.{place}"
        said = " ".join(spot.text for spot in row.name).strip() or None
        policy: dict[str, Any] = columns(row, path, trace, ticks, "other")
        policy["name"] = trace.words(f"{path}.name", said, row.name, least=doubt.NUMBERED)
        policy["limits"] = _typed_limits(row.limits, path, trace)
        if there(policy, row):
            policies.append((kind(said), policy))
        else:
            trace.dropped(path)
    return policies


def kind(name: str | None) -> str:
    return next((key for key, pattern in KINDS if name and pattern.search(name)), "other")


def _above(found: Sequence[Row], y: float, higher: float = _APART) -> Row:
    """The row that has begun last at this height. higher: points that its first line may stand above its dates."""
    begun = [row for row in found if row.y <= y + higher]
    return begun[-1] if begun else found[0]


def _typed_limits(found: Sequence[Line], path: str, trace: Trace) -> dict[str, int | None]:
    """Amounts with a label that says what they are; an amount without one stays unknown."""
    limits: dict[str, int | None] = dict.fromkeys(OTHER_LIMITS)
    named: Counter[str] = Counter()
    for line in found:
        text = _TORN.sub(",", line.text[:_LONGEST])
        amounts = [match for match in _MONEY.finditer(text) if (money.dollars(match[0]) or 0) >= 100]
        labels = sorted(
            (match.start(), key) for key, pattern in _LIMIT_NAMES for match in [pattern.search(text)] if match
        )
        # "1,000,000 each claim / 2,000,000 aggregate": as many labels as amounts, in the same order.
        if len(amounts) != len(labels):
            continue
        for match, (_, key) in zip(amounts, labels, strict=True):
            named[key] += 1
            used = [spot for spot in line.spots if _HAS_DIGIT.search(spot.text)]
            limits[key] = trace.words(f"{path}.limits.{key}", plausible(money.dollars(match[0]), used), used)
    for key in (key for key, count in named.items() if count > 1):
        limits[key] = None  # two of a kind for one policy: one of them belongs to another row
        trace.dropped(f"{path}.limits.{key}")
    return limits
