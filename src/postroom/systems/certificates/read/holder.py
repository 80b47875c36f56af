"""Owns blocks of name and address: producer, insured, certificate holder. From lines to name, DBA and address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

STATES = frozenset(
    re.findall(
        "..",
        "ALAKAZARCACOCTDEDCFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWY"
        "PRVIGUASMP",
    )
)
_CITY = re.compile(
    r"(?P<before>.*?)[\s,]+(?P<state>[A-Za-z1|¥]{2})\.?[\s,]*(?P<code>\d{5}(?:\s?-\s?\d{4})?)(?P<after>.*)$"
)
_BARE_CITY = re.compile(r"(?P<before>[A-Za-z .'\-]+),\s*(?P<state>[A-Z]{2})\.?$")
_STREET = re.compile(
    r"(?:\d+[\w/-]*\s+\S|p\.?\s*o\.?\s*(?:box|drawer)\b|post office box|one\s|two\s|three\s|suite\b|ste\b|unit\b|apt\b"
    r"|floor\b|bldg\b|building\b|rr\s*\d|#\s*\d|county (?:road|rd)\b)",
    re.IGNORECASE,
)
_TRADE = re.compile(
    r"(?:^|[\s,(])(?:d\s?/\s?b\s?/\s?a|dba|d\.b\.a\.)(?:[\s.:]+|$)(?P<trade>.*)", re.IGNORECASE
)
# ATIN is what recognisers make of it.
_PERSON = re.compile(r"(?:at[ti1l]n|attention|c/o|care of)\b[:.]?", re.IGNORECASE)
_COUNTRY = re.compile(r"(?:usa|u\.s\.a\.|united states(?: of america)?)\.?", re.IGNORECASE)
# Agencies print their licence, telephone and mail into the block.
_NOISE = re.compile(
    r"(?:(?:ca |state )?lic(?:ense|\.)?\s*(?:no|num|number)?\b|phone\b|tel\b|fax\b|e-?mail\b|www\.|\S+@\S+$|[\d\s().+-]{10,}$"
    r"|op id\b|agency customer id\b)",
    re.IGNORECASE,
)

_LONGEST, _LINES = (
    300,
    40,
)  # characters of a line, and lines, that are looked at: some patterns take long over more

_MISREAD = str.maketrans("l1|¥", "IIIY")
EMPTY: dict[str, Any] = {"name": None, "dba": None, "address": None}


def party(found: Sequence[str]) -> dict[str, Any]:
    """name: the lines above the address. address: null if nothing looks like one. Nothing is made up."""
    rows = [row for row in (" ".join(line[:_LONGEST].split()).strip(" ;") for line in found[:_LINES]) if row]
    rows = [row for place, row in enumerate(rows) if place == 0 or not _NOISE.match(row)]
    if not rows:
        return dict(EMPTY)
    country = "US" if len(rows) > 1 and _COUNTRY.fullmatch(rows[-1]) else None
    if country:
        rows.pop()
    city, end = _city(rows)
    street = next((place for place in range(1, end) if _STREET.match(rows[place])), None)
    if street is None:
        # Three lines and no number in any: the one above the city is the street, unless it names a person.
        bare = city and not city.get("before") and end >= 2 and not _excepted(rows[end - 1])
        street = end - 1 if bare else end
    name, trade = _names(rows[:street])
    streets = [row.strip(" ,") for row in rows[street:end] if not _PERSON.match(row)]
    if city.get("before"):
        streets.append(city.pop("before"))
    if not streets and not city:
        return {"name": name, "dba": trade, "address": None}
    address = {
        "line1": streets[0] if streets else None,
        "line2": ", ".join(streets[1:]) or None,
        "locality": city.get("locality"),
        "region": city.get("region"),
        "postalcode": city.get("postalcode"),
        "country": country,
    }
    return {"name": name, "dba": trade, "address": address}


def _excepted(row: str) -> bool:
    return bool(_PERSON.match(row) or _TRADE.search(row))


def _city(rows: Sequence[str]) -> tuple[dict[str, Any], int]:
    """What the line with the state says, and its place; nothing and the number of rows if there is none."""
    for place in range(len(rows) - 1, 0, -1):
        match = _CITY.fullmatch(rows[place]) or _BARE_CITY.fullmatch(rows[place])
        if match is None or _state(match["state"]) not in STATES:
            continue
        before, comma, city = match["before"].rpartition(",")
        if not comma and _STREET.match(city):
            before, city = city, ""  # "12 Main St Austin": where the street ends is not to be told
        if not comma and not city and place > 1 and not before:
            continue
        named = match.groupdict()
        found = {
            "before": before.strip(" ,"),
            "locality": city.strip(" ,.") or None,
            "region": _state(match["state"]),
            "postalcode": re.sub(r"\s", "", named["code"]) if named.get("code") else None,
        }
        return found, place
    for place in range(len(rows) - 1, 1, -1):
        # City and state above, the code in a line of its own.
        alone = re.fullmatch(r"\d{5}(?:-\d{4})?", rows[place])
        above = _BARE_CITY.fullmatch(rows[place - 1])
        if alone and above and above["state"] in STATES:
            found = {"locality": above["before"].strip(), "region": above["state"], "postalcode": alone[0]}
            return found, place - 1
    return {}, len(rows)


def _state(text: str) -> str:
    """Its two capitals. What is none as it stands may be one that was misread: Ml, N¥."""
    plain = text.upper()
    return plain if plain in STATES else text.translate(_MISREAD).upper()


def _names(rows: Sequence[str]) -> tuple[str | None, str | None]:
    """The name, and the trade name behind DBA, in the same line or the next."""
    names: list[str] = []
    trades: list[str] = []
    in_trade = False
    for row in rows:
        if _PERSON.match(row):
            continue
        match = _TRADE.search(row)
        if match:
            before = row[: match.start()].strip(" ,(;")
            if before:
                names.append(before)
            trades.append(match["trade"].strip(" ,);"))
            in_trade = not trades[-1]
        elif in_trade:
            trades.append(row)
            in_trade = False
        else:
            names.append(row)
    return " ".join(names).strip(" ,") or None, " ".join(filter(None, trades)) or None
