"""Owns where each value of a reading stands: page, box, the text it was read from, confidence.

Most values bring the candidate or the cell that they were read from. What follows from others (a currency, a
unit, a commodity, the days of a meter) is given the place on the page that says so, by `complete`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from postroom.readers.word import Box
from postroom.systems.bills.read import commodity, dated, place, reading, unit
from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read.document import LONG, Candidate, Document
from postroom.systems.bills.read.layout import Cell
from postroom.systems.bills.read.measure import Meter

_RAW = (
    "table",
    "sum",
    "line",
    "part",
    "row",
    "charges",
    "word",
)  # where `confidence` does not hold the words' yet
_SURE = 0.9  # of a word that says what a value is


class Provenance:
    """One entry a value: field (JSON pointer into the document), page, box, text, confidence, how."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.entries = entries

    def trace(self, pointer: str, found: Candidate) -> None:
        self.note(pointer, found.cell, found.box, found.text, found.confidence, found.how)

    def note(self, pointer: str, cell: Cell, box: Box, text: str, confidence: float, how: str) -> None:
        edges = [round(edge, 1) for edge in (box.left, box.top, box.right, box.bottom)]
        self.entries.append(
            {
                "field": pointer,
                "page": cell.page,
                "box": edges,
                "text": text[:200],
                "confidence": round(confidence * (cell.confidence if how in _RAW else 1.0), 3),
                "how": how,
            }
        )

    def said(self, pointer: str, cell: Cell) -> None:
        """A cell says what the value is, in words of its own."""
        self.note(pointer, cell, cell.box, cell.text, _SURE, "word")

    def of(self, pointer: str) -> dict[str, Any] | None:
        return next((entry for entry in self.entries if entry["field"] == pointer), None)

    def as_is(self, pointer: str, other: str) -> None:
        """The value stands where another one stands, if that one stands anywhere."""
        found = self.of(other)
        if found is not None:
            self.entries.append({**found, "field": pointer})


def complete(
    document: Document, shown: Mapping[str, Any], meters: Sequence[Meter], provenance: Provenance
) -> None:
    """Places for what was not read by itself. shown: the document as it is told; meters: of its usage, in order."""
    if shown["chargesUnits"] is not None:
        cell = place.witness(document.cells, document.place)
        if cell is not None:
            provenance.said("/chargesUnits", cell)
    near = [list(_near(document, one)) for one in meters]
    for name in ("startDate", "billDate"):
        _whole_day(document, shown[name], f"/{name}", [cell for part in near for cell in part], provenance)
    for number, (one, entry) in enumerate(zip(meters, shown["usageData"], strict=True)):
        end = meters[number + 1].order if number + 1 < len(meters) else len(document.cells)
        own = document.cells[0 if number == 0 else one.order : end]
        _entry(
            document, shown, f"/usageData/{number}", entry, (near[number], own, document.cells), provenance
        )


_Says = Callable[[Cell], bool]


def _first(parts: Iterable[Sequence[Cell]], says: _Says) -> Cell | None:
    return next((cell for part in parts for cell in part if says(cell)), None)


def _names_day(document: Document, value: str) -> _Says:
    """Whether a cell names a day, by itself or as one end of a period."""
    wanted, order = date.fromisoformat(value), document.place.order

    def says(cell: Cell) -> bool:
        if not any(map(str.isdigit, cell.text)) or len(cell.text) > LONG:
            return False
        alone = any(found.value == wanted for found in dates.find(cell.text, order))
        return alone or any(wanted in (one.first, one.last) for one in dated.ranges(document, cell.text))

    return says


def _whole_day(
    document: Document, value: str | None, pointer: str, near: Sequence[Cell], provenance: Provenance
) -> None:
    """A period that two cells tell, or the rows of a table: each of its days has a place of its own."""
    if value is None:
        return
    says = _names_day(document, value)
    entry = provenance.of(pointer)
    if entry is not None and any(says(cell) and entry["text"] in cell.text for cell in document.cells):
        return
    cell = _first((near, document.cells), says)
    if cell is not None:
        if entry is not None:
            provenance.entries.remove(entry)
        provenance.said(pointer, cell)


def _entry(
    document: Document,
    shown: Mapping[str, Any],
    at: str,
    entry: Mapping[str, Any],
    parts: Sequence[Sequence[Cell]],
    provenance: Provenance,
) -> None:
    """parts: where to look, first to last: near the usage, in the meter's part of the bill, anywhere."""
    country = document.place.country

    def put(name: str, says: _Says, otherwise: str) -> None:
        if entry[name] is None:
            return
        cell = _first(parts, says)
        if cell is not None:
            provenance.said(f"{at}/{name}", cell)
        else:
            provenance.as_is(f"{at}/{name}", otherwise)

    for name, whole in (("startDate", "startDate"), ("endDate", "billDate")):
        if entry[name] is not None and entry[name] == shown[whole]:
            provenance.as_is(f"{at}/{name}", f"/{whole}")
        elif entry[name] is not None:
            put(name, _names_day(document, entry[name]), f"{at}/usage")
    units, kind = entry["usageUnits"], entry["datasourceType"]
    put(
        "usageUnits",
        lambda cell: any(one.name == units for one, _, _ in unit.find(cell.text, country)),
        f"{at}/usage",
    )
    put(
        "datasourceType", lambda cell: bool(commodity.scores(cell.text.lower()).get(kind)), f"{at}/usageUnits"
    )
    put(
        "isEstimated",
        lambda cell: reading.estimated(cell.text) is entry["isEstimated"],
        f"{at}/currentReading",
    )
    provenance.as_is(f"{at}/utilityName", "/utilityCompany")
    if at != "/usageData/0" and entry["serviceAddress"] is not None:
        provenance.as_is(f"{at}/serviceAddress", "/usageData/0/serviceAddress")


def _near(document: Document, one: Meter) -> Iterable[Cell]:
    """The cells that a meter was read from, what stands on their lines, and the heads above its usage."""
    seen = [value.cell for value in (one.usage, one.current, one.previous) if value is not None]
    seen += [cell for row in one.rows for cell in row.cells.values()]
    for cell in seen:
        yield cell
        yield from document.page(cell).rows[cell.row]
    for cell in seen[:1]:
        above = document.page(cell).above(cell)
        if above is not None:
            yield above
