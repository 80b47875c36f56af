"""Owns how sheet numbers look: A-101, A1.01, S-2, FP-100, E-001A and their kin. Refuses to know where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The letters that sheets of American sets begin with (US National CAD Standard, and what offices add to it).
PREFIXES = frozenset(
    """
    A AD AE AF AI AN AP AS AC ARCH B C CD CE CG CP CS CU CV CI D E EC ED EG EH EL EP ER ES ET EY F FA FD FP FS FX
    G GC GI GN H HM HD I ID IN IF K L LA LD LE LI LP LS LT M MC MD ME MG MH MI MP MS MV N O P PD PF PG PL PP Q QF
    R S SB SC SD SE SF SG SK SP SS ST T TC TD TE TI TN TS TY U V VA VB W X Z CIV STR FPP MEP PH
    """.split()  # noqa: SIM905
)
_NUMBER = re.compile(
    # What stands before the discipline: the project, the building, the level, as in 2315-A-1001 or B2-A-101.
    r"(?P<before>(?:[A-Z0-9]{1,8}-){0,6})"
    r"(?P<prefix>[A-Z]{1,4})(?P<dash>[-.]?)(?P<digits>\d{1,4})(?P<rest>(?:[.-]\d{1,3}){0,2})(?P<suffix>(?:[A-Z]{0,2}\d?|-[A-Z]\d?))"
)
_LONG, _LONGEST = 10, 32  # characters of a number, without and with something before its discipline
# Cheap: most words are none.
LIKE = re.compile(
    r"[ :#(\[]*(?:[A-Za-z]{1,4}\s*[-.‐‑‒–—−_]?\s*\d|[A-Za-z0-9]{1,8}[-‐‑‒–—−_][A-Za-z0-9]+[-.‐‑‒–—−_]?[A-Za-z0-9])"
)
_PLAIN = re.compile(r"\d{1,3}(?:\.\d{1,2})?[A-Z]?")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−_", "-"))
# What the eye of OCR takes for a digit.
_MISREAD = str.maketrans("OQDILSBZ|!", "0001158211")
_UNITS = re.compile(r"(?:[A-Z]{1,2}\d{1,2}X\d|R-?\d\d$|NO\d|PSI|HSS|WT\d|ISO|REV\d|ASTM|TEL|BOX)")


@dataclass(frozen=True, slots=True)
class Number:
    """A sheet number. text: as it is written, dashes made plain. quality: 0..1, how much it looks like one."""

    text: str
    prefix: str
    quality: float


def parse(text: str, *, misread: bool = False) -> Number | None:
    """The sheet number that `text` as a whole is. misread: it comes from OCR, so letters may be digits."""
    if not misread and not LIKE.match(text):
        return None
    plain = text.translate(_DASHES).upper().strip(" :#()[]")
    if len(plain.split()) > 1:
        plain = re.sub(r"\s*([-.])\s*", r"\1", plain)
        if re.fullmatch(r"[A-Z]{1,2} \d{1,3}(\.\d{1,2}){0,2}[A-Z]?", plain):
            plain = plain.replace(" ", "")
    readings = [_NUMBER.fullmatch(plain)]
    if misread and any(map(str.isdigit, plain[1:])):
        readings.append(_NUMBER.fullmatch(_repaired(plain)))
    good = [found for found in readings if found and _possible(found)]
    if not good:
        return None
    best = max(good, key=_quality)
    return Number(best[0], best["prefix"], _quality(best))


def _possible(found: re.Match[str]) -> bool:
    longest = _LONGEST if found["before"] else _LONG
    return len(found[0]) <= longest and not _UNITS.match(found[0])


def plain(text: str, *, quality: float = 0.4) -> Number | None:
    """A sheet number without letters, "101" or "3.1". Means something beside a label, or in its place in the set."""
    found = _PLAIN.fullmatch(text.strip(" :#"))
    return Number(found[0], "", quality) if found else None


def _repaired(text: str) -> str:
    """Digits where a sheet number has them, if OCR read letters."""
    split = re.match(r"([A-Z0-9]{1,2})(-?)(.+)", text)
    if split is None:
        return text
    head = split[1]
    if not split[2]:
        head, rest = text[0], text[1:]
        return head + rest.translate(_MISREAD)
    return head.replace("5", "S").replace("0", "D") + "-" + split[3].translate(_MISREAD)


def _quality(found: re.Match[str]) -> float:
    score = 0.5 if found["prefix"] in PREFIXES else 0.15
    if found["dash"] == "-":
        score += 0.15
    pointed = found["rest"].startswith(".") and len(found["digits"]) <= 2
    if len(found["digits"]) == 3 or pointed:
        score += 0.25
    elif len(found["digits"]) == 4:
        score -= 0.15
    if found["suffix"]:
        score -= 0.1
    if len(found["prefix"]) > 2:
        score -= 0.15
    if found["before"]:
        score -= 0.1
    if not found["dash"] and not found["rest"] and len(found["digits"]) <= 2:
        score -= 0.1  # A1, B2: rooms, grids and marks are called so too
    return max(0.05, min(1.0, score))
