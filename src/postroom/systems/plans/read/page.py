"""Owns what is made of one page: text with the places of its words, pictures, evidence for its title block.

Runs in a child process. Each page is read for itself: what is wrong with one is said of that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pypdfium2 as pdfium
from PIL import Image

from postroom.errors import DocumentError
from postroom.readers import page as reader
from postroom.readers import raster, thumbnail
from postroom.readers.word import PageWords
from postroom.systems.plans import pack
from postroom.systems.plans.pack import Packed
from postroom.systems.plans.read import band, classify, discipline, evidence, region, section, titleblock
from postroom.systems.plans.read.evidence import Evidence
from postroom.systems.plans.read.line import Line, lines
from postroom.systems.plans.read.region import Region
from postroom.systems.plans.read.titleblock import Reading

EDGE = 3600  # pixels of the longer side of the full picture: 100 dots per inch of a 24 x 36 inch sheet
QUALITY = 70
METHOD = 0  # of 0 to 6: line drawings hardly get smaller by more effort
OCR_DPI = 200.0  # large sheets at 300 take Tesseract a minute
_SURE = 0.8  # confidence of a scanned title block, from which nothing else is tried
_POINTS = (1.0, 200_000.0)  # of a page side between which a page is drawn

Images = Literal["full", "thumbnail", "none"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a page. kind: drawing or document, None if only its content can tell."""

    kind: str | None = None
    images: Images = "full"
    ocr: reader.Ocr = "auto"


@dataclass(frozen=True, slots=True)
class Made:
    """One page. number from 1. problem: (code, message) if it failed, and nothing else counts then."""

    number: int
    kind: str
    width: float = 0.0
    height: float = 0.0
    rotation: int = 0
    source: str = "none"
    packed: Packed = field(default_factory=lambda: Packed("", pack.EMPTY))
    evidence: Evidence | None = None
    reading: Reading = field(default_factory=Reading)
    regions: tuple[Region, ...] = ()
    marks: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    pictures: Mapping[str, Path] = field(default_factory=dict)
    problem: tuple[str, str] | None = None
    warning: str | None = None


def of_pdf(document: pdfium.PdfDocument, number: int, wish: Wish, scratch: Path) -> Made:
    """One page of an open PDF."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return failed(number, wish, "unreadable_page", "The page is damaged and cannot be read.")
    try:
        width, height = float(page.get_width()), float(page.get_height())
        if not (min(width, height) >= _POINTS[0] and max(width, height) <= _POINTS[1]):
            return failed(
                number,
                wish,
                "page_size",
                f"The page measures {width:g} × {height:g} points: it cannot be drawn.",
            )
        dpi = OCR_DPI if classify.is_large(width, height) else 300.0
        words = reader.page_words(page, ocr=wish.ocr, dpi=dpi, behind=True)
        if words.source == "ocr" and wish.kind == classify.DRAWING:
            words = _crosswise(page, number, words, dpi)
        pictures = _pictures(page, number, wish.images, scratch)
        return _made(number, words, int(page.get_rotation()), pictures, wish)
    except DocumentError as error:
        return failed(number, wish, error.code, error.message)
    finally:
        page.close()


def of_picture(file: Path, media_type: str, number: int, wish: Wish, scratch: Path) -> Made:
    """One picture, or one page of a TIFF."""
    try:
        picture = raster.open_image(file, media_type, frame=number - 1)
        dpi = reader.resolution(picture)
        width, height = picture.width * 72 / dpi, picture.height * 72 / dpi
        words = PageWords(width, height, (), "none")
        if wish.ocr != "never":
            words = reader.image_words(file, media_type, frame=number - 1, behind=True)
        saved = _save(picture, number, wish.images, scratch)
        return _made(number, words, 0, saved, wish)
    except DocumentError as error:
        return failed(number, wish, error.code, error.message)


def _crosswise(page: pdfium.PdfPage, number: int, words: PageWords, dpi: float) -> PageWords:
    """The words of a scanned sheet, with its title block even if that reads another way than the drawing."""
    best, score = words, _worth(number, words)
    if score < _SURE:
        for other in band.crosswise(page, words, dpi):
            worth = _worth(number, other)
            if worth > score:
                best, score = other, worth
            if score >= _SURE:
                break
    return best


def _worth(number: int, words: PageWords) -> float:
    found = titleblock.alone(evidence.note(number, words))
    return found.confidence * (1.0 if found.title else 0.5)


def failed(number: int, wish: Wish, code: str, message: str) -> Made:
    return Made(number, wish.kind or classify.DOCUMENT, problem=(code, message))


def _made(number: int, words: PageWords, rotation: int, pictures: Mapping[str, Path], wish: Wish) -> Made:
    packed = pack.pack(words)
    noted = None
    kind = wish.kind
    printed = lines(words)
    if kind != classify.DOCUMENT:
        noted = evidence.note(number, words, printed)
        kind = kind or classify.by_block(noted)
    reading = Reading()
    views: tuple[Region, ...] = ()
    if kind == classify.DRAWING and noted is not None:
        reading = titleblock.alone(noted)
        views = tuple(region.regions(words, printed, discipline.drawing_type(reading.number, reading.title)))
    return Made(
        number,
        kind or classify.DOCUMENT,
        words.width,
        words.height,
        rotation,
        words.source,
        packed,
        noted if kind == classify.DRAWING else None,
        reading,
        views,
        section.marks(packed.text) if kind != classify.DRAWING else {},
        _title(printed) if kind != classify.DRAWING else "",
        pictures,
        None,
        "The page's text was cut: it has too many characters." if packed.truncated else None,
    )


def _title(printed: Sequence[Line]) -> str:
    """The largest line of the page, the first of several."""
    found = [line for line in printed if sum(map(str.isalpha, line.text)) >= 4]
    return max(found, key=lambda line: line.size).text if found else ""


# --- pictures -----------------------------------------------------------------------------------------


def names(number: int) -> dict[str, str]:
    """The artifacts of a page: what it is -> name."""
    return {which: f"pages/{number:04d}/{which}.webp" for which in ("thumbnail", "image")}


def _pictures(page: pdfium.PdfPage, number: int, images: Images, scratch: Path) -> Mapping[str, Path]:
    if images == "none":
        return {}
    edge = EDGE if images == "full" else thumbnail.EDGE
    size = max(float(page.get_width()), float(page.get_height()))
    # No sharper than 200 dots per inch: a letter needs no more, and there are many.
    scale = min(edge / size, 200 / 72) if images == "full" else edge / size
    # Four bytes a pixel, red first, is what Pillow uses itself: no copy, no conversion.
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
    try:
        return _save(bitmap.to_pil(), number, images, scratch)
    finally:
        bitmap.close()


def _save(picture: Image.Image, number: int, images: Images, scratch: Path) -> Mapping[str, Path]:
    """The full picture and the thumbnail, of one drawing of the page."""
    if images == "none":
        return {}
    small = picture
    made = {}
    if images == "full":
        if max(picture.size) > EDGE:
            factor = EDGE / max(picture.size)
            picture = picture.resize(
                (max(1, round(picture.width * factor)), max(1, round(picture.height * factor))),
                Image.Resampling.BOX,
                reducing_gap=2.0,
            )
        made["image"] = scratch / f"{number:06d}-image.webp"
        picture.save(made["image"], "WEBP", quality=QUALITY, method=METHOD)
        factor = min(1.0, thumbnail.EDGE / max(picture.size))
        small = picture.resize(
            (max(1, round(picture.width * factor)), max(1, round(picture.height * factor))),
            Image.Resampling.BOX,
            reducing_gap=2.0,
        )
    elif max(small.size) > thumbnail.EDGE:
        small.thumbnail((thumbnail.EDGE, thumbnail.EDGE), Image.Resampling.BOX)
    made["thumbnail"] = scratch / f"{number:06d}-thumbnail.webp"
    thumbnail.save(small, made["thumbnail"])
    return made
