"""Owns the lines of a bill: text, quantity, rate and amount; taxes among them; which lines make up a sum."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from postroom.readers.word import Box, hull
from postroom.systems.bills.read import money, number, unit
from postroom.systems.bills.read.document import Document
from postroom.systems.bills.read.layout import Cell
from postroom.systems.bills.read.unit import Quantity

TAX = re.compile(
    r"\btax(?:es)?\b|\bvat\b|\bgst\b|\bhst\b|\bsurtax\b|umsatzsteuer|mwst|\bust\b|\btva\b|\biva\b"
    r"|\bbtw\b|\btaxes?\b|impuesto|\baccise?\b|\bimpost[ae]\b|accijns|energiebelasting|universal service f"
    r"|franchise fee|gross receipts|\bgrt\b|\buut\b"
)
_TOTAL = re.compile(
    r"\btotals?\b|sub-?total|\bsumme\b|rechnungsbetrag|nettobetrag|bruttobetrag|montant|importe total"
    r"|amount due|balance|new charges|current charges"
    r"|please pay|\bnet amount|to pay\b|zu zahlen|nachzahlung|guthaben|abschl[aä]g|this amount"
    r"|\bcurrent bill|charges (?:for )?this|before vat|excluding"
)
_NOT = re.compile(
    r"payment|previous|prior|last bill|last year|opening|brought forward|carried|average|enclosed"
    r"|if paid|after|history|late fee|returned|save|budget"
    r"|amount due|due date|last statement|past due|net of|per day|thank you|projection|deposit"
)
_RATE = re.compile(
    rf"(?:@|x|×|\bat\b|\*)\s?(?P<sign>[$£€]\s?)?(?P<rate>-?{number.PATTERN})\s?(?P<sub>¢|c\b|p\b|ct\b"
    rf"|cents?\b|pence\b)?"
)
_TIMES = (
    (
        "OFF_PEAK",
        re.compile(
            r"off[- ]?peak|\bnight\b|heures creuses|\bnt\b|nebentarif|valle|\bdal(?:uren|tarief)?\b|super off|\blow\b(?! peak)"
            r"|overnight"
        ),
    ),
    ("SHOULDER", re.compile(r"shoulder|mid[- ]?peak|part[- ]?peak|llano|partial[- ]peak|intermediate")),
    (
        "PEAK",
        re.compile(
            r"\bpeak\b|\bday\b(?! ?\w*s\b)|heures pleines|\bht\b|haupttarif|punta|\bnormaal(?:tarief)?\b|on[- ]?peak"
        ),
    ),
    ("BASE", re.compile(r"\bbase\b")),
)
_WORDS = re.compile(r"[a-zà-ÿ]{3,}")


@dataclass(slots=True)
class Line:
    """amount: negative for a credit. total: it sums up others. confirmed: a sum on the page says so."""

    text: str
    amount: Decimal
    cell: Cell
    amount_cell: Cell
    start: int
    end: int
    quantity: Quantity | None = None
    rate: Decimal | None = None
    tax: bool = False
    total: bool = False
    confirmed: bool = False
    member: bool = False

    @property
    def box(self) -> Box:
        return hull([self.cell.box, self.amount_cell.box])


def time_of_use(text: str) -> str | None:
    """PEAK, OFF_PEAK, SHOULDER or BASE, if a text says so."""
    low = text.lower()
    if "low peak" in low:
        return "SHOULDER"
    for kind, pattern in _TIMES:
        if pattern.search(low):
            return kind
    return None


def lines(document: Document) -> list[Line]:
    """Every line with an amount at its end, sums among them, in the order of the document."""
    found = []
    for page in document.pages:
        for row in page.rows:
            found.extend(_row(document, row))
    return found


def _row(document: Document, row: list[Cell]) -> list[Line]:
    """Lines of one row: a text with letters, then what leads to an amount; a page may have two side by side."""
    found: list[Line] = []
    start = 0
    for place, cell in enumerate(row):
        if start > place:
            continue
        amounts = money.find(cell.text, document.place.point)
        if not amounts:
            continue
        following = row[place + 1] if place + 1 < len(row) else None
        if following is not None and _goes_on(document, cell, following):
            continue
        line = _line(document, row[start : place + 1], amounts[-1])
        start = place + 1
        if line is not None:
            found.append(line)
    return found


def _goes_on(document: Document, cell: Cell, following: Cell) -> bool:
    """A rate or a base is not the amount: another amount, without a text of its own, comes behind it."""
    if re.match(r"^[\s$£€x×+=-]*$", following.text):
        return True
    amounts = money.find(following.text, document.place.point)
    return bool(amounts) and not _WORDS.search(following.text[: amounts[0].start].lower())


def _line(document: Document, cells: list[Cell], amount: money.Amount) -> Line | None:
    last = cells[-1]
    tail = last.text[amount.end :].strip()
    if len(tail) > 6 and not re.match(r"^(?:cr|dr|incl|inc\.)", tail.lower()):
        return None
    head = _head(cells) or _sold(document, cells[0])
    if head is None:
        return None
    before = " ".join(
        [
            *(c.text for c in cells[cells.index(head) : -1]),
            last.text[: amount.start] if last is not head else "",
        ]
    )
    if last is head:
        before = head.text[: amount.start]
    if len(before) > 120:
        return None
    low = before.lower()
    if _NOT.search(low) or not _WORDS.search(low):
        return None
    value = amount.value
    if re.search(r"[-−–]\s?[$£€]?\s*$", before) and value > 0:
        value = -value
    text = head.text[: amount.start] if last is head else head.text
    line = Line(_clean(text), value, head, last, amount.start, amount.end)
    found = unit.quantities(before, document.place.point, document.place.country)
    rate = _RATE.search(before, found[0].end if found else 0)
    if found:
        line.quantity = found[0]
        if last is head or found[0].start < len(head.text):
            line.text = _clean(before[: found[0].start]) or line.text
    if rate is not None:
        line.rate = _rate(document, rate)
        line.text = _clean(line.text.split(" @ ")[0])
    if line.rate is None and line.quantity is not None:
        line.rate = _price(document, cells[:-1], line.quantity.value, abs(value))
    line.tax = bool(TAX.search(low)) and not re.search(
        r"before|excl|without|hors|incl|\binc\b|netto|tax invoice", low
    )
    line.total = bool(_TOTAL.search(low)) and not (line.quantity and line.rate)
    return line


_FIGURE = re.compile(r"^[\s($£€¢@x×*+\-–−=:]*(?:\d|$)|^k?wh$", re.IGNORECASE)


def _head(cells: list[Cell]) -> Cell | None:
    """The text of a line: the nearest one left of its figures. What stands further left is beside the table."""
    for cell in reversed(cells):
        if _FIGURE.match(cell.text) or not _WORDS.search(cell.text.lower()):
            continue
        return cell
    return None


def _sold(document: Document, cell: Cell) -> Cell | None:
    """A line that has no text of its own, `109 kWh @ 24.50p`, under a heading."""
    found = unit.quantities(cell.text, document.place.point, document.place.country)
    return cell if found and _RATE.search(cell.text, found[0].end) else None


def _clean(text: str) -> str:
    return re.sub(r"(?: [x×])?[ :\-–.*@$£€(]*$", "", re.sub(r"\s+", " ", text)).strip(" :-–.*@$£€(")


def _rate(document: Document, match: re.Match[str]) -> Decimal | None:
    value = number.parse(match["rate"].lstrip("-"), document.place.point)
    if value is None:
        return None
    if match["sub"]:
        value /= 100
    return -value if match["rate"].startswith("-") else value


_PRICE = re.compile(rf"^[$£€]?\s?({number.PATTERN})\s?(¢|c|p|ct)?(?:\s?[€$£])?(?:/\w+)?$")


def _price(document: Document, cells: list[Cell], quantity: Decimal, amount: Decimal) -> Decimal | None:
    """A number between quantity and amount that makes the one from the other."""
    for cell in cells:
        match = _PRICE.match(cell.text.strip())
        value = number.parse(match[1], document.place.point) if match else None
        for rate in () if value is None else (value, value / 100):
            if rate and abs(quantity * rate - amount) <= Decimal("0.02"):
                return rate
    return None


def settle(found: list[Line], current: Decimal | None) -> list[Line]:
    """The lines that make up the bill, each once.

    A sum on the page confirms the lines above it. Lines that only repeat a confirmed sum are left out; so is
    what cannot be told from a summary.
    """
    for place, line in enumerate(found):
        if line.total:
            _confirm(found, place, line)
    sums = {line.amount for line in found if line.total} | ({current} if current is not None else set())
    members = [line for line in found if line.member and not line.total]
    if members:
        pages = {line.cell.page for line in members}
        kept = [
            line
            for line in found
            if not line.total and (line.member or (line.cell.page in pages and line.rate is not None))
        ]
    else:
        kept = [
            line for line in found if not line.total and (line.amount not in sums or line.rate is not None)
        ]
    return _once(kept, current)


def _confirm(found: list[Line], place: int, total: Line) -> None:
    """Walk back from a sum: the lines directly above that make it up belong to it."""
    rest = total.amount
    taken: list[Line] = []
    for line in reversed(found[max(0, place - 40) : place]):
        if line.amount_cell.page < total.amount_cell.page - 1:
            break
        if line.total:
            continue
        taken.append(line)
        rest -= line.amount
        if rest == 0:
            total.confirmed = True
            for one in taken:
                one.member = True
            return


def _once(kept: list[Line], current: Decimal | None) -> list[Line]:
    """Without lines that are printed twice (summary and detail), if that makes the sum right, or plainly so."""
    if current is not None and sum((line.amount for line in kept), Decimal(0)) == current:
        return kept
    seen: set[tuple[Decimal, str]] = set()
    made = []
    for line in sorted(kept, key=lambda one: one.rate is None):
        key = (line.amount, " ".join(_WORDS.findall(line.text.lower())[:3]))
        if key not in seen or line.quantity is not None:
            seen.add(key)
            made.append(line)
    return sorted(made, key=lambda one: one.cell.order)


def _taxed(lines: list[Line], current: Decimal | None) -> list[Line]:
    """The taxes among these lines. One that stands in the summary and again in the details counts once."""
    own: list[Line] = []
    for line in lines:
        again = any(one.amount == line.amount and one.cell.page != line.cell.page for one in own)
        if line.tax and not again and line.amount != current:
            own.append(line)
    return own


def _confirmed(found: list[Line], own: list[Line], whole: Decimal, current: Decimal | None) -> bool:
    """Whether taxes of a scan are all there: a line says what the charges are without them. Print is believed."""
    if all(line.amount_cell.confidence == 1.0 for line in own):
        return True
    return current is not None and any(line.amount == current - whole for line in found)


def taxes(found: list[Line], kept: list[Line], current: Decimal | None) -> tuple[Decimal, list[Line]] | None:
    """The sum of the tax lines, if it is one sum: None if the lines that were left out hold further taxes, and
    nothing says that those that were kept are all."""
    own, every = _taxed(kept, current), _taxed(found, current)
    if not every:
        return None
    whole = sum((line.amount for line in own), Decimal(0))
    complete = sum((line.amount for line in kept), Decimal(0)) == current
    if not own:
        own, whole = every, sum((line.amount for line in every), Decimal(0))
    elif (
        not complete and len(every) > len(own) and sum((one.amount for one in every), Decimal(0)) != 2 * whole
    ):
        return None
    most = max(own, key=lambda line: abs(line.amount))
    if len(own) > 2 and most.amount * 2 == whole:  # a sum of the others, beside them or in a summary
        whole, own = most.amount, [most]
    if not complete and not _confirmed(found, own, whole, current):
        return None
    # More tax than half of the bill is no tax.
    if current is not None and current != 0 and abs(whole) * 2 > abs(current):
        return None
    return whole.quantize(Decimal("0.01"), ROUND_HALF_UP), own
