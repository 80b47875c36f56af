"""Owns text that is found and copied, and not seen: a font of one letter, and lines set in it.

Refuses to know where the words come from, a text layer that is replaced or a recogniser.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name, Pdf

from postroom.systems.conversion.pdfa.font import to_unicode

_WIDTH, _HEIGHT = 500, 1000  # thousandths, of every letter


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of text: where it stands, in points from the lower left corner."""

    text: str
    left: float
    bottom: float
    width: float
    height: float


class Unseen:
    """The unseen text of one document. Its font is whole when `finish` has been called."""

    name = "/PrUnseen"

    def __init__(self, pdf: Pdf) -> None:
        self.font = pdf.make_indirect(Dictionary())
        self._pdf = pdf
        self._letters: dict[int, str] = {}

    def operators(self, lines: Iterable[Line]) -> list[str]:
        """What shows these lines, each stretched to its width."""
        parts = []
        for line in lines:
            codes = []
            for unit in _units(line.text):
                self._letters.setdefault(unit, chr(unit))
                codes.append(f"{unit:04X}")
            if not codes:
                continue
            size = max(1.0, line.height)
            natural = len(codes) * _WIDTH / 1000 * size
            stretch = max(1.0, min(1000.0, 100 * line.width / natural))
            parts.append(
                f"BT 3 Tr {self.name} {size:.2f} Tf {stretch:.2f} Tz 1 0 0 1 {line.left:.2f} {line.bottom:.2f} Tm"
                f" <{''.join(codes)}> Tj ET"
            )
        return parts

    def finish(self) -> None:
        _finish(self._pdf, self.font, self._letters)


def _units(text: str) -> list[int]:
    """Codes of two bytes: letters beyond them are left out, as the unseen font cannot name them."""
    return [ord(letter) for letter in text if 0x20 <= ord(letter) < 0xD800 or 0xE000 <= ord(letter) < 0xFFFE]


def _finish(pdf: Pdf, font: Dictionary, letters: dict[int, str]) -> None:
    """A font whose every letter is the same box; it is never shown. Of letters without any extent some viewers
    find nothing on a page that is turned."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, _HEIGHT), (_WIDTH, _HEIGHT), (_WIDTH, 0)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "blank": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (_WIDTH, 0), "blank": (_WIDTH, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Unseen", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    out = io.BytesIO()
    builder.font.save(out)
    program = pdf.make_stream(out.getvalue())
    program[Name.Length1] = len(out.getvalue())
    name = Name("/PRUNSEEN")
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=Array([0, -200, 1000, 800]),
        ItalicAngle=0,
        Ascent=800,
        Descent=-200,
        CapHeight=700,
        StemV=80,
        FontFile2=program,
    )
    table = bytearray(2 * (max(letters, default=0) + 1))
    for code in letters:
        table[2 * code + 1] = 1
    child = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=_WIDTH,
        CIDToGIDMap=pdf.make_stream(bytes(table)),
    )
    whole = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=name,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(child)]),
        ToUnicode=pdf.make_stream(to_unicode(dict(sorted(letters.items())), 2)),
    )
    for key, value in whole.items():
        font[key] = value
