"""Owns the reading of one bill: asks each field's reader, joins the answers in the contract's words.

Every value carries provenance: page, box, the text it was read from, confidence. Unknown is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from postroom.readers.word import PageWords
from postroom.systems.bills.read import (
    account,
    address,
    balance,
    charge,
    commodity,
    dated,
    form,
    meter,
    provider,
    tariff,
)
from postroom.systems.bills.read.account import Point
from postroom.systems.bills.read.charge import Line
from postroom.systems.bills.read.document import Candidate, Document, opened
from postroom.systems.bills.read.measure import Meter
from postroom.systems.bills.read.provenance import Provenance, complete


@dataclass(slots=True)
class Reading:
    """document: fields of the contract's `Document` that a page can tell, without ids.

    provenance: one entry a value: field (JSON pointer into `document`), page, box, text, confidence, how.
    facts: what the contract has no field for: account, accounts, issued, commodity, country, confirmed.
    """

    document: dict[str, Any]
    provenance: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def read(pages: Sequence[PageWords]) -> Reading:
    """Read a bill from its pages' words."""
    return assemble(opened(pages))


def assemble(document: Document) -> Reading:
    """Read a bill that has been laid out already."""
    return _Assembly(document).reading()


class _Assembly:
    """One bill on its way from candidates to the answer."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.out = Reading(form.document())
        self.places = Provenance(self.out.provenance)

    def reading(self) -> Reading:
        document, out = self.document, self.out.document
        who = provider.provider(document)
        number = account.accounts(document)
        invoice = account.invoices(document)
        if (
            invoice is not None
            and number is not None
            and account.normal(invoice.value) == account.normal(number.value)
        ):
            invoice = None
        made = dated.issued(document)
        issued_on = made.value if made else None
        due = dated.due(document, issued_on)
        span = dated.period(document, issued_on)
        money = balance.balance(document)
        lines = charge.lines(document)
        current = money.current.value if money.current else None
        kept = charge.settle(lines, current)
        points = account.identifiers(document)
        meters = meter.meters(document, lines, points)
        self._put("utilityCompany", who)
        self._put("invoiceId", invoice)
        self._put("dueDate", due, lambda day: day.isoformat())
        out["chargesUnits"] = document.place.currency
        self._amounts(money)
        self._taxes(lines, kept, current)
        self._usage(meters, span, number, lines, points)
        self._period(span, meters)
        self._demand(meters)
        self._lines(kept, number)
        kind = self._commodity(meters)
        self.out.facts = {
            "account": number.value if number else None,
            "issued": issued_on.isoformat() if issued_on else None,
            "commodity": kind,
            "country": document.place.country,
            "confirmed": money.adds_up,
            "serviceAddress": self._address(0),
        }
        if number is not None:
            self.places.trace("/facts/account", number)
        if made is not None:
            self.places.trace("/facts/issued", made)
        complete(document, out, meters, self.places)
        return self.out

    # --- fields of the document --------------------------------------------------------------------

    def _put(self, name: str, found: Candidate | None, told: Any = None) -> None:
        if found is None:
            return
        self.out.document[name] = told(found.value) if told else found.value
        self.places.trace(f"/{name}", found)

    def _amounts(self, money: balance.Balance) -> None:
        def told(value: Decimal) -> str:
            return form.plain(value)

        self._put("totalCharges", money.total, told)
        self._put("currentCharges", money.current, told)
        self._put("previousCloseBalance", money.previous, told)
        self._put("afterPreviousTotalPayment", money.paid, told)
        self._put("currentOpenBalance", money.remaining, told)

    def _taxes(self, lines: list[Line], kept: list[Line], current: Decimal | None) -> None:
        found = charge.taxes(lines, kept, current)
        if found is not None:
            whole, own = found
            self.out.document["taxCharges"] = form.plain(whole)
            self.places.note(
                "/taxCharges",
                own[0].amount_cell,
                own[0].box,
                " + ".join(form.plain(one.amount) for one in own),
                0.9,
                "sum",
            )
        credits = [line for line in kept if line.amount < 0]
        if credits:
            self.out.document["credits"] = form.plain(sum((line.amount for line in credits), Decimal(0)))
            self.places.note("/credits", credits[0].amount_cell, credits[0].box, credits[0].text, 0.8, "sum")

    def _period(self, span: Candidate | None, meters: list[Meter]) -> None:
        """The document's period; without a label for it, what the meters' periods cover."""
        if span is not None:
            first, last = span.value
            self.places.trace("/startDate", span)
            self.places.trace("/billDate", span)
        else:
            dated_meters = [one for one in meters if one.first and one.last]
            if not dated_meters:
                return
            first = min(one.first for one in dated_meters if one.first)
            last = max(one.last for one in dated_meters if one.last)
            cell = next(iter(dated_meters[0].rows[0].cells.values())) if dated_meters[0].rows else None
            if cell is not None:
                self.places.note("/startDate", cell, cell.box, cell.text, 0.85, "table")
                self.places.note("/billDate", cell, cell.box, cell.text, 0.85, "table")
        self.out.document["startDate"], self.out.document["billDate"] = first.isoformat(), last.isoformat()

    def _lines(self, kept: list[Line], number: Candidate | None) -> None:
        for place, line in enumerate(kept):
            self.out.document["lineItems"].append(form.line_item(line, number.value if number else None))
            self.places.note(
                f"/lineItems/{place}",
                line.amount_cell,
                line.box,
                line.text,
                0.95 if line.member else 0.75,
                "line",
            )

    # --- usage -----------------------------------------------------------------------------------------

    def _usage(
        self,
        meters: list[Meter],
        span: Candidate | None,
        number: Candidate | None,
        lines: list[Line],
        points: list[Point],
    ) -> None:
        tariffs = tariff.tariffs(self.document)
        for place, one in enumerate(meters):
            begin = 0 if place == 0 else one.order
            end = meters[place + 1].order if place + 1 < len(meters) else len(self.document.cells)
            at = f"/usageData/{place}"
            first, last = self._span(one, span, begin, end, alone=len(meters) == 1)
            entry = form.usage(one, first, last)
            entry["identifiers"] = self._identifiers(
                one, number, points, begin, end, at, alone=len(meters) == 1
            )
            entry["serviceAddress"] = self._address(place)
            if one.tariff is None:
                own = [found for found in tariffs if begin <= found.cell.order < end] or tariffs[:1]
                if len(tariffs) == len(meters):
                    own = [tariffs[place]]  # one each: a tariff may stand before its meter's number
                if own:
                    entry["tariff"] = own[0].value
                    self.places.trace(f"{at}/tariff", own[0])
            elif one.tariff_cell is not None:
                self.places.note(
                    f"{at}/tariff", one.tariff_cell, one.tariff_cell.box, one.tariff, 0.9, "table"
                )
            self._values(one, at)
            sum_line = _total_of(lines, begin, end) if len(meters) > 1 else None
            if sum_line is not None and form.plain(sum_line.amount) not in self._whole():
                entry["additionalFields"]["totalCharges"] = form.plain(sum_line.amount)
                self.places.note(
                    f"{at}/additionalFields/totalCharges",
                    sum_line.amount_cell,
                    sum_line.box,
                    sum_line.text,
                    0.85,
                    "line",
                )
            entry["utilityName"] = self.out.document["utilityCompany"]
            self.out.document["usageData"].append(entry)

    def _whole(self) -> set[str | None]:
        """The amounts of the bill as a whole, which no meter's part ends with."""
        return {self.out.document[name] for name in ("totalCharges", "currentCharges")}

    def _span(
        self, one: Meter, span: Candidate | None, begin: int, end: int, *, alone: bool
    ) -> tuple[date | None, date | None]:
        """The meter's own days, else those in its part of the bill, else the bill's."""
        if one.first and one.last:
            return one.first, one.last
        if not alone:
            for cell in self.document.cells[one.order : end]:
                spans = dated.ranges(self.document, cell.text) if len(cell.text) < 80 else []
                if spans and 3 <= spans[0].days <= 400:
                    return spans[0].first, spans[0].last
        return span.value if span is not None else (None, None)

    def _values(self, one: Meter, at: str) -> None:
        for name, value in (
            ("usage", one.usage),
            ("previousReading", one.previous),
            ("currentReading", one.current),
            ("multiplier", one.multiplier),
        ):
            if value is not None:
                self.places.note(
                    f"{at}/{name}", value.cell, value.cell.box, value.text, value.score, value.how
                )
        for place, part in enumerate(one.parts):
            self.places.note(
                f"{at}/timeOfUseBreakdown/{place}", part.cell, part.cell.box, part.cell.text, 0.9, "part"
            )

    def _identifiers(
        self,
        one: Meter,
        number: Candidate | None,
        points: list[Point],
        begin: int,
        end: int,
        at: str,
        *,
        alone: bool,
    ) -> list[dict[str, str | None]]:
        made: list[dict[str, str | None]] = []
        if one.number is not None:
            source = one.source
            raw = source.label.text if isinstance(source, Candidate) and source.label else "Meter"
            made.append({"rawName": _short(raw), "value": one.number, "name": "METER"})
            if isinstance(source, Candidate):
                self.places.trace(f"{at}/identifiers/0", source)
            elif source is not None:
                self.places.note(f"{at}/identifiers/0", source, source.box, source.text, 0.95, "table")
        if number is not None:
            self.places.trace(f"{at}/identifiers/{len(made)}", number)
            raw = number.label.text if number.label else "Account"
            made.append({"rawName": _short(raw), "value": number.value, "name": "ACCOUNT"})
        for kind, printed, found in points:
            if alone or begin <= found.cell.order < end:
                self.places.trace(f"{at}/identifiers/{len(made)}", found)
                made.append({"rawName": printed, "value": found.value, "name": kind})
        return made

    def _demand(self, meters: list[Meter]) -> None:
        out = self.out.document["demandMeters"]
        for place, one in enumerate(meters):
            entry = self.out.document["usageData"][place]
            for demand in one.demands:
                if entry["billedDemand"] is not None and demand is form.billed(one):
                    self.places.note(
                        f"/usageData/{place}/billedDemand",
                        demand.cell,
                        demand.cell.box,
                        demand.cell.text,
                        0.9,
                        "row",
                    )
                self.places.note(
                    f"/demandMeters/{len(out)}", demand.cell, demand.cell.box, demand.cell.text, 0.9, "row"
                )
                out.append(
                    {
                        "demandType": "PEAK" if charge.time_of_use(demand.label) == "PEAK" else None,
                        "demandUsage": form.plain(demand.value),
                        "demandUsageUnits": demand.unit,
                        "description": demand.label,
                        "startDate": entry["startDate"],
                        "endDate": entry["endDate"],
                        "isEstimated": entry["isEstimated"],
                        "usage": place,
                    }
                )

    def _address(self, place: int) -> str | None:
        if not hasattr(self, "_addresses"):
            self._addresses = address.addresses(self.document)
            if self._addresses:
                self.places.trace("/usageData/0/serviceAddress", self._addresses[0])
        found = self._addresses
        return found[0].value if found else None

    def _commodity(self, meters: list[Meter]) -> str | None:
        named = [one.commodity for one in meters if one.commodity]
        return named[0] if named else commodity.of_bill(self.document.text)


def _short(text: str) -> str:
    """A label as printed, without its value."""
    return text.split(":")[0][:60].strip()


def _total_of(lines: list[Line], begin: int, end: int) -> Line | None:
    """The sum that a meter's part of the bill ends with."""
    own = [line for line in lines if begin <= line.cell.order < end and line.total]
    own = [line for line in own if line.confirmed or "charges" in line.text.lower()]
    return own[-1] if own else None
