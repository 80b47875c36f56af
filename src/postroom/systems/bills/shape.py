"""Owns what a document, its usage, a meter, an account, a company and a site look like in each version. Pure.

v2.1 and v2.2 add to what v2 shows; where the vendor's pages disagree, the superset is shown (section 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from postroom.db.connection import Row, loads
from postroom.systems.bills import contract
from postroom.systems.bills.contract import Version
from postroom.systems.bills.link import Links
from postroom.systems.bills.words import day, instant

_CHARGES = (
    "chargesUnits",
    "totalCharges",
    "currentCharges",
    "credits",
    "taxCharges",
    "interestCharges",
    "previousCloseBalance",
    "afterPreviousTotalPayment",
    "afterPreviousCharges",
    "afterPreviousCredits",
    "currentOpenBalance",
)
_MEASURED = (
    "usage",
    "usageUnits",
    "currentReading",
    "previousReading",
    "multiplier",
    "multiplierDescription",
    "multiplier2",
    "multiplier2Description",
    "fractionRenewable",
    "netMeteringGeneratedKwh",
    "netMeteringGridImportKwh",
    "netMeteringGridExportKwh",
    "tariff",
    "billedDemand",
    "supplierName",
    "utilityName",
    "country",
    "serviceAddress",
    "isEstimated",
    "isImplied",
)


def core(row: Row, links: Links) -> dict[str, Any]:
    """The header of a document. row: of bill_document."""
    body = loads(row["body"]) or {}
    parsed = row["class"] == contract.PARSED
    return {
        "id": str(row["id"]),
        "created": instant(row["created_at"]),
        "updated": instant(row["updated_at"]),
        "auditTrailUrl": links.audit(row["id"]),
        "url": links.download(row["id"]) if row["blob"] else None,
        "fileName": row["name"],
        "email": None,
        "jobId": str(row["job_id"]),
        "notes": "",
        "utilityCompany": body.get("utilityCompany"),
        "sourceType": "INVOICE" if parsed else None,
        "status": contract.STATUS[row["class"]],
        "flaggedStatus": row["flagged"],
        "isFlagged": row["flagged"] is not None,
        "revisedDocumentId": str(row["revised_id"]) if row["revised_id"] else None,
        "invoiceId": body.get("invoiceId"),
        "startDate": day(row["start_date"]),
        "billDate": day(row["bill_date"]),
        "dueDate": body.get("dueDate"),
        **{name: body.get(name) for name in _CHARGES},
    }


def document(row: Row, entries: Sequence[Row], version: Version, links: Links) -> dict[str, Any]:
    """A document with all of its meter and cost data. entries: its rows of `view_usage`."""
    shown = {
        **core(row, links),
        "company": str(row["company_id"]),
        "usageData": [usage(entry, version) for entry in entries],
    }
    if version != "v2":
        shown["lineItems"] = loads(row["line_items"])
    if version == "v2.2":
        shown["demandMeters"] = loads(row["demand_meters"])
    return shown


def usage(row: Row, version: Version) -> dict[str, Any]:
    """One usage entry. row: of bill_usage, with its meter (meter_*) and its site (site_*)."""
    body = loads(row["body"])
    shown = {
        "id": str(row["id"]),
        "created": instant(row["created_at"]),
        "startDate": day(row["start_date"]),
        "endDate": day(row["end_date"]),
        **{name: body.get(name) for name in _MEASURED},
        "meter": str(row["meter_id"]) if row["meter_id"] else None,
        "meterAddress": row["meter_address"],
        "meterIsTracked": row["meter_is_tracked"],
        "site": site(row, "site_") if row["site_id"] else None,
        "identifiers": body.get("identifiers") or [],
        "datasourceType": row["datasource_type"],
        "additionalFields": body.get("additionalFields") or {},
        "exclusion": bool(body.get("exclusion", False)),
        **{name: body.get(name) for name in contract.ATTRIBUTES if name != "electricityType"},
    }
    if version != "v2":
        shown["updated"] = instant(row["updated_at"])
        shown["electricityType"] = body.get("electricityType")
    if version == "v2.2":
        shown["timeOfUseBreakdown"] = [_part(part) for part in body.get("timeOfUseBreakdown") or []]
    return shown


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a usage; its unit has no null in the contract, so an unknown one is left out."""
    return {name: value for name, value in part.items() if name != "usageUnits" or value in contract.UNITS}


def usage_of(row: Row, document: Row, version: Version, links: Links) -> dict[str, Any]:
    """A usage entry with the header of its document."""
    return {**usage(row, version), "document": core(document, links)}


def site(row: Row, prefix: str = "") -> dict[str, Any]:
    return {
        "id": str(row[f"{prefix}id"]),
        "name": row[f"{prefix}name"],
        "dataCollectionStopDate": day(row[f"{prefix}stop_date"]),
        "externalId": row[f"{prefix}external_id"],
        "address": row[f"{prefix}address"],
        "path": list(row[f"{prefix}path"]),
        "occupancyPercent": row[f"{prefix}occupancy"],
    }


def company(row: Row, sites: Sequence[Row]) -> dict[str, Any]:
    """row: of bill_company, with `owner`, the name of the account: the caller is always among the users."""
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "isDemandEnabled": row["is_demand"],
        "sites": [site(one) for one in sites],
        "users": [row["owner"], *row["users"]],
        "externalId": row["external_id"],
        "dataCollectionStartDate": day(row["data_collection_start"]),
        "isImpliedMeteringEnabled": row["is_implied_metering"],
        "impliedMeteringFraction": row["implied_fraction"],
        "isBasicIdentifierMappingEnabled": row["is_basic_mapping"],
        "isLowAccuracyModeEnabled": row["is_low_accuracy"],
    }


def meter(row: Row) -> dict[str, Any]:
    """row: of bill_meter."""
    return {
        "id": str(row["id"]),
        "site": str(row["site_id"] or contract.UNASSIGNED),
        "identifiers": loads(row["identifiers"]),
        "datasourceType": row["datasource_type"],
        "account": str(row["account_id"]) if row["account_id"] else None,
        "address": row["address"],
        "isTracked": row["is_tracked"],
        **dict.fromkeys(contract.ATTRIBUTES),
    }


def account(row: Row) -> dict[str, Any]:
    """row: of bill_account, with meters (ids), datasource_types and collecting_since (its company's)."""
    return {
        "id": str(row["id"]),
        "meters": [str(one) for one in row["meters"]],
        "isTracked": row["tracking"] != "DISABLED",  # UNSET reads true
        "isDuplicated": "false",  # a string despite its name
        "accountNumber": row["number"],
        "trackingStatus": row["tracking"],
        "dataCollectionStartDate": day(row["collecting_since"]),
        "isCollectingInvoiceData": True,
        "isCollectingSmartMeterData": False,
        "datasourceTypes": list(row["datasource_types"]),
        "lastServiceDate": day(row["last_service"]),
    }
