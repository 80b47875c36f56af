"""Owns how a page's words are kept beside its text: where each stands in the text, and on the page.

In a child; `place` reads it again. 16 bytes a word. Edges are shares of the page in 65,535ths. Not compressed: that
would take a third off, and half of the time that showing hits takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from postroom.readers.word import PageWords
from postroom.systems.plans.place import UNIT

CHARACTERS = 1_000_000  # of one page's text that are kept
_WORDS = 200_000  # of one page whose places are kept
_ROW = np.dtype([("start", "<u4"), ("end", "<u4"), ("edges", "<u2", 4)])  # as `place` has it

EMPTY = b""


@dataclass(frozen=True, slots=True)
class Packed:
    """text: one printed line a line. words: the packed rows."""

    text: str
    words: bytes
    truncated: bool = False


def pack(read: PageWords) -> Packed:
    """The page's text, and where each of its words stands."""
    parts: list[str] = []
    spans: list[int] = []  # start and end of each word in turn
    places: list[float] = []  # left, top, right, bottom of each word in turn
    at, truncated = 0, False
    for line in read.lines():
        for word in line:
            text = word.text
            if not (text.isascii() and text.isprintable()):
                # A lone surrogate is no text for a database.
                text = text.replace("\0", "\ufffd").replace("\n", " ").encode("utf-8", "replace").decode()
            if at + len(text) > CHARACTERS:
                truncated = True
                break
            if len(spans) < 2 * _WORDS:
                box = word.box
                spans += (at, at + len(text))
                places += (box.left, box.top, box.right, box.bottom)
            parts += (text, " ")
            at += len(text) + 1
        if parts and parts[-1] == " ":
            parts[-1] = "\n"
        if truncated:
            break
    rows = np.zeros(len(spans) // 2, _ROW)
    if spans:
        rows["start"], rows["end"] = spans[::2], spans[1::2]
        sides = np.array([read.width, read.height, read.width, read.height])
        shares = np.nan_to_num(np.array(places, np.float64).reshape(-1, 4) / sides)
        rows["edges"] = np.rint(np.clip(shares, 0, 1) * UNIT)
    return Packed("".join(parts).removesuffix("\n"), rows.tobytes(), truncated)
