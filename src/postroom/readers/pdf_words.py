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
_LOOK = 4000  # characters that the verdict looks at
_SIZE = (1.0, 2000.0)  # points between which a font size is believed
_ASCENT, _DESCENT = 0.75, 0.25  # of a font whose own box is not usable
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
    return sum(unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs") or sign == "\ufffd" for sign in text)


# --- from PDFium --------------------------------------------------------------------------------------

_Address = ctypes.c_void_p


def _bare(function: Any, result: Any, *arguments: Any) -> Any:
    """The same C function, called without ctypes' conversions and without letting go of the interpreter."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


_unicode = _bare(raw.FPDFText_GetUnicode, ctypes.c_uint, _Address, ctypes.c_int)
_font_size = _bare(raw.FPDFText_GetFontSize, ctypes.c_double, _Address, ctypes.c_int)
_angle = _bare(raw.FPDFText_GetCharAngle, ctypes.c_float, _Address, ctypes.c_int)
_tight = _bare(raw.FPDFText_GetCharBox, ctypes.c_int, _Address, ctypes.c_int, *[_Address] * 4)
_loose = _bare(raw.FPDFText_GetLooseCharBox, ctypes.c_int, _Address, ctypes.c_int, _Address)
_origin = _bare(raw.FPDFText_GetCharOrigin, ctypes.c_int, _Address, ctypes.c_int, *[_Address] * 2)


def _signs(handle: int, count: int) -> str:
    """One character of text for each of PDFium's, so that places in one are places in the other."""
    codes = np.fromiter(map(_unicode, repeat(handle), range(count)), np.uint32, count)
    codes[(codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))] = 0xFFFD
    return codes.astype("<u4").tobytes().decode("utf-32-le")


def _rows(function: Any, handle: int, count: int, kind: Any, width: int, apart: bool) -> _Numbers:
    """What `function` tells of each character, a row each; it gets one address (of a struct) or one a number."""
    found = np.zeros((count, width), kind)
    size = found.itemsize
    starts = range(found.ctypes.data, found.ctypes.data + found.nbytes, width * size)
    places = [
        range(starts.start + place * size, starts.stop + place * size, width * size)
        for place in range(width if apart else 1)
    ]
    deque(map(function, repeat(handle), range(count), *places), 0)
    return found.astype(np.float64)


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


def _words(page: pdfium.PdfPage, handle: int, count: int) -> tuple[Word, ...]:
    text = _signs(handle, count)
    tight = _rows(_tight, handle, count, np.float64, 4, True)[:, [0, 2, 1, 3]]  # as left, bottom, right, top
    # Where a glyph is not known PDFium says 0; what has ink stands for something all the same.
    if "\0" in text:
        ink = (tight[:, 2] > tight[:, 0]) & (tight[:, 3] > tight[:, 1])
        text = "".join("\ufffd" if sign == "\0" and ink[at] else sign for at, sign in enumerate(text))
    loose = _rows(_loose, handle, count, np.float32, 4, False)[:, [0, 3, 2, 1]]
    origin = _rows(_origin, handle, count, np.float64, 2, True)
    matrix, shift, rotation = _displayed(page)
    angles = np.fromiter(map(_angle, repeat(handle), range(count)), np.float64, count)
    turns = (np.rint(np.nan_to_num(angles) / (math.pi / 2)).astype(np.intp) + rotation // 90) % 4
    sizes = np.fromiter(map(_font_size, repeat(handle), range(count)), np.float64, count)

    frames = _FRAMES[turns]
    inked = _framed(tight, matrix, shift, frames)
    base = np.einsum("nij,nj->ni", frames, origin @ matrix.T + shift)
    sizes = _believed(sizes, inked)
    spans = _spans(text, inked, base, sizes, turns)
    if not spans:
        return ()
    across = _across(_framed(loose, matrix, shift, frames), inked, base, sizes)
    return arrange(
        _pieces(text, spans, inked, across, base, sizes, turns), page.get_width(), page.get_height()
    )


def _framed(boxes: _Numbers, matrix: _Numbers, shift: _Numbers, frames: _Numbers) -> _Numbers:
    """left, bottom, right, top of the page's own space, as low u, low v, high u, high v."""
    one = np.einsum("nij,nj->ni", frames, boxes[:, :2] @ matrix.T + shift)
    two = np.einsum("nij,nj->ni", frames, boxes[:, 2:] @ matrix.T + shift)
    return np.hstack((np.minimum(one, two), np.maximum(one, two)))


def _believed(sizes: _Numbers, inked: _Numbers) -> _Numbers:
    """Some fonts say 1 and are scaled by a matrix that PDFium does not count in: then the ink decides."""
    height = inked[:, 3] - inked[:, 1]
    wrong = ~np.isfinite(sizes) | (sizes < _SIZE[0]) | (sizes > _SIZE[1])
    wrong |= (height > 2.5 * sizes) & (height < _SIZE[1])
    return np.where(wrong, np.clip(height * 1.4, *_SIZE), sizes)


def _across(loose: _Numbers, inked: _Numbers, base: _Numbers, sizes: _Numbers) -> _Numbers:
    """low v, high v of the line that each character stands on: its font's, whatever letter it is."""
    height = loose[:, 3] - loose[:, 1]
    good = (height > 0.5 * sizes) & (height < 2.5 * sizes)
    good &= (loose[:, 1] <= base[:, 1]) & (loose[:, 3] >= base[:, 1])
    low = np.where(good, loose[:, 1], base[:, 1] - _ASCENT * sizes)
    high = np.where(good, loose[:, 3], base[:, 1] + _DESCENT * sizes)
    empty = inked[:, 3] <= inked[:, 1]
    low = np.where(empty, low, np.minimum(low, inked[:, 1]))
    high = np.where(empty, high, np.maximum(high, inked[:, 3]))
    return np.column_stack((low, high))


def _spans(
    text: str, inked: _Numbers, base: _Numbers, sizes: _Numbers, turns: _Indices
) -> list[tuple[int, int]]:
    """First and last place (past the end) of each word: by white space, and where the print says otherwise."""
    size = np.maximum(sizes[1:], sizes[:-1])
    apart = (turns[1:] != turns[:-1]) | (np.abs(base[1:, 1] - base[:-1, 1]) > _STEP * size)
    gap = inked[1:, 0] - inked[:-1, 2]
    apart |= (gap > _GAP * size) | (inked[1:, 2] < inked[:-1, 0] - _GAP * size)
    cuts = set((np.flatnonzero(apart) + 1).tolist())
    found: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        # A line-end hyphen and the half of a ligature have no place of their own to be judged by.
        for place in range(start + 1, end):
            if place in cuts and text[place] not in _LINE_END_HYPHENS:
                found.append((start, place))
                start = place
        found.append((start, end))
    return found


def _pieces(
    text: str,
    spans: list[tuple[int, int]],
    inked: _Numbers,
    across: _Numbers,
    base: _Numbers,
    sizes: _Numbers,
    turns: _Indices,
) -> list[Piece]:
    # A line-end hyphen that PDFium made up, or one without ink, has no box: it must not pull the word's.
    empty = (inked[:, 2] <= inked[:, 0]) & (inked[:, 3] <= inked[:, 1])
    edges = np.array(spans, np.intp).ravel()
    cuts = edges[:-1] if edges[-1] == len(text) else edges  # reduceat knows the end of all by itself

    def least(values: _Numbers) -> list[float]:
        return np.minimum.reduceat(np.where(empty, np.inf, values), cuts)[::2].tolist()  # type: ignore[no-any-return]

    def most(values: _Numbers) -> list[float]:
        return np.maximum.reduceat(np.where(empty, -np.inf, values), cuts)[::2].tolist()  # type: ignore[no-any-return]

    firsts = edges[::2]
    columns = zip(
        spans,
        least(inked[:, 0]),
        least(across[:, 0]),
        most(inked[:, 2]),
        most(across[:, 1]),
        base[firsts, 1].tolist(),
        sizes[firsts].tolist(),
        turns[firsts].tolist(),
        strict=True,
    )
    pieces = []
    for (start, end), left, top, right, bottom, baseline, size, turn in columns:
        said = text[start:end].translate(_PLAIN)
        if not said or left >= math.inf or not math.isfinite(left + top + right + bottom + baseline):
            continue
        if text[end - 1] == "\u00ad":
            said += "-"  # a soft hyphen is seen at the end of a line only
        said = _CONTROL.sub("\ufffd", said)
        pieces.append(Piece(said, left, top, right, bottom, baseline, size, turn))
    return pieces
