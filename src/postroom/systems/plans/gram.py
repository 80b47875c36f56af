"""Owns trigrams: the numbers that stand for each three characters of a text, and what a pattern needs of them.

The index holds the trigrams of the case-folded text. A pattern's literal parts say which trigrams every match
must have; what is not understood needs nothing, so that the index may offer too much and never too little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MULTIPLIERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
_ALTERNATIVES = 24  # of one pattern that are followed
_DEPTH = 40  # groups within groups
_LITERAL = 400  # characters of a literal that are looked up
_ENOUGH = 24  # trigrams of one alternative
_LISTED = 8  # characters of a class that are followed
_FLAGS = re.compile(r"\(\?[imsU]+\)")


def of_text(text: str) -> list[int]:
    """The trigrams of a text as numbers, each once, ascending. A line's end is a character like others."""
    codes = [*map(ord, text.casefold())]
    one, two, three = MULTIPLIERS
    # 31 bits: a positive integer of the database. Two trigrams of one number only cost a look at a page.
    return sorted(
        {
            (a * one ^ b * two ^ c * three) >> 16 & 0x7FFFFFFF
            for a, b, c in set(zip(codes, codes[1:], codes[2:], strict=False))
        }
    )


# --- what a pattern needs -----------------------------------------------------------------------------

Need = tuple[frozenset[str], ...]  # alternatives; each is a set of literals that all must be there
_ANY: Need = (frozenset(),)
_NOTHING = frozenset([""])  # the texts that something without characters of its own matches


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of a pattern matches: `exact`, all the texts there are, or else what each of them holds."""

    exact: frozenset[str] | None = None
    need: Need = _ANY

    def needs(self) -> Need:
        return self.need if self.exact is None else tuple(map(_literal, self.exact))


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
        return [_some(grams)] if grams else None
    try:
        flags = _FLAGS.match(pattern)
        source = _Pattern(pattern, flags.end() if flags else 0)
        need = _alternatives(source, 0).needs()
        if source.at < len(pattern):
            raise _Unclear
    except _Unclear:
        return None
    found: list[list[int]] = []
    given = ({gram for text in literals for gram in of_text(text[:_LITERAL])} for literals in need)
    for held in sorted(given, key=len):
        if not held:
            return None
        if not any(held.issuperset(other) for other in found):
            found.append(sorted(held))
    return [_some(grams) for grams in found]


def _some(grams: list[int]) -> list[int]:
    """So many that they tell pages apart: each more is one more list for the database to read."""
    step = -(-len(grams) // _ENOUGH)
    return grams[::step]


def _alternatives(source: _Pattern, depth: int) -> _Part:
    if depth > _DEPTH:
        raise _Unclear
    parts = [_sequence(source, depth)]
    while source.peek() == "|":
        source.take()
        parts.append(_sequence(source, depth))
        if len(parts) > _ALTERNATIVES:
            raise _Unclear
    if len(parts) == 1:
        return parts[0]
    texts: set[str] = set()
    for part in parts:
        texts |= part.exact or frozenset()
    if all(part.exact is not None for part in parts) and len(texts) <= _ALTERNATIVES:
        return _Part(frozenset(texts))
    need = {need for part in parts for need in part.needs()}
    return _Part(None, _ANY if _ANY[0] in need or len(need) > _ALTERNATIVES else tuple(need))


def _sequence(source: _Pattern, depth: int) -> _Part:
    """Texts and groups one after the other: everything in them is needed."""
    need = _ANY
    runs = _NOTHING  # what may stand just before the next piece, as far as it is known
    exact = True  # whether runs are all that there has been
    while source.peek() not in ("", "|", ")"):
        piece = _piece(source, depth)
        optional, repeated = _repetition(source)
        known = piece.exact
        if known is not None and optional and not repeated:
            known = known | _NOTHING
        if known is None or (optional and repeated):
            need, runs, exact = _both(need, tuple(map(_literal, runs))), _NOTHING, False
            if not optional:
                need = _both(need, piece.needs())
            continue
        if len(runs) * len(known) <= _ALTERNATIVES:
            runs = frozenset(before + text for before in runs for text in known)
        else:
            need, runs, exact = _both(need, tuple(map(_literal, runs))), known, False
        if repeated and known != _NOTHING:
            # "ab+c": "ab" is there, and "bc".
            need, runs, exact = _both(need, tuple(map(_literal, runs))), known, False
    if exact:
        return _Part(runs)
    return _Part(None, _both(need, tuple(map(_literal, runs))))


def _literal(run: str) -> frozenset[str]:
    return frozenset([run]) if len(run) >= 3 else frozenset()


def _both(one: Need, two: Need) -> Need:
    """What has what both need. If that would be too many alternatives, what one of them needs."""
    if _ANY[0] in one or _ANY[0] in two:
        return two if _ANY[0] in one else one
    both = {left | right for left in one for right in two}
    return tuple(both) if len(both) <= _ALTERNATIVES else min(one, two, key=len)


def _piece(source: _Pattern, depth: int) -> _Part:
    sign = source.take()
    if sign == "\\":
        return _escape(source)
    if sign == "[":
        return _class(source)
    if sign == "(":
        return _group(source, depth)
    if sign in "^$":
        return _Part(_NOTHING)
    if sign == ".":
        return _Part()
    if sign in "*+?{":
        raise _Unclear
    return _Part(frozenset([sign]))


def _escape(source: _Pattern) -> _Part:
    sign = source.take()
    if sign in "bB" and sign:
        return _Part(_NOTHING)
    if sign in "dDsSwW" and sign:
        return _Part()
    if sign and not sign.isalnum() and sign.isascii():
        return _Part(frozenset([sign]))
    if sign in "nrt" and sign:
        return _Part(frozenset([{"n": "\n", "r": "\r", "t": "\t"}[sign]]))
    raise _Unclear  # \Q, \p, \x, \A, ...: rare enough to look at every page


def _class(source: _Pattern) -> _Part:
    """Its characters, if they are few and simply listed, as in [12] or [1-3]."""
    negated = source.peek() == "^"
    if negated:
        source.take()
    signs: list[str] = []
    simple, first = not negated, True
    while True:
        sign = source.take()
        if not sign:
            raise _Unclear
        if sign == "]" and not first:
            break
        if sign == "[" and source.peek() == ":":
            raise _Unclear
        if sign == "\\":
            source.take()
            simple = False
        signs.append(sign)
        first = False
    listed = _listed(signs) if simple else None
    return _Part(listed if listed and len(listed) <= _LISTED else None)


def _listed(signs: list[str]) -> frozenset[str] | None:
    found: set[str] = set()
    at = 0
    while at < len(signs):
        if at + 2 < len(signs) and signs[at + 1] == "-":
            first, last = ord(signs[at]), ord(signs[at + 2])
            if last - first > _LISTED:
                return None
            found |= set(map(chr, range(first, last + 1)))
            at += 3
        else:
            found.add(signs[at])
            at += 1
    return frozenset(found)


def _group(source: _Pattern, depth: int) -> _Part:
    if source.peek() == "?":
        source.take()
        name = re.compile(r"P?<[A-Za-z_]\w*>|:|[ims]*:").match(source.text, source.at)
        if name is None:
            raise _Unclear  # flags for the rest, look-around (which RE2 refuses anyway)
        source.at = name.end()
    part = _alternatives(source, depth + 1)
    if source.take() != ")":
        raise _Unclear
    return part


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
        repeated = found[0] not in ("{0,1}", "{1}", "{1,1}")
    else:
        source.take()
        optional, repeated = sign in "*?", sign != "?"
    if source.peek() in ("?", "+") and source.take() == "+":
        raise _Unclear
    if source.peek() in ("*", "{"):
        raise _Unclear
    return optional, repeated
