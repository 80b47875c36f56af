"""Owns the heads of tables of meter readings: which rows are one, and what its columns hold.

A head may stand on up to three lines, and a line of it may hold the heads of two columns without a gap between
them. Refuses to know what stands under it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from postroom.readers.word import Box, hull
from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read import unit
from postroom.systems.bills.read.document import Document
from postroom.systems.bills.read.layout import Cell, Page

_UNITS = r"kwh|therms?|ccf|hcf|mcf|mj|kl|gal(?:lons)?|kgal|m³|m3|cubic metres|units|gj|dth"
_KINDS: tuple[tuple[str, str], ...] = (
    ("history", r"bill date|bill month|read month|month|year|avg.*|average.*|daily.*|cost.*"),
    (
        "meter",
        r"(?:svc |service |electric |gas |water )?meter(?: serial)?(?: ?(?:no\.?|number|#|id))?"
        r"|z[äa]hler(?:-?nr\.?|nummer)?|n[°º] (?:de )?compteur|contador|mtr\.?(?: ?#| no\.?)?"
        r"|serial (?:no\.?|number)",
    ),
    (
        "previous",
        r"(?:-+ ?)?(?:previous|prior|prev\.?|last|start(?:ing)?|opening|beginning|begin|old|anterior|alter"
        r"|ancien)(?: meter)?(?: (?:read(?:ing)?|index|stand|mtr\. read))?(?: ?-+)?"
        r"|(?:z[äa]hler)?stand alt|lectura anterior|ancien index|anfangsstand|start .*\d|previous read.*",
    ),
    (
        "current",
        r"(?:-+ ?)?(?:current|present|curr\.?|pres\.?|latest|this|end(?:ing)?|closing|new|neuer"
        r"|nouvel)(?: meter)?(?: (?:read(?:ing)?|index|stand|mtr\. read))?(?: ?-+)?"
        r"|(?:z[äa]hler)?stand neu|lectura actual|nouvel index|endstand|end .*\d|current read.*",
    ),
    (
        "multiplier",
        r"(?:meter )?(?:multiplier|mult\.?|multi-? ?plier|constant|const\.?|faktor|factor|meter factor)",
    ),
    (
        "difference",
        r"(?:read(?:ing)? )?(?:difference|diff\.?|differenz|advance)(?: m³| m3)?|units(?: m³| m3| used)?"
        r"|metered usage",
    ),
    (
        "usage",
        rf"(?:total |billed |metered |energy |electric |gas |water )*(?:usage|used|use|consumption"
        rf"|verbrauch|consommation|consumo)(?: \(?(?:{_UNITS})\)?)?|(?:{_UNITS})(?: (?:used|usage|consumed"
        rf"|billed))?|amount used|billed (?:units|kwh)|usage.*\((?:{_UNITS})\)|totals? used",
    ),
    ("from", r"(?:service |read |period )?(?:from|start)(?: date)?|beginning date|von"),
    ("to", r"(?:service |read |period )?(?:to|end|thru|through)(?: date)?|ending date|bis"),
    (
        "period",
        r"(?:service |billing |read(?:ing)? )?(?:period|dates?)(?: covered)?|zeitraum|p[ée]riode"
        r"|service dates",
    ),
    ("days", r"(?:no\.? of |number of |billing |service )?days|tage|jours|d[íi]as"),
    ("unit", r"unit(?:s)?(?: of measure)?|uom|einheit|unit[ée]"),
    ("tariff", r"rate(?: ?(?:code|class|schedule))?|tariff|unit rate code|code"),
    (
        "register",
        r"register|description|type|reading type|z[äa]hlwerk|relev[ée]s?|rate period|time of use|service"
        r"|svc|season|position",
    ),
    ("price", r"price|rate \(?.*|preis|prix|unit price|rate|charge|amount|betrag|montant|cost"),
)
_HEADS = tuple((kind, re.compile(rf"^(?:{pattern})$")) for kind, pattern in _KINDS)
_DATED = re.compile(
    r"start|end|from|to|previous|prior|present|current|last|this"
)  # hold the day of the reading
_LINES = 3
READINGS = {"previous", "current"}


@dataclass(slots=True)
class Column:
    kind: str
    text: str
    box: Box


@dataclass(slots=True)
class Head:
    """first, last: its rows. bottom, high: of that row."""

    columns: list[Column]
    first: int
    last: int
    bottom: float
    high: float


@dataclass(slots=True)
class _Piece:
    """A cell of a head, or a part of one."""

    text: str
    box: Box


def kind(text: str) -> str | None:
    low = text.lower().strip(" :*()|=")
    low = re.sub(r"\s*\(.*\)$", "", low) or low
    for name, pattern in _HEADS:
        if pattern.match(low):
            return name
    return None


def head(document: Document, page: Page, place: int) -> Head | None:
    """The head that begins with this row; None if none does. Its cells are marked in the document."""
    block: list[list[Cell]] = []
    for row in page.rows[place : place + _LINES]:
        cells = [cell for cell in row if cell.text.strip("–—-x=|* ")]
        if not cells or (block and not _follows(document, block[-1], cells)):
            break
        if not _words(document, cells):
            break
        block.append(cells)
    for lines in range(len(block), 0, -1):
        columns = _columns(page, block[:lines], place + lines)
        if columns is None:
            continue
        for cells in block[:lines]:
            document.heads.update(cell.order for cell in cells)
        under = block[lines - 1]
        return Head(
            columns,
            place,
            place + lines - 1,
            max(cell.box.bottom for cell in under),
            max(7.0, under[0].box.height),
        )
    return None


def _words(document: Document, cells: Sequence[Cell]) -> bool:
    """Whether a row may be part of a head: numbers in it are days or belong to units."""
    if len(cells) > 16:
        return False
    return all(not _figures(document, cell.text) for cell in cells)


def _figures(document: Document, text: str) -> bool:
    if sum(map(str.isdigit, text)) < 2 or _DATED.match(text.lower()):
        return False
    for day in dates.find(text, document.place.order):
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    for _, start, end in unit.find(text, document.place.country):
        text = text[:start] + " " * (end - start) + text[end:]
    return sum(map(str.isdigit, text)) > 1


def _follows(document: Document, above: Sequence[Cell], cells: Sequence[Cell]) -> bool:
    gap = min(cell.box.top for cell in cells) - max(cell.box.bottom for cell in above)
    # Boxes of recognised words hug the letters: lines look further apart than they were set.
    slack = 0.9 if cells[0].confidence == 1.0 else 1.4
    return gap < slack * max(6.0, cells[0].box.height)


def _columns(page: Page, block: Sequence[Sequence[Cell]], below: int) -> list[Column] | None:
    """The columns of these rows, if they are the head of a table of readings."""
    lines = [_pieces(page, cells, below) for cells in block]
    if sum(kind(piece.text) is not None for line in lines for piece in line) < 2:
        return None
    main = max(range(len(lines)), key=lambda line: (len(lines[line]), line))
    columns = [Column("", piece.text, piece.box) for piece in lines[main]]
    texts: list[list[str]] = [[column.text] for column in columns]
    order = [*range(main - 1, -1, -1), *range(main + 1, len(lines))]
    for line in order:
        for piece in lines[line]:
            _join(columns, texts, piece, upper=line < main)
    for column, parts in zip(columns, texts, strict=True):
        column.text, column.kind = _named(parts)
    _twins(columns)
    _sold(columns)
    columns.sort(key=lambda column: column.box.left)
    kinds = {column.kind for column in columns}
    if "history" in kinds and not kinds >= READINGS:
        return None
    last = [kind(piece.text) for piece in lines[-1]]
    if len(lines) > 1 and not any(last) and len(lines[-1]) == 1 and not unit.find(lines[-1][0].text):
        return None  # a first row of the body without figures
    if kinds >= READINGS or ("usage" in kinds and kinds & {"meter", "multiplier"}):
        return columns
    return None


def _join(columns: list[Column], texts: list[list[str]], piece: _Piece, *, upper: bool) -> None:
    """A piece of another line goes over or under the one column that it overlaps; or it is a column itself."""
    own = [
        place
        for place, column in enumerate(columns)
        if min(column.box.right, piece.box.right) - max(column.box.left, piece.box.left) > 0
    ]
    if not own:
        if kind(piece.text):
            columns.append(Column("", piece.text, piece.box))
            texts.append([piece.text])
    elif len(own) == 1:
        texts[own[0]].insert(0 if upper else len(texts[own[0]]), piece.text)
        columns[own[0]].box = columns[own[0]].box.union(piece.box)


def _named(parts: Sequence[str]) -> tuple[str, str]:
    """A column's whole text and what it holds: told by all of its lines together, or by some of them."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole[:-1] + part if whole.endswith("-") else f"{whole} {part}"  # "CONSUMP-" over "TION"
    tried = [whole, *(" ".join(parts[place:]) for place in range(1, len(parts)))]
    tried += [" ".join(parts[:place]) for place in range(len(parts) - 1, 0, -1)]
    tried += [part.split()[-1] for part in reversed(parts) if part.split()]
    return whole, next((found for text in tried if (found := kind(text))), "")


def _twins(columns: list[Column]) -> None:
    """Readings that have columns of their own leave those of the days to `start` and `end`."""
    for name, other in (("previous", "from"), ("current", "to")):
        twins = [column for column in columns if column.kind == name]
        for column in twins if len(twins) > 1 else []:
            if re.match(r"start|begin|end", column.text.lower()):
                column.kind = other


def _sold(columns: list[Column]) -> None:
    """Of two columns of usage, gas in volume and as energy, the energy is what is sold."""
    used = [(column, unit.find(column.text)) for column in columns if column.kind == "usage"]
    if any(found and found[0][0].measure == "energy" for _, found in used):
        for column, found in used:
            if found and found[0][0].measure == "volume":
                column.kind = "difference"


def _pieces(page: Page, cells: Sequence[Cell], below: int) -> list[_Piece]:
    """The cells of a line of the head; one over two columns of the rows below is taken apart."""
    made: list[_Piece] = []
    for cell in cells:
        if len(cell.text) > 30 and not kind(cell.text):
            continue
        parts = _apart(page, cell, below) if len(cell.words) > 1 and kind(cell.text.split()[0]) else []
        made += parts or [_Piece(cell.text, cell.box)]
    return made


def _apart(page: Page, cell: Cell, below: int) -> list[_Piece]:
    for row in page.rows[below : below + 2]:
        under = [
            other
            for other in row
            if min(other.box.right, cell.box.right + 30) - max(other.box.left, cell.box.left - 4) > 0
        ]
        if len(under) < 2:
            continue
        for place in range(1, len(cell.words)):
            one, two = cell.words[:place], cell.words[place:]
            left, right = hull([word.box for word in one]), hull([word.box for word in two])
            names = " ".join(word.text for word in one), " ".join(word.text for word in two)
            apart = abs(left.left - under[0].box.left) < 8 and abs(right.left - under[1].box.left) < 8
            if apart and kind(names[0]) and kind(names[1]):
                return [_Piece(names[0], left), _Piece(names[1], right)]
    return []
