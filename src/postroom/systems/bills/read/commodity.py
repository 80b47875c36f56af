"""Owns what is supplied: by the words of a bill, or of a part of it, and by the unit it is measured in."""

from __future__ import annotations

import re

from postroom.systems.bills.read.unit import Unit

_WORDS: tuple[tuple[str, str], ...] = (
    (
        "ELECTRICITY",
        r"electric\w*|électricité|eléctric\w*|electricidad|\w*strom\w*|elettric\w*|kilowatt|\bnmi\b"
        r"|\bmpan\b|\besi id\b|power cost|\benergy charge|edison|power (?:&|and) light|power factor"
        r"|\bkw\b|\bkva\b|stroom|elektrici\w+",
    ),
    (
        "GAS",
        r"(?<!greenhouse )\bgas\b|natural gas|erdgas|\bgaz\b|therms?\b|mprn|\bmirn\b|calorific|brennwert"
        r"|gas ?bill|heating value",
    ),
    ("WATER", r"\bwater\b|wasser|\beau\b|\bagua\b|sewer\w*|wastewater|stormwater|\bhcf\b|kilolit\w+"),
    (
        "WASTE",
        r"\bwaste (?:collection|services?|removal|disposal|& recycling|and recycling)|garbage|refuse"
        r"|dumpster|recycl\w+|roll-?off|\bhaul\w*|trash|müll\w*|disposal|\byd container|containers?\b.{0,30}week"
        r"|landfill|pick-?ups?\b",
    ),
    (
        "TELECOM",
        r"broadband|internet|wireless|telephone|\bvoice\b|line rental|\bcalls?\b (?:to|charges)|\bmobile\b"
        r"|\btv\b|data plan|phone service|universal service",
    ),
    ("DISTRICT", r"district (?:heat\w*|energy|cooling)|\bsteam\b|chilled water|fernwärme"),
    ("FUEL", r"propane|heating oil|diesel|fuel oil|kerosene"),
)
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _WORDS)
_BY_UNIT = {
    "thm (US)": ("GAS",),
    "thm (UK)": ("GAS",),
    "Dth (US)": ("GAS",),
    "Dth (UK)": ("GAS",),
    "MMBtu": ("GAS", "DISTRICT"),
    "MJ": ("GAS",),
    "GJ": ("GAS", "DISTRICT"),
    "kWh": ("ELECTRICITY", "GAS", "DISTRICT"),
    "MWh": ("ELECTRICITY", "GAS", "DISTRICT"),
    "kL": ("WATER",),
    "HCF": ("WATER", "GAS"),
    "CCF": ("WATER", "GAS"),
    "MCF": ("GAS", "WATER"),
    "CF": ("WATER", "GAS"),
    "cubic ft": ("WATER", "GAS"),
    "cubic m": ("WATER", "GAS"),
    "gal (US)": ("WATER", "FUEL"),
    "kgal (US)": ("WATER",),
    "100 gal (US)": ("WATER",),
    "KW": ("ELECTRICITY",),
    "mlb": ("DISTRICT",),
    "ton hours": ("DISTRICT",),
}


def scores(text: str) -> dict[str, int]:
    """How often a (lower-case) text speaks of each commodity."""
    return {name: len(pattern.findall(text)) for name, pattern in _COMPILED}


def only(text: str) -> str | None:
    """The commodity that a short text names, if it names one."""
    counted = scores(text.lower())
    named = [name for name, count in counted.items() if count]
    return named[0] if len(named) == 1 else None


def fits(name: str, unit: Unit) -> bool:
    """Whether a commodity is measured in a unit."""
    return name in _BY_UNIT.get(unit.name, ())


def of_bill(text: str, unit: Unit | None = None) -> str | None:
    """The commodity that a text is about, among those that its unit allows. None if nothing says so."""
    counted = scores(text)
    allowed = _BY_UNIT.get(unit.name) if unit is not None else None
    if allowed is not None:
        best = max(allowed, key=lambda name: counted[name])
        if counted[best]:
            return best
        return allowed[0] if len(allowed) == 1 else None
    best = max(counted, key=lambda name: counted[name])
    return best if counted[best] else None


def near(local: str, whole: str, unit: Unit | None) -> str | None:
    """First by what stands near, then by the whole bill."""
    allowed = _BY_UNIT.get(unit.name) if unit is not None else None
    if allowed is not None and len(allowed) > 1:
        counted = scores(local)
        ranked = sorted(allowed, key=lambda name: -counted[name])
        if counted[ranked[0]] > counted[ranked[1]]:
            return ranked[0]
    return of_bill(whole, unit)
