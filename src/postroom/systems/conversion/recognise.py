"""Owns the text of scans: pages without any are read by the recogniser, and get what it read as unseen text.

Refuses to know how a picture is read (readers/ocr.py). How a page looks does not change.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Name

from postroom.readers import ocr
from postroom.readers.word import Word
from postroom.systems.conversion.convert.work import Work
from postroom.systems.conversion.pdfa.unseen import Line, Unseen

_PIXELS = 40_000_000  # of one page that is read
_SECONDS = 180.0  # for one document; what is left then stays without text
_SURE = 0.6  # mean confidence below which a page is told
# From the page as it is seen to the page as it is stored, {w} by {h}, for each way that it may be turned.
_TURNS = {
    0: "1 0 0 1 0 0",
    90: "0 1 -1 0 {w:.3f} 0",
    180: "-1 0 0 -1 {w:.3f} {h:.3f}",
    270: "0 -1 1 0 0 {h:.3f}",
}


def add_text(work: Work, file: Path) -> Path:
    """`file` with text on its pages that had none; `file` itself if there is nothing to be read."""
    if advice := ocr.available():
        work.notes.warn("OcrIncomplete", f"No text was recognised in '{work.name}'. {advice}")
        return file
    found: dict[int, tuple[Sequence[Word], float]] = {}
    source = pdfium.PdfDocument(file)
    began = time.monotonic()
    try:
        bare = [number for number in range(len(source)) if _is_bare(source[number])]
        for done, number in enumerate(bare):
            if time.monotonic() - began > _SECONDS:
                text = f"Pages of '{work.name}' were left without text: recognising it took too long."
                work.notes.warn("OcrIncomplete", text)
                break
            work.say(f"Recognising page {number + 1} of '{work.name}', {done + 1} of {len(bare)}.")
            words, height = _read(source[number])
            if words:
                found[number] = (words, height)
                _doubt(work, number, words)
    finally:
        source.close()
    if not found:
        return file
    made = work.file(".pdf")
    with pikepdf.open(file) as pdf:
        unseen = Unseen(pdf)
        for number, (words, height) in found.items():
            _lay(pdf.pages[number], unseen, words, height)
        unseen.finish()
        pdf.save(made)
    return made


def _is_bare(page: Any) -> bool:
    text = page.get_textpage()
    try:
        return not text.get_text_range().strip()
    finally:
        text.close()


def _read(page: Any) -> tuple[Sequence[Word], float]:
    """The words of a page as it is seen, and its height in points."""
    width, height = page.get_size()
    scale = min(ocr.DPI / 72, (_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale)
    try:
        picture = bitmap.to_pil().convert("RGB")
    finally:
        bitmap.close()
    return ocr.read(picture, scale * 72).words, height


def _doubt(work: Work, number: int, words: Sequence[Word]) -> None:
    if sum(word.confidence for word in words) < _SURE * len(words):
        work.notes.warn("OcrIncomplete", f"Page {number + 1} of '{work.name}' could hardly be read.")


def _lay(page: pikepdf.Page, unseen: Unseen, words: Sequence[Word], height: float) -> None:
    left, bottom, right, top = (float(number) for number in page.cropbox)
    turn = _TURNS[int(page.obj.get(Name.Rotate, 0)) % 360 // 90 * 90]
    lines = [
        Line(f"{word.text} ", word.box.left, height - word.box.bottom, word.box.width, word.box.height)
        for word in words
    ]
    place = turn.format(w=right - left, h=top - bottom)
    shown = [f"q 1 0 0 1 {left:.3f} {bottom:.3f} cm {place} cm", *unseen.operators(lines), "Q"]
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(("Q\n" + "\n".join(shown)).encode("ascii"))
    page.add_resource(unseen.font, Name.Font, Name(unseen.name))
