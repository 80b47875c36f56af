"""Owns the verdict whether a document is a utility bill, from its content, with a score and its reasons.

Class rules of the contract: electricity, gas, water, district energy, waste, fuel and telecom bills are; a
letter without charges, a leaflet, an ordinary invoice, a receipt, a contract, a photo, a blank page are not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from postroom.systems.bills.read import account, commodity, date, label, money, table, unit
from postroom.systems.bills.read.document import Document

THRESHOLD = 0.5
_BIAS = -4.4  # what a document without any feature gets, as log odds
_FEW_WORDS = 14

# Words for and against, each pattern once however often it occurs: (name, weight, pattern).
_FOR: tuple[tuple[str, float, str], ...] = (
    (
        "charges of supply",
        0.9,
        r"standing charge|(?:customer|basic|delivery|distribution|supply|service|energy|demand|meter"
        r"|facilities) charge|arbeitspreis|grundpreis|abonnement|potencia contratada|cost of gas"
        r"|fuel (?:cost )?adjustment|power cost|wastewater|sewer|storm ?water|line rental|monthly charges",
    ),
    (
        "balance brought on",
        0.8,
        r"(?:previous|opening|prior) balance|balance (?:forward|brought forward|from last)"
        r"|payments? received|last bill|amount due on previous|abschl[aä]g|previous amount",
    ),
    (
        "a stub to return",
        0.5,
        r"(?:detach|tear|return).{0,40}(?:payment|stub|portion)|direct debit|autopay|auto pay|bpay"
        r"|amount enclosed",
    ),
    (
        "a bill's title",
        0.5,
        r"(?:electric\w*|gas|water|energy|utility|phone|broadband|services) (?:bill|statement|account)"
        r"|energy statement|stromrechnung|gasrechnung|jahresrechnung|facture d'|factura de|utility billing"
        r"|your bill",
    ),
)
_AGAINST: tuple[tuple[str, float, str], ...] = (
    (
        "goods",
        -1.6,
        r"unit price|purchase order|\bp\.?o\.? (?:number|no|#)|ship(?:ped)? to|\bsku\b|packing|\bqty\b"
        r"|item (?:no|code|number)|bultos|incoterm|net 30",
    ),
    (
        "clauses",
        -2.4,
        r"\bthe parties\b|hereby|hereinafter|whereas|governing law|lessee|lessor|this agreement"
        r"|indemnif\w+|notwithstanding",
    ),
    (
        "insurance",
        -2.4,
        r"policy number|\binsured\b|liability insurance|premium due|certificate of (?:liability|insurance)"
        r"|general aggregate",
    ),
    (
        "a bank",
        -2.4,
        r"paid out|paid in\b|sort code|statement of account|savings bank|withdrawals?|debit card purchase"
        r"|interest rate on your",
    ),
    (
        "nothing to pay",
        -2.5,
        r"nothing to pay|this is not a bill|no payment (?:is )?(?:required|due)|do not pay",
    ),
    (
        "advertisement",
        -2.0,
        r"offer ends|terms and conditions apply|switch to our|save up to|sign up (?:now|today)|free quote",
    ),
    (
        "a report",
        -1.5,
        r"\baudit\b|findings|executive summary|table of contents|abstract|references|chapter \d|figure \d"
        r"|appendix",
    ),
    ("an offer", -1.5, r"quotation|proposal|this quote|estimate (?:no|number)|pro ?forma"),
    (
        "a receipt",
        -1.6,
        r"cashier|change due|card ending|receipt no|\breceipt\b(?!s)|\bcard\b .{0,12}\d\.\d\d",
    ),
    ("pay", -2.0, r"gross pay|net pay|payroll|salary|curriculum|employee"),
)
_FOR_COMPILED = tuple((name, weight, re.compile(pattern)) for name, weight, pattern in _FOR)
_AGAINST_COMPILED = tuple((name, weight, re.compile(pattern)) for name, weight, pattern in _AGAINST)
_METERED = ("ELECTRICITY", "GAS", "WATER", "DISTRICT", "FUEL")


@dataclass(frozen=True, slots=True)
class Verdict:
    """score: 0 to 1. reasons: what was seen, with its weight, the heaviest first."""

    utility: bool
    score: float
    reasons: tuple[tuple[str, float], ...]


def classify(document: Document) -> Verdict:
    """Add up what speaks for and against."""
    reasons = sorted(_features(document), key=lambda reason: -abs(reason[1]))
    whole = _BIAS + sum(weight for _, weight in reasons)
    score = 1 / (1 + math.exp(-max(-30.0, min(30.0, whole))))
    return Verdict(
        score >= THRESHOLD, round(score, 4), tuple((name, round(weight, 2)) for name, weight in reasons)
    )


def _features(document: Document) -> Iterator[tuple[str, float]]:
    text = document.text
    if len(re.findall(r"\w{2,}", text)) < _FEW_WORDS:
        yield "hardly a word", -6.0
        return
    yield from _amounts(document)
    yield from _usage(document)
    if document.candidates("account", account.numbers):
        yield "account number", 1.3
    if _period(document):
        yield "billing period", 1.2
    if document.candidates("due", _days(document)):
        yield "due date", 0.6
    yield from _service(text)
    for name, weight, pattern in (*_FOR_COMPILED, *_AGAINST_COMPILED):
        if pattern.search(text):
            yield name, weight


def _amounts(document: Document) -> Iterator[tuple[str, float]]:
    point = document.place.point

    def parse(text: str) -> Iterator[tuple[object, int, int]]:
        for amount in money.find(text, point):
            yield amount.value, amount.start, amount.end

    if any(one.score > 0.85 for one in document.candidates("total", parse)):
        yield "amount due", 1.6
    elif not any(money.find(cell.text, point) for cell in document.cells):
        yield "no money", -3.0


def _usage(document: Document) -> Iterator[tuple[str, float]]:
    country, point = document.place.country, document.place.point

    def parse(text: str) -> Iterator[tuple[object, int, int]]:
        for one in unit.quantities(text, point, country):
            if one.unit.measure in ("energy", "volume"):
                yield one.value, one.start, one.end

    rows = table.rows(document)
    if any(row.previous is not None and row.current is not None for row in rows):
        yield "meter readings", 1.8
    elif document.candidates("current_reading", _figures):
        yield "meter readings", 1.4
    if rows or document.candidates("usage", parse):
        yield "usage", 1.0
    if any(
        one.score > 0.72 for one in document.candidates("meter", lambda text: account.numbers(text, least=3))
    ):
        yield "meter number", 0.9
    if any(
        name.search(cell.text)
        for cell in document.cells
        if len(cell.text) < 100
        for _, name, _ in label.IDENTIFIERS
    ):
        yield "point of supply", 0.9


def _figures(text: str) -> Iterator[tuple[object, int, int]]:
    for match in re.finditer(r"\b\d{3,}\b", text):
        yield match[0], match.start(), match.end()


def _period(document: Document) -> bool:
    from postroom.systems.bills.read.dated import ranges

    return any(
        3 <= one.days <= 400
        for cell in document.cells
        if len(cell.text) < 120
        for one in ranges(document, cell.text)
    )


def _days(document: Document):  # type: ignore[no-untyped-def]
    def parse(text: str) -> Iterator[tuple[object, int, int]]:
        for day in date.find(text, document.place.order):
            yield day.value, day.start, day.end

    return parse


def _service(text: str) -> Iterator[tuple[str, float]]:
    """Which service is spoken of, and how much."""
    counted = commodity.scores(text)
    best = max(counted, key=lambda name: counted[name])
    if not counted[best]:
        yield "no service", -2.5
        return
    strong = 1.6 if best in ("TELECOM", "WASTE") else 1.0
    yield f"service: {best.lower()}", strong if counted[best] >= 3 else 0.5 * strong
