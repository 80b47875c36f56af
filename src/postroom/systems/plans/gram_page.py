"""Owns the trigrams of whole pages, as `gram.of_text` has them and many times as fast. In a child: it needs numpy."""

from __future__ import annotations

import numpy as np

from postroom.systems.plans.gram import MULTIPLIERS


def of_page(text: str) -> list[int]:
    """See `gram.of_text`."""
    codes = np.frombuffer(text.casefold().encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    if len(codes) < 3:
        return []
    one, two, three = (codes * np.uint64(multiplier) for multiplier in MULTIPLIERS)
    mixed = (one[:-2] ^ two[1:-1] ^ three[2:]) >> np.uint64(16) & np.uint64(0x7FFFFFFF)
    found: list[int] = np.unique(mixed).tolist()
    return found
