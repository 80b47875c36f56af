"""Owns whether a recognised line is to be believed: blanks as they are measured, letters that two readings agree on.

A recogniser is sure of its mistakes, but it seldom makes the same one twice. What only one reading says keeps its
text and loses its confidence; whoever makes a value of it decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from postroom.readers.word import Box, Word

DOUBTED = 0.45  # confidence of a word that no second reading says
BELIEVED = 0.5  # from which a word's text is a value
# And from which it is where a wrong letter is not seen: measured over 2,000 recognised values of each sort. A name
# is as good as any other, a limit shows by its zeros that it was read well.
NAMED, NUMBERED, DIALLED, PLACED, DATED, LETTERED, COUNTED, PROSE = 0.93, 0.85, 0.85, 0.8, 0.85, 0.8, 0.7, 0.8
MAILED = 0.8
_HALF = 0.5  # of the widest blank in a line
_NEARLY = 0.88  # of a word that another reading can make a name
_INK = 140  # grey up to which a pixel is ink
_BLANK = 0.36  # of a letter's height that a blank is wide, at least
_WIDER = 2.5  # times as wide as between letters: typewriters leave much there too
_LETTER = 0.35  # of a line's height that a letter is high, at least; less is a point or a stroke
_SLIM = re.compile(r"1\d|\d1")  # a 1 has much room of its own
_CLOSE = ",.;:'"  # before them there is no blank
_SLACK = 4  # pixels by which recognisers are off where a word begins and ends
_LONG = 4  # letters from which a word is found inside what another reading has run together
_SIGNS = "-/&"  # that count as letters; points and commas are too small to quarrel about

Piece = npt.NDArray[np.uint8]
Read = Callable[[Piece], Sequence[Word]]


def settled(words: Sequence[Word], other: str, again: Callable[[], Sequence[Word]]) -> list[Word]:
    """The words that two of three readings agree on. other: what the first look said there. again: a third."""
    said = plain(words)
    if not said or said == letters(other):
        return list(words)
    third = again()
    if plain(third) == said:
        return list(words)
    if plain(third) == letters(other):
        return list(third)
    known = (other.split(), [word.text for word in third])
    return [word if _is_said(word.text, known) else doubted(word) for word in words]


def confirmed(words: Sequence[Word], again: Callable[[], Sequence[Word]]) -> list[Word]:
    """With words that fall a little short of a name, and that another reading says letter by letter, as good as one."""
    if not any(_NEARLY <= word.confidence < NAMED for word in words):
        return list(words)
    known = {word.text for word in again()}
    return [
        replace(word, confidence=NAMED) if _NEARLY <= word.confidence < NAMED and word.text in known else word
        for word in words
    ]


def torn(words: Sequence[Word]) -> list[Word]:
    """Doubts two words that may be one: small letters go on behind a blank half as wide as another of the line."""
    found = list(words)
    gaps = [two.box.left - one.box.right for one, two in pairwise(words)]
    for place, gap in enumerate(gaps):
        one, two = words[place].text, words[place + 1].text
        if one[-1:].isalpha() and two[:1].islower() and gap < _HALF * max(gaps):
            found[place], found[place + 1] = doubted(found[place]), doubted(found[place + 1])
    return found


def doubted(word: Word) -> Word:
    return replace(word, confidence=min(word.confidence, DOUBTED))


def plain(words: Sequence[Word]) -> str:
    return letters("".join(word.text for word in words))


def letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum() or sign in _SIGNS)


def _is_said(text: str, readings: Sequence[Sequence[str]]) -> bool:
    bare = letters(text)
    return any(
        bare in letters("".join(said)) if len(bare) >= _LONG else bare in map(letters, said)
        for said in readings
    )


# --- the form of a value ------------------------------------------------------------------------------

_DIALLED = re.compile(
    r"(?:\+?1[ .-])?(?:\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}|\d{3} \d{3} \d{4}|\d{10})"
    r"(?:,? ?(?:x|ext\.?) ?\d{1,6})?",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+'-]+@(?:[\w-]+\.)+[A-Za-z]{2,24}")
_RUN_TOGETHER = re.compile(r"\d[A-Z]\S*[a-z]|[a-z]\d|\d(?!st|nd|rd|th)[a-z]{2}")
_ODD = re.compile(r"[€£¥$~!?%*\[\]{}|<>=\"]|(?<=[A-Za-z])/(?=\d)")
_TWIN = re.compile(r"^[cosuvwxz](?=[a-z])|(?<!\S)[sw](?=\.?\s)")
_LABEL_END = re.compile(r"^\S{0,3}:\s+")
_CAPITAL = re.compile(r"\bi(?=nsurance\b|ndemnity\b|nc\b|nterstate\b|nternational\b|nsurers\b)")


def bare(text: str | None) -> str | None:
    """Without what dirt at both ends is taken for, and the end of the label that stands there."""
    if not text:
        return text
    plain = _LABEL_END.sub("", text).lstrip("-.,:;'~_ ").rstrip("-~_ ")
    return re.sub(r"(?<=\d) (?=-\d)|(?<=\d-) (?=\d)", "", plain) or None


def is_dialled(text: str | None) -> bool:
    """Whether a recognised telephone number has the form of one: a lost digit or point shows by it."""
    return bool(_DIALLED.fullmatch(text.strip(" .,:"))) if text else False


def mail(text: str | None) -> str | None:
    """The address of mail that a recognised text is, blanks about its signs apart; None if it is more, or less."""
    plain = re.sub(r"\s*([@.])\s*", r"\1", text.strip(" ,:;")) if text else ""
    return plain if _MAIL.fullmatch(plain) else None


def is_run_together(text: str) -> bool:
    """Whether a blank must be missing: 1569W5thSt."""
    return bool(_RUN_TOGETHER.search(text))


def is_odd(text: str) -> bool:
    """Whether signs stand in a number that no insurer uses: they were letters."""
    return bool(_ODD.search(text))


def titled(text: str | None) -> str | None:
    """A company's name with the capitals that recognisers take for small letters."""
    return _CAPITAL.sub("I", text) if text else text


def capitals(text: str) -> str:
    """With the capitals that small letters of the same shape were taken for: st. Paul, 12 w 5th St."""
    return _TWIN.sub(lambda found: found[0].upper(), text)


# --- blanks ------------------------------------------------------------------------------------------


def spaced(words: Sequence[Word], piece: Piece, dots: float, margin: int, read: Read) -> list[Word]:
    """Parted also where there is room between letters that no blank was read into. dots: pixels of `piece` a point.

    Each part is read alone: only if they say the same together, there is a blank. No blank that was read is lost.
    """
    parts = _parts(piece)
    found: list[Word] = []
    for word in words:
        left, right = word.box.left * dots - _SLACK, word.box.right * dots + _SLACK
        mine = [part for part in parts if left <= part[0] and part[1] <= right]
        found += _parted(word, mine, piece, dots, margin, read) if len(mine) > 1 else [word]
    return found


def _parted(
    word: Word, parts: Sequence[tuple[int, int]], piece: Piece, dots: float, margin: int, read: Read
) -> list[Word]:
    texts, high = [], piece.shape[0]
    for first, last in parts:
        alone = np.pad(piece[margin : high - margin, first:last], margin, constant_values=255)
        texts.append("".join(each.text for each in read(alone)))
    if not all(texts) or "".join(texts) != word.text:
        return [word]
    if any(_SLIM.fullmatch(one[-1] + two[0]) or two[0] in _CLOSE for one, two in pairwise(texts)):
        return [word]  # narrow signs with much room around them
    box = word.box
    return [
        replace(word, text=text, box=Box(first / dots, box.top, last / dots, box.bottom))
        for text, (first, last) in zip(texts, parts, strict=True)
    ]


def _parts(piece: Piece) -> list[tuple[int, int]]:
    """First and last column (past the end) of each word."""
    starts, ends, letter = _letters_of(piece)
    if not len(starts):
        return []
    gaps = starts[1:] - ends[:-1]
    wide = max(_BLANK * letter, _WIDER * float(np.median(gaps)) if len(gaps) else 0.0)
    found = [(int(starts[0]), int(ends[0]))]
    for gap, start, end in zip(gaps, starts[1:], ends[1:], strict=True):
        if gap >= wide:
            found.append((int(start), int(end)))
        else:
            found[-1] = (found[-1][0], int(end))
    return found


def height(piece: Piece) -> float:
    """Pixels that a usual letter of the piece is high."""
    return _letters_of(piece)[2]


def _letters_of(piece: Piece) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], float]:
    """First columns and last ones (past the end) of what stands apart, and how high most of it is."""
    ink = piece < _INK
    there = np.flatnonzero(ink.any(axis=0))
    if not len(there):
        return there, there, 0.0
    breaks = np.flatnonzero(np.diff(there) > 1)
    starts, ends = there[[0, *(breaks + 1)]], there[[*breaks, len(there) - 1]] + 1
    heights = np.array(
        [np.ptp(np.flatnonzero(ink[:, a:b].any(axis=1))) + 1 for a, b in zip(starts, ends, strict=True)]
    )
    return starts, ends, float(np.median(heights[heights >= _LETTER * heights.max()]))
