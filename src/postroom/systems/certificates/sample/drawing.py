"""Owns how a filled ACORD-25-like form is drawn: the project's own drawing, over pikepdf. Deterministic.

The layout comes from `read/form.py`; the values from `fill`. Values are flat text, or form fields.
Refuses to know what the values mean.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from postroom.systems.certificates.read import form
from postroom.systems.certificates.read.form import Cell
from postroom.systems.certificates.sample.fill import Fill

SYMBOLS = {"\u2713": "3", "\u2718": "8"}  # and the code of each in ZapfDingbats
TICKS = ("letter", "cross", "check", "block")
FONTS = ("/Helvetica", "/Courier", "/Times-Roman")
# Widths of Helvetica, in thousandths, from the blank on: the standard's own figures.
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 "
    "584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
    "278 556 500 722 500 500 500 334 260 334 584"
)
_WIDTH = {chr(32 + place): int(width) for place, width in enumerate(_WIDTHS.split())}


@dataclass(frozen=True, slots=True)
class Look:
    """How values are typed. shift: of everything that is filled in, in points. squeezed: nothing leaves its cell.

    bare: without the paper's own print.
    """

    font: str = "/Helvetica"
    size: float = 8.0
    tick: str = "letter"
    shift: tuple[float, float] = (0.0, 0.0)
    fields: bool = False
    squeezed: bool = False
    bare: bool = False
    signature_seed: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """A value on its place. cell: where a form would have its field."""

    text: str
    x: float
    y: float
    cell: Cell


def draw(filled: Fill, look: Look, remarks: Sequence[str] = ()) -> bytes:
    """A PDF of one page, or two with remarks (as on an ACORD 101)."""
    pdf = pikepdf.new()
    pdf.docinfo["/Producer"] = String("Postroom sample")
    fonts = _fonts(pdf, look)
    typed = list(_typed(filled))
    parts = [b"" if look.bare else _paper(filled.edition), *_drawn_signature(filled, look)]
    parts += [_text("/R", one.size, one.x, one.y, one.text) for one in filled.loose]
    fields: list[Any] = []
    if look.fields:
        fields = [_field(pdf, place, entry) for place, entry in enumerate(typed)]
        fields += [
            _button(pdf, name, form.BOXES[filled.edition][name], name in filled.boxes)
            for name in _boxes(filled)
        ]
    else:
        parts += [_written(entry, look) for entry in typed]
        parts += [_ticked(form.BOXES[filled.edition][name], look) for name in sorted(filled.boxes)]
    page = _page(pdf, b"\n".join(parts), fonts)
    if fields:
        page.Annots = Array(fields)
        pdf.Root.AcroForm = Dictionary(
            Fields=Array(fields), DA=String("/V 8 Tf 0 g"), DR=Dictionary(Font=fonts), NeedAppearances=True
        )
    if remarks:
        _page(pdf, _remarks(remarks), fonts)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _fonts(pdf: pikepdf.Pdf, look: Look) -> Dictionary:
    names = {"/R": "/Helvetica", "/B": "/Helvetica-Bold", "/V": look.font, "/Z": "/ZapfDingbats"}
    fonts = {}
    for key, base in names.items():
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(base))
        if key != "/Z":  # a font of symbols has an encoding of its own
            font.Encoding = Name.WinAnsiEncoding
        fonts[key] = pdf.make_indirect(font)
    return Dictionary(fonts)


def _page(pdf: pikepdf.Pdf, content: bytes, fonts: Dictionary) -> Any:
    page = Dictionary(
        Type=Name.Page,
        MediaBox=[0, 0, int(form.WIDTH), int(form.HEIGHT)],
        Resources=Dictionary(Font=fonts),
        Contents=pdf.make_indirect(Stream(pdf, content)),
    )
    made = pdf.make_indirect(page)
    pdf.pages.append(pikepdf.Page(made))
    return made


# --- the paper ---------------------------------------------------------------------------------------

_LINES = (
    "18 47 594 47|18 119 594 119|18 240 594 240|18 252 594 252|18 288 594 288|18 300 594 300|18 384 594 384|"
)
_LINES += "18 444 594 444|18 480 594 480|18 528 594 528|18 564 594 564|18 648 594 648|18 660 594 660|18 744 594 744|"
_LINES += "306 120 306 240|18 180 306 180|306 132 594 132|306 144 594 144|306 156 594 156|306 168 594 168|"
_LINES += (
    "485 132 485 144|540 156 540 240|18 47 18 240|594 47 594 240|18 252 18 648|594 252 594 648|36 288 36 564|"
)
_LINES += "176.4 288 176.4 564|194.4 288 194.4 564|212.4 288 212.4 564|331.2 288 331.2 564|378 288 378 564|"
_LINES += (
    "424.8 288 424.8 564|514.8 300 514.8 564|18 660 18 744|306 660 306 744|594 660 594 744|306 708 594 708|"
)
_LINES += "507 24 507 47|507 24 594 24|594 24 594 47|54 334 173 334|54 346 173 346"


def _paper(edition: str) -> bytes:
    """Rules, boxes and printed labels."""
    parts = [b"0.7 w 0 G"]
    for line in _LINES.split("|"):
        parts.append(_rule(*(float(part) for part in line.split())))
    for row in range(1, 6):
        y = form.INSURER_TOP + form.INSURER_HEIGHT * row - 0.6
        parts.append(_rule(306, y, 594, y))
    for limits in form.LIMITS.values():
        for middle in limits.values():
            parts.append(_rule(424.8, middle + 4, 594, middle + 4))
            parts.append(_text("/R", 5.6, 518.6, middle + 2, "$"))
    for box in (*form.BOXES[edition].values(), Cell(157.9, 497.5, 173.3, 510.5)):
        width, height = box.right - box.left, box.bottom - box.top
        parts.append(b"%.2f %.2f %.2f %.2f re S" % (box.left, form.HEIGHT - box.bottom, width, height))
    for label in form.LABELS[edition]:
        parts.append(_label(label))
    return b"\n".join(parts)


def _rule(x: float, y: float, to_x: float, to_y: float) -> bytes:
    return b"%.2f %.2f m %.2f %.2f l S" % (x, form.HEIGHT - y, to_x, form.HEIGHT - to_y)


def _label(label: form.Label) -> bytes:
    """Stretched or squeezed to the width that it has on the form."""
    size = 9.0 if label.text.startswith("CERTIFICATE OF LIABILITY") else 6.0
    stretch = 100 * (label.right - label.x) / max(1.0, width(label.text, size))
    font = "/B" if label.bold else "/R"
    return _text(font, size, label.x, label.y + 0.36 * size, label.text, stretch)


def width(text: str, size: float) -> float:
    return sum(_WIDTH.get(sign, 556) for sign in text) * size / 1000


def _text(font: str, size: float, x: float, y: float, text: str, stretch: float = 100.0) -> bytes:
    """y: of the baseline, from the top."""
    raw = text.encode("cp1252", "replace")
    escaped = raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT %s %.2f Tf %.1f Tz %.2f %.2f Td (%s) Tj ET" % (
        font.encode(),
        size,
        stretch,
        x,
        form.HEIGHT - y,
        escaped,
    )


# --- what is filled in -------------------------------------------------------------------------------


def _typed(filled: Fill) -> Iterator[Typed]:
    """Every value with its place; the same for flat text and form fields."""
    for known, lines in filled.text.items():
        place = form.CELLS[known]
        top, step, indent = _PLACES.get(known, (place.top + 1, 10.0, 4.0))
        for count, line in enumerate(lines):
            y = top + step * count + 5
            yield Typed(
                line, place.left + indent, y, Cell(place.left + indent, y - 5, place.right - 4, y + 5)
            )
    for letter, name, naic in filled.insurers:
        for cell, text in zip(form.insurer(letter), (name, naic), strict=True):
            yield _in(text, cell, 4)
    for row in filled.rows:
        values = {
            "letter": row.letter,
            "additional_insured": row.additional,
            "waiver_of_subrogation": row.waived,
            "policy_number": row.number,
            "effective": row.effective,
            "expiration": row.expiration,
            "type": row.name,
        }
        for name, text in values.items():
            yield _in(
                text, form.column(name, row.y - 6, row.y + 6), 2 if name in ("effective", "expiration") else 6
            )
    for band, key, text in filled.limits:
        middle = form.LIMITS[band][key]
        yield _in(text, form.column("amount", middle - 7.5, middle + 4.5), 12)
    for y, label, amount in filled.extra:
        yield _in(label, form.column("limit", y - 5, y + 5), 4)
        yield _in(amount, form.column("amount", y - 5, y + 5), 12)
    yield _in(filled.retention, form.RETENTION, 3)
    yield _in(filled.excluded, form.EXCLUDED, 6)
    if filled.signature:
        yield Typed(filled.signature, 340, 730, Cell(335, 722, 560, 738))


_PLACES = {
    "producer": (130.0, 9.4, 6.0),
    "insured": (190.0, 9.4, 6.0),
    "holder": (676.0, 11.0, 8.0),
    "description": (578.0, 11.0, 6.0),
    "certificate_date": (37.0, 10.0, 22.0),
}


def _in(text: str, cell: Cell, indent: float) -> Typed:
    return Typed(text, cell.left + indent, (cell.top + cell.bottom) / 2, cell)


def _written(entry: Typed, look: Look) -> bytes:
    if not entry.text:
        return b""
    down, along = look.shift[1], look.shift[0]
    if entry.text in SYMBOLS:
        return _text("/Z", look.size, entry.x + along, entry.y + 0.3 * look.size + down, SYMBOLS[entry.text])
    # Dates in wide typewriter letters fill their columns to the border and beyond, as they do on real forms.
    room = entry.cell.right - entry.x - 1
    needed = width(entry.text, look.size) if look.font != "/Courier" else 0.6 * look.size * len(entry.text)
    stretch = 100 * min(1.0, room / needed) if look.squeezed else 100
    return _text("/V", look.size, entry.x + along, entry.y + 0.3 * look.size + down, entry.text, stretch)


def _ticked(box: Cell, look: Look) -> bytes:
    x, y = (
        (box.left + box.right) / 2 + look.shift[0],
        form.HEIGHT - (box.top + box.bottom) / 2 - look.shift[1],
    )
    if look.tick == "cross":
        return b"0.9 w %.2f %.2f m %.2f %.2f l %.2f %.2f m %.2f %.2f l S" % (
            *(x - 3, y - 3, x + 3, y + 3),
            *(x - 3, y + 3, x + 3, y - 3),
        )
    if look.tick == "check":
        return b"1.2 w %.2f %.2f m %.2f %.2f l %.2f %.2f l S" % (x - 3.5, y, x - 1, y - 3, x + 4, y + 4)
    if look.tick == "block":
        return b"%.2f %.2f 7 7 re f" % (x - 3.5, y - 3.5)
    return _text("/V", look.size, x - 0.33 * look.size, form.HEIGHT - y + 0.36 * look.size, "X")


def _drawn_signature(filled: Fill, look: Look) -> Iterator[bytes]:
    """A scribble, where the signature is not typed."""
    if filled.signature != "":
        return
    random = Random(look.signature_seed)  # noqa: S311 - a sample, no secret
    x, y = 350.0, form.HEIGHT - 728
    yield b"1 w %.2f %.2f m" % (x, y)
    for _ in range(9):
        points = [
            coordinate for _ in range(3) for coordinate in (random.uniform(2, 14), random.uniform(-9, 9))
        ]
        x1, y1, x2, y2, x3, y3 = points
        yield b"%.2f %.2f %.2f %.2f %.2f %.2f c" % (
            x + x1,
            y + y1,
            x + x1 + x2,
            y + y2,
            x + 10 + x3 / 2,
            y + y3,
        )
        x += 10 + x3 / 2
    yield b"S"


# --- form fields -------------------------------------------------------------------------------------


def _field(pdf: pikepdf.Pdf, place: int, entry: Typed) -> Any:
    cell = entry.cell
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String(f"field.{place}"),
            V=String(entry.text),
            DA=String("/V 8 Tf 0 g"),
            F=4,
            Rect=[cell.left, form.HEIGHT - cell.bottom, cell.right, form.HEIGHT - cell.top],
        )
    )


def _boxes(filled: Fill) -> list[str]:
    return sorted(form.BOXES[filled.edition])


def _button(pdf: pikepdf.Pdf, name: str, cell: Cell, ticked: bool) -> Any:
    state = Name.Yes if ticked else Name.Off
    shape = Stream(
        pdf,
        b"1 w 2 2 m 8 8 l 2 8 m 8 2 l S",
        Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 10, 10]),
    )
    empty = Stream(pdf, b"", Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 10, 10]))
    looks = Dictionary(N=Dictionary(Yes=pdf.make_indirect(shape), Off=pdf.make_indirect(empty)))
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Btn,
            T=String(name),
            V=state,
            AS=state,
            AP=looks,
            F=4,
            Rect=[cell.left + 1, form.HEIGHT - cell.bottom + 1, cell.right - 1, form.HEIGHT - cell.top - 1],
        )
    )


def _remarks(lines: Sequence[str]) -> bytes:
    """A second page like an ACORD 101."""
    parts = [
        _text("/B", 12, 180, 60, "ADDITIONAL REMARKS SCHEDULE"),
        _text("/R", 6, 22, 80, "AGENCY CUSTOMER ID:"),
        _text("/R", 6, 22, 150, "THIS ADDITIONAL REMARKS FORM IS A SCHEDULE TO ACORD FORM,"),
        _text("/R", 6, 22, 162, "FORM NUMBER: 25 FORM TITLE: CERTIFICATE OF LIABILITY INSURANCE"),
        *(_text("/V", 9, 30, 190 + 12 * row, line) for row, line in enumerate(lines)),
        _text("/B", 8, 22, 765, "ACORD 101 (2008/01)"),
    ]
    return b"\n".join(parts)
