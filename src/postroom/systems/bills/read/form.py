"""Owns the contract's forms: a document before anything is read, a usage entry of a meter, an item of a line.

Refuses to know where the values come from.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from postroom.systems.bills.read import charge, unit
from postroom.systems.bills.read.charge import Line
from postroom.systems.bills.read.measure import Demand, Meter


def plain(value: Decimal) -> str:
    """Decimals as the contract writes them: no exponent, as many figures as were printed."""
    return f"{value:f}"


def document() -> dict[str, Any]:
    names = (
        "utilityCompany invoiceId startDate billDate dueDate chargesUnits totalCharges currentCharges "
        "taxCharges credits"
        " previousCloseBalance afterPreviousTotalPayment afterPreviousCharges afterPreviousCredits "
        "currentOpenBalance"
        " interestCharges"
    )
    return dict.fromkeys(names.split()) | {
        "sourceType": "INVOICE",
        "usageData": [],
        "lineItems": [],
        "demandMeters": [],
    }


def usage(one: Meter, first: date | None, last: date | None) -> dict[str, Any]:
    units = one.unit.name if one.unit is not None and one.unit.name else None
    return {
        "datasourceType": one.commodity,
        "startDate": first.isoformat() if first else None,
        "endDate": last.isoformat() if last else None,
        "usage": plain(one.usage.value) if one.usage and units else None,
        "usageUnits": units if one.usage else None,
        "previousReading": plain(one.previous.value) if one.previous else None,
        "currentReading": plain(one.current.value) if one.current else None,
        "multiplier": plain(one.multiplier.value) if one.multiplier else None,
        "billedDemand": plain(demand.value) if (demand := billed(one)) is not None else None,
        "isEstimated": one.estimated,
        "isImplied": False,
        "tariff": one.tariff,
        "supplierName": None,
        "timeOfUseBreakdown": [
            {
                "timeOfUse": part.kind,
                "description": part.label or None,
                "usage": plain(part.usage),
                "usageUnits": units,
                "startDate": first.isoformat() if first else None,
                "endDate": last.isoformat() if last else None,
            }
            for part in one.parts
        ],
        "additionalFields": {},
    }


def billed(one: Meter) -> Demand | None:
    """The demand that is charged for, if the bill says of one that it is."""
    named = [demand for demand in one.demands if "bill" in demand.label.lower()]
    return named[0] if len(named) == 1 else None


def line_item(line: Line, number: str | None) -> dict[str, Any]:
    low = line.text.lower()
    quantity = line.quantity
    side = (
        "SUPPLY"
        if "suppl" in low or "generation" in low
        else "DELIVERY"
        if "deliver" in low or "distribution" in low
        else None
    )
    energy = quantity.unit.name if quantity else ""
    return {
        "description": line.text,
        "totalCharge": plain(line.amount),
        "quantity": plain(quantity.value) if quantity else None,
        "quantityUnits": (quantity.unit.name or quantity.unit.printed) if quantity else None,
        "rate": plain(line.rate) if line.rate is not None else None,
        "multipliers": [],
        "chargeType": "TAX" if line.tax else None,
        "billingPeriod": "CURRENT",
        "accountIds": [number] if number else [],
        "electricityChargeType": side if energy in ("kWh", "MWh") else None,
        "gasChargeType": side if energy.startswith(("thm", "Dth", "CCF", "MCF")) else None,
        "electricityIsDemand": True if energy in unit.POWER else None,
        "electricityTimeOfUse": charge.time_of_use(line.text) if energy in ("kWh", "MWh", "KW") else None,
    }
