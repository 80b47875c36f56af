"""Owns finding the letters that an office has drawn as boxes, in the PDF that it made: it says nothing of them.

Two things must be true: a font in the file draws what stands in the place of a missing letter, and the text has
a letter that no font of this machine has. (Either alone may be: a document can bring fonts of its own.)
"""

from __future__ import annotations

import io
import struct
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from fontTools.ttLib import TTFont, TTLibError
from pikepdf import Dictionary, Name, Pdf, Stream

from postroom.systems.conversion.convert.work import Work
from postroom.systems.conversion.letter import Boxes, has

_UNSEEN = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
_ODD = (TTLibError, struct.error, KeyError, IndexError, ValueError, TypeError, AttributeError, AssertionError)


def tell(work: Work, file: Path) -> None:
    """An event if letters of `file` are boxes."""
    with pikepdf.open(file) as pdf:
        if not any(
            _draws_boxes(data) for data in _fonts(pdf)
        ):  # asked first: it takes less time than all the text
            return
    found = {letter for letter in _letters(file) if _is_seen(letter) and not has(letter)}
    Boxes(found).tell(work.notes, work.name)


def _letters(file: Path) -> set[str]:
    found: set[str] = set()
    document = pdfium.PdfDocument(file)
    try:
        for page in document:
            found.update(page.get_textpage().get_text_range())
            page.close()
    finally:
        document.close()
    return found


def _is_seen(letter: str) -> bool:
    selects = unicodedata.name(letter, "").startswith("VARIATION SELECTOR")
    return unicodedata.category(letter) not in _UNSEEN and not selects


def _fonts(pdf: Pdf) -> Iterator[bytes]:
    """The bytes of its TrueType fonts."""
    for one in pdf.objects:
        if isinstance(one, Dictionary) and isinstance(file := one.get(Name.FontFile2), Stream):
            yield file.read_bytes()


def _draws_boxes(data: bytes) -> bool:
    """Whether another glyph looks like the first one, which stands for what is missing. A font of an office holds
    only what it draws."""
    try:
        font = TTFont(io.BytesIO(data), lazy=True)
        shapes = font.getTableData("glyf")
        first, *others = (shapes[start:end] for start, end in pairwise(font["loca"].locations))
    except _ODD:
        return False
    return bool(first) and first in others
