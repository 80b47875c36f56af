"""Owns arithmetic that must hold: parts make up the total, the total is among the charges."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

SLACK = Decimal("0.0006")  # of the whole: printed figures are rounded


def same(one: Decimal, two: Decimal) -> bool:
    """Equal but for rounding in the last printed figure."""
    places = min(_places(one), _places(two))
    return abs(one - two) <= Decimal(1).scaleb(-places) * Decimal("0.51")


def makes(parts: Sequence[Decimal], whole: Decimal) -> bool:
    """The parts add up to the whole, but for rounding."""
    return abs(sum(parts, Decimal(0)) - whole) <= max(Decimal("0.11") * len(parts), abs(whole) * SLACK)


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
