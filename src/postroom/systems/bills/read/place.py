"""Owns the conventions of one document: country, currency, decimal mark, order of day and month.

All from its own evidence. What is not proven is None, and values that would need it are not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read import money, number
from postroom.systems.bills.read.layout import Cell

# What only one country's bills say; the weight is how sure that makes it.
_EVIDENCE: tuple[tuple[str, float, str], ...] = (
    (
        "US",
        3,
        r"\b(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
        r"|T[NX]|UT|V[AT]|W[AIVY])\.?,? \d{5}(?:-\d{4})?\b",
    ),
    (
        "US",
        1,
        r"\b1?[-. (]?8(?:00|88|77|66|55|44|33)[-. )]{1,2}\d{3}[-. ]\d{4}\b|\bP\.? ?O\.? ?BOX\b|\bZIP\b",
    ),
    ("US", 1, r"\b(?:therms?|CCF|HCF|gallons|utility users'? tax|public utilit(?:y|ies) commission)\b"),
    ("GB", 3, r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
    ("GB", 3, r"\b(?:MPAN|MPRN|Ofgem|Ofwat|England and Wales|England & Wales|Registered in England)\b"),
    ("GB", 1, r"\bVAT\b|\bplc\b|\bDirect Debit\b|\bstanding charge\b"),
    ("AU", 3, r"\b(?:NSW|VIC|QLD|TAS|ACT|WA|SA|NT),? \d{4}\b|\bABN\b|\bNMI\b|\bMIRN\b|\bBPAY\b|\bPty\b"),
    ("AU", 1, r"\bGST\b"),
    ("NZ", 3, r"\bICP\b|\bNZBN\b|\bNew Zealand\b"),
    ("CA", 3, r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b|\bHST\b"),
    ("IE", 3, r"\b(?:Dublin|MPRN: ?10\d{9}|GPRN|Eircode|Ireland)\b|\b[A-Z]\d[\dW] [A-Z\d]{4}\b"),
    ("DE", 3, r"\b(?:Umsatzsteuer|MwSt|GmbH|Rechnungs\w+|Zähler\w*|Abschl[aä]g\w*)\b"),
    ("AT", 4, r"\bÖsterreich\b|\bATU\d{8}\b"),
    ("FR", 3, r"\b(?:TVA|facture|kWh TTC|Montant|abonnement|Consommation)\b"),
    ("ES", 3, r"\b(?:IVA|CUPS|factura(?:ción)?|Importe|contador|suministro)\b"),
    ("IT", 3, r"\b(?:bolletta|fattura|fornitura|Totale da pagare|POD: ?IT)\b"),
    ("NL", 3, r"\b(?:btw|BTW|verbruik|Termijnbedrag|factuurnummer)\b"),
)
_COMPILED = tuple((country, weight, re.compile(pattern)) for country, weight, pattern in _EVIDENCE)
_CURRENCY = {"US": "USD", "GB": "GBP", "AU": "AUD", "NZ": "NZD", "CA": "CAD"} | dict.fromkeys(
    ("IE", "DE", "AT", "FR", "ES", "IT", "NL"), "EUR"
)
_COMMA = ("DE", "AT", "FR", "ES", "IT", "NL")
_DOLLARS = ("US", "AU", "CA", "NZ")


@dataclass(frozen=True, slots=True)
class Place:
    """country: ISO 3166, currency: ISO 4217; order: of dates in digits; point: decimal mark."""

    country: str | None
    currency: str | None
    point: str | None
    order: dates.Order | None


def infer(texts: list[str]) -> Place:
    """From all the texts of a document."""
    whole = "\n".join(texts)
    signs: Counter[str] = Counter({"£": whole.count("£"), "€": whole.count("€"), "$": whole.count("$")})
    scores: Counter[str] = Counter()
    for land, weight, pattern in _COMPILED:
        hits = len(pattern.findall(whole))
        if hits:
            scores[land] += int(10 * weight * min(hits, 4))
    country = _country(scores, signs)
    point = number.decimal_mark(texts) or (None if country is None else "," if country in _COMMA else ".")
    order = dates.order_of(texts) or (None if country is None else "mdy" if country == "US" else "dmy")
    return Place(country, _currency(country, signs, texts, point), point, order)


def _country(scores: Counter[str], signs: Counter[str]) -> str | None:
    sign = signs.most_common(1)[0][0] if signs.most_common(1)[0][1] else ""
    fits = {
        "£": ("GB",),
        "€": tuple(c for c, money_of in _CURRENCY.items() if money_of == "EUR"),
        "$": _DOLLARS,
    }
    allowed = fits.get(sign, tuple(_CURRENCY))
    known = [(score, country) for country, score in scores.items() if country in allowed]
    if known:
        return max(known)[1]
    return "GB" if sign == "£" else None


def _currency(country: str | None, signs: Counter[str], texts: list[str], point: str | None) -> str | None:
    codes = Counter(
        amount.currency for text in texts for amount in money.find(text, point) if amount.currency
    )
    if codes:
        best, count = codes.most_common(1)[0]
        if count * 2 > sum(codes.values()) and (
            not signs["$"] or best not in ("GBP", "EUR") or count > signs["$"]
        ):
            return best
    if signs["$"] or not sum(signs.values()):
        return _CURRENCY.get(country or "")
    return None


def witness(cells: Sequence[Cell], found: Place) -> Cell | None:
    """The first cell that says which currency it is: its sign or code, a dollar's, or the country's own words."""
    for cell in cells:
        if any(amount.currency == found.currency for amount in money.find(cell.text, found.point)):
            return cell
    if found.currency in {_CURRENCY[country] for country in _DOLLARS}:
        dollar = next((cell for cell in cells if "$" in cell.text), None)
        if dollar is not None:
            return dollar
    patterns = [pattern for country, _, pattern in _COMPILED if country == found.country]
    return next((cell for cell in cells for pattern in patterns if pattern.search(cell.text)), None)
