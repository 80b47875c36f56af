"""Owns the numbers, words and rules of the desk's contract. Pure.

What the contract marks as inferred stands here (or in settings), once, so that it can be changed in one place.
"""

from __future__ import annotations

import re
from typing import Literal
from uuid import UUID

DESK = "bills"
Version = Literal["v2", "v2.1", "v2.2"]
VERSIONS: tuple[Version, ...] = ("v2", "v2.1", "v2.2")
NEWEST: Version = "v2.2"

PAGE = 100  # things on a page, fixed
SUBMITTED = 200  # the code of an accepted job; inferred
BAD = 400  # the code of an inactive company, a wrong site, too many files; inferred

# Texts of the contract, section 11.
NO_KEY = "Authentication credentials were not provided."
BAD_KEY = "Invalid API key."
NOT_YOURS = "You do not have permission to perform this action."
NOT_FOUND = "Not found."
INACTIVE = "The company is not active."
BAD_SCHEME = "URL must start with https://."
TOO_LARGE = "File exceeds the 25 MB limit."
NO_SITE = "Site not found for this company."

PARSED, DUPLICATE, NON_UTILITY = CLASSES = ("parsed", "duplicate", "non_utility")
STATUS = {PARSED: "PROCESSED", DUPLICATE: "DUPLICATE", NON_UTILITY: "NON_UTILITY"}  # of a document; inferred
OVERLAP, ILLEGIBLE = "POTENTIAL_USAGE_DUPLICATE", "ILLEGIBLE"  # `flaggedStatus`; inferred

USAGE_PERIOD, BILL_DATE, CREATED_DATE, UPDATED_DATE = DATE_TYPES = (
    "USAGE_PERIOD",
    "BILL_DATE",
    "CREATED_DATE",
    "UPDATED_DATE",
)
DATASOURCES = (
    *("ELECTRICITY", "GAS", "WATER", "DISTRICT", "WASTE", "FUEL", "MISC", "REFRIGERANT", "SOLAR", "TELECOM"),
)
# Names that the filtering guide has and the reference has not: accepted, never emitted. Inferred.
ALIASES = {"SEWER": "WATER", "STEAM": "DISTRICT", "CHILLED_WATER": "DISTRICT", "HOT_WATER": "DISTRICT"}
UNKNOWN_COMMODITY = "MISC"  # the contract has no null there
UNASSIGNED = UUID(int=0)  # the site of a meter that has none: no null there, either

CREATED, UPDATED, DELETED = "document.created.v2", "document.updated.v2", "document.deleted.v2"
EVENTS = (CREATED, UPDATED, DELETED)

# Sub-types that meters and usage share; each is null off its commodity.
ATTRIBUTES = (
    "timeOfUse",
    "electricityType",
    "netMeteringType",
    "waterType",
    "meterHighLow",
    "gasType",
    "fuelType",
    "districtType",
    "districtMediumType",
    "wasteDescription",
    "wasteType",
    "wasteStream",
    "refrigerantType",
)
UNITS = frozenset(
    (
        *("J", "Btu", "MMBtu", "kJ", "MJ", "GJ", "TJ", "thm (EC)", "thm (US)", "thm (UK)", "Dth (EC)"),
        *("Dth (US)", "Dth (UK)", "Cal", "kCal", "MCal", "erg", "kVA", "Wh", "kWh", "MWh", "GWh"),
        *("ton hours", "W", "KW", "MW", "GW", "L", "kL", "ML", "cubic ft", "cubic yd", "cubic m"),
        *("MMCF", "MCF", "HCF", "CF", "CCF", "gal (UK)", "gal (US)", "100 gal (US)", "100 gal (UK)"),
        *("kgal (US)", "kgal (UK)", "Mgal (US)", "Mgal (UK)", "teu", "bbl", "mbbl", "kg", "oz t", "g"),
        *("lb", "mlb", "tons (US)", "sh ton", "metric ton", "tonne", "long tn", "km", "mi", "m", "cm"),
        *("mm", "nm", "yd", "ft", "in"),
    )
)
DEMAND_UNITS = ("kW", "MW", "kVA", "kVAR")

_NOISE = re.compile(r"[-_,/\s]")


def identifier(value: str) -> str:
    """How identifiers are compared: `- _ , /` and spaces go, then leading zeros; upper case."""
    return _NOISE.sub("", value).lstrip("0").upper()


def uuid(value: object) -> UUID | None:
    """In the hyphenated or the plain form; None if it is none."""
    if not isinstance(value, str) or len(value) not in (32, 36):
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
