"""Owns letters that no font of this machine has: which they are, how it is told, which package has them.

Such a letter is drawn as a box. Who sets pages says so in its log, and nowhere else; an office says nothing
(see `convert.box`).
"""

from __future__ import annotations

import ctypes
import logging
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from functools import cache

from postroom.systems.conversion.event import Notes

_LOG = "weasyprint"
_SAID = ".notdef glyph rendered"
_SHOWN = 10
_CJK = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "BOPOMOFO", "KANGXI", "HALFWIDTH", "FULLWIDTH")
_CJK_FONTS, _PICTURE_FONTS, _OTHER_FONTS = "fonts-noto-cjk", "fonts-noto-color-emoji", "fonts-noto-core"
# One letter of each script that documents are often in.
_OFTEN = {
    "Chinese": "漢", "Japanese": "あ", "Korean": "한", "Arabic": "ع", "Hebrew": "א", "Devanagari": "अ",
    "Bengali": "ক", "Tamil": "த", "Telugu": "త", "Thai": "ก", "Georgian": "ა", "Armenian": "Ա",
    "Ethiopic": "አ", "emoji": "😀",
}  # fmt: skip


class Boxes:
    """The letters of one document that were drawn as boxes."""

    def __init__(self, letters: Iterable[str] = ()) -> None:
        self.letters = set(letters)

    def tell(self, notes: Notes, name: str) -> None:
        if not self.letters:
            return
        found = sorted(self.letters)
        shown = ", ".join(map(_shown, found[:_SHOWN]))
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        advice = install(found)
        text = (
            f"No font on this server has these letters of '{name}', which are drawn as boxes: {shown}{more}."
        )
        notes.warn("VisualDifferences", f"{text} {advice}".strip())


def _shown(letter: str) -> str:
    code = f"U+{ord(letter):04X}"
    return f"{letter} ({code})" if letter.isprintable() else code


@contextmanager
def watched(boxes: Boxes) -> Iterator[None]:
    """What is drawn meanwhile adds to `boxes`."""
    log, handler = logging.getLogger(_LOG), _Listener(boxes)
    before = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.WARNING)
    log.propagate = False  # it warns of every odd declaration in a page, too
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.level, log.propagate = before


class _Listener(logging.Handler):
    def __init__(self, boxes: Boxes) -> None:
        super().__init__(logging.WARNING)
        self._boxes = boxes

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(_SAID) and isinstance(record.args, tuple) and record.args:
            letter = str(record.args[0])
            if len(letter) == 1 and unicodedata.category(letter) != "Cc":
                self._boxes.letters.add(letter)


def install(letters: Iterable[str]) -> str:
    """The command that installs fonts with these letters; empty if there is none that is known to."""
    packages = sorted({package for letter in letters if (package := _package(letter))})
    return f"Install it: apt-get install --no-install-recommends {' '.join(packages)}" if packages else ""


def _package(letter: str) -> str | None:
    kind = unicodedata.category(letter)
    if kind in ("Co", "Cn", "Cs"):  # it means whatever somebody wants it to mean, or nothing
        return None
    if kind == "So" and ord(letter) >= 0x1F000:
        return _PICTURE_FONTS
    return _CJK_FONTS if unicodedata.name(letter, "").startswith(_CJK) else _OTHER_FONTS


def fonts() -> str | None:
    """None if the fonts of this machine have the scripts that documents are often in, else what to do."""
    lacking = {script: letter for script, letter in _OFTEN.items() if not has(letter)}
    if not lacking:
        return None
    return f"Letters of {', '.join(lacking)} are drawn as boxes. {install(list(lacking.values()))}"


class _Fonts(ctypes.Structure):
    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.POINTER(ctypes.c_void_p)))


@cache
def has(letter: str) -> bool:
    """Whether any font that is installed has it."""
    name = find_library("fontconfig")
    if name is None:
        return False
    library = ctypes.CDLL(name)
    library.FcConfigGetCurrent.restype = ctypes.c_void_p
    library.FcConfigGetFonts.restype = ctypes.POINTER(_Fonts)
    library.FcConfigGetFonts.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.FcPatternGetCharSet.argtypes = (
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p),
    )  # fmt: skip
    library.FcCharSetHasChar.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    found = library.FcConfigGetFonts(library.FcConfigGetCurrent(), 0)
    letters = ctypes.c_void_p()
    for place in range(found.contents.count if found else 0):
        font = found.contents.fonts[place]
        if library.FcPatternGetCharSet(font, b"charset", 0, ctypes.byref(letters)) == 0 and (
            library.FcCharSetHasChar(letters, ord(letter))
        ):
            return True
    return False


def reset() -> None:
    """Look again, for tests."""
    has.cache_clear()
