"""Owns what a printed amount of money says: sign, currency, minus before and behind, CR, brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from postroom.systems.bills.read import number

SIGNS = {
    "$": None,
    "£": "GBP",
    "€": "EUR",
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "NZ$": "NZD",
}
CODES = ("USD", "EUR", "GBP", "AUD", "CAD", "NZD", "CHF")
_SIGN = r"(?:US\$|AU?\$|C\$|NZ\$|[$£€]|(?:USD|EUR|GBP|AUD|CAD|NZD|CHF)\b)"
_PATTERN = re.compile(
    rf"(?P<open>\()?(?P<minus>[-−–]\s?)?(?P<sign>{_SIGN})?\s?(?P<inner>[-−–]\s?)?(?<![\w/#])(?<!\d[.,])(?P<number>{number.PATTERN})"
    rf"(?![\d/]|[.,:][\d/]|-\d)(?:\s?(?P<after>{_SIGN}))?(?P<close>\))?(?P<behind>\s?[-−–](?![\w$£€])"
    rf"|\s?(?:CR|Cr|cr|DR|Dr)\b)?"
    r"(?P<percent>\s?%)?"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """value: negative for a credit. currency: what the sign says, "$" alone says nothing.

    signed: a currency stands with it. places: decimals as printed. credit: it says CR, a minus or brackets.
    """

    value: Decimal
    start: int
    end: int
    currency: str | None = None
    signed: bool = False
    places: int = 0
    credit: bool = False


def find(text: str, point: str | None = ".") -> list[Amount]:
    """Every amount in a text, from left to right. Numbers without two decimals count only with a currency.

    Percentages, parts of dates, codes and telephone numbers are no amounts.
    """
    found = []
    for match in _PATTERN.finditer(text):
        amount = _amount(match, point)
        if amount is not None:
            found.append(amount)
    return found


def _amount(match: re.Match[str], point: str | None) -> Amount | None:
    printed = match["number"]
    sign = match["sign"] or match["after"]
    places = _places(printed, point)
    if match["percent"] or (not sign and places != 2) or places > 6:
        return None
    tail = match.string[match.end() : match.end() + 1]
    if tail.isalpha() and not match["behind"]:
        return None
    if match["open"] and not match["close"] and not sign and places != 2:
        return None
    value = number.parse(printed, point)
    if value is None:
        return None
    behind = (match["behind"] or "").strip()
    credit = bool(
        match["minus"]
        or match["inner"]
        or (match["open"] and match["close"])
        or behind.upper() in ("CR", "-", "−", "–")
    )
    currency = None if sign is None else SIGNS.get(sign, sign if sign in CODES else None)
    return Amount(
        -value if credit else value, match.start(), match.end(), currency, sign is not None, places, credit
    )


def _places(printed: str, point: str | None) -> int:
    tail = re.search(r"[.,](\d+)$", printed)
    if tail is None:
        return 0
    digits = len(tail[1])
    if digits == 3 and printed[tail.start()] != point:
        return 0  # thousands
    return digits
