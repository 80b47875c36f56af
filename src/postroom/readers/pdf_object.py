"""Owns the walk over what a PDF page is drawn from, forms within forms included, each object with its place.

Knows no kind of object but the form; who walks decides what the others mean.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_DEPTH = 3  # forms within forms

Matrix = tuple[float, float, float, float, float, float]


def objects(page: pdfium.PdfPage, limit: int) -> Iterator[tuple[Any, int, Matrix]]:
    """At most `limit` objects, forms counted: PDFium's handle, its type (FPDF_PAGEOBJ_*), and the matrix from
    the form that it stands in to the page."""
    left = limit
    forms: list[tuple[Any, Matrix, int]] = [(None, (1, 0, 0, 1, 0, 0), 0)]
    while forms and left > 0:
        form, outer, depth = forms.pop()
        count = raw.FPDFPage_CountObjects(page) if form is None else raw.FPDFFormObj_CountObjects(form)
        for index in range(min(count, left)):
            left -= 1
            item = (
                raw.FPDFPage_GetObject(page, index)
                if form is None
                else raw.FPDFFormObj_GetObject(form, ctypes.c_ulong(index))
            )
            sort = raw.FPDFPageObj_GetType(item)
            if sort == raw.FPDF_PAGEOBJ_FORM:
                if depth < _DEPTH:
                    forms.append((item, times(matrix(item), outer), depth + 1))
            else:
                yield item, sort, outer


def matrix(item: Any) -> Matrix:
    """From an object to the form or page that it stands in."""
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, found):
        return (1, 0, 0, 1, 0, 0)
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def times(one: Matrix, two: Matrix) -> Matrix:
    """First `one`, then `two`."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)
