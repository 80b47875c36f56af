"""Owns what one row of a table of readings says of a register, and whether it adds up. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from postroom.systems.bills.read.layout import Cell
from postroom.systems.bills.read.unit import Unit


@dataclass(slots=True)
class Row:
    """What one row of a table, or one block, says about a register. cells: which cell each value comes from."""

    page: int
    order: int
    label: str = ""
    meter: str | None = None
    previous: Decimal | None = None
    current: Decimal | None = None
    multiplier: Decimal | None = None
    difference: Decimal | None = None
    usage: Decimal | None = None
    unit: Unit | None = None
    tariff: str | None = None
    first: date | None = None
    last: date | None = None
    estimated: bool | None = None
    total: bool = False
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Readings × multiplier = usage, to the last printed figure."""
        if self.usage is None or self.previous is None or self.current is None:
            return False
        whole = (self.current - self.previous) * (self.multiplier or 1)
        return abs(whole - self.usage) <= max(Decimal(1), abs(self.usage) * Decimal("0.0005"))
