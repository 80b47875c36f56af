"""Owns the piece of a text that shows why it was found: where the words that were asked for stand closest.

The database would do it (ts_headline), by reading each text word by word once more: nine tenths of a search.
"""

from __future__ import annotations

import re

_AROUND = 70  # characters before and behind
_TOGETHER = 200  # characters between the first and the last word, of what is shown in one piece
_PLACES = 400  # of words in one text that are looked at
_LEXEME = re.compile(r"(!)?'((?:[^']|'')+)'")


def lexemes(query: str) -> list[str]:
    """The words that a tsquery, as text, asks for; not those that it excludes."""
    found = (match[2].replace("''", "'") for match in _LEXEME.finditer(query) if not match[1])
    return [word.replace("\\\\", "\\") for word in dict.fromkeys(found)]


def cut(text: str, wanted: list[str]) -> str:
    """One or two pieces of the text around the words; its beginning if none of them stands there as it is."""
    places = _places(text, wanted)
    if not places:
        return _piece(text, 0, 0)
    first, last = _closest(places)
    if last - first <= _TOGETHER:
        return _piece(text, first, last)
    return f"{_piece(text, first, first)} … {_piece(text, last, last)}"


def _places(text: str, wanted: list[str]) -> list[tuple[int, int]]:
    """(where, which word) in order. A stem stands at the beginning of its word; "verifi" comes of "verify"."""
    if not wanted:
        return []
    stems = [re.escape(word[:-1] if len(word) > 3 and word.endswith("i") else word) for word in wanted]
    expression = re.compile(r"(?<!\w)(?:" + "|".join(f"({stem})" for stem in stems) + ")", re.IGNORECASE)
    places = []
    for match in expression.finditer(text):
        assert match.lastindex is not None
        places.append((match.start(), match.lastindex))
        if len(places) == _PLACES:
            break
    return places


def _closest(places: list[tuple[int, int]]) -> tuple[int, int]:
    """The first and the last of the places, closest to each other, that have every word that there is."""
    kinds = len({which for _, which in places})
    best = (places[0][0], places[-1][0])
    inside: dict[int, int] = {}
    start = 0
    for at, which in places:
        inside[which] = inside.get(which, 0) + 1
        while len(inside) == kinds:
            first, gone = places[start]
            if at - first < best[1] - best[0] or kinds == 1:
                best = (first, at)
            if kinds == 1:
                return best
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            start += 1
    return best


def _piece(text: str, first: int, last: int) -> str:
    start, end = max(0, first - _AROUND), min(len(text), last + _AROUND)
    # Not from the middle of a word to the middle of another, if there are blanks.
    if start and (blank := _blank(text, start, first)) >= 0:
        start = blank
    if end < len(text) and (blank := text.rfind(" ", last, end)) > 0:
        end = blank
    return " ".join(text[start:end].split())


def _blank(text: str, start: int, end: int) -> int:
    found = re.compile(r"\s").search(text, start, end)
    return found.end() if found else -1
