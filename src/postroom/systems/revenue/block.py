"""Owns where the records of a piece of a file begin and end, found with arrays: some hundred MB per second.

Newlines, quotes and commas are found by numpy; the parity of quotes tells which of them count. That holds
only while every quote stands where RFC 4180 puts it, which is checked; what is odd goes to `machine`.
Refuses to know columns, rules and files.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import numpy.typing as npt

from postroom.systems.revenue import machine

Places = npt.NDArray[np.int64]
_CR, _LF, _QUOTE, _COMMA = 13, 10, 34, 44


class Quotes(Enum):
    """NONE: no quote is special. REGULAR: each stands where it belongs. ODD: only the machine knows."""

    NONE = auto()
    REGULAR = auto()
    ODD = auto()


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records of `data`, empty lines left out.

    starts, ends: of each record's text, as places in `data`. cells: of each record.
    used: bytes from the start of `data` to the next record. plain: one LF or CRLF after each record and
    nothing else between them, so that a CSV reader may have `data[:used]` as it is. feeds: LFs in `data[:used]`.
    open: a quote is opened in the record that begins at `used`, and not closed in `data`.
    """

    data: bytes
    starts: Places
    ends: Places
    cells: Places
    used: int
    quotes: Quotes
    plain: bool
    feeds: int
    open: bool = False

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lines(self) -> bool:
        """Whether every record is one line: no line break stands in a cell."""
        return self.plain and self.feeds <= len(self) and self.paired

    @property
    def paired(self) -> bool:
        """Whether each CR stands before an LF."""
        data = self.data
        return b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")

    def text(self, index: int) -> bytes:
        """The record's bytes, without its line break."""
        return self.data[self.starts[index] : self.ends[index]]


def scan(data: bytes, *, final: bool, counted: bool = True) -> Block:
    """The records in `data`, which begins where a record does. final: the file ends where `data` does.

    counted: whether `cells` is wanted; finding commas is half of the work.

    Without `final`, what comes after the last line break is left.
    """
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == _QUOTE) if _QUOTE in data else np.empty(0, np.int64)
    if len(quotes) and not _any_opens(array, quotes):
        quotes = quotes[:0]  # inch marks and the like: no cell is quoted
        kind = Quotes.NONE
    else:
        kind = Quotes.REGULAR if len(quotes) else Quotes.NONE
    feeds = np.flatnonzero(array == _LF)
    breaks, after = _breaks(array, data, feeds, quotes, final=final)
    used = int(after[-1]) if len(after) else 0
    if final and used < len(data):
        breaks = np.append(breaks, len(data))
        after = np.append(after, len(data))
        used = len(data)
    if kind is Quotes.REGULAR and not _regular(array, quotes[quotes < used], used):
        return _by_machine(data, final=final)
    starts = np.empty_like(after)
    starts[:1] = 0
    starts[1:] = after[:-1]
    cells = _cells(array[:used], quotes[quotes < used], starts, breaks) if counted else np.zeros_like(breaks)
    full = breaks > starts
    closed = array[after - 1] == _LF
    if len(after) and breaks[-1] == after[-1]:
        closed[-1] = True  # the file's last record needs no line break
    plain = bool(full.all()) and bool(closed.all())
    if not full.all():
        starts, breaks, cells = starts[full], breaks[full], cells[full]
    return Block(data, starts, breaks, cells, used, kind, plain, int(np.searchsorted(feeds, used)))


def _cells(array: npt.NDArray[np.uint8], quotes: Places, starts: Places, ends: Places) -> Places:
    """The commas of each record, less those between quotes, plus one."""
    commas = np.flatnonzero(array == _COMMA)
    counts = np.searchsorted(commas, ends) - np.searchsorted(commas, starts)
    if len(quotes):
        opening, closing = quotes[0::2], quotes[1::2]
        within = np.searchsorted(commas, closing) - np.searchsorted(commas, opening)
        counts -= np.bincount(np.searchsorted(ends, opening), within, len(ends)).astype(np.int64)
    cells: Places = counts + 1
    return cells


def _any_opens(array: npt.NDArray[np.uint8], quotes: Places) -> bool:
    """Whether a quote stands at the start of a cell, where alone it is special."""
    before = array[quotes - 1]  # for place 0 that is the last byte, which does not matter
    special = (before == _COMMA) | (before == _LF) | (before == _CR) | (quotes == 0)
    return bool(special.any())


def _breaks(
    array: npt.NDArray[np.uint8], data: bytes, feeds: Places, quotes: Places, *, final: bool
) -> tuple[Places, Places]:
    """Where each record's text ends, and where the next begins, of the records that a break closes."""
    ends, after = feeds, feeds + 1
    if _CR in data:
        returns = np.flatnonzero(array == _CR)
        if not final and returns[-1] == len(data) - 1:
            returns = returns[:-1]  # its LF may be in the next bytes
        ends = ends - ((array[ends - 1] == _CR) & (ends > 0))
        alone = returns[array[np.minimum(returns + 1, len(data) - 1)] != _LF]
        if len(alone):
            ends, after = np.concatenate((ends, alone)), np.concatenate((after, alone + 1))
            order = np.argsort(ends, kind="stable")
            ends, after = ends[order], after[order]
    if len(quotes):
        outside = (np.searchsorted(quotes, ends) & 1) == 0
        ends, after = ends[outside], after[outside]
    return ends, after


def _regular(array: npt.NDArray[np.uint8], quotes: Places, used: int) -> bool:
    """Whether each opening quote begins a cell and each closing one ends it (or stands before another)."""
    if len(quotes) & 1:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[opening - 1]
    good = (before == _COMMA) | (before == _LF) | (before == _CR) | (before == _QUOTE)
    good[:1] |= opening[:1] == 0
    # A quote before an opening one must be the closing one of the same cell: `"a""b"`, and not `a""b`.
    good[1:] &= (before[1:] != _QUOTE) | (closing[:-1] == opening[1:] - 1)
    good[:1] &= (before[:1] != _QUOTE) | (opening[:1] == 0)
    last = closing + 1 >= used
    behind = array[np.minimum(closing + 1, used - 1)]
    good &= last | (behind == _COMMA) | (behind == _LF) | (behind == _CR) | (behind == _QUOTE)
    return bool(good.all())


def _by_machine(data: bytes, *, final: bool) -> Block:
    found: list[tuple[int, int, int, int]] = []
    is_open = False
    try:
        for span in machine.spans(data, final=final):
            found.append((span.start, span.end, span.after, span.cells))
    except machine.OpenQuote:
        is_open = True
    table = np.array(found, np.int64).reshape(-1, 4)
    used = int(table[-1, 2]) if found else 0
    feeds = data.count(b"\n", 0, used)
    return Block(data, table[:, 0], table[:, 1], table[:, 3], used, Quotes.ODD, False, feeds, is_open)
