"""Owns pictures to be read: a page drawn, a picture file opened, never of more pixels than is bearable.

Refuses to know what is on them.
"""

from __future__ import annotations

import math
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from postroom.errors import DocumentError
from postroom.readers import image, sniff

PIXELS = 50_000_000  # of a picture that is worked on: A1 at 250 dpi
SIDE = 30_000  # pixels; Tesseract and JPEG number them with 16 bits
_OBLONG = (0.95, 1.05)  # width by height of pixels that count as square
_POINTS = (1.0, 200_000.0)  # of a page side between which it is drawn


def render(page: pdfium.PdfPage, dpi: float, *, grey: bool = True) -> Image.Image:
    """The page as displayed, form fields filled in if the document's forms were opened; mode L, or RGB.

    A huge page gets fewer dots per inch than asked for: `info["dpi"]` says how many it got, both ways.
    DocumentError if the page has a size that cannot be meant.
    """
    width, height = float(page.get_width()), float(page.get_height())
    if not (min(width, height) >= _POINTS[0] and max(width, height) <= _POINTS[1]):
        raise DocumentError(f"The page measures {width:g} × {height:g} points: it cannot be drawn.")
    scale = dpi / 72 * bounded(width * dpi / 72, height * dpi / 72)
    bitmap = page.render(scale=scale, grayscale=grey, rev_byteorder=not grey, prefer_bgrx=not grey)
    mode = "L" if grey else "RGB"
    try:
        drawn: Image.Image = bitmap.to_pil()
        picture = drawn.convert(mode) if drawn.mode != mode else drawn.copy()  # it lives in the bitmap
    finally:
        bitmap.close()
    picture.info["dpi"] = (scale * 72, scale * 72)
    return picture


def bounded(width: float, height: float) -> float:
    """By what factor, at most 1, a picture of so many pixels is made smaller to be bearable."""
    return min(1.0, math.sqrt(PIXELS / (width * height)), SIDE / width, SIDE / height)


def open_image(path: Path, media_type: str | None = None, *, frame: int = 0) -> Image.Image:
    """The picture in the file, turned as its EXIF says, on white paper; mode L or RGB.

    media_type: None if it shall be told by the content. frame: from 0; of a TIFF, its pages.
    `info["dpi"]` is there if the file says something that can be meant, and fits the pixels that are given:
    too large a picture is made smaller, oblong pixels (fax) are made square.
    DocumentError: `unreadable` (damaged, no such frame), `unsupported` (no picture), `too_large`.
    """
    kind = media_type or sniff.sniff(path, path.name)
    with image.decoding(path, kind) as picture:
        if frame:
            picture.seek(frame)
        if picture.width * picture.height > image.PIXELS:
            sentence = (
                f"The picture has more than {image.PIXELS:,} pixels: {picture.width:,} × {picture.height:,}."
            )
            raise DocumentError(sentence, code="too_large")
        dpi, stored = image.resolution(picture), picture.size
        factor = bounded(*stored)
        size = (max(1, int(stored[0] * factor)), max(1, int(stored[1] * factor)))
        if factor < 1:
            picture.draft(picture.mode if picture.mode in ("L", "RGB") else "RGB", size)  # of JPEG only
        picture.load()
        made = image.flat(picture)
        if factor < 1:
            made = made.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
        # After decoding: a PNG may keep its EXIF behind the pixels.
        orientation = picture.getexif().get(image.ORIENTATION, 1)
        made = image.upright(made, orientation)
    made.info = {}
    if dpi is None:
        return made
    across, down = dpi[0] * size[0] / stored[0], dpi[1] * size[1] / stored[1]
    if orientation in (5, 6, 7, 8):
        across, down = down, across
    return _square(made, across, down)


def _square(picture: Image.Image, across: float, down: float) -> Image.Image:
    """With pixels as high as wide, which those of a fax are not; `info["dpi"]` is set."""
    dpi = max(across, down)
    size = (round(picture.width * dpi / across), round(picture.height * dpi / down))
    if not _OBLONG[0] < across / down < _OBLONG[1] and max(size) <= SIDE and size[0] * size[1] <= PIXELS:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    picture.info["dpi"] = (dpi, dpi)
    return picture


def grey(picture: Image.Image) -> Image.Image:
    """The same in mode L, with its `info`."""
    if picture.mode == "L":
        return picture
    made = ImageOps.grayscale(picture)
    made.info = dict(picture.info)
    return made
