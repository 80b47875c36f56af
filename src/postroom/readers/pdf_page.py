"""Owns what one open PDF page is: its text, and whether it is text, a scan, a drawing or blank."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from postroom.readers.pdf_object import Matrix, objects

LETTERS = 25  # letters and digits from which a page counts as text even under a picture of the whole page
COVERAGE = 0.5  # share of the page that pictures must cover for it to be a scan
_OBJECTS = 3000  # objects of a page that are looked at
_LOOK = 4000  # characters that letters are counted in
_SHORT = (ctypes.c_ushort * 20_000)()  # of one thread, as PDFium is

_Box = tuple[float, float, float, float]


def text(page: pdfium.PdfPage, limit: int) -> tuple[str, bool]:
    """The text of the page with line feeds, at most `limit` characters, and whether it was cut there.

    By the bare calls: pypdfium2's own wrapper spends a tenth of the time on convenience.
    """
    handle = raw.FPDFText_LoadPage(page)
    if not handle:
        return "", False
    try:
        found = raw.FPDFText_CountChars(handle)
        count = min(found, limit)
        if count <= 0:
            return "", found > 0
        # ctypes makes a type for each length of an array, so short texts share one buffer.
        buffer = _SHORT if count < len(_SHORT) else (ctypes.c_ushort * (count + 1))()
        units = raw.FPDFText_GetText(handle, 0, count, buffer)
        data = ctypes.string_at(buffer, max(0, units - 1) * 2)
    finally:
        raw.FPDFText_ClosePage(handle)
    return _clean(data.decode("utf-16-le", "ignore")), found > count


def _clean(found: str) -> str:
    """PDFium ends lines as DOS does, and marks a hyphen at a line's end by a noncharacter.

    A form feed within a page would look like the next page.
    """
    found = found.replace("\r\n", "\n")
    for odd, plain in (("\ufffe", "-"), ("\x02", "-"), ("\0", ""), ("\f", "\n")):
        if odd in found:
            found = found.replace(odd, plain)
    return found


def kind(page: pdfium.PdfPage, found: str) -> str:
    """`text`, `scan` (no usable text, and pictures cover the page), `drawing` (neither) or `blank`."""
    letters = _letters(found)
    if letters >= LETTERS:
        return "text"
    objects = raw.FPDFPage_CountObjects(page)
    if objects > 0 and coverage(page) >= COVERAGE:
        return "scan"
    if letters:
        return "text"
    return "drawing" if objects > 0 else "blank"


def _letters(found: str) -> int:
    few = sum(map(str.isalnum, found[:200]))
    return few if few >= LETTERS else sum(map(str.isalnum, found[:_LOOK]))


def coverage(page: pdfium.PdfPage) -> float:
    """Share of the page under pictures. Strips add up; pictures over each other count twice: harmless."""
    left, bottom, right, top = (float(edge) for edge in page.get_bbox())
    whole = (right - left) * (top - bottom)
    if whole <= 0:
        return 0.0
    covered = 0.0
    for box in _pictures(page):
        width = min(right, box[2]) - max(left, box[0])
        height = min(top, box[3]) - max(bottom, box[1])
        if width > 0 and height > 0:
            covered += width * height
    return covered / whole


def _pictures(page: pdfium.PdfPage) -> Iterator[_Box]:
    """The box of every picture on the page, also of those inside forms, in page coordinates."""
    for item, sort, matrix in objects(page, _OBJECTS):
        if sort == raw.FPDF_PAGEOBJ_IMAGE:
            yield _boxed(item, matrix)


def _boxed(item: Any, matrix: Matrix) -> _Box:
    edges = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(item, *edges):
        return (0.0, 0.0, 0.0, 0.0)
    left, bottom, right, top = (edge.value for edge in edges)
    a, b, c, d, e, f = matrix
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
    xs, ys = zip(*corners, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))
