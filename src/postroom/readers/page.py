"""Owns the choice how a page is read: by its text layer, or as a picture. Refuses to know either way's inside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from postroom.errors import DocumentError
from postroom.readers import ocr as recogniser
from postroom.readers import pdf_words, raster
from postroom.readers.word import PageWords

Ocr = Literal["auto", "never", "always"]

_BELIEVED = (100.0, 2400.0)  # dpi; cameras and screens write 72 or 96 into every file, and mean nothing by it
_SHORT_SIDE = 8.27  # inches of the shorter side of a picture that does not say: A4, about letter
_GUESSED = (72.0, 600.0)  # dpi


def page_words(
    page: pdfium.PdfPage,
    *,
    ocr: Ocr = "auto",
    dpi: float = 300,
    leaning: bool = False,
    behind: bool = False,
) -> PageWords:
    """The words of a PDF page. ocr: `auto` if the text layer cannot be trusted, `never`, `always`.

    dpi: the page is drawn with, if it is read as a picture; leaning, behind: see `ocr.read`.
    Blocked if it should be and there is no recogniser.
    """
    found = () if ocr == "always" else pdf_words.words(page)
    width, height = float(page.get_width()), float(page.get_height())
    mirrored = pdf_words.mirrored(found, page)
    layer = PageWords(width, height, found, "text" if found else "none", mirrored=mirrored)
    if ocr == "never" or (ocr == "auto" and pdf_words.usable(found, page)):
        return layer
    if raw.FPDFPage_CountObjects(page) <= 0:
        return layer
    try:
        picture = raster.render(page, dpi)
    except DocumentError:
        if found:
            return layer
        raise
    # From the width: it is what the boxes must fit, to the last pixel.
    seen = recogniser.read(picture, picture.width / width * 72, leaning=leaning, behind=behind)
    if not seen.words and found:
        return layer
    return replace(seen, width=width, height=height)


def image_words(
    path: Path,
    media_type: str | None = None,
    *,
    dpi: float | None = None,
    frame: int = 0,
    straighten: bool = True,
    leaning: bool = False,
    behind: bool = False,
) -> PageWords:
    """The words of a picture file. frame: from 0, pages of a TIFF.

    dpi: None for what the file says, if that can be meant; else the picture is taken for a page of A4 or letter,
    which only says how long a point is. Blocked if there is no recogniser; DocumentError as `raster.open_image`.
    """
    picture = raster.open_image(path, media_type, frame=frame)
    return recogniser.read(
        picture, dpi or resolution(picture), straighten=straighten, leaning=leaning, behind=behind
    )


def resolution(picture: Image.Image) -> float:
    """Dots per inch of an opened picture: what it says, or what makes a page of it."""
    told = picture.info.get("dpi")
    if told and _BELIEVED[0] <= told[0] <= _BELIEVED[1]:
        return float(told[0])
    return min(_GUESSED[1], max(_GUESSED[0], min(picture.size) / _SHORT_SIDE))
