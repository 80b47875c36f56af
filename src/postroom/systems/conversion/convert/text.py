"""Owns plain text, XML, JSON and tables of text: set as they are, in pieces, so that length costs only time.

XML is not parsed: it is shown. Whatever its DTD or its entities may say, nobody reads it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from postroom.readers import delimiter, sniff
from postroom.readers import text as reader
from postroom.systems.conversion.convert import html, nest
from postroom.systems.conversion.convert.work import TEXT, Work, too_much
from postroom.systems.conversion.letter import Boxes

_LINES = 1_500  # of one piece
_ROWS = 400
_CHARACTERS = 200_000  # of one piece
_COLUMNS = 200
_CELL = 2_000  # characters
_MONO = "font: 8.5pt/1.35 'Liberation Mono', 'DejaVu Sans Mono', monospace; margin: 0"


def convert(work: Work, file: Path, media_type: str) -> Path:
    _bound(work, file)
    codec = reader.encoding(file)
    pieces = (f'<pre style="{_MONO}">{html.escape(piece)}</pre>' for piece in _pieces(file, codec))
    return _set(work, pieces)


def _bound(work: Work, file: Path) -> None:
    if file.stat().st_size > TEXT:
        raise too_much(work.name, f"a text of more than {TEXT >> 20} MB is not set as pages")


def _pieces(file: Path, codec: str) -> Iterator[str]:
    with file.open(encoding=codec, errors="replace") as stream:
        while lines := list(islice(_lines(stream), _LINES)):
            yield "\n".join(lines)


def _lines(stream: Iterator[str]) -> Iterator[str]:
    for line in stream:
        line = line.rstrip("\n").replace("\f", "")
        for start in range(0, max(1, len(line)), _CHARACTERS):
            yield line[start : start + _CHARACTERS]


def convert_table(work: Work, file: Path, media_type: str) -> Path:
    """A table of text, with its first row on top of every page."""
    _bound(work, file)
    codec = reader.encoding(file)
    with file.open(encoding=codec, errors="replace", newline="") as stream:
        sample = stream.read(64 << 10)
    mark = "\t" if media_type == sniff.TSV else delimiter.guess(sample, whole=len(sample) < 64 << 10) or ","
    with file.open(encoding=codec, errors="replace", newline="") as stream:
        rows = csv.reader((line.replace("\0", "") for line in stream), delimiter=mark)
        return _set(work, _tables(rows))


def _tables(rows: Iterator[list[str]]) -> Iterator[str]:
    head = _row(next(rows, []), "th")
    first = True
    while first or (block := list(islice(rows, _ROWS))):
        if first:
            block = list(islice(rows, _ROWS))
            first = False
        body = "".join(_row(row, "td") for row in block)
        style = "<style>@page { size: A4 landscape } td, th { border: 0.4pt solid #999; padding: 1pt 3pt;"
        style += " font-size: 8pt; text-align: left; vertical-align: top; overflow-wrap: anywhere }</style>"
        yield f"{style}<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(cells: list[str], tag: str) -> str:
    inner = "".join(f"<{tag}>{html.escape(cell[:_CELL])}</{tag}>" for cell in cells[:_COLUMNS])
    return f"<tr>{inner}</tr>"


def _set(work: Work, pages: Iterator[str]) -> Path:
    parts = []
    boxes = Boxes()
    for number, page in enumerate(pages):
        if number:
            work.say(f"Setting '{work.name}', part {number + 1}.")
        parts.append((work.name, html.render(work, page, {}, boxes)))
    boxes.tell(work.notes, work.name)
    if not parts:
        parts = [(work.name, html.render(work, "<p></p>", {}))]
    return nest.bind(work, parts, bookmarks=False)
