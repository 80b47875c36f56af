"""Owns further opinions on a policy number of a scan: letters and digits without a word in them, which a recogniser
believes least of all that it reads, and mostly reads well.

What stands there is shown several times, in other sizes, and only signs of numbers may be read. If nearly all
readings say the same the number is known; blanks that the readings do not see are none for sure. Refuses to know
how a picture is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from postroom.readers.word import Word
from postroom.systems.certificates.read import doubt

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/. "  # policy numbers are written in capitals
# Times its size that a number is shown in, and whether in thicker strokes.
SHOWN = ((0.75, False), (1.4, False), (2.0, False), (1.0, True))
_AGREED = 4  # of the first reading and these four, that make a number known
_SEEN = 0.75  # share of the readings that see a blank, from which there is one
_TWINS = frozenset("ckopsuvwxz")  # small letters that differ from their capitals by nothing but their size

Shown = Callable[[float, bool], str]


def settled(words: Sequence[Word], other: str, shown: Shown) -> list[Word]:
    """The words of one number, believed or doubted by what other readings say. other: of the first look at the page.

    shown: reads it once more, in this size and perhaps thicker.
    """
    if not _is_asked(words, other):
        return list(words)
    said = doubt.plain(words)
    readings, best = _agreed(said, other, shown)
    if best is None or not _is_twin(said, best):
        return [doubt.doubted(word) if word.confidence < doubt.NUMBERED else word for word in words]
    agreeing = [reading for reading in readings if doubt.letters(reading) == best]
    blanks = [_blanks(reading) for reading in agreeing]
    mine = _blanks(" ".join(word.text for word in words))
    unseen = any(sum(place in each for each in blanks) < _SEEN * len(blanks) for place in mine)
    missed = set.intersection(_blanks(other), *blanks) - mine
    if unseen or missed:
        return [doubt.doubted(word) for word in words]
    return _written(words, best)


def _agreed(said: str, other: str, shown: Shown) -> tuple[list[str], str | None]:
    """As many readings as it takes to know whether enough agree, and on what. said: by the first one."""
    readings: list[str] = []
    votes = Counter([said])
    for scale, thick in SHOWN:
        readings.append(shown(scale, thick))
        votes[doubt.letters(readings[-1])] += 1
        best, count = votes.most_common(1)[0]
        # If the first look saw another sign, either may be right, unless all these agree.
        wanted = 1 + len(SHOWN) if _is_nearly(other, best) else _AGREED
        if count >= wanted:
            return readings, best
        if count + len(SHOWN) - len(readings) < wanted:
            break
    return readings, None


def _is_asked(words: Sequence[Word], other: str) -> bool:
    """Whether anything is doubtful: a word, a sign, or a blank."""
    text = " ".join(word.text for word in words)
    unsure = any(word.confidence < doubt.NUMBERED for word in words) or doubt.is_odd(text)
    return bool(words) and (unsure or len(words) > 1 or bool(_blanks(other)))


def _is_twin(said: str, best: str) -> bool:
    """Whether what was read with all signs allowed is the same, but for capitals that look like small letters."""
    return len(said) == len(best) and all(
        one == two or (one in _TWINS and one.upper() == two) for one, two in zip(said, best, strict=True)
    )


def _is_nearly(other: str, best: str) -> bool:
    """Whether the first look says the same but for one sign: either of both may be right."""
    seen = doubt.letters(other).upper()
    return len(seen) == len(best) and sum(one != two for one, two in zip(seen, best, strict=True)) == 1


def _blanks(text: str) -> set[int]:
    """How many letters stand before each blank."""
    found, count = set(), 0
    for part in text.split()[:-1]:
        count += len(doubt.letters(part))
        found.add(count)
    return found - {0}


def _written(words: Sequence[Word], best: str) -> list[Word]:
    """The same words, known now, in the capitals that the readings agree on."""
    signs, found = iter(best), []
    for word in words:
        text = "".join(next(signs) if doubt.letters(sign) else sign for sign in word.text)
        found.append(replace(word, text=text, confidence=max(word.confidence, doubt.NUMBERED)))
    return found
