"""Owns the guess which character separates the columns of a text. Pure: takes text, opens no file.

`csv.Sniffer` is not used: it answers with letters of the alphabet, and takes time that grows with the square
of the sample on text without any delimiter.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

CANDIDATES = (",", ";", "\t", "|")
_SAMPLE = 16 << 10  # characters
_ROWS = 100


def guess(text: str, *, whole: bool) -> str | None:
    """The delimiter of a text that is said to be a table; None if it has one column.

    text: its beginning. whole: whether that is all of it (else the last line may be cut, and is ignored).
    """
    best, found = (0.0, 1), None
    for candidate in CANDIDATES:
        widths = Counter(len(row) for row in _rows(text, candidate, whole))
        if not widths:
            continue
        width, rows = widths.most_common(1)[0]
        score = (rows / widths.total(), width)
        if width > 1 and score > best:
            best, found = score, candidate
    return found


def regular(text: str, *, whole: bool) -> str | None:
    """The delimiter of a text that nobody calls a table, if it is so regular that it must be one.

    Letters have commas too ("Dear Sir,"), so: at least three rows, all of the same width, of three columns or
    more (two if they are tabs), and a first column that is filled.
    """
    for candidate in CANDIDATES:
        rows = _rows(text, candidate, whole)
        if len(rows) < 3 or len({len(row) for row in rows}) > 1:
            continue
        if len(rows[0]) >= (2 if candidate == "\t" else 3) and all(row[0].strip() for row in rows):
            return candidate
    return None


def _rows(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    """The first rows that are not blank; none if the csv module cannot read them."""
    sample = text[:_SAMPLE]
    if not whole or len(text) > _SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1]
    try:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        return [row for row in islice(reader, _ROWS) if row]
    except csv.Error:
        return []
