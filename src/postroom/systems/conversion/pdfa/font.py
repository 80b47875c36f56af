"""Owns giving a font program to fonts that have none: PDF/A wants every font in the file.

A simple font without a program is replaced by one that we build out of an installed font of its kind: one
glyph per code, each as wide as the document says, so that no line moves. Composite fonts (Chinese, Japanese,
Korean) are left as they are: nothing that is installed would do.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf
from fontTools import agl
from fontTools.encodings import MacRoman, StandardEncoding
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Pdf

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_FAMILIES = {"sans": "LiberationSans", "serif": "LiberationSerif", "mono": "LiberationMono"}
_SERIF = ("times", "serif", "roman", "georgia", "garamond", "palatino", "bookman", "century", "cambria")
_MONO = ("courier", "mono", "consol", "typewriter", "fixed")
_FALLBACK = "DejaVuSans"
_SYMBOLS = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\u203eαβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_MORE_SYMBOLS = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\0〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
_DINGBATS = {
    0x25: 0x260E, 0x2A: 0x261B, 0x2B: 0x261E, 0x48: 0x2605, 0x6C: 0x25CF, 0x6E: 0x25A0, 0x73: 0x25B2,
    0x74: 0x25BC, 0x75: 0x25C6, 0x77: 0x25D7, 0xA8: 0x2663, 0xA9: 0x2666, 0xAA: 0x2665, 0xAB: 0x2660,
    0xD5: 0x2192, 0xD6: 0x2194, 0xD7: 0x2195, **{0xAC + n: 0x2460 + n for n in range(10)},
}  # fmt: skip
_UNKNOWN = "\ufffd"
_PROGRAMS = (Name.FontFile, Name.FontFile2, Name.FontFile3)


def lacks_program(font: Dictionary) -> bool:
    """Whether this is a simple font without a program in the file."""
    if font.get(Name.Subtype) not in (Name.Type1, Name.TrueType, Name.MMType1):
        return False
    descriptor = font.get(Name.FontDescriptor)
    return not (isinstance(descriptor, Dictionary) and any(key in descriptor for key in _PROGRAMS))


def is_standard(name: str) -> bool:
    """Whether a font of the same widths stands in for it."""
    return name.lower().startswith(("helvetica", "arial", "times", "courier"))


def mend_name(place: Dictionary, key: str) -> None:
    """PDF/A wants names in UTF-8. Some programs write those of Chinese fonts as their machine has them, and what
    looks like UTF-8 afterwards is not accepted either: so plain letters it is."""
    name = place[key]
    if isinstance(name, pikepdf.Name) and not str(name).isascii():
        letters = (letter if letter.isascii() else f"x{ord(letter):02X}" for letter in str(name)[1:])
        place[key] = Name("/" + "".join(letters))


def embed(pdf: Pdf, font: Dictionary) -> str | None:
    """Give a simple font a program. The name of the installed font that it was made of; None if none will do."""
    name = str(font.get(Name.BaseFont, "/Helvetica")).lstrip("/")
    face = _choose(name, font)
    if face is None:
        return None
    letters = _letters(font, name)
    widths = _widths(font)
    built = _build(face, letters, widths)
    codes = sorted(built.advances)
    if not codes:
        return None
    base = Name("/PRSUBS+" + "".join(c for c in name.rpartition("+")[2] if c.isalnum() or c == "-"))
    program = pdf.make_stream(built.data)
    program[Name.Length1] = len(built.data)
    first, last = codes[0], codes[-1]
    font[Name.Type], font[Name.Subtype], font[Name.BaseFont] = Name.Font, Name.TrueType, base
    font[Name.FirstChar], font[Name.LastChar] = first, last
    font[Name.Widths] = Array([built.advances.get(code, 0) for code in range(first, last + 1)])
    font[Name.ToUnicode] = pdf.make_stream(
        to_unicode({code: letters.get(code, _UNKNOWN) for code in codes}, 1)
    )
    if Name.Encoding in font:
        del font[Name.Encoding]
    font[Name.FontDescriptor] = pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=base,
            Flags=4,  # symbolic: the codes lead to glyphs without any encoding in between
            FontBBox=Array([-1000, -500, 3000, 1500]),
            ItalicAngle=0,
            Ascent=905,
            Descent=-212,
            CapHeight=716,
            StemV=80,
            FontFile2=program,
        )
    )
    return face.stem


# --- which font ------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _installed() -> Mapping[str, Path]:
    return {file.stem: file for folder in FOLDERS if folder.is_dir() for file in folder.rglob("*.ttf")}


def _choose(name: str, font: Dictionary) -> Path | None:
    low = name.lower()
    if "symbol" in low or "dingbat" in low or "wingding" in low:
        return _installed().get(_FALLBACK)
    descriptor = font.get(Name.FontDescriptor)
    flags = int(descriptor.get(Name.Flags, 0)) if isinstance(descriptor, Dictionary) else 0
    kind = "sans"
    if any(word in low for word in _MONO) or flags & 1:
        kind = "mono"
    elif any(word in low for word in _SERIF) or flags & 2:
        kind = "serif"
    bold = "bold" in low or "black" in low or "heavy" in low or bool(flags & (1 << 18))
    slanted = "italic" in low or "oblique" in low or bool(flags & 64)
    style = {(0, 0): "Regular", (1, 0): "Bold", (0, 1): "Italic", (1, 1): "BoldItalic"}[(bold, slanted)]
    return _installed().get(f"{_FAMILIES[kind]}-{style}") or _installed().get(_FALLBACK)


# --- which letter a code means -------------------------------------------------------------------------


def _letters(font: Dictionary, name: str) -> dict[int, str]:
    encoding = font.get(Name.Encoding)
    base: Any = encoding
    differences: Any = ()
    if isinstance(encoding, Dictionary):
        base = encoding.get(Name.BaseEncoding)
        differences = encoding.get(Name.Differences, ())
    found = _base_letters(name, base, str(font.get(Name.Subtype)))
    code = 0
    for item in differences:
        if isinstance(item, pikepdf.Name):
            text = agl.toUnicode(str(item)[1:], isZapfDingbats="dingbat" in name.lower())
            if text:
                found[code] = text
            code += 1
        else:
            code = int(item)
    return {code: text for code, text in found.items() if 0 <= code < 256 and text}


def _base_letters(name: str, base: object, subtype: str) -> dict[int, str]:
    low = name.lower()
    if "symbol" in low:
        found = {0x20 + n: letter for n, letter in enumerate(_SYMBOLS)}
        return found | {0xA0 + n: letter for n, letter in enumerate(_MORE_SYMBOLS) if letter != "\0"}
    if "dingbat" in low:
        plain = {code: 0x2700 + code - 0x20 for code in range(0x21, 0x7F)}
        plain |= {code: 0x2700 + code - 0x40 for code in range(0xA1, 0xFF) if code != 0xF0}
        return {0x20: " "} | {code: chr(letter) for code, letter in (plain | _DINGBATS).items()}
    if base == Name.MacRomanEncoding:
        return _of_names(MacRoman.MacRoman)
    if base == Name.WinAnsiEncoding or subtype == "/TrueType":
        return {code: bytes([code]).decode("cp1252", "ignore") for code in range(32, 256)}
    return _of_names(StandardEncoding.StandardEncoding)


def _of_names(names: list[str]) -> dict[int, str]:
    return {code: agl.toUnicode(name) for code, name in enumerate(names) if name != ".notdef"}


def _widths(font: Dictionary) -> dict[int, float]:
    """As the document says; none where it relies on everybody's knowing them (the standard fonts)."""
    widths = font.get(Name.Widths)
    if not isinstance(widths, Array):
        return {}
    first = int(font.get(Name.FirstChar, 0))
    return {first + n: float(width) for n, width in enumerate(widths)}


# --- the program -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Built:
    data: bytes
    advances: Mapping[int, int]  # code -> thousandths of the size


@lru_cache(maxsize=4)
def _open(file: Path) -> TTFont:
    return TTFont(file, lazy=True)


def _build(file: Path, letters: Mapping[int, str], widths: Mapping[int, float]) -> _Built:
    face = _open(file)
    spare = _installed().get(_FALLBACK)
    sources = [face] + ([_open(spare)] if spare and spare != file else [])
    glyphs: dict[str, Any] = {".notdef": TTGlyphPen(None).glyph()}
    metrics: dict[str, tuple[int, int]] = {".notdef": (500, 0)}
    advances: dict[int, int] = {}
    for code in range(256):
        wanted = widths.get(code)
        # A code that means nothing gets a glyph, too, of nothing: it may stand in the text.
        outline, own = _outline(sources, letters[code][0]) if code in letters else _NOTHING
        advance = round(own if wanted is None or wanted <= 0 else wanted)
        # A narrower place squeezes the letter; a wider one leaves it as it is.
        squeeze = min(1.0, advance / own) if own else 1.0
        pen = TTGlyphPen(None)
        outline.replay(TransformPen(pen, (squeeze, 0, 0, 1, 0, 0)))
        name = f"c{code:02X}"
        glyphs[name] = pen.glyph()
        metrics[name] = (advance, 0)
        advances[code] = advance
    return _Built(_assemble(glyphs, metrics, advances), advances)


_NOTHING = (DecomposingRecordingPen({}), 0.0)


def _outline(sources: list[TTFont], letter: str) -> tuple[DecomposingRecordingPen, float]:
    """A letter's outline, scaled to 1000 units, and its width; nothing of some width if nobody has it."""
    for face in sources:
        glyph = (face.getBestCmap() or {}).get(ord(letter))
        if glyph is None:
            continue
        scale = 1000 / face["head"].unitsPerEm
        raw = DecomposingRecordingPen(face.getGlyphSet())
        face.getGlyphSet()[glyph].draw(raw)
        scaled = DecomposingRecordingPen({})
        raw.replay(TransformPen(scaled, (scale, 0, 0, scale, 0, 0)))
        return scaled, face["hmtx"][glyph][0] * scale
    return DecomposingRecordingPen({}), 500.0


def _assemble(
    glyphs: Mapping[str, Any], metrics: Mapping[str, tuple[int, int]], codes: Mapping[int, int]
) -> bytes:
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({})
    builder.setupGlyf(dict(glyphs))
    bearings = builder.font["glyf"]
    builder.setupHorizontalMetrics(
        {name: (advance, getattr(bearings[name], "xMin", 0)) for name, (advance, _) in metrics.items()}
    )
    builder.setupHorizontalHeader(ascent=905, descent=-212)
    builder.setupNameTable({"familyName": "Substitute", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    builder.font["cmap"].tables = [_symbol_map({0xF000 + code: f"c{code:02X}" for code in codes})]
    out = io.BytesIO()
    builder.font.save(out)
    return out.getvalue()


def _symbol_map(mapping: Mapping[int, str]) -> Any:
    from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

    table = CmapSubtable.newSubtable(4)
    table.platformID, table.platEncID, table.language = 3, 0, 0
    table.cmap = dict(mapping)
    return table


def to_unicode(letters: Mapping[int, str], size: int) -> bytes:
    """A ToUnicode map for codes of `size` bytes."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        f"1 begincodespacerange <{'00' * size}> <{'FF' * size}> endcodespacerange",
    ]
    pairs = [
        f"<{code:0{2 * size}X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in letters.items()
    ]
    for start in range(0, len(pairs), 100):
        block = pairs[start : start + 100]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
