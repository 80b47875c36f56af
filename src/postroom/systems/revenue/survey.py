"""Owns the walk over a whole file: its header, its rows, its blocks, and every structural problem.

Runs in a child process, in constant memory but for eight bytes per row. It judges no cell; it only finds out
which references occur more than once, because rows that may compete must meet in one chunk.
"""

from __future__ import annotations

import codecs
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zlib import compress, decompress

import numpy as np
import numpy.typing as npt

from postroom.systems.revenue import block, contract, frame, header, machine
from postroom.systems.revenue.block import Block
from postroom.systems.revenue.contract import Kind
from postroom.systems.revenue.header import Layout, Problem

SIZE = 4 << 20  # bytes of a block; larger ones cost memory and bring no speed
PATIENCE = 1.0  # seconds in all that a survey may wait for bytes of a file that still arrives
_TICK = 0.005
HASHED = 20_000_000  # rows up to which references are compared here; beyond, every row may compete

Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Stretch:
    """One block of the file: bytes [start, end), rows of which the first has number `row`.

    rivals: the rows whose reference may occur elsewhere in the file; None if there is none.
    """

    start: int
    end: int
    row: int
    rows: int
    rivals: Mask | None = None

    def plan(self) -> dict[str, Any]:
        """As JSON, for the range of a chunk."""
        plan: dict[str, Any] = {"start": self.start, "end": self.end, "row": self.row, "rows": self.rows}
        if self.rivals is not None:
            plan["rivals"] = b64encode(compress(np.packbits(self.rivals).tobytes())).decode()
        return plan

    @classmethod
    def planned(cls, plan: Mapping[str, Any]) -> Stretch:
        stretch = cls(plan["start"], plan["end"], plan["row"], plan["rows"])
        if "rivals" in plan:
            bits = np.frombuffer(decompress(b64decode(plan["rivals"])), np.uint8)
            stretch.rivals = np.unpackbits(bits, count=stretch.rows).astype(bool)
        return stretch


@dataclass(slots=True)
class Survey:
    """What was found. unreadable: it is no text that we read; everything else is empty then.

    head: bytes [start, end) of the header's text. problems: reasons to refuse the file.
    """

    head: tuple[int, int] = (0, 0)
    layout: Layout | None = None
    rows: int = 0
    stretches: list[Stretch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unreadable: bool = False

    def refuse(self, row: int | None, column: str | None, message: str) -> None:
        if len(self.problems) < contract.PROBLEMS:
            self.problems.append(Problem(row, column, message))


class NotYet(Exception):
    """The file does not arrive fast enough to be waited for, or something is wrong with what is there."""


class Reach:
    """How far an open file goes. path: of one that still arrives: when it is there no longer, all has."""

    def __init__(self, descriptor: int, path: Path | None = None) -> None:
        self.descriptor = descriptor
        self._path = path
        self._patience = PATIENCE

    def until(self, place: int) -> tuple[int, bool]:
        """The size, once it is `place` or all of it has arrived; and whether that is so."""
        while True:
            if self._path is not None and not self._path.exists():
                self._path = None
            size = os.fstat(self.descriptor).st_size  # after the look at the path: it is final then
            if self._path is None or size >= place:
                return size, self._path is None
            if self._patience <= 0:
                raise NotYet
            time.sleep(_TICK)
            self._patience -= _TICK


def survey(file: Path, kind: Kind, *, arriving: bool = False) -> Survey:
    """Walk over the file. arriving: it still grows, until `file` is renamed; NotYet says to come back then."""
    found = Survey()
    hashes: list[npt.NDArray[np.uint64]] = []
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        if arriving:
            raise NotYet from None  # it has its name by now
        raise
    with opened as source:
        reach = Reach(source.fileno(), file if arriving else None)
        try:
            start = _read_header(reach, kind, found)
            for offset, piece in blocks(reach, start):
                if not _judge(offset, piece, found):
                    _check_rest(source.fileno(), offset)
                    break
                hashes += _hashes(piece, found)
        except UnicodeDecodeError:
            found = Survey(unreadable=True)
    if arriving and (found.unreadable or found.problems):
        raise NotYet  # what is told of a refused file depends on all of it
    if not found.problems and not found.unreadable:
        _find_rivals(found, hashes)
    return found


def blocks(reach: Reach, start: int) -> Iterator[tuple[int, Block]]:
    """The rest of a file from a record's start, in blocks of whole records, each with its place."""
    size = SIZE
    while True:
        end, whole = reach.until(start + size)
        if start >= end:
            return
        data = os.pread(reach.descriptor, size, start)
        final = whole and start + len(data) >= end
        piece = block.scan(data, final=final)
        if not piece.used and not final and size < contract.RECORD:
            size *= 2  # a record longer than that
            continue
        if not piece.used or (piece.open and final):
            yield start, piece
            return
        # A quote that is still open may well be closed in the next block.
        yield start, replace(piece, open=False) if piece.open else piece
        start += piece.used
        size = SIZE


def _read_header(reach: Reach, kind: Kind, found: Survey) -> int:
    """Where the data begins."""
    descriptor = reach.descriptor
    reach.until(SIZE)
    first = os.pread(descriptor, 3, 0)
    start = len(first) if first == codecs.BOM_UTF8 else 0
    for offset, piece in blocks(reach, start):
        _check_text(piece)
        if len(piece):
            found.head = (offset + int(piece.starts[0]), offset + int(piece.ends[0]))
            if b"\0" in piece.text(0):
                found.refuse(None, None, contract.NUL)
                break
            cells = machine.cells(piece.text(0))
            if any(cell.strip() for cell in cells):
                found.layout, found.problems = header.read(cells, kind)
                return offset + int(piece.starts[1]) if len(piece) > 1 else offset + piece.used
            break
        if piece.open or not piece.used:
            found.refuse(None, None, contract.OPEN_QUOTE if piece.open else contract.LONG_RECORD)
            break
    if not found.problems:
        found.refuse(None, None, contract.NO_HEADER)
    _check_rest(descriptor, 0)
    return os.fstat(descriptor).st_size


def _check_text(piece: Block) -> None:
    """UnicodeDecodeError if what is used of it is not UTF-8."""
    data = piece.data[: piece.used]
    if not data.isascii():
        codecs.utf_8_decode(data, "strict", True)


def _check_rest(descriptor: int, start: int) -> None:
    """The same of all that follows a place: whether it is text is told before what is wrong with it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    while data := os.pread(descriptor, SIZE, start):
        decoder.decode(data)
        start += len(data)
    decoder.decode(b"", True)


def _judge(offset: int, piece: Block, found: Survey) -> bool:
    """Take a block's rows into account. False if nothing after it can be read."""
    _check_text(piece)
    layout = found.layout
    if layout is None:
        return True
    first, rows = found.rows + 1, len(piece)
    wrong: list[tuple[int, str]] = []
    if b"\0" in piece.data[: piece.used]:
        nul = np.flatnonzero(np.frombuffer(piece.data[: piece.used], np.uint8) == 0)
        within = np.unique(np.searchsorted(piece.starts, nul, "right"))[: contract.PROBLEMS]
        wrong += [(found.rows + index, contract.NUL) for index in within.tolist()]
    for index in np.flatnonzero(piece.cells != layout.width)[: contract.PROBLEMS].tolist():
        wrong.append((first + index, contract.ragged(int(piece.cells[index]), layout.width)))
    for row, message in sorted(wrong, key=lambda one: one[0]):
        found.refuse(row, None, message)
    found.rows += rows
    if rows:
        found.stretches.append(Stretch(offset, offset + piece.used, first, rows))
    if piece.open:
        found.refuse(found.rows + 1, None, contract.OPEN_QUOTE)
        return False
    if not piece.used:
        found.refuse(found.rows + 1, None, contract.LONG_RECORD)
        return False
    return True


# --- references that occur more than once --------------------------------------------------------------


def _hashes(piece: Block, found: Survey) -> list[npt.NDArray[np.uint64]]:
    """A hash of each row's reference, or none if it is of no use: different references may have the same one,
    never the other way round. Rows without a reference compete with nobody, and have the hash 0."""
    layout = found.layout
    if layout is None or found.problems or not len(piece) or found.rows > HASHED:
        return []
    place = layout.places.get(contract.REFERENCE)
    if place is None:
        return []
    cells = frame.columns(piece, layout.width, [place]).to_series()
    hashes = cells.hash().to_numpy().copy()
    hashes[(cells == "").to_numpy()] = 0
    return [hashes]


def _find_rivals(found: Survey, hashes: list[npt.NDArray[np.uint64]]) -> None:
    if found.layout is None or contract.REFERENCE not in found.layout.places:
        return
    if found.rows > HASHED:
        for stretch in found.stretches:
            stretch.rivals = np.ones(stretch.rows, bool)
        return
    if not hashes:
        return
    ordered = np.concatenate(hashes)
    ordered.sort()
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    repeated = np.unique(repeated[repeated != 0])
    if not len(repeated):
        return
    for stretch, own in zip(found.stretches, hashes, strict=True):
        place = np.minimum(np.searchsorted(repeated, own), len(repeated) - 1)
        mask = repeated[place] == own
        if mask.any():
            stretch.rivals = mask
