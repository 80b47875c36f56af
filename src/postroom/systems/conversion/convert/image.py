"""Owns pictures: every frame becomes a page, with its pixels as they are wherever a PDF can hold them so.

What the header promises is checked before a pixel is decoded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import img2pdf
import pi_heif
from PIL import ExifTags, Image, ImageOps

from postroom.readers.image import DAMAGE, unguarded
from postroom.systems.conversion.convert.work import Work, corrupt, too_much

_FORMATS = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/tiff": ("TIFF",),
    "image/bmp": ("BMP",),
    "image/webp": ("WEBP",),
    "image/jp2": ("JPEG2000",),
    "image/avif": ("AVIF",),
}
_HEIF = ("image/heic", "image/heif")
TYPES = (*_FORMATS, *_HEIF)
_PIXELS = 100_000_000  # of one frame; an A0 sheet at 250 dpi
_ALL_PIXELS = 2_000_000_000
_FRAMES = 2_000
_LAST = b"\0\0\0\0IEND\xaeB`\x82"  # chunk of a PNG
_SCAN_DPI = 100  # from here on a resolution is believed to be meant
_A4 = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))
_LONGEST = 14_000.0  # points of a page side


def convert(work: Work, file: Path, media_type: str) -> Path:
    try:
        with unguarded():
            return _convert(work, file, media_type)
    except MemoryError as error:
        raise too_much(work.name, "the picture needs more memory than there is") from error
    except (*DAMAGE, img2pdf.ImageOpenError, img2pdf.PdfTooLargeError) as error:
        raise corrupt(work.name, "the picture cannot be decoded", error) from error


def _convert(work: Work, file: Path, media_type: str) -> Path:
    pages: list[str] = []
    with _open(file, media_type) as picture:
        _measure(work, picture)
        if _plain_jpeg(picture, media_type) or _plain_png(picture, file):
            pages.append(str(file))
        else:
            pages += _frames(work, picture)
    made = work.file(".pdf")
    with made.open("wb") as out:
        try:
            img2pdf.convert(
                pages,
                outputstream=out,
                layout_fun=_layout,
                rotation=img2pdf.Rotation.ifvalid,
                engine=img2pdf.Engine.pikepdf,
            )
        except Exception as error:  # which is what it raises of a picture that it cannot read
            raise corrupt(work.name, "the picture cannot be read", error) from error
    return made


def _open(file: Path, media_type: str) -> Image.Image:
    if media_type in _HEIF:
        decoded: Image.Image = pi_heif.open_heif(file, convert_hdr_to_8bit=True).to_pillow()
        return decoded
    return Image.open(file, formats=_FORMATS[media_type])


def _measure(work: Work, picture: Image.Image) -> None:
    width, height = picture.size
    if width < 1 or height < 1:
        raise corrupt(work.name, "the picture has no pixels")
    if width * height > _PIXELS:
        raise too_much(work.name, f"a picture of {width:,} × {height:,} pixels is too large")


def _plain_jpeg(picture: Image.Image, media_type: str) -> bool:
    return media_type == "image/jpeg" and picture.format == "JPEG" and picture.mode in ("RGB", "L")


def _plain_png(picture: Image.Image, file: Path) -> bool:
    """Whether a PDF can hold its very bytes; their checksums are verified. OSError or SyntaxError if they are wrong."""
    if picture.format != "PNG" or picture.mode not in ("1", "L", "RGB", "P"):
        return False
    if "transparency" in picture.info or getattr(picture, "is_animated", False):
        return False
    if picture.getexif().get(ExifTags.Base.Orientation, 1) != 1 or not _ends_as_png(file):
        return False
    with Image.open(file, formats=("PNG",)) as same:  # what was verified cannot be read any more
        same.verify()
    return True


def _ends_as_png(file: Path) -> bool:
    """Whether nothing comes behind its last chunk."""
    with file.open("rb") as stream:
        stream.seek(-len(_LAST), os.SEEK_END)
        return stream.read() == _LAST


def _frames(work: Work, picture: Image.Image) -> Iterator[str]:
    """Each frame as a file that img2pdf takes without a change of its pixels."""
    pixels = 0
    moving = picture.format in ("GIF", "WEBP", "AVIF")
    for number in range(_FRAMES + 1):
        try:
            picture.seek(number)
        except EOFError:
            return
        if number and moving:
            work.notes.info("PartialExtraction", f"'{work.name}' moves; its first picture was taken.")
            return
        if number == _FRAMES:
            raise too_much(work.name, f"more than {_FRAMES} pictures are in it")
        _measure(work, picture)
        pixels += picture.width * picture.height
        if pixels > _ALL_PIXELS:
            raise too_much(work.name, "its pictures are too large together")
        yield str(_frame(work, picture))


def _frame(work: Work, picture: Image.Image) -> Path:
    dpi = _dpi(picture.info.get("dpi"))
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    made = work.file(".png")
    _reduced(upright if upright is not None else picture).save(made, "PNG", dpi=dpi, compress_level=4)
    return made


def _reduced(picture: Image.Image) -> Image.Image:
    """Black and white, grey, a palette or RGB of 8 bits, on white paper."""
    if picture.mode in ("1", "L", "RGB"):
        plain = picture
    elif picture.mode == "P" and "transparency" not in picture.info:
        return picture
    elif picture.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        low, high = (float(value) for value in picture.convert("F").getextrema())  # type: ignore[arg-type]
        scale = 255.0 / (high - low) if high > low else 1.0
        plain = picture.convert("F").point(lambda value: value * scale - low * scale).convert("L")
    elif picture.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        plain = picture.convert("RGB")
    else:
        clear = picture.convert("RGBA")
        plain = Image.new("RGB", clear.size, "white")
        plain.paste(clear, mask=clear.getchannel("A"))
    if "transparency" in plain.info:
        plain = plain.copy()
        del plain.info["transparency"]
    return plain


def _dpi(value: Any) -> tuple[float, float]:
    try:
        across, down = (float(number) for number in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return (72.0, 72.0)
    return (across, down) if 1 <= across <= 10_000 and 1 <= down <= 10_000 else (72.0, 72.0)


def _layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    """Page and picture size in points. A scan keeps its size, a photo is fitted into A4."""
    across, down = _dpi(dpi)
    natural = (width * 72 / across, height * 72 / down)
    if min(across, down) >= _SCAN_DPI and max(natural) <= _LONGEST and min(natural) >= 3:
        return (*natural, *natural)
    paper = _A4 if natural[0] <= natural[1] else (_A4[1], _A4[0])
    scale = min(1.0, paper[0] / natural[0], paper[1] / natural[1])
    return (*paper, natural[0] * scale, natural[1] * scale)
