"""Owns where the words of a page stand, as `pack` has kept them: which of them a piece of its text touches.

Refuses to know who searches.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from struct import Struct

from postroom.systems.plans.stage import Edges

UNIT = 65_535  # of which edges are shares
_ROW = Struct("<II4H")  # start, end, left, top, right, bottom; rows are in order of their starts


def boxes(words: bytes, start: int, end: int) -> list[Edges]:
    """The places of the words that [start, end) of the text touches, in order, as shares of the page."""
    rows = range(len(words) // _ROW.size)
    first = bisect_right(rows, start, key=lambda row: _row(words, row)[1])
    last = bisect_left(rows, end, key=lambda row: _row(words, row)[0])
    found = []
    for row in rows[first:last]:
        left, top, right, bottom = (round(edge / UNIT, 5) for edge in _row(words, row)[2:])
        found.append((left, top, right, bottom))
    return found


def _row(words: bytes, row: int) -> tuple[int, ...]:
    return _ROW.unpack_from(words, row * _ROW.size)
