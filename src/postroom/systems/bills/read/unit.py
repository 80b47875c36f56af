"""Owns units: how bills print them, how the contract spells them, what they measure. No conversion is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from postroom.systems.bills.read import number

# Printed form (lower case, no spaces or full stops) -> the contract's spelling and what it measures.
# {} takes the bill's country: (US), (UK).
_TABLE = {
    "kwh": ("kWh", "energy"),
    "kwhr": ("kWh", "energy"),
    "kwhrs": ("kWh", "energy"),
    "kwhs": ("kWh", "energy"),
    "kilowatthours": ("kWh", "energy"),
    "kilowatthour": ("kWh", "energy"),
    "kilowatt-hours": ("kWh", "energy"),
    "mwh": ("MWh", "energy"),
    "gwh": ("GWh", "energy"),
    "mj": ("MJ", "energy"),
    "gj": ("GJ", "energy"),
    "megajoules": ("MJ", "energy"),
    "therms": ("thm ({})", "energy"),
    "therm": ("thm ({})", "energy"),
    "thm": ("thm ({})", "energy"),
    "thms": ("thm ({})", "energy"),
    "dth": ("Dth ({})", "energy"),
    "dths": ("Dth ({})", "energy"),
    "dekatherms": ("Dth ({})", "energy"),
    "dekatherm": ("Dth ({})", "energy"),
    "mmbtu": ("MMBtu", "energy"),
    "btu": ("Btu", "energy"),
    "mlb": ("mlb", "mass"),
    "mlbs": ("mlb", "mass"),
    "tonhours": ("ton hours", "energy"),
    "ton-hours": ("ton hours", "energy"),
    "ccf": ("CCF", "volume"),
    "ccfs": ("CCF", "volume"),
    "hcf": ("HCF", "volume"),
    "mcf": ("MCF", "volume"),
    "cf": ("CF", "volume"),
    "cuft": ("cubic ft", "volume"),
    "cubicfeet": ("cubic ft", "volume"),
    "ft3": ("cubic ft", "volume"),
    "ft³": ("cubic ft", "volume"),
    "hundredcubicfeet": ("CCF", "volume"),
    "m3": ("cubic m", "volume"),
    "m³": ("cubic m", "volume"),
    "cubicmetres": ("cubic m", "volume"),
    "cubicmeters": ("cubic m", "volume"),
    "cubicmetre": ("cubic m", "volume"),
    "ms": ("cubic m", "volume"),  # as a scan is read
    "m?": ("cubic m", "volume"),
    "m°": ("cubic m", "volume"),
    "m*": ("cubic m", "volume"),
    "cce": ("CCF", "volume"),
    "cbm": ("cubic m", "volume"),
    "kubikmeter": ("cubic m", "volume"),
    "gal": ("gal ({})", "volume"),
    "gals": ("gal ({})", "volume"),
    "gallons": ("gal ({})", "volume"),
    "gallon": ("gal ({})", "volume"),
    "kgal": ("kgal ({})", "volume"),
    "kgals": ("kgal ({})", "volume"),
    "tgal": ("kgal ({})", "volume"),
    "tgals": ("kgal ({})", "volume"),
    "1000gallons": ("kgal ({})", "volume"),
    "1,000gallons": ("kgal ({})", "volume"),
    "1000gal": ("kgal ({})", "volume"),
    "1,000gal": ("kgal ({})", "volume"),
    "thousandsofgallons": ("kgal ({})", "volume"),
    "kgallons": ("kgal ({})", "volume"),
    "thousandgallons": ("kgal ({})", "volume"),
    "100gallons": ("100 gal ({})", "volume"),
    "cgl": ("100 gal ({})", "volume"),
    "kl": ("kL", "volume"),
    "kilolitres": ("kL", "volume"),
    "kilolitre": ("kL", "volume"),
    "litres": ("L", "volume"),
    "liters": ("L", "volume"),
    "megalitres": ("ML", "volume"),
    "kw": ("KW", "power"),
    "mw": ("MW", "power"),
    "kva": ("kVA", "power"),
    "kvar": ("kVAR", "power"),
    "kvars": ("kVAR", "power"),
    "kvarh": ("", "reactive"),
    "rkvah": ("", "reactive"),
    "kvarhs": ("", "reactive"),
    "kvah": ("", "reactive"),
    "days": ("", "time"),
    "day": ("", "time"),
}
_WORDS = (
    r"k\s?Wh(?:rs?|s)?|kilowatt[\s-]?hours?|MWh|GWh|MJ|megajoules|GJ|therms?|thms?|Dths?|dekatherms?"
    r"|MMBTU|BTU"
    r"|mlbs?|ton[\s-]hours|CCFs?|CCE|HCF|MCF|CF|cu\.?\s?ft\.?|cubic feet|ft[3³]|hundred cubic feet|m[3³?s°*]"
    r"|cubic met(?:re|er)s?"
    r"|cbm|Kubikmeter|1,?000 gal(?:lons)?|100 gallons|CGL|thousands? (?:of )?gallons|k ?gallons|kgals?|tgals?|gallons?|gals?|kL"
    r"|kilolitres?|litres"
    r"|liters|megalitres|k\s?VARh?s?|rkVAh|kVAh?|kW|MW|days?"
)
_UNIT = re.compile(rf"(?<![A-Za-z])(?:{_WORDS})(?![A-Za-z0-9³])", re.IGNORECASE)
_QUANTITY = re.compile(
    rf"(?P<minus>-\s?)?(?<![\w.,/$£€-])(?P<number>{number.PATTERN})\s{{0,3}}(?P<unit>{_WORDS})(?![A-Za-z0-9³])(?!\s*(?:="
    rf"|is\b|equals\b|are\b))",
    re.IGNORECASE,
)
_SQUEEZE = re.compile(r"[\s.]+")

POWER = {"KW": "kW", "MW": "MW", "kVA": "kVA", "kVAR": "kVAR"}  # the contract's other list, for demand


@dataclass(frozen=True, slots=True)
class Unit:
    """name: the contract's spelling, "" for what it has none for. measure: energy, volume, mass, power,
    reactive or time. printed: as on the bill."""

    name: str
    measure: str
    printed: str


@dataclass(frozen=True, slots=True)
class Quantity:
    value: Decimal
    unit: Unit
    start: int
    end: int


def named(printed: str, country: str | None = None) -> Unit | None:
    """What a printed unit is. A bare "therms" or "gal" takes the country's variant; the US one if it is unknown."""
    found = _TABLE.get(_SQUEEZE.sub("", printed).lower())
    if found is None:
        return None
    region = "UK" if country == "GB" else "US"
    return Unit(found[0].format(region), found[1], printed)


def find(text: str, country: str | None = None) -> list[tuple[Unit, int, int]]:
    """Every unit in a text, with or without a number before it."""
    found = []
    for match in _UNIT.finditer(text):
        unit = named(match[0], country)
        if unit is not None:
            found.append((unit, match.start(), match.end()))
    return found


def quantities(text: str, point: str | None = ".", country: str | None = None) -> list[Quantity]:
    """Every number with a unit behind it."""
    found = []
    for match in _QUANTITY.finditer(text):
        unit, value = named(match["unit"], country), number.parse(match["number"], point)
        if unit is not None and value is not None:
            found.append(Quantity(-value if match["minus"] else value, unit, match.start(), match.end()))
    return found
