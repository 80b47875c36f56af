"""Owns how much a meter has measured: its readings, the total, its times of use, checked against each other.

From rows of tables, from labels, from the lines of charges, in this order of trust. Refuses to know which rows
are whose; `meter` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from postroom.systems.bills.read import charge, commodity, confirm, number, reading, table, unit
from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read.document import Candidate, Document
from postroom.systems.bills.read.label import FOREIGN
from postroom.systems.bills.read.layout import Cell
from postroom.systems.bills.read.row import Row
from postroom.systems.bills.read.unit import Unit

SELLS = ("energy", "volume", "mass")  # what a usage total is measured in
_REFUSE = re.compile(
    FOREIGN.pattern
    + r"|charge|rate|price|cost|factor|next|read date|tariff|\bper\b|tier|allowance|baseline|all meters|limit"
)


@dataclass(slots=True)
class Value:
    """A value of a meter, and what it was read from."""

    value: Decimal
    cell: Cell
    score: float
    text: str = ""
    how: str = ""


@dataclass(slots=True)
class Part:
    """One time of use. kind: PEAK and so on, as far as its label says so."""

    label: str
    kind: str | None
    usage: Decimal
    cell: Cell


@dataclass(slots=True)
class Demand:
    label: str
    value: Decimal
    unit: str
    cell: Cell


@dataclass(slots=True)
class Meter:
    """number: None if the bill names none. order: where in the document it begins."""

    order: int
    number: str | None = None
    source: Candidate | Cell | None = None
    rows: list[Row] = field(default_factory=list)
    usage: Value | None = None
    unit: Unit | None = None
    previous: Value | None = None
    current: Value | None = None
    multiplier: Value | None = None
    parts: list[Part] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    first: date | None = None
    last: date | None = None
    tariff: str | None = None
    tariff_cell: Cell | None = None
    estimated: bool | None = None
    commodity: str | None = None


# --- readings, totals and parts -----------------------------------------------------------------------


def totals(document: Document) -> list[Candidate]:
    """Quantities at the labels of usage; `extra` is the unit."""
    country, point = document.place.country, document.place.point

    def parse(text: str) -> Iterable[tuple[Decimal, int, int]]:
        for one in unit.quantities(text, point, country):
            if one.unit.measure in SELLS:
                yield one.value, one.start, one.end

    def bare(text: str) -> Iterable[tuple[Decimal, int, int]]:
        match = re.match(rf"^\s*[:=]?\s*({number.PATTERN})\s*$", text)
        value = number.parse(match[1], point) if match else None
        if match and value is not None:
            yield value, match.start(1), match.end(1)

    found = document.candidates("usage", parse, refuse=_REFUSE, within=12)
    for one in found:
        one.extra = unit.quantities(one.text, point, country)[0].unit
    found += _beside(document)
    # A unit in the label makes a bare number enough: "Therms Used 57.3".
    for one in document.candidates("usage", bare, refuse=_REFUSE, within=12):
        units = unit.find(one.label.text, country) if one.label else []
        if units and units[0][0].measure in SELLS:
            one.extra = units[0][0]
            one.score -= 0.02
            found.append(one)
    kept = []
    for one in found:
        if one.how == "below" and one.label is not None and one.label.order in document.heads:
            continue  # a column's head: its table is read as a table
        heading = document.page(one.cell).above(one.label or one.cell)
        if heading is not None and FOREIGN.search(heading.text.lower()) and len(heading.text) < 40:
            continue
        if one.label is not None and re.search(r"\btotal|gesamt|totale", one.label.text.lower()):
            one.score += 0.05
        kept.append(one)
    return sorted(kept, key=lambda one: -one.score)


def _beside(document: Document) -> list[Candidate]:
    """The only quantity in a row that begins with a meter: "Meter 88127743   Reading 03/02 41,220   1,114 kWh"."""
    found = []
    for tag in document.tags.get("meter", ()):
        if tag.start > 4 or not table.NAMED.match(tag.cell.text):
            continue
        rows = document.page(tag.cell).right(tag.cell)
        told = [
            (cell, one)
            for cell in rows
            for one in unit.quantities(cell.text, document.place.point, document.place.country)
            if one.unit.measure in SELLS and one.start == 0 and cell.text[one.end :] in ("", " used")
        ]
        if len(told) == 1:
            cell, one = told[0]
            found.append(Candidate(one.value, 0.85, cell, one.start, one.end, "row", tag.cell, one.unit))
    return found


def read(document: Document, meter: Meter, totals: list[Candidate], part: range) -> None:
    """Usage from the rows of tables, checked against the totals at labels. part: the meter's cells."""
    rows = [row for row in meter.rows if row.unit is None or row.unit.measure in SELLS]
    for row in rows:
        _recognised(document, row)
    sold = _distinct([row for row in rows if row.usage is not None or row.previous is not None])
    for row in sold:
        if row.first and meter.first is None:
            meter.first, meter.last = row.first, row.last
        if row.tariff and meter.tariff is None:
            meter.tariff, meter.tariff_cell = row.tariff, row.cells["tariff"]
        if row.estimated is not None:
            meter.estimated = bool(meter.estimated) or row.estimated
    singles = [row for row in sold if not row.total]
    if len(singles) == 1:
        _single(meter, singles[0], totals)
    elif singles:
        _several(document, meter, part, singles, [row for row in sold if row.total], totals)
    else:
        _labelled(document, meter, totals, part)
    if meter.unit is None and meter.usage is not None:
        meter.unit = _unit_for(totals, meter.usage.value) or _unit_of(document, meter)


def _recognised(document: Document, row: Row) -> None:
    """A scanned row whose readings do not make its usage: what a line of charges tells too is right, else nothing is."""
    if row.usage is None or row.previous is None or row.current is None or row.adds_up:
        return
    if all(row.cells[name].confidence == 1.0 for name in ("usage", "previous", "current")):
        return
    told = {
        one.value
        for cell in document.cells
        if cell is not row.cells["usage"]
        for one in unit.quantities(cell.text, document.place.point, document.place.country)
    }
    moved = (row.current - row.previous) * (row.multiplier or 1)
    if row.usage in told:
        row.previous = row.current = row.multiplier = None
    elif moved in told:
        row.usage = moved
    else:
        row.usage = row.previous = row.current = None


def _distinct(rows: list[Row]) -> list[Row]:
    """Without rows that repeat the readings of another: a summary and the details."""
    seen: set[tuple[Decimal | None, ...]] = set()
    made = []
    for row in rows:
        key = (row.previous, row.current, row.usage)
        if row.previous is not None and row.current and key in seen:
            continue
        seen.add(key)
        made.append(row)
    return made


def _set_readings(meter: Meter, row: Row) -> None:
    for name in ("previous", "current", "multiplier"):
        value = getattr(row, name)
        if value is not None:
            setattr(meter, name, Value(value, row.cells[name], 0.95, row.cells[name].text, "table"))


def _single(meter: Meter, row: Row, totals: list[Candidate]) -> None:
    """One register. Gas is read in volume and often sold as energy: then the energy is the usage."""
    _set_readings(meter, row)
    energy = [one for one in totals if one.extra.measure == "energy"]
    if row.usage is not None:
        meter.usage = Value(
            row.usage, row.cells["usage"], 0.97 if row.adds_up else 0.85, row.cells["usage"].text, "table"
        )
        meter.unit = row.unit
        if row.unit is None or row.unit.measure != "volume" or not energy:
            return
    if row.usage is None and row.previous is not None and row.current is not None:
        moved = (row.current - row.previous) * (row.multiplier or 1)
        for one in totals:
            if confirm.same(one.value, moved):
                meter.usage, meter.unit = _value(one, 0.97), one.extra
                break
    if energy and (meter.usage is None or (meter.unit is not None and meter.unit.measure == "volume")):
        best = _agreed(energy)
        if best is not None:
            meter.usage, meter.unit = _value(best), best.extra
    if meter.usage is None and totals:
        best = _agreed(totals)
        if best is not None:
            meter.usage, meter.unit = _value(best), best.extra


def _several(
    document: Document, meter: Meter, part: range, rows: list[Row], sums: list[Row], totals: list[Candidate]
) -> None:
    """Several registers: times of use, if they are of one unit and have names; their sum is the usage."""
    units = {row.unit.name for row in rows if row.unit is not None}
    if len(units) > 1:
        best_unit = max(
            units, key=lambda name: sum(row.unit is not None and row.unit.name == name for row in rows)
        )
        rows = [row for row in rows if row.unit is not None and row.unit.name == best_unit]
    values: list[tuple[Row, Decimal]] = []
    for row in rows:
        value = row.usage if row.usage is not None else _moved(row)
        if value is not None:
            values.append((row, value))
    if not values:
        return
    whole = sum((value for _, value in values), Decimal(0))
    told = [row.usage for row in sums if row.usage is not None] + [one.value for one in totals]
    if told and not any(confirm.makes([whole], one) for one in told):
        # A misread usage shows in its readings, if those make the total.
        moved = [(row, _moved(row)) for row, _ in values]
        again = [(row, value) for row, value in moved if value is not None]
        made = sum((value for _, value in again), Decimal(0))
        if len(again) == len(values) and any(confirm.makes([made], one) for one in told):
            values, whole = again, made
    first = values[0][0]
    cell = first.cells.get("usage") or first.cells["current"]
    # One row may be the sum of the others although it does not say so.
    for row, value in values:
        if len(values) > 2 and value * 2 == whole and value:
            values = [(other, own) for other, own in values if other is not row]
            whole, told = value, [*told, value]
            break
    confirmed = any(confirm.makes([whole], one) for one in told) or all(row.adds_up for row, _ in values)
    if told and not confirmed and totals:
        # Not these registers, then: only what is called a total is believed.
        _labelled(document, meter, [one for one in totals if one.score > 1.0], part)
        return
    meter.usage = Value(whole, cell, 0.97 if confirmed else 0.8, " + ".join(f"{v}" for _, v in values), "sum")
    meter.unit = first.unit or _unit_for(totals, whole)
    multipliers = {row.multiplier for row, _ in values}
    if len(multipliers) == 1 and first.multiplier is not None:
        meter.multiplier = Value(
            first.multiplier, first.cells["multiplier"], 0.95, first.cells["multiplier"].text, "table"
        )
    for row, value in values:
        used = row.cells.get("usage") or row.cells["current"]
        meter.parts.append(Part(short(row.label), charge.time_of_use(row.label), value, used))


def _moved(row: Row) -> Decimal | None:
    if row.previous is None or row.current is None:
        return None
    return (row.current - row.previous) * (row.multiplier or 1)


def short(text: str) -> str:
    """A register's name without its unit and words about the reading."""
    text = re.sub(r"\(?\b(?:kWh|KWH|kwh|actual|estimated|by us)\b\)?", "", text)
    return re.sub(r"\s+", " ", text).strip(" -–:")


def _labelled(document: Document, meter: Meter, totals: list[Candidate], part: range) -> None:
    """No table: readings and usage at labels of their own."""
    point = document.place.point

    def parse(text: str) -> Iterable[tuple[Decimal, int, int]]:
        for match in re.finditer(
            rf"(?<![\w.,/]){number.PATTERN}(?![\w/]|[.,]\d)", dates.without(text, document.place.order)
        ):
            value = number.parse(match[0], point)
            if value is not None:
                yield value, match.start(), match.end()
            break

    for name, into in (
        ("previous_reading", "previous"),
        ("current_reading", "current"),
        ("multiplier", "multiplier"),
    ):
        best = document.best(
            [
                one
                for one in document.candidates(name, parse)
                if one.cell.order in part and "date" not in (one.label or one.cell).text.lower()
            ],
            enough=0.7,
        )
        if best is not None and getattr(meter, into) is None:
            setattr(meter, into, _value(best))
            if into == "current":
                meter.estimated = reading.estimated(best.cell.text)
    _single_total(meter, totals)


def _single_total(meter: Meter, totals: list[Candidate]) -> None:
    if meter.previous is not None and meter.current is not None:
        moved = (meter.current.value - meter.previous.value) * (
            meter.multiplier.value if meter.multiplier else 1
        )
        energy = [one for one in totals if one.extra.measure == "energy"]
        for one in totals:
            if confirm.same(one.value, moved) and (one.extra.measure == "energy" or not energy):
                meter.usage, meter.unit = _value(one, 0.97), one.extra
                return
        if moved < 0:
            meter.previous = meter.current = None
    best = _agreed([one for one in totals if one.extra.measure == "energy"] or totals)
    if best is not None:
        meter.usage, meter.unit = _value(best), best.extra


def converted(document: Document, meter: Meter, part: range) -> None:
    """Gas that was read in volume and is sold as energy: a sentence or a line tells both."""
    if meter.usage is None or (meter.unit is not None and meter.unit.measure != "volume"):
        return
    moved = meter.usage.value
    for cell in document.cells[part.start : part.stop]:
        if FOREIGN.search(cell.text.lower()):
            continue
        found = unit.quantities(cell.text, document.place.point, document.place.country)
        volume = [one for one in found if one.unit.measure == "volume" and one.value == moved]
        energy = [one for one in found if one.unit.measure == "energy"]
        if volume and len(energy) == 1:
            meter.usage = Value(energy[0].value, cell, 0.85, cell.text, "conversion")
            meter.unit = energy[0].unit
            return


def _agreed(totals: list[Candidate]) -> Candidate | None:
    """The best total, unless another value is as good: then the one that stands more often, else none."""
    if not totals:
        return None
    scores: dict[Decimal, float] = {}
    for one in totals:
        scores[one.value] = max(scores.get(one.value, 0), one.score) + (0.04 if one.value in scores else 0)
    order = sorted(scores, key=lambda value: -scores[value])
    if len(order) > 1 and scores[order[0]] - scores[order[1]] < 0.015:
        return None
    return next(one for one in totals if one.value == order[0])


def _value(one: Candidate, score: float | None = None) -> Value:
    return Value(one.value, one.cell, score or min(0.95, one.score), one.text, one.how)


def _unit_for(totals: list[Candidate], value: Decimal) -> Unit | None:
    return next((one.extra for one in totals if one.value == value), None)


def _unit_of(document: Document, meter: Meter) -> Unit | None:
    """The only unit of energy or volume that the document speaks of; of the meter's service, if its row names one."""
    named = {kind for row in meter.rows if (kind := commodity.only(row.label))}
    own = named.pop() if len(named) == 1 else None
    found = {
        one.name: one
        for cell in document.cells
        if len(cell.text) < 100
        for one, _, _ in unit.find(cell.text, document.place.country)
        if one.measure in SELLS and (own is None or commodity.fits(own, one))
    }
    return next(iter(found.values())) if len(found) == 1 else None
