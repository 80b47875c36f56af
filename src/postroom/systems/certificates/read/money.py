"""Owns amounts: from what is printed to whole dollars, or None. Never a guess."""

from __future__ import annotations

import re

_LIMIT = 10**12  # dollars; more is no limit of a policy
_NOTHING = frozenset(
    (
        "n/a",
        "na",
        "nil",
        "none",
        "excluded",
        "excl",
        "included",
        "incl",
        "statutory",
        "unlimited",
        "tbd",
        "-",
        "--",
    )
)
_AMOUNT = re.compile(
    r"(?P<whole>\d{1,3}(?:[,.' ]\d{3})+|\d+)(?:[.,](?P<cents>\d{1,2}))?\s*(?P<times>mm|mil(?:lion)?s?|m|k|thousand)?",
    re.IGNORECASE,
)
_TIMES = {"k": 1_000, "thousand": 1_000}


def dollars(text: str | None) -> int | None:
    """`$1,000,000`, `1000000.00`, `1M`, `1 MIL` are 1000000; blank, `N/A`, `EXCLUDED` and the like are None.

    Text around the figure is no amount: "See policy 12" is None. Cents are cut off. Source: section 5.2, inferred there.
    """
    if text is None:
        return None
    plain = " ".join(text.replace("$", " ").replace("USD", " ").split()).strip(" :;|*")
    if not plain or plain.casefold() in _NOTHING:
        return None
    # Recognisers put blanks around the commas: 1, 000,000.
    plain = re.sub(r"\s*,\s*", ",", plain)
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        return None
    times = (found["times"] or "").casefold()
    factor = _TIMES.get(times, 1_000_000 if times else 1)
    whole = int(re.sub(r"\D", "", found["whole"]))
    if factor > 1 and found["cents"]:
        # "1.5 M": what follows the point counts.
        amount = whole * factor + int(found["cents"]) * factor // 10 ** len(found["cents"])
    else:
        amount = whole * factor
    return amount if amount <= _LIMIT else None
