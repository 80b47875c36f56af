"""Owns the table that most bills end with: a line for each charge, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from postroom.systems.bills.sample.fact import Charge
from postroom.systems.bills.sample.paper import BOLD, Paper


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of a table of charges stand, in points.

    text: where a charge's name begins. how: where it says how the amount was worked out; it begins there, or ends
    there if `ends`. amount: where amounts end. small: the size of the middle column.
    """

    text: float
    how: float
    amount: float
    ends: bool = False
    small: float = 9
    lead: float = 14


def charges(
    paper: Paper,
    y: float,
    lines: Iterable[Charge],
    at: Columns,
    how: Callable[[Decimal, Charge], str],
    money: Callable[[Decimal], str],
) -> float:
    """Write them below each other; returns the baseline after the last. how: of those that have a rate, which it is given."""
    align = "right" if at.ends else "left"
    for charge in lines:
        paper.put(at.text, y, charge.text)
        if charge.rate is not None:
            paper.put(at.how, y, how(charge.rate, charge), at.small, align=align)
        paper.put(at.amount, y, money(charge.amount), align="right")
        y += at.lead
    return y


def total(paper: Paper, y: float, at: Columns, label: str, amount: str) -> None:
    paper.put(at.text, y, label, 9, BOLD)
    paper.put(at.amount, y, amount, 9, BOLD, "right")
