"""Owns which meters a bill names, which rows and labels are whose, and what each supplies and demands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from postroom.systems.bills.read import account, commodity, measure, reading, sold, table, unit
from postroom.systems.bills.read.account import Point
from postroom.systems.bills.read.charge import Line
from postroom.systems.bills.read.document import Candidate, Document
from postroom.systems.bills.read.measure import Demand, Meter
from postroom.systems.bills.read.row import Row

_NO_METER = re.compile(
    r"^(?!.*meter (?:serial )?(?:number|no\.?|#|id):? ?[a-z]{0,4}\d{3}).*"
    r"(?:next|read|information|details|charge|fee|rental|operator|exchange|access|multiplier"
    r"|your meter will|type|size|point|identifier|national|installation|registration number)"
)


_GARBLED = re.compile(r"^[\s:.#]*[^\w\s:.#$£€+-][A-Z\d]{0,4}\d{4,}[\w-]*$")

_POINTS = {"POD": "ELECTRICITY", "NMI": "ELECTRICITY", "ESI": "ELECTRICITY", "ICP": "ELECTRICITY"} | {
    "MPR": "GAS",
    "MIRN": "GAS",
}  # points of supply stand for a meter: what each mostly supplies


def meters(document: Document, lines: list[Line], points: list[Point]) -> list[Meter]:
    """The meters of the bill, each with its usage; one without a number if only usage or its point is told."""
    rows = table.rows(document)
    supplied = _supplied(points)
    found = _named(document, rows) or (supplied if len(supplied) > 1 else [Meter(0)])
    for row in rows:
        _owner(found, row).rows.append(row)
    found = [one for meter in found for one in _services(meter)]
    totals = measure.totals(document)
    found += _lost(document, found, totals)
    _begin(document, found)
    for place, meter in enumerate(found):
        end = found[place + 1].order if place + 1 < len(found) else len(document.cells)
        begin = 0 if place == 0 else meter.order
        part = range(begin, end)
        measure.read(document, meter, [one for one in totals if one.cell.order in part], part)
        own = [line for line in lines if begin <= line.cell.order < end]
        if len(found) == 1 or own:
            sold.from_charges(document, meter, own, alone=len(found) == 1)
        measure.converted(document, meter, part)
        _demand(document, meter, begin, end)
        _commodity(document, meter, begin, end, alone=len(found) == 1)
        if meter.estimated is None:
            meter.estimated = _estimated(document, begin, end) if meter.usage else None
    told = [one for one in found if one.number is not None or one.usage is not None]
    return told or (found if supplied else [])


def _supplied(points: list[Point]) -> list[Meter]:
    """A meter for each kind of supply whose point is named."""
    made: dict[str, Meter] = {}
    for kind, _, found in points:
        if kind in _POINTS:
            made.setdefault(_POINTS[kind], Meter(found.cell.order))
    return sorted(made.values(), key=lambda one: one.order)


# --- which meters there are ---------------------------------------------------------------------------


def _named(document: Document, rows: list[Row]) -> list[Meter]:
    """By labels and by columns of tables, each number once."""
    found: dict[str, Meter] = {}
    doubted: set[int] = set()
    for row in rows:
        if row.meter is not None:
            cell = row.cells["meter"]
            printed = Candidate(row.meter, 1.0, cell, 0, len(row.meter), "table")
            if not row.meter[0].isalnum() or not account.certain(document, printed):
                row.meter = None
                doubted.add(cell.order)
                found.setdefault(f"? {row.order}", Meter(row.order))
                continue
            key = account.normal(row.meter)
            if key not in found:
                found[key] = Meter(row.order, row.meter, row.cells["meter"])
    for one in document.candidates("meter", _numbers, refuse=_NO_METER, within=11):
        if one.score < 0.72:
            continue
        place = one.cell.order
        if place in doubted:
            continue  # its row stands for it
        if not account.certain(document, one):
            found.setdefault(f"? {place}", Meter(place))  # there is one, whatever its number
            continue
        key = account.normal(one.value)
        if key not in found:
            found[key] = Meter(place, one.value, one)
        elif place < found[key].order:
            found[key].order = place
    for order in _garbled(document):
        if not any(abs(meter.order - order) <= 2 for meter in found.values()):
            found[f"? {order}"] = Meter(order)
    if len(found) == 1 and next(iter(found.values())).number is None:
        return []  # one meter without a number is what every bill has
    return sorted(found.values(), key=lambda meter: meter.order)


def _garbled(document: Document) -> Iterator[int]:
    """Where a meter is named, but its number was recognised as what no number is: "§9710325"."""
    for tag in document.tags.get("meter", ()):
        if tag.weight < 0.9 or tag.cell.confidence == 1.0 or tag.cell.order in document.heads:
            continue
        if _NO_METER.search(tag.cell.text.lower()):
            continue
        right = document.page(tag.cell).right(tag.cell)[:1]
        for text in (tag.cell.text[tag.end :], *(cell.text for cell in right)):
            if _GARBLED.match(text):
                yield tag.cell.order


def _lost(document: Document, found: list[Meter], totals: list[Candidate]) -> list[Meter]:
    """On a scan a meter's number may be lost altogether: usage in another unit on a page of its own is not the first's."""
    if len(found) != 1 or found[0].number is None:
        return []
    first = document.cells[found[0].order]
    here = {one.extra.name for one in totals if one.cell.page == first.page}
    made: dict[int, Meter] = {}
    for one in totals:
        page = one.cell.page
        scanned = page > first.page and one.cell.confidence < 1.0
        if (
            scanned
            and here
            and one.extra.measure == "energy"
            and one.extra.name not in here
            and one.score > 0.9
        ):
            made.setdefault(page, Meter(document.pages[page - 1].rows[0][0].order))
    return list(made.values())


def _begin(document: Document, found: list[Meter]) -> None:
    """A meter that is the first of a new page owns the page from its top: headings and names stand before it."""
    last = 0
    for meter in found[1:]:
        page = document.pages[document.cells[meter.order].page - 1]
        top = page.rows[0][0].order if page.rows else meter.order
        before = [other for other in found if other.order < meter.order]
        if before and document.cells[before[-1].order].page < page.number and top > last:
            meter.order = top
        last = meter.order


def _services(meter: Meter) -> list[Meter]:
    """One meter, or, where rows name several services and not all of them a number, one for each service."""
    kinds = [commodity.only(row.label) for row in meter.rows]
    told = list(zip(kinds, meter.rows, strict=True))
    named = {kind for kind, row in told if kind and row.meter is None}
    numbered = {kind for kind, row in told if kind and row.meter is not None}
    if not named or len(named | numbered) < 2:
        return [meter]
    made: dict[str | None, Meter] = {}
    for kind, row in zip(kinds, meter.rows, strict=True):
        made.setdefault(kind, Meter(row.order)).rows.append(row)
    first = made[next(iter(numbered))] if numbered else next(iter(made.values()))
    first.number, first.source, first.order = meter.number, meter.source, min(meter.order, first.order)
    return list(made.values())


def _numbers(text: str) -> Iterator[tuple[str, int, int]]:
    for value, start, end in account.numbers(text, least=3, most=24):
        # A word after it in the same cell may belong to the next column: the first word is enough.
        first = value.split(" ")[0]
        if sum(map(str.isdigit, first)) >= 3:
            yield first, start, start + len(first)
        else:
            yield value, start, end


def _owner(found: list[Meter], row: Row) -> Meter:
    """The meter that a row names, else the last one before it, else the first."""
    if row.meter is not None:
        key = account.normal(row.meter)
        for meter in found:
            if meter.number is not None and account.normal(meter.number) == key:
                return meter
    before = [meter for meter in found if meter.order <= row.order]
    return before[-1] if before else found[0]


# --- demand, commodity, estimates -------------------------------------------------------------------------


def _demand(document: Document, meter: Meter, begin: int, end: int) -> None:
    """From rows of meter tables, else from labels; not from charges."""
    for row in meter.rows:
        if row.unit is not None and row.unit.name in unit.POWER and row.usage is not None:
            used = row.cells["usage"]
            meter.demands.append(Demand(row.label or "Demand", row.usage, unit.POWER[row.unit.name], used))
    if meter.demands:
        return

    def parse(text: str) -> Iterable[tuple[Decimal, int, int]]:
        for one in unit.quantities(text, document.place.point, document.place.country):
            if one.unit.name in unit.POWER:
                yield one.value, one.start, one.end

    # What was agreed on, or stood in an earlier bill, is no demand: only what was measured or billed is.
    refuse = re.compile(r"charge|rate|\$|£|€|@| x |last year|history|average|price|contract|previous|ratchet")
    seen = set()
    for one in document.candidates("demand", parse, refuse=refuse):
        if begin <= one.cell.order < end and one.score > 0.8 and one.value not in seen:
            if re.search(r"[$£€@]|\bx\b", one.cell.text):
                continue
            seen.add(one.value)
            printed = unit.quantities(one.text, document.place.point, document.place.country)[0].unit.name
            named = (one.label or one.cell).text[:60]
            meter.demands.append(Demand(named, one.value, unit.POWER[printed], one.cell))


def _commodity(document: Document, meter: Meter, begin: int, end: int, *, alone: bool) -> None:
    told = {commodity.only(row.label) for row in meter.rows} - {None}
    if len(told) == 1 and not alone:
        meter.commodity = told.pop()
        return
    if alone:
        meter.commodity = commodity.of_bill(document.text, meter.unit)
        return
    local = "\n".join(cell.text for cell in document.cells[max(begin, meter.order - 8) : end]).lower()
    meter.commodity = commodity.near(local, document.text, meter.unit)


def _estimated(document: Document, begin: int, end: int) -> bool | None:
    """Only what stands at a reading: words about estimates in general say nothing."""
    for cell in document.cells[begin:end]:
        text = cell.text.lower()
        if (
            len(text) < 60
            and re.search(r"\bread(?:ing)?s?\b", text)
            and not re.search(r"means|when|if ", text)
        ):
            found = reading.estimated(cell.text)
            if found is not None:
                return found
            for other in document.page(cell).right(cell)[:1]:
                found = reading.estimated(other.text) if len(other.text) < 30 else None
                if found is not None:
                    return found
    return None
