"""Owns how other agency systems print a certificate: five house styles, each with its own ways, with the truth kept.

Values in capitals or set to the right, typed over a picture of the form, flattened from fields, a little off their
boxes; letters above their row, several policies of a kind, a full blank row, long remarks, holders of five lines.
Refuses to know drawing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

import pikepdf

from postroom.systems.certificates.read import form
from postroom.systems.certificates.sample import drawing
from postroom.systems.certificates.sample import fill as sample_fill
from postroom.systems.certificates.sample import scan as sample_scan
from postroom.systems.certificates.sample.drawing import Look
from postroom.systems.certificates.sample.fill import Fill, Row
from postroom.systems.certificates.sample.scan import Scan

_Dated = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Style:
    """One system's habits. under: the form is a picture below the text. flat: fields made part of the page.

    lifted: points that the insurer's letter stands above its policy.
    """

    font: str
    size: float
    tick: str
    dated: _Dated
    money: Callable[[int], str]
    phone: Callable[[str, str, str], str]
    shift: tuple[float, float] = (0.0, 0.0)
    capitals: bool = False
    under: bool = False
    flat: bool = False
    lifted: float = 0.0


STYLES = {
    "capitals": Style(
        *("/Courier-Bold", 7.0, "letter", lambda day: f"{day:%m/%d/%Y}", lambda amount: f"{amount:>9,}"),
        lambda area, office, line: f"({area}) {office}-{line}",
        shift=(1.5, 2.6),
        capitals=True,
    ),
    "short": Style(
        *("/Helvetica", 7.0, "check", lambda day: f"{day.month}/{day.day}/{day:%y}"),
        lambda amount: f"${amount:,}",
        lambda area, office, line: f"{area}-{office}-{line} x12",
        shift=(-1.0, -1.8),
        lifted=7.0,
    ),
    "overprint": Style(
        *(
            "/Times-Roman",
            8.5,
            "cross",
            lambda day: f"{day.month}/{day.day}/{day.year}",
            lambda amount: f"{amount}",
        ),
        lambda area, office, line: f"{area}.{office}.{line}",
        shift=(2.0, 1.2),
        under=True,
    ),
    "flattened": Style(
        *("/Helvetica", 8.0, "letter", lambda day: f"{day:%m/%d/%y}", lambda amount: f"$ {amount:,}"),
        lambda area, office, line: f"({area}){office}-{line}",
        flat=True,
    ),
    "filled": Style(
        *("/Helvetica-Oblique", 7.5, "block", lambda day: f"{day:%m-%d-%Y}"),
        lambda amount: f"${amount // 10**6}MM" if amount % 10**6 == 0 and amount else f"${amount:,}",
        lambda area, office, line: f"+1 {area} {office} {line}",
        shift=(0.5, -2.2),
    ),
}
_BLANKS = ("Included", "N/A", "Statutory", "", "Excluded")
_ROWS = (
    ("Professional Liab (E&O)", "professional_liability"),
    ("Inland Marine", "other"),
    ("Builders Risk", "other"),
    ("Network Security & Cyber", "cyber_liability"),
    ("Contractors Pollution", "other"),
    ("Employee Theft / Crime", "criminal_liability"),
)
_BODIES = ("City of Alder Falls", "Harbor County", "Granite Valley School District")
_OFFICES = ("Department of Public Works", "Its Officers and Employees", "Purchasing Division")
_REMARKS = (
    "Project: {number} Harborview Phase II - sitework and utilities. Where required by written contract, "
    "{holder} is included as additional insured as respects General Liability and Automobile Liability per forms "
    "CG 20 10 04 13 and CG 20 37 04 13. Coverage is primary and non-contributory. A waiver of subrogation applies in "
    "favor of the certificate holder on all policies where permitted by law. 30 days notice of cancellation, "
    "10 days for non-payment of premium."
)


def make(random: Random, number: int, name: str) -> tuple[bytes, dict[str, Any]]:
    """One certificate in a style, and the truth about it. name: one of STYLES."""
    edition, style = form.EDITIONS[number % len(form.EDITIONS)], STYLES[name]
    filled = sample_fill.fill(random, edition)
    _retyped(random, filled, style)
    _holder(random, filled)
    if random.random() < 0.6:
        _remark(random, filled)
    _more(random, filled, style)
    _blank_rows(random, filled, style)
    if style.lifted:
        _lift(filled, style.lifted)
    if style.capitals:
        _raise(filled)
    look = Look(
        font=style.font,
        size=style.size,
        tick=style.tick,
        shift=style.shift,
        fields=style.flat,
        bare=style.under,
        signature_seed=random.randrange(10**6),
    )
    data = drawing.draw(filled, look)
    if style.under:
        data = _over(data, edition, random.choice((130, 150, 200)))
    if style.flat:
        data = _flattened(data)
    return data, {"form": {"name": "ACORD 25", "edition": edition}, **filled.truth}


# --- what is typed -----------------------------------------------------------------------------------


def _retyped(random: Random, made: Fill, style: Style) -> None:
    """Dates, amounts and telephone numbers as this system writes them."""
    made.text["certificate_date"] = [style.dated(_day(made.truth["certificate_date"]))]
    for place, row in enumerate(made.rows):
        policy = _policy(made.truth, row.number)
        start, end = (_day(policy[f"policy_{edge}_date"]) for edge in ("effective", "expiration"))
        made.rows[place] = replace(row, effective=style.dated(start), expiration=style.dated(end))
    for place, (band, key, _) in enumerate(made.limits):
        amount = made.truth["coverages"][band]["limits"][key]
        made.limits[place] = (band, key, random.choice(_BLANKS) if amount is None else style.money(amount))
    for key in ("phone", "fax"):
        if said := made.truth["producer"][key]:
            area, office, line = "".join(sign if sign.isdigit() else " " for sign in said).split()
            made.text[key] = [style.phone(area, office, line)]
            made.truth["producer"][key] = made.text[key][0]


def _day(said: str) -> date:
    month, day, year = map(int, said.split("/"))
    return date(year, month, day)


def _policy(truth: dict[str, Any], number: str) -> dict[str, Any]:
    coverages = truth["coverages"]
    every = [coverage for kind, coverage in coverages.items() if kind != "other"]
    every += coverages.get("other", []) + [more["policy"] for more in truth["additional_policies"]]
    return next(policy for policy in every if policy["policy_number_string"] == number)


def _holder(random: Random, made: Fill) -> None:
    """A public body in five lines."""
    before = made.truth["certificate_holder"]
    if before["dba"] or before["address"]["line2"] or random.random() < 0.4:
        return
    body, office = random.choice(_BODIES), random.choice(_OFFICES)
    address = before["address"]
    city = f"{address['locality']}, {address['region']}  {address['postalcode']}"
    person = ["Attn: Risk Management"] if random.random() < 0.5 else []
    made.text["holder"] = [body, office, *person, address["line1"], city]
    named = f"{body} {office}"
    described = made.truth["description_of_operations"]
    made.text["description"] = [line.replace(before["name"], body) for line in made.text["description"]]
    made.truth["certificate_holder"] = {**before, "name": named}
    described["text"] = " ".join(made.text["description"]) or None
    described["additional_insured_names"] = [body] if described["additional_insured_names"] else []


def _remark(random: Random, made: Fill) -> None:
    """A long text, set in lines as wide as the form."""
    holder = made.text["holder"][0]
    text = _REMARKS.format(number=random.randint(1000, 9999), holder=holder)
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > 96:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    made.text["description"] = lines
    made.truth["description_of_operations"] |= {
        "text": text,
        "additional_insured_names": [holder],
        "blanket_additional_insured": True,
        "waiver_of_subrogation": True,
        "primary_noncontributory": True,
    }


def _more(random: Random, made: Fill, style: Style) -> None:
    """A second policy below the first of a kind, with an insurer of its own."""
    kind = random.choice(("commercial_general_liability", "workers_compensation", None))
    if kind is None or kind not in made.truth["coverages"]:
        return
    first = _policy(made.truth, made.truth["coverages"][kind]["policy_number_string"])
    y = next(row.y for row in made.rows if row.number == first["policy_number_string"])
    start = date(2026, random.randint(1, 12), random.randint(1, 28))
    end = start.replace(year=2027)
    letter = random.choice(made.insurers)[0]
    row = Row(y + (24 if y < 330 else 14), letter, "", "", f"ZX-{random.randrange(10**5, 10**7)}")
    if row.y > form.BANDS[kind][1] - 5:
        return
    made.rows.append(replace(row, effective=style.dated(start), expiration=style.dated(end)))
    more = {
        "insurer_letter": letter,
        "policy_number_string": row.number,
        "policy_effective_date": f"{start:%m/%d/%Y}",
        "policy_expiration_date": f"{end:%m/%d/%Y}",
        "additional_insured": None,
        "waiver_of_subrogation": None,
    }
    order = list(form.BANDS)
    others = made.truth["additional_policies"]
    place = sum(order.index(other["coverage"]) <= order.index(kind) for other in others)
    others.insert(place, {"coverage": kind, "policy": more})


def _blank_rows(random: Random, made: Fill, style: Style) -> None:
    """Three policies in the blank row, each in one line with its limit beside it."""
    if any(row.y >= 528 for row in made.rows) or random.random() < 0.4:
        return
    for place, (name, key) in enumerate(random.sample(_ROWS, 3)):
        y = 533.0 + 12 * place
        start = date(2026, random.randint(1, 12), random.randint(1, 28))
        end = start.replace(year=2027)
        letter, number = (
            random.choice(made.insurers)[0],
            f"{random.choice('PMB')}L{random.randrange(10**6, 10**8)}",
        )
        made.rows.append(Row(y, letter, "", "", number, style.dated(start), style.dated(end), name))
        amount = random.choice((250_000, 1_000_000, 2_000_000))
        made.extra.append((y, "Each Claim" if key != "other" else "Limit", style.money(amount)))
        policy = {
            "name": name,
            "insurer_letter": letter,
            "policy_number_string": number,
            "policy_effective_date": f"{start:%m/%d/%Y}",
            "policy_expiration_date": f"{end:%m/%d/%Y}",
            "additional_insured": None,
            "waiver_of_subrogation": None,
            # What "Limit" limits the form does not say.
            "limits": {
                "each_claim_dollars": amount if key != "other" else None,
                "each_occurrence_dollars": None,
                "aggregate_dollars": None,
            },
        }
        if key == "other":
            made.truth["coverages"].setdefault("other", []).append(policy)
        else:
            made.truth["coverages"][key] = policy


def _lift(made: Fill, points: float) -> None:
    """The letter stands above its policy, where that is the only one of its kind."""
    for top, bottom in form.BANDS.values():
        mine = [place for place, row in enumerate(made.rows) if top <= row.y < bottom]
        if len(mine) != 1 or made.rows[mine[0]].y - points < top + 3:
            continue
        row = made.rows[mine[0]]
        made.rows[mine[0]] = replace(row, letter="")
        made.rows.append(Row(row.y - points, row.letter))


def _raise(made: Fill) -> None:
    """Everything in capitals, as typewriters and old systems have it. Addresses of mail are left as they are."""
    made.text = {
        key: lines if key == "email" else [line.upper() for line in lines] for key, lines in made.text.items()
    }
    made.insurers = [(letter, name.upper(), naic) for letter, name, naic in made.insurers]
    made.rows = [replace(row, number=row.number.upper(), name=row.name.upper()) for row in made.rows]
    made.limits = [(band, key, text.upper()) for band, key, text in made.limits]
    made.extra = [(y, label.upper(), amount.upper()) for y, label, amount in made.extra]
    made.signature = made.signature.upper() if made.signature else made.signature
    _capitals(made.truth)


_AS_THEY_ARE = ("email", "coverage", "aggregate_applies_per", "edition")


def _capitals(value: Any) -> None:
    for key, entry in value.items() if isinstance(value, dict) else list(enumerate(value)):
        if isinstance(entry, (dict, list)):
            _capitals(entry)
        elif isinstance(entry, str) and key not in _AS_THEY_ARE:
            value[key] = entry.upper()


# --- how it is made a page ---------------------------------------------------------------------------


def _over(data: bytes, edition: str, dpi: int) -> bytes:
    """Typed over a picture of the empty form."""
    paper = sample_scan.scanned(drawing.draw(Fill(edition), Look()), Scan(dpi=dpi))
    with pikepdf.open(io.BytesIO(data)) as pdf, pikepdf.open(io.BytesIO(paper)) as under:
        pdf.pages[0].add_underlay(under.pages[0], None)
        return _saved(pdf)


def _flattened(data: bytes) -> bytes:
    """As programs do that make fields part of the page: each value a form of its own."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.generate_appearance_streams()
        pdf.flatten_annotations("all")
        return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()
