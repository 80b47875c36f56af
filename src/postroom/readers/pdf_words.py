"""Owns the words of a page's text layer, with their places, and the verdict whether to trust it.

PDFium tells characters; calling it through pypdfium2's wrappers for each would take most of the time, so the
bare functions write straight into arrays. Words come in the document's own order, which is the author's
reading order more often than any guess. Invisible text counts: it is what OCR layers are made of.
Refuses to know pictures and recognisers.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from postroom.readers import pdf_page
from postroom.readers.line import Piece, arrange
from postroom.readers.word import Word

CHARACTERS = 1_000_000  # of one page that are looked at
COVERED_WORDS = 40  # from which text on a page covered by pictures is an OCR layer, not a stamp or a number
FEW_LETTERS = 25  # fewer, among many strokes: the letters may be drawn as lines (CAD fonts)
STROKES = 400  # objects on a page that are many
ODD = 0.2  # share of characters without meaning from which a text layer is useless
_SAMPLED = 64  # characters by which it is told whether a page is mirrored
_LOOK = 4000  # characters that the verdict looks at
_SIZE = (1.0, 2000.0)  # points between which a font size is believed
_ASCENT, _DESCENT = 0.75, 0.25  # of a line in font sizes: what fonts say of themselves is too often wrong
_GAP = 1.2  # font sizes between two characters from which they are no word, whatever the text says
_STEP = 0.6  # font sizes across the line from which a character stands on another one

_LINE_END_HYPHENS = "\x02\ufffe"
_TOKEN = re.compile(rf"[^\s\0{_LINE_END_HYPHENS}]+[{_LINE_END_HYPHENS}]?")
_PLAIN = str.maketrans(
    {
        "\x02": "-",
        "\ufffe": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u00ad": None,
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
        **{chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)},
    }
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_Numbers = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.intp]


def words(page: pdfium.PdfPage) -> tuple[Word, ...]:
    """The words of the text layer, in the document's order; what lies outside the page is left out."""
    handle = raw.FPDFText_LoadPage(page)
    if not handle:
        return ()
    try:
        count = min(raw.FPDFText_CountChars(handle), CHARACTERS)
        if count <= 0:
            return ()
        address = ctypes.cast(handle, ctypes.c_void_p).value
        assert address is not None
        return _words(page, address, count)
    finally:
        raw.FPDFText_ClosePage(handle)


def mirrored(words: Sequence[Word], page: pdfium.PdfPage) -> bool:
    """Whether most of the text is seen from behind. Looked at only where little of it reads from left to right."""
    if 2 * sum(word.angle == 0 for word in words) >= len(words):
        return False
    handle = raw.FPDFText_LoadPage(page)
    if not handle:
        return False
    try:
        count = min(raw.FPDFText_CountChars(handle), CHARACTERS)
        address = ctypes.cast(handle, ctypes.c_void_p).value
        assert address is not None
        matrix = _matrices(address, range(0, count, max(1, count // _SAMPLED)))
    finally:
        raw.FPDFText_ClosePage(handle)
    turned = matrix[:, 0] * matrix[:, 3] - matrix[:, 1] * matrix[:, 2] < 0
    return bool(2 * turned.sum() > len(turned))


def usable(words: Sequence[Word], page: pdfium.PdfPage) -> bool:
    """Whether the text layer says what the page shows: else the page is better read as a picture.

    No, if there is none, if it is mostly characters without meaning, if pictures cover the page and the words
    are no more than a stamp, or if there are next to none among so many strokes that letters may be drawn.
    """
    text = "".join(word.text for word in words)[:_LOOK]
    if not text or _odd(text) > ODD * len(text):
        return False
    if len(words) < COVERED_WORDS and pdf_page.coverage(page) >= pdf_page.COVERAGE:
        return False
    if sum(map(str.isalnum, text)) < FEW_LETTERS:
        return bool(raw.FPDFPage_CountObjects(page) < STROKES)
    return True


def _odd(text: str) -> int:
    if text.isascii() and text.isprintable():
        return 0
    return sum(unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs") or sign == "\ufffd" for sign in text)


# --- from PDFium --------------------------------------------------------------------------------------

_Address = ctypes.c_void_p


def _bare(function: Any, result: Any, *arguments: Any) -> Any:
    """The same C function, called without ctypes' conversions and without letting go of the interpreter."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


_unicode = _bare(raw.FPDFText_GetUnicode, ctypes.c_uint, _Address, ctypes.c_int)
_text = _bare(raw.FPDFText_GetText, ctypes.c_int, _Address, ctypes.c_int, ctypes.c_int, _Address)
_font_size = _bare(raw.FPDFText_GetFontSize, ctypes.c_double, _Address, ctypes.c_int)
_matrix = _bare(raw.FPDFText_GetMatrix, ctypes.c_int, _Address, ctypes.c_int, _Address)
_tight = _bare(raw.FPDFText_GetCharBox, ctypes.c_int, _Address, ctypes.c_int, *[_Address] * 4)
_origin = _bare(raw.FPDFText_GetCharOrigin, ctypes.c_int, _Address, ctypes.c_int, *[_Address] * 2)


def _signs(handle: int, count: int) -> str:
    """One character of text for each of PDFium's, so that places in one are places in the other."""
    if (text := _at_once(handle, count)) is not None:
        return text
    codes = np.fromiter(map(_unicode, repeat(handle), range(count)), np.uint32, count)
    codes[(codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))] = 0xFFFD
    return codes.astype("<u4").tobytes().decode("utf-32-le")


def _at_once(handle: int, count: int) -> str | None:
    """The same in one call; None where PDFium leaves characters out of its text, or writes two for one."""
    units = np.zeros(count + 1, np.uint16)
    written = _text(handle, 0, count, units.ctypes.data)
    units = units[:count]
    odd = (units >= 0xD800) & (units < 0xE000) | (units == 0xFFFE) | (units == 0)
    if written != count + 1 or odd.any():
        return None
    return units.astype("<u2").tobytes().decode("utf-16-le")


def _numbers(function: Any, handle: int, places: Sequence[int]) -> _Numbers:
    return np.fromiter(map(function, repeat(handle), places), np.float64, len(places))


def _rows(function: Any, handle: int, places: Sequence[int], width: int) -> _Numbers:
    """What `function` tells of the character at each place: rows of `width` numbers, each to an address of its own."""
    found = np.zeros((len(places), width), np.float64)
    start, size, step = found.ctypes.data, found.itemsize, width * found.itemsize
    ends = start + len(places) * step
    addresses = [range(start + at * size, ends + at * size, step) for at in range(width)]
    deque(map(function, repeat(handle), places, *addresses), 0)
    return found


def _matrices(handle: int, places: Sequence[int]) -> _Numbers:
    """a, b, c, d, e, f of the text matrix of the character at each place; the unit matrix where there is none."""
    found = np.tile(np.array([1, 0, 0, 1, 0, 0], np.float32), (len(places), 1))
    start, step = found.ctypes.data, 6 * found.itemsize
    deque(map(_matrix, repeat(handle), places, range(start, start + len(places) * step, step)), 0)
    return found.astype(np.float64)


def _ink(handle: int, places: Sequence[int]) -> _Numbers:
    """left, bottom, right, top of what is printed."""
    return _rows(_tight, handle, places, 4)[:, [0, 2, 1, 3]]


def _displayed(page: pdfium.PdfPage) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """matrix, shift: (x, y) of the page's own space to points as displayed; and the page's rotation."""
    left, bottom, right, top = (float(edge) for edge in page.get_bbox())
    rotation = int(page.get_rotation())
    matrix, shift = {
        0: ([[1, 0], [0, -1]], [-left, top]),
        90: ([[0, 1], [1, 0]], [-bottom, -left]),
        180: ([[-1, 0], [0, 1]], [right, -bottom]),
        270: ([[0, -1], [-1, 0]], [top, right]),
    }[rotation]
    return np.array(matrix, np.float64), np.array(shift, np.float64), rotation


# --- from characters to words -------------------------------------------------------------------------

# Reading frame of each direction: u along the line, v down from it; rows of (x, y) as displayed.
_FRAMES = np.array(
    [[[1, 0], [0, 1]], [[0, 1], [-1, 0]], [[-1, 0], [0, -1]], [[0, -1], [1, 0]]], dtype=np.float64
)


@dataclass(frozen=True, slots=True)
class _Style:
    """How characters stand, an item or row each. turns: quarters clockwise as displayed. base: u, v of the origin."""

    turns: _Indices
    sizes: _Numbers
    base: _Numbers

    def take(self, places: _Indices) -> _Style:
        return _Style(self.turns[places], self.sizes[places], self.base[places])


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The characters of one page, in reading frames."""

    handle: int
    matrix: _Numbers
    shift: _Numbers
    rotation: int

    def style(self, places: Sequence[int]) -> _Style:
        matrix = np.nan_to_num(_matrices(self.handle, places))
        angles = np.arctan2(-matrix[:, 1], matrix[:, 0])  # clockwise; y goes up in there
        turns = (np.rint(angles / (math.pi / 2)).astype(np.intp) + self.rotation // 90) % 4
        # Many programs write size 1 and let the matrix make it 12.
        sizes = np.abs(_numbers(_font_size, self.handle, places)) * np.hypot(matrix[:, 2], matrix[:, 3])
        base = self._point(_rows(_origin, self.handle, places, 2), turns)
        return _Style(turns, sizes, base)

    def framed(self, boxes: _Numbers, turns: _Indices) -> _Numbers:
        """left, bottom, right, top of the page's own space, as low u, low v, high u, high v."""
        one, two = self._point(boxes[:, :2], turns), self._point(boxes[:, 2:], turns)
        return np.hstack((np.minimum(one, two), np.maximum(one, two)))

    def _point(self, points: _Numbers, turns: _Indices) -> _Numbers:
        shown = points @ self.matrix.T + self.shift
        if not turns.any():
            return shown  # the usual case
        turned: _Numbers = np.einsum("nij,nj->ni", _FRAMES[turns], shown)
        return turned


def _words(page: pdfium.PdfPage, handle: int, count: int) -> tuple[Word, ...]:
    text = _signs(handle, count)
    if "\0" in text:
        text = _marked(text, handle)
    spans = np.array([match.span() for match in _TOKEN.finditer(text)], np.intp).reshape(-1, 2)
    if not len(spans):
        return ()
    lengths = spans[:, 1] - spans[:, 0]
    heads = np.cumsum(lengths) - lengths  # place of each word's first among all characters that are in words
    places = np.arange(lengths.sum()) + np.repeat(spans[:, 0] - heads, lengths)
    sheet = _Sheet(handle, *_displayed(page))
    style = _styles(sheet, places, heads, lengths)
    inked = sheet.framed(_ink(handle, places.tolist()), style.turns)
    style = replace(style, sizes=_believed(style.sizes, inked))
    heads = _cut(heads, inked, style)
    said = [text[place] for place in places.tolist()]
    pieces = _pieces(said, heads, inked, style)
    return arrange(pieces, float(page.get_width()), float(page.get_height()))


def _marked(text: str, handle: int) -> str:
    """Where a glyph is not known PDFium says 0; what has ink stands for something all the same."""
    places = [at for at, sign in enumerate(text) if sign == "\0"]
    ink = _ink(handle, places)
    signs = list(text)
    for at, (left, bottom, right, top) in zip(places, ink.tolist(), strict=True):
        if right > left and top > bottom:
            signs[at] = "\ufffd"
    return "".join(signs)


def _styles(sheet: _Sheet, places: _Indices, heads: _Indices, lengths: _Indices) -> _Style:
    """The style of each character. Asked for first and last of a word; of all, only where those two differ."""
    tails = heads + lengths - 1
    both = sheet.style([*places[heads].tolist(), *places[tails].tolist()])
    first, last = both.take(np.arange(len(heads))), both.take(np.arange(len(heads), 2 * len(heads)))
    mixed = (first.turns != last.turns) | (np.abs(first.sizes - last.sizes) > 0.01)
    mixed |= np.abs(first.base[:, 1] - last.base[:, 1]) > 0.01 + 0.1 * np.abs(first.sizes)
    style = first.take(np.repeat(np.arange(len(heads)), lengths))
    if mixed.any():
        odd = np.flatnonzero(np.repeat(mixed, lengths))
        found = sheet.style(places[odd].tolist())
        for name in ("turns", "sizes", "base"):
            getattr(style, name)[odd] = getattr(found, name)
    return style


def _believed(sizes: _Numbers, inked: _Numbers) -> _Numbers:
    """Where the font's size cannot be meant (a font of drawings may have any), the ink decides."""
    height = inked[:, 3] - inked[:, 1]
    wrong = ~np.isfinite(sizes) | (sizes < _SIZE[0]) | (sizes > _SIZE[1])
    wrong |= (height > 2.5 * sizes) & (height < _SIZE[1])
    return np.where(wrong, np.clip(height * 1.4, *_SIZE), sizes)


def _cut(heads: _Indices, inked: _Numbers, style: _Style) -> _Indices:
    """The words' beginnings, and those that the text does not know of but the print shows."""
    turns, base, size = style.turns, style.base[:, 1], np.maximum(style.sizes[1:], style.sizes[:-1])
    apart = (turns[1:] != turns[:-1]) | (np.abs(base[1:] - base[:-1]) > _STEP * size)
    apart |= inked[1:, 0] - inked[:-1, 2] > _GAP * size
    apart |= inked[1:, 2] < inked[:-1, 0] - _GAP * size
    # What has no ink (a hyphen that PDFium made up) has no place to be judged by.
    real = inked[:, 2] > inked[:, 0]
    apart &= real[1:] & real[:-1]
    return np.union1d(heads, np.flatnonzero(apart) + 1)


def _pieces(said: list[str], heads: _Indices, inked: _Numbers, style: _Style) -> list[Piece]:
    # What has no ink has no box either: it must not pull the word's.
    empty = (inked[:, 2] <= inked[:, 0]) & (inked[:, 3] <= inked[:, 1])
    base, sizes = style.base[:, 1], style.sizes
    low = np.fmin(base - _ASCENT * sizes, np.where(empty, np.inf, inked[:, 1]))
    high = np.fmax(base + _DESCENT * sizes, np.where(empty, -np.inf, inked[:, 3]))
    columns = zip(
        heads.tolist(),
        [*heads[1:].tolist(), len(said)],
        np.minimum.reduceat(np.where(empty, np.inf, inked[:, 0]), heads).tolist(),
        np.minimum.reduceat(low, heads).tolist(),
        np.maximum.reduceat(np.where(empty, -np.inf, inked[:, 2]), heads).tolist(),
        np.maximum.reduceat(high, heads).tolist(),
        base[heads].tolist(),
        sizes[heads].tolist(),
        style.turns[heads].tolist(),
        strict=True,
    )
    whole = "".join(said)
    pieces = []
    for start, end, left, top, right, bottom, baseline, size, turn in columns:
        word = whole[start:end]
        if not word.isascii() or not word.isprintable():
            word = _CONTROL.sub("\ufffd", word.translate(_PLAIN) + ("-" if word[-1] == "\u00ad" else ""))
        if word and left < right and math.isfinite(top + bottom + baseline):
            pieces.append(Piece(word, left, top, right, bottom, baseline, size, turn))
    return pieces
