"""Owns the CSV dialect, as a plain state machine: where a record ends, how many cells it has, what they say.

The dialect is RFC 4180 with the leniency that spreadsheets have taught everybody: a quote is special only at
the start of a cell; what follows a closing quote belongs to the cell as it is; LF, CRLF and CR end a record.
A quote that is never closed is an error. Slow and exact: `block` asks here for what its arrays cannot tell.
The machine is a pair of regular expressions without back-tracking, so that it runs in C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CELL = rb'(?:"[^"]*+(?:""[^"]*+)*+"[^,\r\n]*+|[^",\r\n][^,\r\n]*+|(?!"))'
_RECORD = re.compile(_CELL + rb"(?:," + _CELL + rb")*+")
_EACH = re.compile(b"(" + _CELL + rb")(,|\Z)")
_QUOTED = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"(.*+)', re.DOTALL)


class OpenQuote(Exception):
    """A quote in the record that begins at `start` is not closed within the bytes given."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


@dataclass(frozen=True, slots=True)
class Span:
    """One record: its text is [start, end), the next one begins at `after`. cells counts its cells."""

    start: int
    end: int
    after: int
    cells: int


def spans(data: bytes, *, final: bool) -> Iterator[Span]:
    """The records of `data` that are whole, empty lines left out. final: the file ends where `data` does.

    OpenQuote if the last one has an open quote; whether that is an error, only who knows the rest can say.
    """
    position, size = 0, len(data)
    while position < size:
        match = _RECORD.match(data, position)
        if match is None:
            raise OpenQuote(position)
        end = match.end()
        if end == size:
            after = end
            if not final:
                return
        elif data[end] == 13:
            if end + 1 == size and not final:
                return  # the LF that belongs to this CR may be in the next bytes
            after = end + 2 if data[end + 1 : end + 2] == b"\n" else end + 1
        elif data[end] == 10:
            after = end + 1
        else:  # a cell that begins with a quote which is not closed
            raise OpenQuote(position)
        if end > position:
            yield Span(position, end, after, count(data[position:end]))
        position = after


def count(record: bytes) -> int:
    """The cells of one whole record."""
    return record.count(b",") + 1 if b'"' not in record else len(_split(record))


def cells(record: bytes) -> list[str]:
    """The cells of one whole record, quotes taken off. UnicodeDecodeError if it is not UTF-8."""
    return [_plain(cell).decode() for cell in _split(record)]


def _split(record: bytes) -> list[bytes]:
    if b'"' not in record:
        return record.split(b",")
    found = []
    position = 0
    while (match := _EACH.match(record, position)) is not None:
        found.append(match.group(1))
        position = match.end()
        if not match.group(2):
            return found
    raise OpenQuote(position)


def _plain(cell: bytes) -> bytes:
    if not cell.startswith(b'"'):
        return cell
    match = _QUOTED.fullmatch(cell)
    if match is None:
        raise OpenQuote(0)
    return match.group(1).replace(b'""', b'"') + match.group(2)
