"""Owns trigrams: the numbers that stand for each three characters of a text, and what a pattern needs of them.

The index holds the trigrams of the case-folded text. A pattern's literal parts say which trigrams every match
must have; what is not understood needs nothing, so that the index may offer too much and never too little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

_MULTIPLIERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
_ALTERNATIVES = 24  # of one pattern that are followed
_DEPTH = 40  # groups within groups
_LITERAL = 400  # characters of a literal that are looked up
_FLAGS = re.compile(r"\(\?[imsU]+\)")


def of_text(text: str) -> list[int]:
    """The trigrams of a text as numbers, each once, ascending. A line's end is a character like others."""
    codes = np.frombuffer(text.casefold().encode("utf-32-le", "replace"), "<u4").astype(np.uint64)
    if len(codes) < 3:
        return []
    with np.errstate(over="ignore"):
        mixed = (
            codes[:-2] * np.uint64(_MULTIPLIERS[0])
            ^ codes[1:-1] * np.uint64(_MULTIPLIERS[1])
            ^ codes[2:] * np.uint64(_MULTIPLIERS[2])
        )
    # 31 bits: a positive integer of the database. Two trigrams of one number only cost a look at a page.
    folded = ((mixed >> np.uint64(16)) & np.uint64(0x7FFFFFFF)).astype(np.int64)
    return [int(one) for one in np.unique(folded)]


# --- what a pattern needs -----------------------------------------------------------------------------

Need = tuple[frozenset[str], ...]  # alternatives; each is a set of literals that all must be there


@dataclass(slots=True)
class _Pattern:
    text: str
    at: int = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        sign = self.peek()
        self.at += 1
        return sign


class _Unclear(Exception):
    """Something whose meaning is not known for sure."""


def needed(pattern: str, *, literal: bool) -> list[list[int]] | None:
    """Alternatives of trigrams that a page must have to hold a match; None if it may be any page."""
    if literal:
        grams = of_text(pattern[:_LITERAL])
        return [grams] if grams else None
    try:
        flags = _FLAGS.match(pattern)
        source = _Pattern(pattern, flags.end() if flags else 0)
        need = _alternatives(source, 0)
        if source.at < len(pattern):
            raise _Unclear
    except _Unclear:
        return None
    found = []
    for literals in need:
        grams = sorted({gram for text in literals for gram in of_text(text[:_LITERAL])})
        if not grams:
            return None
        found.append(grams)
    return found


def _alternatives(source: _Pattern, depth: int) -> Need:
    if depth > _DEPTH:
        raise _Unclear
    found = list(_sequence(source, depth))
    while source.peek() == "|":
        source.take()
        found += _sequence(source, depth)
        if len(found) > _ALTERNATIVES:
            raise _Unclear
    return tuple(found)


def _sequence(source: _Pattern, depth: int) -> Need:
    """Literal runs and groups one after the other: everything in them is needed."""
    need: Need = (frozenset(),)
    run = ""
    while source.peek() not in ("", "|", ")"):
        piece = _piece(source, depth)
        optional, repeated = _repetition(source)
        if isinstance(piece, str) and not optional and not repeated:
            run += piece
            continue
        if isinstance(piece, str) and piece and not optional:
            # "ab+": the b belongs to what is before it, and what comes after begins anew.
            need = _both(need, _literal(run + piece))
            run = ""
            continue
        need = _both(need, _literal(run))
        run = ""
        if isinstance(piece, tuple) and not optional:
            need = _both(need, piece)
    return _both(need, _literal(run))


def _literal(run: str) -> Need:
    return (frozenset([run]) if len(run) >= 3 else frozenset(),)


def _both(one: Need, two: Need) -> Need:
    found = tuple({left | right for left in one for right in two})
    if len(found) > _ALTERNATIVES:
        raise _Unclear
    return found


def _piece(source: _Pattern, depth: int) -> str | Need:
    """A literal character, what a group needs, or "" for what may be many characters or none."""
    sign = source.take()
    if sign == "\\":
        return _escape(source)
    if sign == "[":
        _skip_class(source)
        return (frozenset(),)
    if sign == "(":
        return _group(source, depth)
    if sign in ".^$":
        return (frozenset(),)
    if sign in "*+?{":
        raise _Unclear
    return sign


def _escape(source: _Pattern) -> str | Need:
    sign = source.take()
    if sign in "dDsSwWbB":
        return (frozenset(),)
    if sign and not sign.isalnum() and sign.isascii():
        return sign
    if sign in "nrt":
        return {"n": "\n", "r": "\r", "t": "\t"}[sign]
    raise _Unclear  # \Q, \p, \x, \A, ...: rare enough to look at every page


def _skip_class(source: _Pattern) -> None:
    if source.peek() == "^":
        source.take()
    first = True
    while True:
        sign = source.take()
        if not sign:
            raise _Unclear
        if sign == "\\":
            source.take()
        elif sign == "[" and source.peek() == ":":
            raise _Unclear
        elif sign == "]" and not first:
            return
        first = False


def _group(source: _Pattern, depth: int) -> Need:
    if source.peek() == "?":
        source.take()
        name = re.compile(r"P?<[A-Za-z_]\w*>|:|[ims]*:").match(source.text, source.at)
        if name is None:
            raise _Unclear  # flags for the rest, look-around (which RE2 refuses anyway)
        source.at = name.end()
    need = _alternatives(source, depth + 1)
    if source.take() != ")":
        raise _Unclear
    return need


def _repetition(source: _Pattern) -> tuple[bool, bool]:
    """Whether what came before may be missing, and whether it may be there more than once."""
    sign = source.peek()
    if sign not in ("*", "+", "?", "{"):
        return False, False
    if sign == "{":
        found = re.compile(r"\{(\d+)(,(\d*))?\}").match(source.text, source.at)
        if found is None:
            return False, False  # a brace that is only a brace: the next piece is unclear, and says so
        source.at = found.end()
        optional = int(found[1]) == 0
    else:
        source.take()
        optional = sign in "*?"
    if source.peek() in ("?", "+") and source.take() == "+":
        raise _Unclear
    if source.peek() in ("*", "{"):
        raise _Unclear
    return optional, True
