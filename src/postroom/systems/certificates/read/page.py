"""Owns one page of an ACORD 25: every cell asked once, and the values put into the contract's shape.

It is given words, fields, strokes and, if need be, a picture; it opens no file. Pages are merged by `certificate`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from postroom.readers.word import Box, PageWords
from postroom.systems.certificates.read import cell, doubt, form, holder, insurer, money, policy, remark, tick
from postroom.systems.certificates.read.cell import Spot
from postroom.systems.certificates.read.date import written
from postroom.systems.certificates.read.field import Fields, Mark
from postroom.systems.certificates.read.form import Cell
from postroom.systems.certificates.read.picture import Picture
from postroom.systems.certificates.read.tick import Stroke, Ticks
from postroom.systems.certificates.read.trace import Trace
from postroom.systems.certificates.read.transform import Transform

_MAIL = re.compile(r"[^\s@:]+@[^\s@]+\.[A-Za-z]{2,}")
_SIGNED_INK = 0.003  # share of the signature's cell that is dark in a signed one
_SIGNED_SIZE = 8.0  # points that a stroke of a signature is wide, at least
# The end of the description's own label, should it stand so low that it is taken for the first words.
_LABEL = re.compile(r"^.{0,120}?if more space is required\)?\s*", re.I)
_REMARKS = ("blanket_additional_insured", "waiver_of_subrogation", "primary_noncontributory")
_NAME = re.compile(r"[A-Za-z][A-Za-z .,'&/-]{3,59}")


@dataclass(frozen=True, slots=True)
class Found:
    """What one page says. others: kind and policy of each further policy, in order."""

    parsed: dict[str, Any]
    others: list[tuple[str, dict[str, Any]]]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything known of one page, on the form."""

    number: int
    transform: Transform
    spots: Sequence[Spot]
    ticks: Ticks
    strokes: Sequence[Stroke]
    pictures: Sequence[Cell]
    signed: Sequence[Cell]
    picture: Picture | None

    @property
    def edition(self) -> str:
        return self.transform.edition or form.NEWEST


def sheet(
    number: int,
    words: PageWords,
    transform: Transform,
    filled: Fields,
    marks: Sequence[Mark],
    picture: Picture | None,
    spots: Sequence[Spot] | None = None,
) -> Sheet:
    """spots: those of the page, if they have been read in another way than its words."""
    typed = PageWords(words.width, words.height, filled.words, "text")
    plain = cell.spots(words, transform) if spots is None else spots
    # A picture of the page shows what the fields hold, and so does a flattened copy of it.
    every = [spot for spot in plain if not _is_shown(spot, filled)] + _fields(typed, transform)
    pressed = on_form(transform, [box for box, _ in filled.buttons])
    places = {place: on for place, (_, on) in zip(pressed, filled.buttons, strict=True)}
    drawn = [mark for mark in marks if not mark.picture or mark.box.width < 20]
    strokes = [
        Stroke(*place, mark.ticking)
        for place, mark in zip(on_form(transform, [mark.box for mark in drawn]), drawn, strict=True)
    ]
    return Sheet(
        number=number,
        transform=transform,
        spots=every,
        ticks=Ticks(
            every,
            strokes,
            {
                ((place.left + place.right) / 2, (place.top + place.bottom) / 2): on
                for place, on in places.items()
            },
            picture,
            transform,
        ),
        strokes=strokes,
        pictures=on_form(transform, [mark.box for mark in marks if mark.picture]),
        signed=on_form(transform, filled.signed),
        picture=picture,
    )


def _is_shown(spot: Spot, filled: Fields) -> bool:
    x, y = spot.box.centre
    return any(
        word.box.contains(x, y) and (spot.confidence < 1.0 or spot.text in word.text) for word in filled.words
    )


def _fields(typed: PageWords, transform: Transform) -> list[Spot]:
    """Values of form fields are no labels, even where they say the same."""
    return cell.spots(typed, transform.bare())


def on_form(transform: Transform, boxes: Sequence[Box]) -> list[Cell]:
    """Rectangles of the page on the form."""
    if not boxes:
        return []
    edges = np.array([(box.left, box.top, box.right, box.bottom) for box in boxes])
    corners = edges[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    points = transform.to_form(corners).reshape(-1, 4, 2)
    low, high = points.min(axis=1).tolist(), points.max(axis=1).tolist()
    return [Cell(*one, *two) for one, two in zip(low, high, strict=True)]


def read(known: Sheet) -> Found:
    """Every cell of the form."""
    trace = Trace(known.number)
    parsed: dict[str, Any] = {
        "certificate_date": _value(known, "certificate_date", trace, written),
        "certificate_number": _value(known, "certificate_number", trace, _plain),
        "revision_number": _value(known, "revision_number", trace, _plain),
        "producer": {
            **_party(known, "producer", "producer", trace),
            "contact_name": _value(known, "contact_name", trace, _plain, "producer.contact_name"),
            "phone": _value(known, "phone", trace, _digits, "producer.phone"),
            "fax": _value(known, "fax", trace, _digits, "producer.fax"),
            "email": _value(known, "email", trace, _mail, "producer.email"),
        },
        "insured": _party(known, "insured", "insured", trace),
        "insurers": insurer.insurers(known.spots, trace),
    }
    coverages, others = _coverages(known, trace)
    if known.picture is not None:
        _named(parsed["insurers"], coverages, others, trace)
    parsed["certificate_holder"] = _party(known, "holder", "certificate_holder", trace)
    parsed["description_of_operations"] = _described(known, parsed, trace)
    parsed["authorized_representative"] = _signature(known, parsed["description_of_operations"], trace)
    parsed["coverages"] = coverages
    return Found(parsed, others, trace)


# --- single cells ------------------------------------------------------------------------------------


def _value(known: Sheet, name: str, trace: Trace, meant: Any, path: str | None = None) -> Any:
    used = cell.within(known.spots, form.CELLS[name])
    said = cell.text(cell.lines(used))
    if any(spot.confidence < 1.0 for spot in used):
        said = doubt.bare(said)
        if name in ("phone", "fax") and not doubt.is_dialled(said):
            return None
        if name in ("certificate_number", "revision_number") and (
            doubt.is_odd(said or "") or "'" in (said or "")
        ):
            return None
        if name == "email":
            said = doubt.mail(said)
    return trace.words(path or name, meant(said), used, least=_LEAST[name])


_LEAST = {
    "certificate_date": doubt.DATED,
    "certificate_number": doubt.NUMBERED,
    "revision_number": doubt.NUMBERED,
    "contact_name": doubt.NAMED,
    "phone": doubt.DIALLED,
    "fax": doubt.DIALLED,
    "email": doubt.MAILED,
}


def _plain(text: str | None) -> str | None:
    return (text.strip(" :") or None) if text else None


def _digits(text: str | None) -> str | None:
    """A telephone number, as printed; with half a pair of parentheses it is not."""
    plain = (_plain(text) or "").strip(".,")
    if not plain or plain.count("(") != plain.count(")"):
        return None
    return plain if sum(map(str.isdigit, plain)) >= 7 else None


def _mail(text: str | None) -> str | None:
    found = _MAIL.search(text[:300].replace(" @", "@").replace("@ ", "@")) if text else None
    return found[0] if found else None


def _party(known: Sheet, name: str, path: str, trace: Trace) -> dict[str, Any]:
    place = form.CELLS[name]
    used = _uncoded(cell.within(known.spots, place), place)
    rows = cell.lines(used)
    texts = [row.text for row in rows]
    if any(spot.confidence < 1.0 for spot in used):
        texts = [doubt.bare(text) or "" for text in texts]
    found = holder.party(texts)
    for key in ("name", "dba"):
        if found[key]:
            own = [
                spot
                for row, text in zip(rows, texts, strict=True)
                for spot in row.spots
                if _shares(text, found[key])
            ]
            if any(spot.confidence < 1.0 for spot in own or used):
                found[key] = None if doubt.is_odd(found[key]) else doubt.titled(found[key])
            found[key] = trace.words(f"{path}.{key}", found[key], own or used, least=doubt.NAMED)
    address = found["address"] or {}
    for key, value in address.items():
        own = [
            spot for row, text in zip(rows, texts, strict=True) for spot in row.spots if _shares(text, value)
        ]
        if value and any(spot.confidence < 1.0 for spot in own or used):
            value = _recognised(key, value)
        address[key] = (
            trace.words(f"{path}.address.{key}", value, own or used, least=doubt.PLACED) if value else value
        )
    return found


_SUITE = re.compile(r"(?:suite|ste|unit|apt|floor)\b", re.I)


def _recognised(key: str, value: str) -> str | None:
    """A part of an address as a recogniser gives it, mended where only one thing can be meant."""
    if doubt.is_run_together(value) or (key == "line1" and _SUITE.match(value)):
        return None  # the line of the street above the suite was not read
    return doubt.capitals(value) if key in ("line1", "locality") else value


_CODE = re.compile(
    r"[A-Z0-9]{3,}-\d+|(?:op\s*id|client\s*#?|cust(?:omer)?\s*(?:id|#)?|acct\s*#?)\s*[:#].*", re.I
)
_ID = re.compile(r"[A-Z0-9]{2,12}|OP|ID|CLIENT", re.I)


def _uncoded(found: Sequence[Spot], place: Cell) -> list[Spot]:
    """Agency systems print the customer's code (ACMECON-01, CLIENT#: 4711) into the corner beside the label."""
    corner = [spot for spot in found if spot.y < place.top + 10 and spot.left > place.left + 200]
    said = " ".join(spot.text for spot in sorted(corner, key=lambda spot: spot.left))
    if _CODE.fullmatch(said) or _ID.fullmatch(said):
        return [spot for spot in found if spot not in corner]
    return list(found)


def _shares(row: str, value: str | None) -> bool:
    """Whether a line of the block is part of the value, or holds it."""
    return bool(value) and (row in str(value) or str(value) in row)


def _described(known: Sheet, parsed: dict[str, Any], trace: Trace) -> dict[str, Any]:
    used = cell.within(known.spots, form.CELLS["description"])
    said = _LABEL.sub("", cell.text(cell.lines(used)) or "").strip() or None
    found = remark.remarks(said, parsed["certificate_holder"]["name"])
    found["text"] = trace.words("description_of_operations.text", said, used, least=doubt.PROSE)
    if said is not None and found["text"] is None:
        # What prose with doubtful letters says it does say; what it does not say may have been in them.
        found["additional_insured_names"] = []
        found |= {key: found[key] or None for key in _REMARKS}
    for key in _REMARKS:
        trace.words(f"description_of_operations.{key}", found[key], used, least=0.0)
    for place, name in enumerate(found["additional_insured_names"]):
        trace.words(f"description_of_operations.additional_insured_names.{place}", name, used, least=0.0)
    return found


def _signature(known: Sheet, described: dict[str, Any], trace: Trace) -> str | None:
    """Sets `signature`; returns the printed name, if there is one."""
    place = form.CELLS["signature"]
    path = "description_of_operations.signature"
    used = [spot for spot in cell.within(known.spots, place) if any(map(str.isalpha, spot.text))]
    # Below the label: what a recogniser makes of the label itself signs nothing.
    used = [spot for spot in used if spot.y > place.top + 8]
    typed = cell.text(cell.lines(used))
    described["signature"] = False
    if typed is not None and known.picture is None:
        described["signature"] = trace.words(path, True, used)
    elif found := _drawn(known, place):
        described["signature"] = True
        trace.drawn(path, known.transform.box(*found), 0.9)
    elif known.picture is not None:
        ink = known.picture.ink(Cell(place.left + 6, place.top + 10, place.right - 4, place.bottom - 2))
        if ink >= _SIGNED_INK:
            described["signature"] = True
            trace.drawn(path, known.transform.box(*place), min(0.95, 0.5 + 10 * ink))
    name = typed if typed and _NAME.fullmatch(typed) and _is_sure(used) else None
    return trace.words("authorized_representative", name, used) if name else None


def _is_sure(used: Sequence[Spot]) -> bool:
    """Recognisers make words of scribbles, but they are not sure of them."""
    return min(spot.confidence for spot in used) >= 0.8


def _drawn(known: Sheet, place: Cell) -> Cell | None:
    inner = Cell(place.left + 2, place.top + 6, place.right, place.bottom + 10)
    for box in known.signed:
        if inner.holds((box.left + box.right) / 2, (box.top + box.bottom) / 2):
            return box
    for box in known.pictures:
        small = box.right - box.left < 330 and box.bottom - box.top < 120
        if small and inner.holds((box.left + box.right) / 2, (box.top + box.bottom) / 2, 12):
            return box
    drawn = [
        stroke
        for stroke in known.strokes
        if stroke.ticking and stroke.right - stroke.left < 300 and inner.holds(*stroke.middle)
    ]
    if not any(
        stroke.right - stroke.left >= _SIGNED_SIZE and stroke.bottom - stroke.top >= 4 for stroke in drawn
    ):
        return None
    return Cell(
        min(stroke.left for stroke in drawn),
        min(stroke.top for stroke in drawn),
        max(stroke.right for stroke in drawn),
        max(stroke.bottom for stroke in drawn),
    )


# --- coverages ---------------------------------------------------------------------------------------


def _coverages(known: Sheet, trace: Trace) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    coverages: dict[str, Any] = {}
    others: list[tuple[str, dict[str, Any]]] = []
    for kind in form.BANDS:
        if kind == "other":
            continue
        for place, row in enumerate(policy.rows(known.spots, kind)):
            path = f"coverages.{kind}" if place == 0 else f"row.{known.number}.{kind}.{place}"
            found = policy.columns(row, path, trace, known.ticks, kind)
            if place == 0:
                found |= _particular(known, kind, path, trace)
                found["limits"] = policy.amounts(known.spots, kind, path, trace)
            if not policy.there(found, row):
                trace.dropped(path)
            elif place == 0:
                coverages[kind] = found
            else:
                others.append((kind, found))
                trace.moved(path, f"more.{known.number}.{len(others) - 1}")
    for place, (kind, found) in enumerate(policy.other(known.spots, known.ticks, trace)):
        _sorted_in(coverages, others, kind, found, f"row.{known.number}.{place}", trace)
    return coverages, others


def _named(
    insurers: Sequence[dict[str, Any]],
    coverages: dict[str, Any],
    others: Sequence[tuple[str, dict[str, Any]]],
    trace: Trace,
) -> None:
    """A recognised letter that names no insurer of the form is another letter: B and E are much alike."""
    letters = {entry["letter"] for entry in insurers}
    held = {f"coverages.{kind}": found for kind, found in coverages.items() if kind != "other"}
    held |= {f"coverages.other.{place}": found for place, found in enumerate(coverages.get("other", ()))}
    held |= {f"more.{trace.page}.{place}": found for place, (_, found) in enumerate(others)}
    for path, found in held.items():
        said = found["insurer_letter"]
        if said and letters and not letters.issuperset(said.split(",")):
            found["insurer_letter"] = None
            trace.dropped(f"{path}.insurer_letter")


def _sorted_in(
    coverages: dict[str, Any],
    others: list[tuple[str, dict[str, Any]]],
    kind: str,
    found: dict[str, Any],
    path: str,
    trace: Trace,
) -> None:
    """The first of a kind is the coverage, the others are further policies; `other` is a list."""
    if kind == "other":
        rows = coverages.setdefault("other", [])
        trace.moved(path, f"coverages.other.{len(rows)}")
        rows.append(found)
    elif kind in coverages:
        others.append((kind, found))
        trace.moved(path, f"more.{trace.page}.{len(others) - 1}")
    else:
        coverages[kind] = found
        trace.moved(path, f"coverages.{kind}")


def _particular(known: Sheet, kind: str, path: str, trace: Trace) -> dict[str, Any]:
    """What only this kind of coverage has: its ticked boxes."""
    ticked: dict[str, Any] = dict(tick.boxes(known.ticks, known.edition, kind, path, trace))
    if kind == "commercial_general_liability":
        per = [key for key in ("policy", "project", "location", "other") if ticked.pop(key, False)]
        if len(per) == 1:
            trace.moved(f"{path}.{per[0]}", f"{path}.aggregate_applies_per")
        for key in per:
            trace.dropped(f"{path}.{key}")
        return {**ticked, "aggregate_applies_per": per[0] if len(per) == 1 else None}
    if kind == "umbrella_excess_liability":
        used = cell.within(known.spots, form.RETENTION)
        amount = money.dollars(cell.text(cell.lines(used)))
        # One amount is printed for both; with both boxes ticked it is the retention's, which it stands beside.
        deducted = ticked.pop("deductible") and not ticked["retention"]
        del ticked["retention"]
        for key in ("deductible", "retention"):
            trace.dropped(f"{path}.{key}")
            own = amount if deducted == (key == "deductible") else None
            ticked[f"{key}_dollars"] = trace.words(f"{path}.{key}_dollars", own, used)
        return ticked
    if kind == "workers_compensation":
        used = cell.within(known.spots, form.EXCLUDED)
        value = (
            policy.flag(" ".join(spot.text for spot in used)) if used else known.ticks.drawn(form.EXCLUDED)
        )
        ticked["proprietor_excluded"] = trace.words(f"{path}.proprietor_excluded", value, used)
    return ticked
