"""Owns reading the edges of a scanned sheet crosswise: title blocks may read upward while the drawing does not.

A recogniser reads one direction at a time and takes the rest for strokes. Refuses to know title blocks: it adds
words to a page, and whoever asked decides whether they helped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from postroom.readers import ocr, raster
from postroom.readers.word import Box, PageWords, Word

_BAND = 0.14  # share of the page, from its edge
_SURE = 0.5  # confidence of a word that is believed


def crosswise(page: pdfium.PdfPage, read: PageWords, dpi: float) -> Iterator[PageWords]:
    """The page with what stands crosswise at its edges, one try after the other, each for itself."""
    picture = raster.render(page, dpi)
    if read.mirrored:
        over = _crosswise(ImageOps.mirror(picture), read.turned_over())
        yield from (found.turned_over() for found in over)
    else:
        yield from _crosswise(picture, read)


def _crosswise(picture: Image.Image, read: PageWords) -> Iterator[PageWords]:
    scale = picture.width / read.width  # pixels of a point
    sideways = _main(read) in (90, 270)
    for edge in ("bottom", "top") if sideways else ("right", "left"):
        box = _band(picture, edge)
        strip = picture.crop(box)
        for angle in (0, 180) if sideways else (270, 90):
            found = _words(strip, angle, box[:2], scale, max((word.line for word in read.words), default=0))
            if found:
                # What was read there the wrong way is nonsense.
                kept = tuple(word for word in read.words if not _within(word.box, box, scale))
                yield replace(read, words=kept + found, source="ocr")


def _main(read: PageWords) -> int:
    counts = {angle: sum(word.angle == angle for word in read.words) for angle in (0, 90, 180, 270)}
    return max(counts, key=lambda angle: counts[angle])


def _band(picture: Image.Image, edge: str) -> tuple[int, int, int, int]:
    width, height = picture.size
    wide, high = round(width * _BAND), round(height * _BAND)
    return {
        "right": (width - wide, 0, width, height),
        "left": (0, 0, wide, height),
        "bottom": (0, height - high, width, height),
        "top": (0, 0, width, high),
    }[edge]


def _within(box: Box, band: tuple[int, int, int, int], scale: float) -> bool:
    x, y = (box.left + box.right) / 2 * scale, (box.top + box.bottom) / 2 * scale
    return band[0] <= x <= band[2] and band[1] <= y <= band[3]


_UPRIGHT = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


def _words(
    strip: Image.Image, angle: int, origin: tuple[int, int], scale: float, line: int
) -> tuple[Word, ...]:
    """The words of a strip that read in the direction `angle`, in points of the page."""
    turned = strip.transpose(_UPRIGHT[angle]) if angle else strip
    found = ocr.read(turned, scale * 72, straighten=False)
    return tuple(
        Word(
            word.text,
            _placed(word.box, angle, (strip.width / scale, strip.height / scale), origin, scale),
            word.confidence,
            word.size,
            angle,
            line + 1 + word.line,
        )
        for word in found.words
        if word.confidence >= _SURE and any(sign.isalnum() or sign in "&-" for sign in word.text)
    )


def _placed(box: Box, angle: int, size: tuple[float, float], origin: tuple[int, int], scale: float) -> Box:
    """A box of the turned strip on the page."""
    width, height = size
    if angle == 270:  # turned clockwise by 90: its left edge is the strip's lower one
        box = Box(box.top, height - box.right, box.bottom, height - box.left)
    elif angle == 90:
        box = Box(width - box.bottom, box.left, width - box.top, box.right)
    elif angle == 180:
        box = Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    left, top = origin[0] / scale, origin[1] / scale
    return Box(box.left + left, box.top + top, box.right + left, box.bottom + top)
