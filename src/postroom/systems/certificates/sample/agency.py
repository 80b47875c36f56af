"""Owns what agencies' own software and hands do to a certificate: values as they really come, with the truth kept.

Wrapped numbers, marks of symbol fonts, short years, several policies in a band, notes where a limit would stand,
customers' codes, fax headers, stamps, notes beside the form; and pages that are turned, cropped, scaled or shifted.
Refuses to know drawing.
"""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pikepdf
from pikepdf import Array, Name

from postroom.systems.certificates.read import form
from postroom.systems.certificates.sample import drawing
from postroom.systems.certificates.sample import fill as sample_fill
from postroom.systems.certificates.sample.drawing import Look
from postroom.systems.certificates.sample.fill import Fill, Loose, Row

_CODES = ("ACMECON-01", "OP ID: KL", "SMITELE-02", "CLIENT#: 48213")
_HEADERS = (
    "From: Alder Risk Partners   Fax: (512) 555-0144   To: 15125550199   Page: 1/2   Date: 3/4/2024 10:12 AM",
    "03/04/2024 10:12:44  RightFax  (512) 555-0199  Page 2 of 3",
)
_FEET = ("#S1234567/M1234566", "Doc ID: 0FF1CE-22-07  Rev 3", "Certificate # 00012345 printed by AMS360")
_STAMPS = ("RECEIVED MAR 04 2024", "COPY", "APPROVED BY RISK MGMT")
_NOTES = ("Deductible", "Uninsured motorist BI", "Self insured retention", "PIP-Basic")
_HOURS = "12:01 AM"


def make(random: Random, number: int, *, fields: bool = False) -> tuple[bytes, dict[str, Any]]:
    """One certificate as an agency sends it, and the truth about it."""
    edition = form.EDITIONS[number % len(form.EDITIONS)]
    filled = sample_fill.fill(random, edition)
    _limits(random, filled)
    _marks(random, filled, symbols=not fields)
    _wrapped(random, filled)
    _second(random, filled)
    _beside(random, filled)
    look = Look(
        font=random.choice(drawing.FONTS),
        size=random.choice((5.5, 6.0, 7.0, 8.0)),
        tick=random.choice(drawing.TICKS),
        shift=(random.uniform(-2.0, 2.5), random.uniform(-2.0, 2.0)),
        fields=fields,
        signature_seed=random.randrange(10**6),
    )
    if look.font == "/Courier":
        look = replace(look, size=min(look.size, 6.0))
    data = drawing.draw(filled, look)
    truth = {"form": {"name": "ACORD 25", "edition": edition}, **filled.truth}
    return moved(data, random), truth


def _limits(random: Random, made: Fill) -> None:
    """A dollar sign where one is printed already, an asterisk, cents, a blank before the sign."""
    written = random.choice(("{}", "$ {}", "$  {}", "{} *", "{}"))
    made.limits = [
        (band, key, written.format(text) if text[:1].isdigit() else text) for band, key, text in made.limits
    ]
    if random.random() < 0.4:
        band = random.choice(sorted(form.BLANK_LIMITS))
        made.extra.append((form.BLANK_LIMITS[band], random.choice(_NOTES), "1,000"))


def _marks(random: Random, made: Fill, *, symbols: bool) -> None:
    """Y, X and ticks of a symbol font mean the same."""
    mark = random.choice(("Y", "X", "y", "x", "Yes", *(("\u2713", "\u2718") if symbols else ())))

    def marked(said: str) -> str:
        return mark if said in ("Y", "X") else said

    made.rows = [
        replace(row, additional=marked(row.additional), waived=marked(row.waived)) for row in made.rows
    ]


def _wrapped(random: Random, made: Fill) -> None:
    """A policy number over two lines, its dates beside the first or with the hour below."""
    more: list[Row] = []
    for place, row in enumerate(made.rows):
        if row.y >= 528 or len(row.number) < 9 or random.random() > 0.3:
            continue
        head, tail = row.number[:6].rstrip(), row.number[6:].strip()
        hour = _HOURS if random.random() < 0.5 else ""
        if random.random() < 0.5 and not any(0 < other.y - row.y < 20 for other in made.rows):
            made.rows[place] = replace(row, number=head)
            more.append(Row(row.y + 8.5, "", "", "", tail, hour, hour))
            _renamed(made.truth, row.number, f"{head} {tail}")
    made.rows += more


def _renamed(value: Any, old: str, new: str) -> None:
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(entry, (dict, list)):
            _renamed(entry, old, new)
        elif entry == old and key == "policy_number_string":
            value[key] = new


def _second(random: Random, made: Fill) -> None:
    """Another general liability policy in the same band."""
    kind = "commercial_general_liability"
    there = [row.y for row in made.rows if row.y < 384]
    if kind not in made.truth["coverages"] or not there or random.random() > 0.25:
        return
    start = date(2024, random.randint(1, 12), random.randint(1, 28))
    end = start.replace(year=2025)
    letter = random.choice(made.insurers)[0]
    number = f"XGL{random.randrange(10**6)}"
    row = Row(368.0, letter, "", "", number, f"{start:%m/%d/%y}", f"{end:%m/%d/%y}")
    made.rows.append(row)
    made.truth["additional_policies"].insert(
        0,
        {
            "coverage": kind,
            "policy": {
                "insurer_letter": letter,
                "policy_number_string": row.number,
                "policy_effective_date": f"{start:%m/%d/%Y}",
                "policy_expiration_date": f"{end:%m/%d/%Y}",
                "additional_insured": None,
                "waiver_of_subrogation": None,
            },
        },
    )


def _beside(random: Random, made: Fill) -> None:
    """What stands beside the form, and in its corners, and belongs to no cell."""
    for chance, x, y, size, texts in (
        (0.4, 20.0, 14.0, 7.0, _HEADERS),
        (0.4, 250.0, 126.0, 6.0, _CODES),
        (0.4, 440.0, 22.0, 6.0, _CODES),
        (0.4, 22.0, 776.0, 6.0, _FEET),
        (0.3, 330.0, 700.0, 11.0, _STAMPS),
    ):
        if random.random() < chance:
            made.loose.append(Loose(x, y, size, random.choice(texts)))


def moved(data: bytes, random: Random) -> bytes:
    """The same on a page that is turned, cropped, printed smaller, or begins anywhere."""
    how = random.choice(("plain", "plain", "turned", "cropped", "scaled", "shifted"))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[0]
        if how == "turned":
            page.obj.Rotate = random.choice((90, 180, 270))
        elif how == "cropped":
            page.obj.CropBox = Array([8, 6, 604, 786])
        elif how in ("scaled", "shifted") and "/Annots" not in page.obj:
            scale, left, down = (0.93, 20, 35) if how == "scaled" else (1, -40, 100)
            head = f"q {scale} 0 0 {scale} {left} {down} cm".encode()
            page.contents_add(pdf.make_stream(head), prepend=True)
            page.contents_add(pdf.make_stream(b"Q"))
            box = (0, 0, 612, 842) if how == "scaled" else (left, down, left + 612, down + 792)
            page.obj.MediaBox = Array(list(box))
        pdf.trailer.Root.PageMode = Name.UseNone
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()
