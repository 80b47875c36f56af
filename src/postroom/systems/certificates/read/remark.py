"""Owns the description of operations: whom it makes an additional insured, what it waives. Pure text.

Instructions found in it are data like everything else.
"""

from __future__ import annotations

import re
from typing import Any

LOOK = 4_000  # characters of the text that are searched: some of the patterns take quadratic time
NAMES = 20  # additional insureds that are kept
_LONGEST = 200  # characters of one

_AS_INSURED = r"(?:an?\s+|the\s+)?additional(?:ly)?\s+(?:named\s+)?insureds?"
_VERB = r"(?:(?:is|are|shall\s+be|has\s+been|have\s+been|will\s+be)\s+)?(?:also\s+)?(?:hereby\s+)?"
_VERB += r"(?:includ|nam|list|add|show|consider)ed\s+(?:as\s+)?"
# "<names> is included as additional insured": the names run back to the start of the sentence.
_BEFORE = re.compile(
    rf"(?P<names>[^.;:]*?(?:\.(?=\s*,|\s+(?:and|is|are|&)\b)[^.;:]*?)*)\s*,?\s*(?:{_VERB}|(?:is|are)\s+){_AS_INSURED}\b",
    re.I,
)
# "Additional insured: <names>", "Additional insureds are: <names>"
_AFTER = re.compile(
    rf"{_AS_INSURED}(?:\(s\)|s)?(?:\s+(?:is|are|as follows|include|includes))?\s*[:\-–]\s*(?P<names>[^;:]+?)(?=\.(?:\s|$)|;|$)",
    re.I,
)
_FOLLOWING = re.compile(
    rf"the following\s+{_VERB}{_AS_INSURED}[^:]*:\s*(?P<names>[^;:]+?)(?=\.(?:\s|$)|;|$)", re.I
)
_HOLDER = re.compile(
    r"^(?:the\s+)?certificate\s*holders?(?:\s+(?:named\s+)?(?:below|above|listed below))?$", re.I
)
_BLANKET = re.compile(
    r"blanket\s+(?:additional|a\.?i\b)|(?:additional|add'?l)\s+insureds?.{0,160}?"
    r"\b(?:where|when|if|as|to the extent)\s+(?:so\s+)?(?:required|requested|agreed|specified)\s+"
    r"(?:by|in|per|under)\s+(?:a\s+|any\s+)?(?:signed\s+|executed\s+)?(?:written\s+)?(?:contract|agreement)"
    r"|\b(?:where|when|if|as)\s+required\s+(?:by|in|per|under)\s+(?:a\s+)?(?:written\s+)?(?:contract|agreement)"
    r".{0,160}?additional\s+insured",
    re.I | re.S,
)
_WAIVER = re.compile(
    r"\bwaivers?\s+of\s+(?:our\s+)?(?:subrogation|rights?|transfer)|subrogation\s+(?:is|has been|are)\s+waived|\bwos\b",
    re.I,
)
_PRIMARY = re.compile(
    r"\bprimary\b.{0,60}?\bnon[\s-]*contributory|\bnon[\s-]*contributory\b.{0,60}?\bprimary|\bpnc\b",
    re.I | re.S,
)
_NOT = re.compile(r"\b(?:no|not|without|excludes?|excluding|does not)\b[^.;,]{0,30}$", re.I)
_LEAD = re.compile(
    r"^(?:(?:re|job|project|location)\s*[:#].*?,\s*(?=[A-Z][^,]*$)"
    r"|(?:it is (?:agreed|understood)(?: and (?:agreed|understood))? that)\s+|the\s+following\s+|and\s+|also,?\s+|that\s+)",
    re.I,
)
_OPENING = re.compile(
    r"^(?:coverage|policy|insurance|when|where|if|as|blanket|status|endorsements?|who|which|they|it|those|all|any"
    r"|others?|(?:the )?following)\b",
    re.I,
)


def remarks(text: str | None, holder: str | None) -> dict[str, Any]:
    """holder: whom "certificate holder" names. Without any text everything is unknown, not false."""
    if text is None:
        return {
            "text": None,
            "additional_insured_names": [],
            "blanket_additional_insured": None,
            "waiver_of_subrogation": None,
            "primary_noncontributory": None,
        }
    return {
        "text": text,
        "additional_insured_names": names(text, holder),
        "blanket_additional_insured": _said(_BLANKET, text),
        "waiver_of_subrogation": _said(_WAIVER, text),
        "primary_noncontributory": _said(_PRIMARY, text),
    }


def names(text: str, holder: str | None) -> list[str]:
    """Whom the text makes additional insureds, in order, each once."""
    found: list[str] = []
    text = text[:LOOK]
    for pattern in (_FOLLOWING, _AFTER, _BEFORE):
        for match in pattern.finditer(text):
            if _denied(text[: match.end()], match) or (pattern is _BEFORE and _FOLLOWING.search(match[0])):
                continue
            end = match.end("names")
            listed = match["names"] + (
                "." if text[end : end + 1] == "." and _SHORT.search(match["names"]) else ""
            )
            for entry in _split(listed):
                name = holder if _HOLDER.match(entry) else entry
                if name and name not in found and len(found) < NAMES:
                    found.append(name)
    return found


def _denied(before: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"\bnot\s+(?:an?\s+)?(?:includ|nam|list|add|consider|additional)", match[0], re.I))


_SHORT = re.compile(r"\b(?:Inc|Ltd|Corp|Co|L\.?L\.?C|L\.?P|N\.?A|P\.?C)$")
_SUFFIX = re.compile(r",\s*(?=(?:inc|llc|l\.l\.c|ltd|corp|co|lp|llp|pllc|pc|n\.?a|p\.?c)\b)", re.I)


def _split(names: str) -> list[str]:
    """Single names. A comma before a legal form, and `&` or `and` within a name, separate nothing for sure:
    only commas and ` and ` between names that stand in a list do."""
    text = " ".join(names.split()).strip(" ,-")
    text = _LEAD.sub("", text).strip(" ,")
    text = re.sub(r"^(?:re|job|project)\b[^.]*\.\s*", "", text, flags=re.I)
    joined = _SUFFIX.sub("\0 ", text)
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+(?=(?:the\s+)?certificate\s*holder)", joined)
    if len(parts) == 1:
        parts = re.split(r"(?<=\b(?:inc|llc|ltd|cor))p?\.?\s+and\s+", joined, flags=re.I)
    kept = []
    for part in parts:
        name = part.replace("\0", ",").strip(" ,").removeprefix("the ").strip()
        if 2 <= len(name) <= _LONGEST and not _OPENING.match(name) and re.search(r"[A-Za-z]{2}", name):
            kept.append(name)
    return kept


def _said(pattern: re.Pattern[str], text: str) -> bool:
    text = text[:LOOK]
    return any(
        not _NOT.search(text[max(0, match.start() - 60) : match.start()]) for match in pattern.finditer(text)
    )


# Lines that are printed on an ACORD 101.
FORM_101 = re.compile(
    r"additional remarks schedule|agency customer id|^\s*loc\s*#|additional remarks form is a schedule|form number:"
    r"|form title:|acord corporation|acord name and logo|acord 101\s*\(|^\s*(?:agency|policy number|carrier|naic code"
    r"|named insured|effective date:?|additional remarks|page\s+\S*\s*of.*)\s*$",
    re.I,
)
