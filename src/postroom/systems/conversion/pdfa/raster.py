"""Owns the last step of the ladder: a page becomes a picture of itself, with its text, unseen, above it.

Only the pages that are named are touched. The text comes from PDFium, a line at a time; what PDFium cannot
read cannot be kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

from postroom.systems.conversion.pdfa.unseen import Line, Unseen

DPI = 200
_PIXELS = 40_000_000  # of one picture; larger pages get fewer dots per inch
_QUALITY = 88
_LINES = 5_000  # of text on one page


def rasterize(pdf: Pdf, seen: Path, pages: Iterable[int]) -> list[int]:
    """Replace these pages (from 0) of `pdf` by what PDFium draws of them in the file `seen`, the same document.

    Returns those that were replaced.
    """
    done = []
    unseen = Unseen(pdf)
    source = pdfium.PdfDocument(seen)
    try:
        source.init_forms()
        for index in sorted(set(pages)):
            if index >= len(pdf.pages) or index >= len(source):
                continue
            page = source[index]
            try:
                picture, lines = _draw(page), _lines(page)
                box = page.get_cropbox()
            finally:
                page.close()
            _replace(pdf, pdf.pages[index].obj, picture, box, lines, unseen)
            done.append(index)
    finally:
        source.close()
    if done:
        unseen.finish()
        _forget_structure(pdf)
    return done


def _draw(page: Any) -> Image.Image:
    """The page as it is stored: not turned, the crop box only."""
    width, height = page.get_width(), page.get_height()
    scale = min(DPI / 72, (_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, rotation=(360 - page.get_rotation()) % 360)
    try:
        picture: Image.Image = bitmap.to_pil().convert("RGB")
        return picture
    finally:
        bitmap.close()


def _lines(page: Any) -> list[Line]:
    text = page.get_textpage()
    try:
        found = []
        for number in range(min(text.count_rects(), _LINES)):
            left, bottom, right, top = text.get_rect(number)
            words = text.get_text_bounded(left, bottom, right, top).replace("\r", " ").replace("\n", " ")
            words = "".join(c for c in words if c >= " " and c not in "\ufffe\uffff").strip()
            if words and right > left and top > bottom:
                found.append(Line(words, left, bottom, right - left, top - bottom))
        return found
    finally:
        text.close()


def _image(pdf: Pdf, picture: Image.Image) -> Stream:
    grey = picture.convert("L")
    if not any(band.getextrema()[1] for band in _difference(picture, grey)):
        picture = grey
    space = Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
    if picture.getcolors(256) is not None:  # text and drawings: smaller and sharper without loss
        stream = pdf.make_stream(picture.tobytes())
    else:
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=_QUALITY)
        stream = Stream(pdf, data.getvalue())
        stream[Name.Filter] = Name.DCTDecode
    stream[Name.Type], stream[Name.Subtype] = Name.XObject, Name.Image
    stream[Name.Width], stream[Name.Height] = picture.size
    stream[Name.ColorSpace], stream[Name.BitsPerComponent] = space, 8
    return stream


def _difference(picture: Image.Image, grey: Image.Image) -> list[Any]:
    from PIL import ImageChops

    return list(ImageChops.difference(picture, grey.convert("RGB")).split())


def _replace(
    pdf: Pdf,
    page: Dictionary,
    picture: Image.Image,
    box: tuple[float, float, float, float],
    lines: list[Line],
    unseen: Unseen,
) -> None:
    left, bottom, right, top = box
    parts = [f"q {right - left:.3f} 0 0 {top - bottom:.3f} {left:.3f} {bottom:.3f} cm /Im0 Do Q"]
    parts += unseen.operators(lines)
    page[Name.Contents] = pdf.make_stream("\n".join(parts).encode("ascii"))
    page[Name.Resources] = Dictionary(
        XObject=Dictionary(Im0=pdf.make_indirect(_image(pdf, picture))),
        Font=Dictionary({unseen.name: unseen.font}),
    )
    for key in ("/Group", "/StructParents", "/AA", "/Thumb", "/B", "/PieceInfo", "/Metadata", "/Tabs"):
        if key in page:
            del page[key]
    if "/Annots" in page:
        # All that shows is in the picture now; what leads somewhere still does.
        kept = [one for one in _annotations(page) if one.get(Name.Subtype) == Name.Link]
        page[Name.Annots] = Array([_clean(one) for one in kept])


def _annotations(page: Dictionary) -> list[Dictionary]:
    found = page.get(Name.Annots)
    return [one for one in found if isinstance(one, Dictionary)] if isinstance(found, Array) else []


def _clean(annotation: Dictionary) -> Dictionary:
    for key in ("/StructParent", "/AP", "/AA"):
        if key in annotation:
            del annotation[key]
    return annotation


def _forget_structure(pdf: Pdf) -> None:
    """The structure speaks of contents that are gone."""
    for key in ("/StructTreeRoot", "/MarkInfo"):
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        if "/StructParents" in page.obj:
            del page.obj["/StructParents"]


__all__ = ["rasterize"]
