"""Owns what the lines of charges say of a meter: its times of use, and its usage where nothing else tells it."""

from __future__ import annotations

from decimal import Decimal

from postroom.systems.bills.read import charge, confirm
from postroom.systems.bills.read.charge import Line
from postroom.systems.bills.read.document import Document
from postroom.systems.bills.read.measure import SELLS, Meter, Part, Value, short
from postroom.systems.bills.read.unit import Quantity


def from_charges(document: Document, meter: Meter, lines: list[Line], *, alone: bool) -> None:
    """Parts of time of use from lines like `Peak 312 kWh @ …`, if they make up the usage; or the usage itself."""
    sold = [
        (line, line.quantity)
        for line in lines
        if line.quantity is not None and line.quantity.unit.measure in SELLS and line.quantity.value > 0
    ]
    if meter.unit is not None:
        sold = [(line, one) for line, one in sold if one.unit.name == meter.unit.name]
    if not sold:
        return
    parts = _times(sold)
    if meter.usage is None and (alone or len({one.value for _, one in sold}) == 1):
        _usage_of(meter, sold, parts)
    if meter.usage is None or meter.parts or len(parts) < 2:
        return
    if confirm.makes([one.usage for one in parts], meter.usage.value):
        meter.parts = parts


def _times(sold: list[tuple[Line, Quantity]]) -> list[Part]:
    """One part for each time of use: the same quantity in several charges counts once."""
    found: dict[tuple[str, Decimal], Part] = {}
    for line, quantity in sold:
        kind = charge.time_of_use(line.text)
        if kind is not None:
            found.setdefault((kind, quantity.value), Part(short(line.text), kind, quantity.value, line.cell))
    return list(found.values())


def _usage_of(meter: Meter, sold: list[tuple[Line, Quantity]], parts: list[Part]) -> None:
    whole = max(quantity.value for _, quantity in sold)
    line, quantity = next(pair for pair in sold if pair[1].value == whole)
    made = sum((one.usage for one in parts), Decimal(0))
    times = sum(one.value == whole for _, one in sold)
    if parts and len(parts) > 1 and (made == whole or times < 2):
        whole, score = made, 0.8 if made != whole else 0.9
    elif times > 1 or len(sold) == 1:
        score = 0.75 if times > 1 else 0.65
    else:
        return
    meter.usage = Value(whole, line.cell, score, line.cell.text, "charges")
    meter.unit = quantity.unit
