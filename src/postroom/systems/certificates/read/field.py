"""Owns what is not in a page's text: form fields, typed annotations, strokes and pictures, as PDF objects.

Fields are read by their place, not by their name: every agency system names them differently.
Everything is bounded. Refuses to know the form.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from postroom.readers.pdf_object import Matrix, objects, times
from postroom.readers.pdf_object import matrix as matrix_of
from postroom.readers.word import Box, Word

ANNOTATIONS = 1_000  # of a page that are looked at
_OBJECTS = 6_000
_SEGMENTS = 60_000
_LAYER = 60  # pieces of text that are asked whether they are drawn
_TEXT = 20_000  # characters of a field's value
_LINE = 14.0  # points between two lines of a field, at most
_DARK = 140  # of red, green and blue together by three, up to which a colour is ink


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn, in points of the page as displayed. ticking: slanted, curved or filled dark. picture: a bitmap."""

    box: Box
    ticking: bool
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """words: values typed into fields and notes. buttons: place -> on. signed: boxes of signatures and stamps."""

    words: tuple[Word, ...] = ()
    buttons: tuple[tuple[Box, bool], ...] = ()
    signed: tuple[Box, ...] = ()


# --- fields and annotations ---------------------------------------------------------------------------


def fields(path: Path, password: str | None, pages: int) -> list[Fields]:
    """What is filled into each of the first pages. Nothing, if the file's inside is too damaged to tell."""
    try:
        with pikepdf.open(path, password=password or "") as pdf:
            return [_page(page) for page in list(pdf.pages)[:pages]]
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RuntimeError):
        return [Fields()] * pages


def _page(page: pikepdf.Page) -> Fields:
    notes = page.obj.get("/Annots")
    if not isinstance(notes, pikepdf.Array):
        return Fields()
    place = _displayed(page)
    words: list[Word] = []
    buttons: list[tuple[Box, bool]] = []
    signed: list[Box] = []
    for number, note in enumerate(list(notes)[:ANNOTATIONS]):
        try:
            box = place([float(edge) for edge in note.Rect])
            kind = str(note.get("/Subtype", ""))
            sort = str(_inherited(note, "/FT") or "")
            if int(note.get("/F", 0)) & 2:  # hidden
                continue
            if kind == "/Widget" and sort == "/Btn":
                buttons.append((box, _is_on(note)))
            elif kind == "/Widget" and sort == "/Sig":
                if _inherited(note, "/V") is not None:
                    signed.append(box)
            elif kind == "/Widget":
                words.extend(_lines(_value(_inherited(note, "/V")), box, number))
            elif kind == "/FreeText":
                words.extend(_lines(str(note.get("/Contents", "")), box, number))
            elif kind in ("/Stamp", "/Ink"):
                signed.append(box)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            continue
    return Fields(tuple(words), tuple(buttons), tuple(signed))


def _displayed(page: pikepdf.Page) -> Callable[[list[float]], Box]:
    """A rectangle of the page's own space as it is displayed: origin top left, rotation applied."""
    x0, y0, x1, y1 = (float(edge) for edge in page.cropbox)
    left, bottom, right, top = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    turn = int(page.obj.get("/Rotate", 0) or 0) % 360

    def placed(rect: list[float]) -> Box:
        points = [_turned(x, y, turn, (left, bottom, right, top)) for x in rect[0::2] for y in rect[1::2]]
        xs, ys = zip(*points, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    return placed


def _turned(x: float, y: float, turn: int, page: tuple[float, float, float, float]) -> tuple[float, float]:
    left, bottom, right, top = page
    if turn == 90:
        return y - bottom, x - left
    if turn == 180:
        return right - x, y - bottom
    if turn == 270:
        return top - y, right - x
    return x - left, top - y


def _inherited(note: Any, key: str) -> Any:
    for _ in range(8):
        if key in note:
            return note[key]
        if "/Parent" not in note:
            return None
        note = note.Parent
    return None


def _value(value: Any) -> str:
    if isinstance(value, pikepdf.String):
        return str(value)
    if isinstance(value, pikepdf.Stream):
        return bytes(value.read_bytes()[:_TEXT]).decode("utf-8", "replace")
    if isinstance(value, pikepdf.Array):
        return " ".join(str(entry) for entry in value)
    return ""


def _is_on(note: Any) -> bool:
    state = note.get("/AS")
    if state is None:
        state = _inherited(note, "/V")
    return state is not None and str(state) not in ("/Off", "Off", "", "/No")


def _lines(value: str, box: Box, number: int) -> Iterator[Word]:
    """One word a line: a field lies in its cell as a whole. Lines are spread from the top of the field."""
    rows = [row.strip() for row in value[:_TEXT].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        return
    step = min(box.height / len(rows), _LINE) if len(rows) > 1 else box.height
    for place, row in enumerate(rows):
        if row:
            line = Box(box.left, box.top + place * step, box.right, box.top + (place + 1) * step)
            yield Word(
                row, line, 1.0, min(10.0, max(4.0, line.height * 0.8)), 0, 1_000_000 + number * 1000 + place
            )


def is_hidden(page: pdfium.PdfPage) -> bool:
    """Whether the page's text is not drawn: a recogniser's layer over a scan, as good as that recogniser was."""
    seen = hidden = 0
    for item, sort, _ in objects(page, _OBJECTS):
        if sort == raw.FPDF_PAGEOBJ_TEXT:
            seen += 1
            hidden += raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
            if seen >= _LAYER:
                break
    return seen > 0 and hidden * 2 > seen


# --- strokes and pictures -----------------------------------------------------------------------------


def marks(page: pdfium.PdfPage) -> list[Mark]:
    """Every small stroke, shape and picture of the page."""
    left, bottom, right, top = (float(edge) for edge in page.get_bbox())
    turn = int(page.get_rotation())
    found: list[Mark] = []
    budget = _SEGMENTS

    def placed(xs: list[float], ys: list[float], ticking: bool, picture: bool) -> None:
        points = [
            _turned(x, y, turn, (left, bottom, right, top))
            for x in (min(xs), max(xs))
            for y in (min(ys), max(ys))
        ]
        across, down = zip(*points, strict=True)
        found.append(Mark(Box(min(across), min(down), max(across), max(down)), ticking, picture))

    for item, sort, matrix in objects(page, _OBJECTS):
        if budget <= 0:
            break
        if sort == raw.FPDF_PAGEOBJ_IMAGE:
            a, b, c, d, e, f = times(matrix_of(item), matrix)
            corners = [(e, f), (a + e, b + f), (c + e, d + f), (a + c + e, b + d + f)]
            placed([x for x, _ in corners], [y for _, y in corners], True, True)
        elif sort == raw.FPDF_PAGEOBJ_PATH:
            drawn = _is_drawn(item)
            for xs, ys, slanted, count in _parts(item, times(matrix_of(item), matrix)):
                budget -= count
                if drawn is not None:
                    placed(xs, ys, slanted or drawn == "filled", False)
    return found


def _is_drawn(item: Any) -> str | None:
    """`filled` with dark ink, `stroked` with it, or None: white covers are no ticks."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(item, mode, stroke):
        return None
    if mode.value and _is_dark(raw.FPDFPageObj_GetFillColor, item):
        return "filled"
    return "stroked" if stroke.value and _is_dark(raw.FPDFPageObj_GetStrokeColor, item) else None


def _is_dark(asked: Any, item: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not asked(item, red, green, blue, alpha):
        return True
    return alpha.value > 60 and (red.value + green.value + blue.value) / 3 <= _DARK


def _parts(item: Any, matrix: Matrix) -> Iterator[tuple[list[float], list[float], bool, int]]:
    """The pieces of a path between moves: coordinates, whether any of it is slanted or curved, segments."""
    a, b, c, d, e, f = matrix
    xs: list[float] = []
    ys: list[float] = []
    slanted = False
    x_value, y_value = ctypes.c_float(), ctypes.c_float()
    for index in range(min(raw.FPDFPath_CountSegments(item), _SEGMENTS)):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        sort = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x_value, y_value)
        x, y = a * x_value.value + c * y_value.value + e, b * x_value.value + d * y_value.value + f
        if not (math.isfinite(x) and math.isfinite(y)):
            continue
        if sort == raw.FPDF_SEGMENT_MOVETO and xs:
            yield xs, ys, slanted, len(xs)
            xs, ys, slanted = [], [], False
        elif xs:
            across, down = abs(x - xs[-1]), abs(y - ys[-1])
            slanted = slanted or sort == raw.FPDF_SEGMENT_BEZIERTO or (across > 0.7 and down > 0.7)
        xs.append(x)
        ys.append(y)
    if xs:
        yield xs, ys, slanted, len(xs)
