"""Owns the last step of the ladder: a page becomes a picture of itself, with its text, unseen, above it.

Only the pages that are named are touched. The text comes from PDFium, a line at a time; what PDFium cannot
read cannot be kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

from postroom.systems.conversion.pdfa.font import to_unicode

DPI = 200
_PIXELS = 40_000_000  # of one picture; larger pages get fewer dots per inch
_QUALITY = 88
_LINES = 5_000  # of text on one page
_WIDTH = 500  # thousandths, of every letter of the unseen font


@dataclass(frozen=True, slots=True)
class _Line:
    """A stretch of text: where it stands, in points of the page as it is stored."""

    text: str
    left: float
    bottom: float
    width: float
    height: float


def rasterize(pdf: Pdf, seen: Path, pages: Iterable[int]) -> list[int]:
    """Replace these pages (from 0) of `pdf` by what PDFium draws of them in the file `seen`, the same document.

    Returns those that were replaced.
    """
    done = []
    letters: dict[int, str] = {}
    font = None
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
            if font is None:
                font = pdf.make_indirect(Dictionary())
            _replace(pdf, pdf.pages[index].obj, picture, box, lines, font, letters)
            done.append(index)
    finally:
        source.close()
    if font is not None:
        _finish_font(pdf, font, letters)
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


def _lines(page: Any) -> list[_Line]:
    text = page.get_textpage()
    try:
        found = []
        for number in range(min(text.count_rects(), _LINES)):
            left, bottom, right, top = text.get_rect(number)
            words = text.get_text_bounded(left, bottom, right, top).replace("\r", " ").replace("\n", " ")
            words = "".join(c for c in words if c >= " " and c not in "\ufffe\uffff").strip()
            if words and right > left and top > bottom:
                found.append(_Line(words, left, bottom, right - left, top - bottom))
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
    lines: list[_Line],
    font: Dictionary,
    letters: dict[int, str],
) -> None:
    left, bottom, right, top = box
    parts = [f"q {right - left:.3f} 0 0 {top - bottom:.3f} {left:.3f} {bottom:.3f} cm /Im0 Do Q"]
    for line in lines:
        codes = []
        for unit in _units(line.text):
            letters.setdefault(unit, chr(unit))
            codes.append(f"{unit:04X}")
        size = max(1.0, line.height)
        natural = len(codes) * _WIDTH / 1000 * size
        stretch = max(1.0, min(1000.0, 100 * line.width / natural))
        parts.append(
            f"BT 3 Tr /F0 {size:.2f} Tf {stretch:.2f} Tz 1 0 0 1 {line.left:.2f} {line.bottom:.2f} Tm"
            f" <{''.join(codes)}> Tj ET"
        )
    page[Name.Contents] = pdf.make_stream("\n".join(parts).encode("ascii"))
    page[Name.Resources] = Dictionary(
        XObject=Dictionary(Im0=pdf.make_indirect(_image(pdf, picture))), Font=Dictionary(F0=font)
    )
    for key in ("/Group", "/StructParents", "/AA", "/Thumb", "/B", "/PieceInfo", "/Metadata", "/Tabs"):
        if key in page:
            del page[key]
    if "/Annots" in page:
        # All that shows is in the picture now; what leads somewhere still does.
        kept = [one for one in _annotations(page) if one.get(Name.Subtype) == Name.Link]
        page[Name.Annots] = Array([_clean(one) for one in kept])


def _units(text: str) -> list[int]:
    """Codes of two bytes: letters beyond them are left out, as the unseen font cannot name them."""
    return [ord(letter) for letter in text if 0x20 <= ord(letter) < 0xD800 or 0xE000 <= ord(letter) < 0xFFFE]


def _annotations(page: Dictionary) -> list[Dictionary]:
    found = page.get(Name.Annots)
    return [one for one in found if isinstance(one, Dictionary)] if isinstance(found, Array) else []


def _clean(annotation: Dictionary) -> Dictionary:
    for key in ("/StructParent", "/AP", "/AA"):
        if key in annotation:
            del annotation[key]
    return annotation


def _finish_font(pdf: Pdf, font: Dictionary, letters: dict[int, str]) -> None:
    """A font whose every letter is the same empty glyph; it is never shown."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "blank": TTGlyphPen(None).glyph()})
    builder.setupHorizontalMetrics({".notdef": (_WIDTH, 0), "blank": (_WIDTH, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Unseen", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    out = io.BytesIO()
    builder.font.save(out)
    program = pdf.make_stream(out.getvalue())
    program[Name.Length1] = len(out.getvalue())
    name = Name("/PRUNSEEN")
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=Array([0, -200, 1000, 800]),
        ItalicAngle=0,
        Ascent=800,
        Descent=-200,
        CapHeight=700,
        StemV=80,
        FontFile2=program,
    )
    table = bytearray(2 * (max(letters, default=0) + 1))
    for code in letters:
        table[2 * code + 1] = 1
    child = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=_WIDTH,
        CIDToGIDMap=pdf.make_stream(bytes(table)),
    )
    whole = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=name,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(child)]),
        ToUnicode=pdf.make_stream(to_unicode(dict(sorted(letters.items())), 2)),
    )
    for key, value in whole.items():
        font[key] = value


def _forget_structure(pdf: Pdf) -> None:
    """The structure speaks of contents that are gone."""
    for key in ("/StructTreeRoot", "/MarkInfo"):
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        if "/StructParents" in page.obj:
            del page.obj["/StructParents"]


__all__ = ["rasterize"]
