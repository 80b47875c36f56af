"""Owns what is to be paid: previous balance, payments, charges of this period, total; and that they add up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read import money
from postroom.systems.bills.read.document import Candidate, Document
from postroom.systems.bills.read.layout import Cell

_MOST = 5  # candidates of each that are tried against each other
_SURE = 0.88  # a total that is called more than that
_LATE = re.compile(
    r"if (?:paid|received)|after (?:the )?(?:due|\d|[a-z]{3,9} \d)|late |past due|last (?:year|bill)"
    r"|previous|prior|"
    r"(?:before|without|excluding|excl\.?|ex\.?|net|hors) (?:vat|gst|tax|tva|ust)|netto|hors|enclosed"
    r"|not? (?:a|due)|"
    r"average|estimated|projected|will be|minimum"
)
_GROSS = re.compile(
    r"(?:before|without|excluding|excl\.?|ex\.?|hors) (?:vat|gst|tax|tva|ust)|netto|hors|last|previous"
    r"|balance"
)
_BUDGET = re.compile(r"last year|average|if |returned|per |history")


@dataclass(slots=True)
class Balance:
    """What was found; `adds_up` if previous - paid + current = total was seen on the page."""

    total: Candidate | None = None
    current: Candidate | None = None
    previous: Candidate | None = None
    paid: Candidate | None = None
    remaining: Candidate | None = None
    adds_up: bool = False


def balance(document: Document) -> Balance:
    def parse(text: str) -> Iterable[tuple[Decimal, int, int]]:
        for amount in money.find(dates.without(text, document.place.order), document.place.point):
            yield amount.value, amount.start, amount.end

    def absolute(text: str) -> Iterable[tuple[Decimal, int, int]]:
        for value, start, end in parse(text):
            yield abs(value), start, end

    totals = document.candidates("total", parse, refuse=_LATE)
    for one in totals:
        if one.cell.page == 1:
            one.score += 0.01
    currents = document.candidates("current", parse, refuse=_GROSS)
    previous = document.candidates(
        "previous", parse, refuse=re.compile(_BUDGET.pattern + "|payments?.{0,20} (?:received|since)")
    )
    paid = document.candidates("paid", absolute, refuse=_BUDGET)
    remaining = document.candidates("remaining", parse, refuse=_BUDGET)
    found = _adding(totals, currents, previous, paid)
    if found is not None:
        found.remaining = document.best(remaining)
        return found
    found = _column(document, totals, previous, paid)
    if found is not None:
        found.remaining = document.best(remaining)
        return found
    return _corrected(document, _alone(document, totals, currents, previous, paid, remaining))


def _ranked(found: list[Candidate]) -> list[Candidate]:
    """One for each value, the best first; where it stands more than once counts a little."""
    by_value: dict[Decimal, Candidate] = {}
    for one in found:
        if one.value in by_value:
            by_value[one.value].score += 0.02
        else:
            by_value[one.value] = one
    return sorted(by_value.values(), key=lambda one: -one.score)[:_MOST]


def _adding(
    totals: list[Candidate], currents: list[Candidate], previous: list[Candidate], paid: list[Candidate]
) -> Balance | None:
    """The most likely four (or three) amounts that add up."""
    tops, nows = _ranked(totals), _ranked(currents)
    left = _left(previous, paid)
    if tops:
        # A bare "total" is only looked at where nothing says it better.
        tops = [one for one in tops if one.score > tops[0].score - 0.12]
    olds: list[Candidate | None] = [*_ranked(previous), None]
    pays: list[Candidate | None] = [*_ranked(paid), None]
    best: tuple[float, Balance] | None = None
    for total, now, old, pay in product(tops, nows, olds, pays):
        if old is None and pay is None and (total.value != now.value or (left and total.score < _SURE)):
            continue
        if old is None and pay is not None and not pay.value:
            continue  # nothing paid of nothing confirms nothing
        whole = (old.value if old else 0) - (pay.value if pay else 0) + now.value
        if whole != total.value:
            continue
        used = [one.score for one in (total, now, old, pay) if one is not None]
        # What is printed should be used: an amount left out costs something.
        score = (
            sum(used) / len(used)
            - (0.04 if old is None and previous else 0)
            - (0.05 if pay is None and paid else 0)
        )
        if best is None or score > best[0]:
            best = (score, Balance(total, now, old, pay, adds_up=True))
    if best is None or best[0] < 0.6:
        return None
    for one in (best[1].total, best[1].current, best[1].previous, best[1].paid):
        if one is not None:
            one.score = min(1.0, one.score + 0.1)
    return best[1]


def _left(previous: list[Candidate], paid: list[Candidate]) -> bool:
    """Whether something of the previous balance is unpaid: then a bare "total" may be this period's alone."""
    old = next((one.value for one in previous if one.score > 0.85), Decimal(0))
    return old != 0 and all(one.value != abs(old) for one in paid)


def _column(
    document: Document, totals: list[Candidate], previous: list[Candidate], paid: list[Candidate]
) -> Balance | None:
    """A column of amounts that adds up to the total under it: charges of several services, taxes apart.

    What is labelled as previous balance or payment in it is that, the rest is what this bill charges.
    """
    pay = {one.cell.order: one for one in paid}
    old = {one.cell.order: one for one in previous if one.cell.order not in pay}
    for total in (one for best in _ranked(totals) for one in totals if one.value == best.value):
        if total.how not in ("right", "inline"):
            continue
        taken: list[tuple[Decimal, Cell]] = []
        for cell, value in _over(document, total.cell):
            if cell.order in pay:
                value = -abs(value)
            taken.append((value, cell))
            if len(taken) < 2 or sum((one for one, _ in taken), Decimal(0)) != total.value:
                continue
            rest = [(one, where) for one, where in taken if where.order not in old and where.order not in pay]
            before = [old[where.order] for _, where in taken if where.order in old and old[where.order].value]
            paying = [pay[where.order] for _, where in taken if where.order in pay]
            if not rest or len(before) > 1 or len(paying) > 1 or (previous and not before):
                continue
            now = sum((one for one, _ in rest), Decimal(0))
            first = rest[-1][1]
            current = Candidate(now, 0.95, first, 0, len(first.text), "sum")
            return Balance(
                total, current, before[0] if before else None, paying[0] if paying else None, adds_up=True
            )
    return None


def _over(document: Document, cell: Cell) -> Iterator[tuple[Cell, Decimal]]:
    """The amounts above an amount, flush right with it, from the nearest up."""
    page = document.page(cell)
    last = cell
    for row in reversed(page.rows[: cell.row]):
        for other in row:
            if abs(other.box.right - cell.box.right) > 6:
                continue
            amounts = money.find(other.text, document.place.point)
            if last.box.top - other.box.bottom > 4 * max(8.0, cell.box.height):
                return
            last = other
            if amounts and amounts[-1].end >= len(other.text) - 1:
                yield other, amounts[-1].value


def _corrected(document: Document, made: Balance) -> Balance:
    """Charges before tax are often called current charges: what the others leave for them decides.

    Printed somewhere, that is the amount; else it is unknown.
    """
    if made.total is None or made.previous is None or made.current is None:
        return made
    due = made.total.value - made.previous.value + (made.paid.value if made.paid else 0)
    if made.current.value == due:
        return made
    made.current = None
    for cell in document.cells:
        for amount in money.find(cell.text, document.place.point):
            if amount.value == due and due != made.total.value:
                made.current = Candidate(due, 0.8, cell, amount.start, amount.end, "rest")
                return made
    return made


def _alone(
    document: Document,
    totals: list[Candidate],
    currents: list[Candidate],
    previous: list[Candidate],
    paid: list[Candidate],
    remaining: list[Candidate],
) -> Balance:
    """Nothing adds up: each for itself."""
    if _left(previous, paid):
        totals = [one for one in totals if one.score >= _SURE]
    return Balance(
        document.best(totals, enough=0.6),
        document.best(currents, enough=0.7),
        document.best(previous, enough=0.7),
        document.best(paid, enough=0.7),
        document.best(remaining, enough=0.7),
    )
