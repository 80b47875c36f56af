"""Owns turning a block of records into columns of text, and nothing else: no rule, no type, no file.

polars reads what is regular, on one thread; what is odd is read by `machine`, to the same result.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence

import numpy as np

# Before polars is first used in a process: one thread per child, because there is one child per core.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from postroom.systems.revenue import machine
from postroom.systems.revenue.block import Block, Quotes

_LF, _CR, _SPACE = 10, 13, 32
_BLANKS = (b" ", b"\t", b"\v", b"\f")  # all of ASCII that Unicode calls whitespace, but for line breaks
_EDGES = np.zeros(256, bool)
_EDGES[list(b',"\r\n')] = True


def columns(block: Block, width: int, wanted: Sequence[int]) -> pl.DataFrame:
    """The cells of the columns `wanted` (places in the record), trimmed; column names are the places as text.

    Every record of the block has `width` cells. Whitespace is what Unicode calls so.
    """
    frame = None
    if block.quotes is not Quotes.ODD and wanted and len(block):
        frame = _by_polars(block, width, wanted)
    if frame is None:
        frame = _by_machine(block, wanted)
    return frame.select(pl.all().str.strip_chars()) if _may_need_trim(block) else frame


def _may_need_trim(block: Block) -> bool:
    """False only if no cell begins or ends with whitespace: cheaper to see than to take off nothing."""
    data = block.data
    if not block.lines or not data.isascii():
        return True
    if b'"' in data and block.feeds > len(block) - (data[block.used - 1 : block.used] not in (b"\r", b"\n")):
        return True  # a line break in a cell may be its first or last character
    if not any(blank in data for blank in _BLANKS):
        return False
    array = np.frombuffer(data, np.uint8)
    blanks = np.flatnonzero((array <= _SPACE) & (array != _LF) & (array != _CR))
    if blanks[0] == 0 or blanks[-1] == len(array) - 1:
        return True
    return bool((_EDGES[array[blanks - 1]] | _EDGES[array[blanks + 1]]).any())


def _by_polars(block: Block, width: int, wanted: Sequence[int]) -> pl.DataFrame | None:
    """None if polars sees other records than we do, which the machine then settles."""
    data = block.data[: block.used] if block.plain else _joined(block)
    if data.startswith(codecs.BOM_UTF8):
        return None  # polars would take it off; here it is part of a cell
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema={str(place): pl.String for place in range(width)},
            columns=sorted(set(wanted)),
            quote_char='"' if block.quotes is Quotes.REGULAR else None,
            empty_string_is_null=False,
            glob=False,
        )
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == len(block) else None


def _joined(block: Block) -> bytes:
    """The records with one LF after each: no empty lines, no other line breaks."""
    pieces = [block.text(index) for index in range(len(block))]
    return b"\n".join([*pieces, b""])


def _by_machine(block: Block, wanted: Sequence[int]) -> pl.DataFrame:
    rows = [machine.cells(block.text(index)) for index in range(len(block))]
    data = {str(place): [row[place] for row in rows] for place in sorted(set(wanted))}
    return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))
