"""Owns when two names of companies or persons are the same. Knows neither rules nor forms."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

SIMILARITY = 0.92  # from which two plain names are the same, unless a rule says otherwise
LEGAL_FORMS = frozenset(("inc", "llc", "ltd", "corp", "co", "company", "lp", "llp", "pllc", "pc"))
_LONGEST = 300  # characters that are compared: the comparison takes quadratic time


def plain(text: str) -> str:
    """The name as it is compared: case-folded, `&` to `and`, no punctuation, no trailing legal form.

    A name that is nothing but a legal form keeps its last word. Source: behaviour.md section 6, inferred there.
    """
    text = unicodedata.normalize("NFKC", text[: 2 * _LONGEST]).casefold().replace("&", " and ")
    # Between words a hyphen or slash is a blank; anything else vanishes, so that L.L.C. is llc.
    kept = (" " if sign.isspace() or sign in "-/–—" else sign if sign.isalnum() else "" for sign in text)
    words = "".join(kept).split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)[:_LONGEST]


def match(one: str, two: str, least: float = SIMILARITY) -> bool:
    """Whether both name the same. least: similarity from 0 to 1 from which unequal plain names still match."""
    one, two = sorted((plain(one), plain(two)))
    if not one or not two:
        return False
    if one == two:
        return True
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return matcher.real_quick_ratio() >= least and matcher.ratio() >= least
