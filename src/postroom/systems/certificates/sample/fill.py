"""Owns what the sample's certificates say: invented agencies, insureds, insurers and policies, as values.

`Fill` holds what is put where on the form, and `truth` what a perfect reader makes of it. Knows nothing of drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from postroom.systems.certificates.read import form

_FIRST = (
    "Alder",
    "Birch",
    "Cobalt",
    "Delta",
    "Ember",
    "Falcon",
    "Granite",
    "Harbor",
    "Iron Ridge",
    "Juniper",
)
_SECOND = ("Roofing", "Electric", "Plumbing", "Builders", "Landscaping", "Mechanical", "Painting", "Paving")
_FORMS = (", Inc.", " LLC", " Corp.", ", Ltd.", " & Sons", "")
_AGENCY = ("Insurance Agency", "Risk Partners", "Insurance Services, Inc.", "Brokerage Group LLC")
_CARRIER = (
    "Mutual Insurance Company",
    "Casualty Co.",
    "Indemnity Company",
    "Insurance Corp.",
    "Surety Company",
)
_NAMES = ("Ann Keller", "Bob Ortiz", "Carla Nguyen", "Dale Whitman", "Erin Foster", "Frank Moretti")
_STREETS = ("Main Street", "Oak Ave", "Industrial Blvd", "W 5th St", "Lakeview Drive", "County Road 12")
_CITIES = (
    ("Austin", "TX", "78701"),
    ("Livonia", "MI", "48152"),
    ("St. Paul", "MN", "55101-1234"),
    ("New York", "NY", "10001"),
    ("Salt Lake City", "UT", "84101"),
    ("Portland", "OR", "97201"),
)
_PREFIX = ("GL", "CPP", "BAP", "WC", "UMB", "EX", "7PK", "73 TRS ", "A-")
_AMOUNTS = (5_000, 10_000, 50_000, 100_000, 300_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
_EXTRA = (
    ("Professional Liability", "professional_liability"),
    ("Cyber Liability", "cyber_liability"),
    ("Crime", "criminal_liability"),
    ("Liquor Liability", "liquor_liability"),
    ("Garage Keepers Liability", "other"),
    ("Pollution Liability", "other"),
)
_NOTHING = ("Included", "Excluded", "N/A", "")


@dataclass(frozen=True, slots=True)
class Loose:
    """Text anywhere on the page. x, y: of its beginning on the baseline, in points from the top left."""

    x: float
    y: float
    size: float
    text: str


@dataclass(slots=True)
class Fill:
    """text: cell of the form -> lines. boxes: names of ticked ones. rows: what stands in the grid.

    truth: as the contract's ParsedCertificate. signed: None, a typed name, or "" for a drawn signature.
    """

    edition: str
    text: dict[str, list[str]] = field(default_factory=dict)
    insurers: list[tuple[str, str, str]] = field(default_factory=list)
    boxes: set[str] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    limits: list[tuple[str, str, str]] = field(default_factory=list)  # band, key, as printed
    extra: list[tuple[float, str, str]] = field(default_factory=list)  # y, label, amount, as typed
    loose: list[Loose] = field(default_factory=list)  # beside the form's cells
    retention: str = ""
    excluded: str = ""
    signature: str | None = None
    truth: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One policy's columns, all as printed. y: middle of its line."""

    y: float
    letter: str = ""
    additional: str = ""
    waived: str = ""
    number: str = ""
    effective: str = ""
    expiration: str = ""
    name: str = ""


def fill(random: Random, edition: str) -> Fill:
    """One certificate, invented."""
    made = Fill(edition)
    day = date(2024, 1, 1) + timedelta(days=random.randrange(900))
    style = random.choice(_DATES)
    _parties(random, made)
    made.text["certificate_date"] = [style(day)]
    made.truth["certificate_date"] = _plain(day)
    number = f"CL{random.randrange(10**9, 10**10)}" if random.random() < 0.6 else None
    made.text["certificate_number"] = [number] if number else []
    revision = str(random.randint(1, 9)) if random.random() < 0.3 else None
    made.text["revision_number"] = [revision] if revision else []
    made.truth |= {"certificate_number": number, "revision_number": revision}
    _insurers(random, made)
    money = random.choice(_MONEY)
    made.truth["coverages"] = {}
    made.truth["additional_policies"] = []
    for kind, chance in _KINDS.items():
        if random.random() < chance:
            _KIND[kind](random, made, _Style(style, money, day))
    if not made.truth["coverages"]:
        _liability(random, made, _Style(style, money, day))
    _other(random, made, _Style(style, money, day))
    _words(random, made)
    return made


@dataclass(frozen=True, slots=True)
class _Style:
    """How dates and amounts are written, and the day of the certificate."""

    dated: Callable[[date], str]
    money: Callable[[int], str]
    day: date


def _plain(day: date) -> str:
    return f"{day:%m/%d/%Y}"


_DATES: tuple[Callable[[date], str], ...] = (
    _plain,
    _plain,
    lambda day: f"{day.month}/{day.day}/{day.year}",
    lambda day: f"{day:%m/%d/%y}",
    lambda day: f"{day:%m-%d-%Y}",
)
_MONEY: tuple[Callable[[int], str], ...] = (
    lambda amount: f"{amount:,}",
    lambda amount: f"{amount:,}",
    lambda amount: f"${amount:,}",
    lambda amount: f"{amount}",
    lambda amount: f"{amount:,}.00",
)


def _company(random: Random) -> str:
    return f"{random.choice(_FIRST)} {random.choice(_SECOND)}{random.choice(_FORMS)}"


def _party(random: Random, name: str) -> tuple[list[str], dict[str, Any]]:
    city, state, code = random.choice(_CITIES)
    street = f"{random.randint(10, 9999)} {random.choice(_STREETS)}"
    suite = f"Suite {random.randint(100, 900)}" if random.random() < 0.3 else None
    trade = _company(random) if random.random() < 0.15 else None
    lines = [name, *([f"DBA {trade}"] if trade else []), street, *([suite] if suite else [])]
    address = {"line1": street, "line2": suite, "locality": city, "region": state, "postalcode": code}
    return [*lines, f"{city}, {state} {code}"], {"name": name, "dba": trade, "address": address}


def _parties(random: Random, made: Fill) -> None:
    agency = f"{random.choice(_FIRST)} {random.choice(_AGENCY)}"
    for cell, key, name in (
        ("producer", "producer", agency),
        ("insured", "insured", _company(random)),
        ("holder", "certificate_holder", _company(random)),
    ):
        made.text[cell], made.truth[key] = _party(random, name)
    person = random.choice(_NAMES)
    digits = [
        f"({random.randint(201, 989)}) {random.randint(200, 999)}-{random.randint(1000, 9999)}" for _ in "ab"
    ]
    mail = f"{person.split()[0].lower()}@{agency.split()[0].lower()}.example.com"
    contact = {"contact_name": person, "phone": digits[0], "fax": digits[1], "email": mail}
    for key, value in contact.items():
        there = random.random() < 0.85
        made.text[key] = [value] if there else []
        made.truth["producer"][key] = value if there else None


def _insurers(random: Random, made: Fill) -> None:
    for letter in form.LETTERS[: random.randint(1, 6)]:
        name = f"{random.choice(_FIRST)} {random.choice(_CARRIER)}"
        naic = str(random.randint(10_000, 45_000)) if random.random() < 0.9 else ""
        made.insurers.append((letter, name, naic))
    made.truth["insurers"] = [
        {"letter": letter, "name": name, "naic": naic or None} for letter, name, naic in made.insurers
    ]


# --- coverages ---------------------------------------------------------------------------------------


def _policy(random: Random, made: Fill, style: _Style, y: float, name: str = "") -> dict[str, Any]:
    """A line of the grid, and the truth of its columns."""
    letter = random.choice(made.insurers)[0]
    number = (
        f"{random.choice(_PREFIX)}{random.randrange(10**5, 10**9)}{random.choice(('', '-01', '-A', ' 00'))}"
    )
    start = style.day - timedelta(days=random.randrange(300))
    end = (
        start.replace(year=start.year + 1) if (start.month, start.day) != (2, 29) else start + timedelta(365)
    )
    # The form prints N/A where a workers compensation policy would name an additional insured.
    insured = "" if 480 <= y < 528 else random.choice(("Y", "X", "N", "", "Y"))
    waived = random.choice(("Y", "X", "N", "", ""))
    made.rows.append(Row(y, letter, insured, waived, number, style.dated(start), style.dated(end), name))
    return {
        "insurer_letter": letter,
        "policy_number_string": number,
        "policy_effective_date": _plain(start),
        "policy_expiration_date": _plain(end),
        "additional_insured": _flag(insured),
        "waiver_of_subrogation": _flag(waived),
    }


def _flag(mark: str) -> bool | None:
    return {"Y": True, "X": True, "N": False}.get(mark)


def _amounts(random: Random, made: Fill, style: _Style, band: str) -> dict[str, int | None]:
    limits: dict[str, int | None] = {}
    for key in form.LIMITS[band]:
        if random.random() < 0.85:
            limits[key] = amount = random.choice(_AMOUNTS)
            made.limits.append((band, key, style.money(amount)))
        else:
            limits[key] = None
            made.limits.append((band, key, random.choice(_NOTHING)))
    return limits


def _tick(random: Random, made: Fill, band: str, key: str, chance: float) -> bool:
    ticked = random.random() < chance
    if ticked:
        made.boxes.add(f"{band}.{key}")
    return ticked


def _liability(random: Random, made: Fill, style: _Style) -> None:
    band = "commercial_general_liability"
    policy = _policy(random, made, style, 308 + random.choice((0, 12, 24)))
    occurs = random.random() < 0.8
    made.boxes |= {f"{band}.is_checked", f"{band}.{'occurrence' if occurs else 'claims_made'}"}
    per = random.choice(("policy", "project", "location", None))
    if per:
        made.boxes.add(f"{band}.{per}")
    made.truth["coverages"][band] = {
        **policy,
        "is_checked": True,
        "claims_made": not occurs,
        "occurrence": occurs,
        "aggregate_applies_per": per,
        "limits": _amounts(random, made, style, band),
    }


def _automobile(random: Random, made: Fill, style: _Style) -> None:
    band = "automobile_liability"
    policy = _policy(random, made, style, 392)
    if random.random() < 0.2:
        more = _policy(random, made, style, 416)
        made.truth["additional_policies"].append({"coverage": band, "policy": more})
    boxes = ("any_auto", "owned_autos_only", "scheduled_autos", "hired_autos_only", "non_owned_autos_only")
    made.truth["coverages"][band] = {
        **policy,
        **{key: _tick(random, made, band, key, 0.4) for key in boxes},
        "limits": _amounts(random, made, style, band),
    }


def _umbrella(random: Random, made: Fill, style: _Style) -> None:
    band = "umbrella_excess_liability"
    policy = _policy(random, made, style, 452 + random.choice((0, 12)))
    umbrella, occurs, kept = (
        random.random() < 0.7,
        random.random() < 0.8,
        random.choice(("deductible", "retention", None)),
    )
    made.boxes |= {f"{band}.{'umbrella' if umbrella else 'excess'}"}
    made.boxes |= {f"{band}.{'occurrence' if occurs else 'claims_made'}"}
    amount = random.choice((0, 5_000, 10_000)) if kept else None
    if kept and amount is not None:
        made.boxes.add(f"{band}.{kept}")
        made.retention = style.money(amount)
    made.truth["coverages"][band] = {
        **policy,
        "umbrella": umbrella,
        "excess": not umbrella,
        "occurrence": occurs,
        "claims_made": not occurs,
        "deductible_dollars": amount if kept == "deductible" else None,
        "retention_dollars": amount if kept == "retention" else None,
        "limits": _amounts(random, made, style, band),
    }


def _compensation(random: Random, made: Fill, style: _Style) -> None:
    band = "workers_compensation"
    policy = _policy(random, made, style, 496 + random.choice((0, 12)))
    excluded = random.choice(("Y", "N", ""))
    made.excluded = excluded
    statute = random.random() < 0.8
    made.boxes.add(f"{band}.{'per_statute' if statute else 'other'}")
    made.truth["coverages"][band] = {
        **policy,
        "per_statute": statute,
        "other": not statute,
        "proprietor_excluded": _flag(excluded),
        "limits": _amounts(random, made, style, band),
    }


def _other(random: Random, made: Fill, style: _Style) -> None:
    """Up to two policies in the blank rows, with limits typed as text."""
    rows = random.choice((0, 0, 1, 1, 2))
    for place, (name, key) in enumerate(random.sample(_EXTRA, rows)):
        y = 534 + 18 * place
        policy: dict[str, Any] = {**_policy(random, made, style, y, name), "name": name}
        first, second = random.choice(_AMOUNTS[4:]), random.choice(_AMOUNTS[4:])
        label, limit = random.choice(
            (("Each Claim", "each_claim_dollars"), ("Each Occurrence", "each_occurrence_dollars"))
        )
        made.extra.append((y, label, style.money(first)))
        made.extra.append((y + 10, "Aggregate", style.money(second)))
        policy["limits"] = {
            **dict.fromkeys(("each_claim_dollars", "each_occurrence_dollars")),
            limit: first,
            "aggregate_dollars": second,
        }
        if key == "other":
            made.truth["coverages"].setdefault("other", []).append(policy)
        else:
            made.truth["coverages"][key] = policy


_KINDS: Mapping[str, float] = {"liability": 0.9, "automobile": 0.6, "umbrella": 0.5, "compensation": 0.7}
_KIND: Mapping[str, Callable[[Random, Fill, _Style], None]] = {
    "liability": _liability,
    "automobile": _automobile,
    "umbrella": _umbrella,
    "compensation": _compensation,
}

# --- remarks -----------------------------------------------------------------------------------------


def _words(random: Random, made: Fill) -> None:
    holder = made.truth["certificate_holder"]["name"]
    project = f"RE: Project {random.randint(100, 999)}, all operations of the named insured."
    named, blanket = random.random() < 0.5, random.random() < 0.4
    waived, primary = random.random() < 0.4, random.random() < 0.3
    lines = [project] if random.random() < 0.8 else []
    if named:
        lines.append(f"{holder} is included as additional insured on the general liability policy.")
    if blanket:
        lines.append("Additional insured status applies where required by written contract.")
    if waived:
        lines.append("Waiver of subrogation applies in favor of the certificate holder.")
    if primary:
        lines.append("Coverage is primary and non-contributory.")
    made.text["description"] = lines
    made.truth["description_of_operations"] = {
        "text": " ".join(lines) or None,
        "additional_insured_names": [holder] if named else [],
        "blanket_additional_insured": blanket if lines else None,
        "waiver_of_subrogation": waived if lines else None,
        "primary_noncontributory": primary if lines else None,
    }
    made.signature = random.choice((None, "", "", random.choice(_NAMES)))
    made.truth["description_of_operations"]["signature"] = made.signature is not None
    made.truth["authorized_representative"] = made.signature or None
