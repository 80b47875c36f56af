"""Owns in which encoding a text is written and how many lines it has. Refuses to know what it says."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

_PIECE = 1 << 20
_SAMPLE = 16 << 10  # bytes around the first odd byte that the guess is made from
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a mailroom meets. With all of Python's encodings on offer, short Western texts come out as EBCDIC.
_CANDIDATES = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "koi8_r",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
]
_CANDIDATES += ["euc_kr", "mac_roman", "cp437", "cp850"]
_SIGN_IN_WORD = re.compile(r"[^\W\d_][³¹¿£¥¯¼¾][^\W\d_]")
_PUBLIC = {"utf-8-sig": "utf-8", "mac_roman": "macintosh", "cp932": "shift_jis"}


def encoding(path: Path) -> str:
    """The Python codec that decodes the file at `path`.

    Sure for ASCII, UTF-8 and whatever has a byte order mark (the whole file is looked at); a guess else.
    """
    with path.open("rb") as file:
        head = file.read(4)
        for mark, codec in _BOMS:
            if head.startswith(mark):
                return codec
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        plain, position = True, 0
        while piece := file.read(_PIECE):
            plain = plain and piece.isascii()
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                file.seek(max(0, position + error.start - _SAMPLE // 2))
                return _guess(file.read(_SAMPLE))
            position += len(piece)
    # A multi-byte character that the end of the file cuts is a blemish, not another encoding.
    return "ascii" if plain else "utf-8"


def _guess(sample: bytes) -> str:
    found = from_bytes(sample, cp_isolation=_CANDIDATES, preemptive_behaviour=False)
    best = found.best()
    # Many code pages make letters of the same bytes. Of those that read equally well it is the one that most
    # old files are in, unless that puts signs into words, as it does with Polish ("us³uga").
    western = sample.decode("cp1252", "replace")
    if _SIGN_IN_WORD.search(western):
        return next((match.encoding for match in found if not _SIGN_IN_WORD.search(str(match))), "cp1250")
    if best is None or western == sample.decode(best.encoding, "replace"):
        return "cp1252"
    equal = {match.encoding for match in found if match.chaos <= best.chaos}
    return "cp1252" if "cp1252" in equal else best.encoding


def public_name(codec: str) -> str:
    """The name that the world has for a Python codec: "windows-1252", "utf-8"."""
    if codec in _PUBLIC:
        return _PUBLIC[codec]
    return f"windows-{codec[2:]}" if codec.startswith("cp125") else codec.replace("_", "-")


def read(path: Path) -> Mapping[str, Any]:
    """encoding, lines (a last line without an end counts), characters."""
    codec = encoding(path)
    lines = characters = 0
    last = "\n"
    with path.open(encoding=codec, errors="replace") as file:
        while piece := file.read(_PIECE):
            lines += piece.count("\n")
            characters += len(piece)
            last = piece[-1]
    return {
        "encoding": public_name(codec),
        "lines": lines + (last != "\n"),
        "characters": characters,
    }
