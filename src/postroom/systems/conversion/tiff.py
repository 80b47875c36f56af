"""Owns TIFF: every page as a picture, black and white where there is nothing else on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image, ImageChops
from PIL.TiffImagePlugin import AppendingTiffWriter

DPI = 200
_PIXELS = 60_000_000  # of one page
_NEAR = 24  # a channel that is off by no more is noise


def draw(file: Path, out: Path, say: Callable[[int, int], None]) -> int:
    """Each page of a PDF as a frame of `out`. say(page, pages). Returns the number of pages."""
    document = pdfium.PdfDocument(file)
    try:
        document.init_forms()
        _write(out, _pages(document, say))
        return len(document)
    finally:
        document.close()


def join(files: Sequence[Path], out: Path) -> None:
    """All frames of all files, in order."""
    _write(out, _frames(files))


def _pages(document: Any, say: Callable[[int, int], None]) -> Iterator[tuple[Image.Image, float]]:
    for number in range(len(document)):
        say(number + 1, len(document))
        page = document[number]
        try:
            width, height = page.get_size()
            scale = min(DPI / 72, (_PIXELS / max(1.0, width * height)) ** 0.5)
            bitmap = page.render(scale=scale)
            picture = bitmap.to_pil().convert("RGB")
            bitmap.close()
        finally:
            page.close()
        yield _reduced(picture), scale * 72


def _frames(files: Sequence[Path]) -> Iterator[tuple[Image.Image, float]]:
    for file in files:
        with Image.open(file, formats=("TIFF",)) as picture:
            for number in range(getattr(picture, "n_frames", 1)):
                picture.seek(number)
                yield picture.copy(), float(picture.info.get("dpi", (DPI, DPI))[0])


def _write(out: Path, frames: Iterator[tuple[Image.Image, float]]) -> None:
    with AppendingTiffWriter(str(out), True) as writer:
        for picture, dpi in frames:
            compression = "group4" if picture.mode == "1" else "tiff_adobe_deflate"
            picture.save(writer, "TIFF", compression=compression, dpi=(dpi, dpi))
            writer.newFrame()


def _reduced(picture: Image.Image) -> Image.Image:
    """Grey where there is no colour, black and white where there is hardly any grey."""
    grey = picture.convert("L")
    off = ImageChops.difference(picture, grey.convert("RGB"))
    if max(high for _, high in off.getextrema()) > _NEAR:  # type: ignore[misc]
        return picture
    counts = grey.histogram()
    between = sum(counts[32:224])
    # Edges of letters are grey, too, but few; pictures are grey all over.
    if between < 0.06 * picture.width * picture.height:
        return grey.point(lambda value: 255 if value > 127 else 0).convert("1", dither=Image.Dither.NONE)
    return grey
