"""Owns account, invoice and supply point numbers: what one looks like, and which of a bill is which."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postroom.readers.word import hull
from postroom.systems.bills.read import date as dates
from postroom.systems.bills.read import label
from postroom.systems.bills.read.document import CERTAIN, DOUBTFUL, Candidate, Document
from postroom.systems.bills.read.layout import Cell

Point = tuple[str, str, Candidate]  # of supply: kind in the contract's words, printed name, value

_TOKEN = re.compile(r"[A-Z0-9][A-Z0-9./\-–]*", re.IGNORECASE)
_MORE = re.compile(r"[-–][A-Z0-9][A-Z0-9./\-–]*|[-–/] (?=\d)[A-Z0-9./\-–]+", re.IGNORECASE)
_LEAD = re.compile(r"^[\s:#.=\-–]*(?:(?:is|no|nr|number|n[°º])\b[\s.:]*)?", re.IGNORECASE)
_STOP = re.compile(r"page|due|date|days?|total|bill|amount|kwh|service", re.IGNORECASE)
_MONEY = re.compile(r"^\d{1,3}(?:[.,]\d{3})*[.,]\d{2}$")


def numbers(text: str, *, least: int = 4, most: int = 34) -> Iterator[tuple[str, int, int]]:
    """The number that a text begins with: words of digits, dashes and few letters, `least` digits in all."""
    begin = _LEAD.match(text)
    at = start = begin.end() if begin else 0
    end = at
    while match := _TOKEN.match(text, at) or (_MORE.match(text, at) if end > start else None):
        word = match[0].rstrip(".-–/")
        if not _belongs(word, end > start):
            break
        end = match.start() + len(word)
        space = re.match(r" {1,2}", text[match.end() :])
        if space is None:
            break
        at = match.end() + space.end()
    value = text[start:end]
    figures = sum(map(str.isdigit, value))
    if least <= figures and len(value) <= most and not _MONEY.match(value) and not _is_date(value):
        yield value, start, end


def _belongs(word: str, inside: bool) -> bool:
    if any(map(str.isdigit, word)):
        letters = sum(map(str.isalpha, word))
        return letters <= 6 and not _MONEY.match(word) and not (inside and _is_date(word))
    return not inside and 1 <= len(word) <= 3 and word.isupper() and not _STOP.match(word)


def _is_date(value: str) -> bool:
    found = dates.find(value, "mdy") or dates.find(value, "dmy")
    return bool(found) and found[0].start == 0 and found[0].end == len(value)


def normal(value: str) -> str:
    """The rule of the contract's identifier filter: no dashes, underscores, commas, slashes, spaces; no zeros
    in front; upper case. Full stops go too: they only group."""
    return re.sub(r"[-–_,/.\s]", "", value).lstrip("0").upper()


def accounts(document: Document) -> Candidate | None:
    return _best(document, "account")


def invoices(document: Document) -> Candidate | None:
    return _best(document, "invoice")


def certain(document: Document, one: Candidate) -> bool:
    """Whether a number was surely read right: clearly, or twice alike and at least once not badly."""
    if one.trust >= CERTAIN:
        return True
    key = normal(one.value)
    again = [cell for cell in document.cells if cell is not one.cell and key in normal(cell.text)]
    return any(max(cell.confidence, one.trust) >= DOUBTFUL for cell in again)


def _best(document: Document, name: str) -> Candidate | None:
    """Numbers that differ only by their grouping support each other; as printed where it stands best."""
    found = [one for one in document.candidates(name, numbers, above=True) if certain(document, one)]
    printed: dict[str, str] = {}
    for one in found:
        key = normal(one.value)
        printed.setdefault(key, one.value)
        one.value = key
    best = document.best(found)
    if best is not None:
        best.value = printed[best.value]
    return best


def identifiers(document: Document) -> list[Point]:
    """Numbers of points of supply."""
    found: list[Point] = []
    seen: set[str] = set()
    for cell in document.cells:
        if len(cell.text) > 160:
            continue
        for kind, name, value in label.IDENTIFIERS:
            match = name.search(cell.text)
            if match is None:
                continue
            one = _identifier(document, kind, match, value, cell)
            if one is not None and normal(one.value) not in seen:
                seen.add(normal(one.value))
                found.append((kind, match[0], one))
    return found


def _identifier(
    document: Document, kind: str, name: re.Match[str], value: re.Pattern[str], cell: Cell
) -> Candidate | None:
    places = [(cell, name.end(), 1.0, "inline")]
    if len(cell.text) - name.end() < 24 and name.start() < 30:
        places += [(other, 0, weight, how) for other, weight, how in document.around(cell)]
    for other, begin, weight, how in places:
        lead = re.match(
            r"[\s:#.)=\-]*(?:is )?(?:number|no\.?|id)?[\s:#.)=]*", other.text[begin:], re.IGNORECASE
        )
        at = begin + (lead.end() if lead else 0)
        match = value.match(other.text, at)
        if match is None or sum(map(str.isdigit, match[0])) < 6:
            continue
        text = match[0].rstrip()
        if other.text[match.start() + len(text) :][:1].isalnum():
            continue
        start, text = _core(name[0], text)
        start += match.start()
        point = Candidate(text, weight, other, start, start + len(text), how, cell, kind)
        if certain(document, point):
            return point
    if places[1:] and _MPAN.search(name[0]):
        return _grid(document, kind, value, cell)
    return None


_MPAN = re.compile(r"mpan|supply number", re.IGNORECASE)
_CORE = re.compile(r"(?:\d ?){12}\d$")
_GRID = 5  # rows below a supply number's label in which its boxes stand


def _core(name: str, text: str) -> tuple[int, str]:
    """A British supply number in full has a profile before it: its last thirteen digits name the point."""
    if _MPAN.search(name) and sum(map(str.isdigit, text)) == 21 and (match := _CORE.search(text)):
        return match.start(), match[0]
    return 0, text


def _grid(document: Document, kind: str, value: re.Pattern[str], cell: Cell) -> Candidate | None:
    """Its groups in boxes of their own, below the label, in one row."""
    for row in document.page(cell).rows[cell.row + 1 : cell.row + 1 + _GRID]:
        groups = [one for one in row if one.text.isdigit() and one.box.right > cell.box.left]
        text = " ".join(one.text for one in groups)
        if sum(map(str.isdigit, text)) == 13 and value.fullmatch(text):
            joined = Cell(
                text,
                hull([one.box for one in groups]),
                cell.page,
                min(one.confidence for one in groups),
                cell.size,
                row=groups[0].row,
                order=groups[0].order,
            )
            return Candidate(text, 0.9, joined, 0, len(text), "grid", cell, kind)
    return None
