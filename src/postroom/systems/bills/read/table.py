"""Owns tables of meter readings: which rows belong to one, which cell to which column, what a row says.

Refuses to know which meter's rows are whose; `meter` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read import number, table_head, unit
from postroom.systems.bills.read.charge import time_of_use
from postroom.systems.bills.read.document import DOUBTFUL, Document
from postroom.systems.bills.read.label import FOREIGN
from postroom.systems.bills.read.layout import Cell, Page
from postroom.systems.bills.read.reading import estimated, two_days
from postroom.systems.bills.read.row import Row
from postroom.systems.bills.read.table_head import READINGS, Column, Head

_NUMBER = re.compile(rf"(?<![\w.,/-])-?{number.PATTERN}(?![\w/]|[.,]\d)")
_REGISTER = re.compile(r"^((?=\S*\d\S*\d)\S{4,}) +([A-Za-z].*)$")
NAMED = re.compile(
    r"^(?:[^\W\d]+ )?(?:meter|mtr\.?|z[äa]hler|compteur|contador)(?: serial)?(?: ?-?(?:no\.?|number|nr\.?|nummer|id|#))?"
    r" ?[:#]? ?((?=\S*\d\S*\d\S*\d)[A-Z0-9][A-Z0-9./-]*)",
    re.IGNORECASE,
)
_FLAG = re.compile(r"[AEC]|est\.?|act\.?", re.IGNORECASE)  # beside a reading: how it was come by
_PRICE = re.compile(r"[$£€¢@%]|/ ?(?:k|day|unit|therm|m)|^\d+[.,]\d+ ?[cp]?$|\d ?(?:c|p|ct)\b", re.IGNORECASE)
_TALL = 3.2  # heights between rows of one table, at most


def rows(document: Document) -> list[Row]:
    """Every row of every table of readings or usage in the document, in order."""
    found: list[Row] = []
    for page in document.pages:
        done = -1
        tables = False
        for place in range(len(page.rows)):
            head = table_head.head(document, page, place) if place > done else None
            if head is None:
                continue
            done = head.last
            for last, row in _body(document, page, head):
                done, tables = last, True
                found.append(row)
        if not tables:
            found.extend(two_days(document, page))
    return found


# --- the body ----------------------------------------------------------------------------------------


def _body(document: Document, page: Page, head: Head) -> Iterator[tuple[int, Row]]:
    """Its rows. A line that only names a meter goes with the rows below it, or, after a first row, with that above."""
    columns = head.columns
    bottom, high = head.bottom, head.high
    missed = 0
    heading = _heading(page, head)
    waiting: tuple[int, Row] | None = None  # a row whose meter may be named on the next line
    for following in range(head.last + 1, len(page.rows)):
        cells = [cell for cell in page.rows[following] if _within(columns, cell)]
        if not cells:
            continue
        if cells[0].box.top - bottom > _TALL * high or missed > 2:
            break
        if table_head.head(document, page, following) is not None:
            break
        named = NAMED.match(cells[0].text) if len(cells) <= 2 else None
        if named is not None and sum(map(str.isdigit, named[1])) >= 3:
            bottom = cells[0].box.bottom
            if waiting is not None and heading is None and waiting[1].meter is None:
                waiting[1].meter, waiting[1].cells["meter"] = named[1], cells[0]
                yield following, waiting[1]
                waiting = None
            else:
                heading = (named[1], cells[0])
            continue
        row = _row(document, columns, cells)
        if row is None:
            missed += 1
            continue
        if waiting is not None:
            yield waiting
        if heading is not None and row.meter is None and not row.total:
            row.meter, row.cells["meter"] = heading
        missed = 0
        bottom = cells[0].box.bottom
        waiting = (following, row)
    if waiting is not None:
        yield waiting


def _heading(page: Page, head: Head) -> tuple[str, Cell] | None:
    """A meter named right above the head."""
    if not head.first:
        return None
    (cell, *others), under = page.rows[head.first - 1], page.rows[head.first][0]
    named = NAMED.match(cell.text)
    if others or named is None or under.box.top - cell.box.bottom > 2.5 * max(6.0, cell.box.height):
        return None
    return named[1], cell


def _within(columns: Sequence[Column], cell: Cell) -> bool:
    """Whether a cell stands in the table, not beside it. A first column of names often has no head."""
    left, right = columns[0].box.left - 20, columns[-1].box.right + 20
    inside = min(right, cell.box.right) - max(left, cell.box.left)
    if inside * 2 >= cell.box.width:
        return True
    gap = columns[0].box.left - cell.box.right
    return columns[0].kind in ("previous", "current", "usage") and 0 <= gap < 130 and len(cell.text) <= 26


def _column(columns: Sequence[Column], cell: Cell) -> Column | None:
    best, score = None, -26.0
    for column in columns:
        own = min(column.box.right, cell.box.right) - max(column.box.left, cell.box.left)
        if own <= 0:
            edges = (
                abs(column.box.left - cell.box.left),
                abs(column.box.right - cell.box.right),
                abs(column.box.centre[0] - cell.box.centre[0]),
                -own,
            )
            own = -min(edges)
        if own > score:
            best, score = column, own
    return best


def _row(document: Document, columns: Sequence[Column], cells: Sequence[Cell]) -> Row | None:
    row = Row(cells[0].page, cells[0].order)
    texts: dict[str, Cell] = {}
    heads: dict[str, Column] = {}
    spare: list[str] = []
    for cell in cells:
        column = _column(columns, cell)
        kind = column.kind if column is not None else ""
        if kind in ("", "register", "period") or kind in texts or column is None:
            if not _flag_of(texts.get("previous"), cell):
                spare.append(cell.text)
            if kind == "period":
                texts.setdefault(kind, cell)
            continue
        texts[kind] = cell
        heads[kind] = column
    _parted(columns, texts, heads)
    _run_on(columns, texts)
    for kind in ("previous", "current", "multiplier", "difference", "usage"):
        if kind in texts:
            _number(document, row, kind, texts[kind], heads[kind])
    if not _tells(columns, row):
        return None
    if row.unit is not None and row.unit.measure == "time":
        return None
    _named(document, row, texts, heads, spare)
    if FOREIGN.search(row.label.lower()) and row.previous is None:
        return None  # last year's usage under this year's
    if row.estimated is None and "current" in texts:
        row.estimated = _flagged(cells, texts["current"])
    return row


def _parted(columns: Sequence[Column], texts: dict[str, Cell], heads: dict[str, Column]) -> None:
    """A multiplier and a long usage may stand so close that they look like one cell."""
    cell = texts.get("multiplier")
    used = next((column for column in columns if column.kind == "usage"), None)
    if cell is None or used is None or len(cell.words) != 2:
        return
    if "usage" in texts and any(map(str.isdigit, texts["usage"].text)):
        return
    if all(_NUMBER.fullmatch(word.text) for word in cell.words):
        for kind, word in zip(("multiplier", "usage"), cell.words, strict=True):
            if kind in texts and kind == "usage":
                texts.setdefault("unit", texts["usage"])
                heads.setdefault("unit", used)
            texts[kind] = replace(cell, text=word.text, box=word.box, words=(word,))
        heads["usage"] = used


def _run_on(columns: Sequence[Column], texts: dict[str, Cell]) -> None:
    """A meter's number and the reading behind it may look like one cell too."""
    cell = texts.get("previous")
    if cell is None or "meter" in texts or len(cell.words) != 2 or columns[0].box.left > cell.box.left:
        return
    if any(column.kind == "meter" for column in columns):
        name, reading = cell.words
        if _NUMBER.fullmatch(reading.text) and sum(map(str.isdigit, name.text)) >= 5:
            texts["meter"] = replace(cell, text=name.text, box=name.box, words=(name,))
            texts["previous"] = replace(cell, text=reading.text, box=reading.box, words=(reading,))


def _flagged(cells: Sequence[Cell], reading: Cell) -> bool | None:
    """What a letter right behind a reading says of it."""
    for cell in cells:
        if _flag_of(reading, cell):
            return cell.text.strip().lower().startswith("e")
    return None


def _flag_of(reading: Cell | None, cell: Cell) -> bool:
    """Whether a cell is no more than the letter that says how the reading left of it was come by."""
    if reading is None or not _FLAG.fullmatch(cell.text.strip()):
        return False
    return 0 <= cell.box.left - reading.box.right < 3 * max(6.0, reading.box.height)


def _tells(columns: Sequence[Column], row: Row) -> bool:
    """Whether a row has what a row of this table must: lines of charges below it stand in the same columns."""
    kinds = {column.kind for column in columns}
    if row.previous is not None and row.current is not None:
        return True
    if kinds >= READINGS and row.current is None and row.previous is None:
        return row.usage is not None and "unit" in row.cells
    return row.usage is not None


def _number(document: Document, row: Row, kind: str, cell: Cell, column: Column) -> None:
    """The number of a cell; days, and words like `actual` beside it, are not it."""
    text = cell.text
    country, point = document.place.country, document.place.point
    for day in reversed(dates.find(text, document.place.order)):
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    match = None
    for match in _NUMBER.finditer(text):  # noqa: B007 - the last one is wanted
        pass
    if match is None or "$" in text or "£" in text or "€" in text or "%" in text:
        return
    value = number.parse(match[0].lstrip("-"), point)
    if value is None or cell.trust() < DOUBTFUL:
        return
    setattr(row, kind, -value if match[0].startswith("-") else value)
    row.cells[kind] = cell
    if kind == "usage":
        own = unit.find(text[match.end() :], country)
        found = own or unit.find(column.text, country)
        row.unit = found[0][0] if found else row.unit
        if own:
            row.cells["unit"] = cell
    if kind == "current":
        row.estimated = estimated(cell.text)


def _named(
    document: Document, row: Row, texts: dict[str, Cell], heads: dict[str, Column], spare: Sequence[str]
) -> None:
    """Everything of a row that is no reading."""
    country = document.place.country
    row.label = " ".join(text for text in spare if any(map(str.isalpha, text)))[:80]
    row.total = bool(re.search(r"\btotal\b|gesamt|summe", row.label.lower()))
    if row.estimated is None and len(row.label) > 1:  # a single letter may be the service's
        row.estimated = estimated(row.label)
    if "meter" in texts:
        value = texts["meter"].text.strip()
        if split := _REGISTER.match(value):  # "123456 Off peak": a register of a meter
            value, own = split[1], split[2]
            row.label = f"{own} {row.label}".strip()
        if sum(map(str.isdigit, value)) >= 3 and len(value) <= 24:
            row.meter, row.cells["meter"] = value, texts["meter"]
        elif not row.label:
            row.label = value
    if "unit" in texts:
        found = unit.find(texts["unit"].text, country)
        row.unit = found[0][0] if found else row.unit
        code = texts["unit"].text[found[0][2] :].strip() if found else ""
        if code and "tariff" not in texts and "code" in heads["unit"].text.lower():
            row.tariff, row.cells["tariff"] = code, texts["unit"]
    for cell in texts.values():
        if row.unit is None and (alone := unit.named(cell.text.strip(), country)) is not None:
            row.unit = alone if alone.measure != "time" else None  # "Day" beside "Night" is a register
    if row.unit is None:
        row.unit = next((one for one, _, _ in unit.find(row.label, country) if one.measure != "time"), None)
    if "tariff" in texts and time_of_use(texts["tariff"].text):
        row.label = f"{texts['tariff'].text} {row.label}".strip()
        row.total = bool(re.search(r"\btotal\b", row.label.lower()))
    elif "tariff" in texts and re.search(r"\btotal\b", texts["tariff"].text.lower()):
        row.total = True
    elif (
        "tariff" in texts
        and not _PRICE.search(texts["tariff"].text.strip())
        and texts["tariff"].trust() >= DOUBTFUL
    ):
        row.tariff, row.cells["tariff"] = texts["tariff"].text.strip(), texts["tariff"]
    _period(document, row, texts, heads)


def _period(document: Document, row: Row, texts: dict[str, Cell], heads: dict[str, Column]) -> None:
    from postroom.systems.bills.read.dated import ranges

    order = document.place.order
    if "period" in texts:
        spans = ranges(document, texts["period"].text)
        if spans:
            row.first, row.last = spans[0].first, spans[0].last
            row.cells["first"] = texts["period"]
    elif "from" in texts and "to" in texts:
        one, two = dates.find(texts["from"].text, order), dates.find(texts["to"].text, order)
        _days(row, one, two, texts["from"])
    elif "previous" in texts and "current" in texts:
        one = dates.find(texts["previous"].text, order) or dates.find(heads["previous"].text, order)
        two = dates.find(texts["current"].text, order) or dates.find(heads["current"].text, order)
        _days(row, one, two, texts["previous"])


def _days(row: Row, one: Sequence[dates.Day], two: Sequence[dates.Day], cell: Cell) -> None:
    """The days of both readings, if they have a year."""
    if one and two and one[0].year and two[0].year and one[0].value < two[0].value:
        row.first, row.last = one[0].value, two[0].value
        row.cells["first"] = cell
