"""Owns the picture that shows what was read: the page, with a box around every value. Knows no values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageDraw

from postroom.errors import DocumentError
from postroom.readers import raster
from postroom.systems.certificates.read.trace import Place

DPI = 96
MEDIA_TYPE = "image/jpeg"
_QUALITY = 70
_MARGIN = 1.5  # points around a value
_SURE = 0.85  # confidence from which a box is green; below it is orange
_GREEN, _ORANGE = (0, 140, 60), (220, 110, 0)


def draw(path: Path, password: str | None, places: Iterable[Place], folder: Path) -> list[Path]:
    """One JPEG for each page on which something was found, named page-1.jpg and so on."""
    pages: dict[int, list[Place]] = {}
    for place in places:
        pages.setdefault(place.page, []).append(place)
    if not pages:
        return []
    handle = raw.FPDF_LoadDocument(os.fsencode(path), None if password is None else password.encode())
    if not handle:
        raise DocumentError("The PDF cannot be opened.", cause=f"PDFium error {raw.FPDF_GetLastError()}")
    document = pdfium.PdfDocument(handle)
    try:
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()
        return [_page(document, number, found, folder) for number, found in sorted(pages.items())]
    finally:
        document.close()


def _page(document: pdfium.PdfDocument, number: int, found: Iterable[Place], folder: Path) -> Path:
    page = document[number - 1]
    try:
        width = float(page.get_width())
        picture = raster.render(page, DPI, grey=False)
    finally:
        page.close()
    boxed(picture, picture.width / width, found)
    file = folder / f"page-{number}.jpg"
    picture.save(file, "JPEG", quality=_QUALITY)
    return file


def boxed(picture: Image.Image, scale: float, found: Iterable[Place]) -> None:
    """Draw the boxes into the picture. scale: its pixels a point."""
    pen = ImageDraw.Draw(picture)
    for box, confidence in _each(found).items():
        colour = _GREEN if confidence >= _SURE else _ORANGE
        edges = [edge * scale for edge in box]
        pen.rectangle(edges, outline=colour, width=1)


def _each(found: Iterable[Place]) -> Mapping[tuple[float, float, float, float], float]:
    """Each box once: several values may come from the same words."""
    boxes: dict[tuple[float, float, float, float], float] = {}
    for place in found:
        box = place.box.grown(_MARGIN)
        key = (round(box.left, 1), round(box.top, 1), round(box.right, 1), round(box.bottom, 1))
        boxes[key] = min(place.confidence, boxes.get(key, 1.0))
    return boxes
