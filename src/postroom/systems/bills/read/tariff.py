"""Owns the name of the tariff: a short text at one of its labels."""

from __future__ import annotations

import re
from collections.abc import Iterable

from postroom.systems.bills.read.document import Candidate, Document

_NOT = re.compile(
    r"^(?:\d{1,2}[/.]\d{1,2}[/.]|[$£€¢]|per\b|is\b|are\b|and\b|or\b|of\b|for\b|on\b|in\b|was\b|has\b"
    r"|could\b|amount|usage|charge|total|price|x\b)"
    r"|[$£€]\s?\d|¢|^\d+[.,]\d+ ?[cp]?$|/kwh|\bkwh\b|call|www\.|\byou\b|\bsaver?\s+you|cheapest|could|save £|\?$|\.$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:super )?(?:on|off|mid|part)?[- ]?peak|shoulder|day|night|usage|anytime", re.IGNORECASE
)
_LEAD = re.compile(r"^(?:\s*(?:[:=–-]|is\b|name\b|code\b))*\s*", re.IGNORECASE)


def _names(text: str) -> Iterable[tuple[str, int, int]]:
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    value = re.split(r"\s{3,}|\s[|•]\s|  (?=[A-Z])|\s(?:Meter|MIRN|NMI)\b", text[start:], maxsplit=1)[
        0
    ].strip(" ,;")
    if (
        1 < len(value) <= 48
        and not _NOT.search(value)
        and value[0].isalnum()
        and not value.isdigit()
        and not _TIME.fullmatch(value)
    ):
        yield value, start, start + len(value)


def tariffs(document: Document) -> list[Candidate]:
    """All that are found, in the order of the document; a name that goes on below is put together."""
    refuse = re.compile(
        r"cheapest|could|\bour |about your|change|compar|per kwh|rates? on|based|charges?$|understanding"
        r"|residential customers"
    )
    found = document.candidates("tariff", _names, refuse=refuse)
    kept: dict[int, Candidate] = {}
    for one in found:
        label = one.label.order if one.label else one.cell.order
        if one.score >= 0.7 and (label not in kept or kept[label].score < one.score):
            kept[label] = one
    for one in kept.values():
        _whole(document, one)
    return sorted(kept.values(), key=lambda one: one.cell.order)


def _whole(document: Document, one: Candidate) -> None:
    """Under a heading of its own a tariff may run over two lines, and over gaps within a line."""
    if one.how != "below":
        return
    page = document.page(one.cell)
    parts = [one.cell]
    for other in page.right(one.cell):
        if other.box.left - parts[-1].box.right > 2.2 * one.cell.size or other.order in document.named:
            break
        parts.append(other)
    one.value = re.sub(r"\s+", " ", " ".join(part.text for part in parts)).strip(" -–")
