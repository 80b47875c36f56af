"""Owns what is noted of a page for the reading of its title block: candidates, not decisions.

Written per page while pages are processed, read again when the job finishes and the whole set is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from postroom.readers.word import Box, PageWords, Word
from postroom.systems.plans.read import number, revision, title
from postroom.systems.plans.read.line import Block, Line, blocks, lines
from postroom.systems.plans.stage import Edges

_LINES = 140  # lines of a page that are kept, those near an edge and large ones first
_TEXT = 160  # characters of a line
_DOUBT = 0.9  # how sure a label must be that what another label calls something else is a sheet's number
_NUMBER_TEXT = 32  # characters of a text that may be a number
_BARE, _BARE_TEXT = 6, 4  # numbers without letters or label that are noted; characters of one
_EDGE = 0.12  # share of the page, from each edge, in which they are looked for
_BAND = 0.30  # share of the page, from each edge, in which title blocks are looked for


@dataclass(frozen=True, slots=True)
class Note:
    """A block of text. size: points. lines: how many. frame: its box in shares of its own frame's page."""

    text: str
    box: Edges
    size: float
    angle: int
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be the sheet's number. alone: nothing else stands in its line. quality: of its form."""

    text: str
    prefix: str
    quality: float
    box: Edges
    size: float
    angle: int
    alone: bool
    label: float  # 1: a label such as "SHEET NO." stands right beside it; 0: none; less: one that says another thing

    @property
    def bare(self) -> bool:
        """Digits and nothing that calls them a number."""
        return not self.prefix and self.label == 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """mirrored: candidates and notes are placed as on the other side of the page, where they can be read."""

    page: int
    width: float
    height: float
    source: str
    words: int
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[Note, ...] = ()
    callouts: tuple[str, ...] = ()
    revision: str | None = None
    issued: str | None = None
    revision_box: Edges | None = None
    issued_box: Edges | None = None
    mirrored: bool = False

    def dump(self) -> dict[str, Any]:
        return {
            "page": self.page,
            "size": [round(self.width, 1), round(self.height, 1)],
            "source": self.source,
            "words": self.words,
            "candidates": [
                [c.text, c.prefix, c.quality, c.box, c.size, c.angle, c.alone, c.label]
                for c in self.candidates
            ],
            "notes": [[n.text, n.box, n.size, n.angle, n.lines] for n in self.notes],
            "callouts": list(self.callouts),
            "revision": [self.revision, self.revision_box],
            "issued": [self.issued, self.issued_box],
            "mirrored": self.mirrored,
        }

    @classmethod
    def load(cls, value: dict[str, Any]) -> Evidence:
        return cls(
            value["page"],
            value["size"][0],
            value["size"][1],
            value["source"],
            value["words"],
            tuple(
                Candidate(c[0], c[1], c[2], _edges(c[3]), c[4], c[5], c[6], c[7]) for c in value["candidates"]
            ),
            tuple(Note(n[0], _edges(n[1]), n[2], n[3], n[4]) for n in value["notes"]),
            tuple(value["callouts"]),
            value["revision"][0],
            value["issued"][0],
            _edges(value["revision"][1]) if value["revision"][1] else None,
            _edges(value["issued"][1]) if value["issued"][1] else None,
            value.get("mirrored", False),
        )

    def displayed(self, box: Edges | None) -> Edges | None:
        """Where a candidate or note is seen on the page."""
        if box is None or not self.mirrored:
            return box
        left, top, right, bottom = box
        return round(1 - right, 4), top, round(1 - left, 4), bottom


def _edges(value: Sequence[float]) -> Edges:
    left, top, right, bottom = value
    return (left, top, right, bottom)


NUMBER_LABEL = re.compile(
    r"(?:(?:SHEET|DRAWING|DWG|DRG|PLAN|PAGE|BLATT|ZEICHNUNGS?|TEKENING|TEGNINGS?|RITNINGS?|PLANCHE|PLANO|TAVOLA)[-.\s]*"
    r"(?:NO|NR|NUMBER|NUMMER|NUM|NBR|N°|Nº|#|ID(?![A-Z0-9]))\.?"
    r"|N[°º]\s*(?:DE|DU)?\s*PLAN|SHEET|BLATT|DWG\.?|DRAWING|NO\.?|NUMBER)\s*[:.#]?",
    re.I,
)
# What stands beside one of these may look like a sheet's number and is another.
_OTHER_LABEL = re.compile(
    r"(?:PROJE[CK]T|JOB|COMMISSION|CONTRACT|PERMIT|FILE|CLIENT|LICEN[CS]E|MODEL)[-.\s]*(?:NO|NR|NUMBER|NUMMER|N°|#|ID)\.?\s*[:.#]?",
    re.I,
)
_OF = re.compile(
    r"\s+(?:OF\s+\d{1,4}|(?:REV\.?|R)\s?[A-Z0-9]{1,2})$", re.I
)  # behind a number: how many, which
_DIGIT = re.compile(r"\d")
_CALLOUT = re.compile(r"\b(?:\d{1,2}|[A-Z])\s?/\s?([A-Z]{1,3}-?\d{1,3}(?:\.\d{1,2})?)\b")


def note(page: int, read: PageWords, printed: Sequence[Line] | None = None) -> Evidence:
    """Everything on the page that the reading of its title block may want to know. printed: its lines."""
    mirrored = read.mirrored
    if mirrored:
        read, printed = read.turned_over(), None
    found = list(printed if printed is not None else lines(read))
    misread = read.source == "ocr"
    candidates: list[Candidate] = []
    labels = [line for line in found if NUMBER_LABEL.fullmatch(line.text)]
    others = [line for line in found if _OTHER_LABEL.fullmatch(line.text)]
    for line in found:
        if _DIGIT.search(line.text):  # what has none is no number, however it is read
            candidates += _candidates(line, labels, others, read, misread)
    candidates += _bare(found, read)
    kept = _kept(blocks(found), read)
    said = revision.find(found, read.width, read.height)
    seen = {match[1] for line in found if "/" in line.text for match in _CALLOUT.finditer(line.text.upper())}
    made = Evidence(
        page,
        read.width,
        read.height,
        read.source,
        len(read.words),
        tuple(sorted(candidates, key=lambda c: (-c.label, -c.alone * c.size))[:60]),
        tuple(_note(block, box) for block, box in kept),
        tuple(sorted(seen)[:50]),
        said.revision,
        said.date,
        share(said.revision_box, read) if said.revision_box else None,
        share(said.date_box, read) if said.date_box else None,
        mirrored,
    )
    boxes = made.displayed(made.revision_box), made.displayed(made.issued_box)
    return replace(made, revision_box=boxes[0], issued_box=boxes[1]) if mirrored else made


def share(box: Box, read: PageWords) -> Edges:
    """A box in shares of the page, within it."""
    left, top, right, bottom = (
        box.left / read.width,
        box.top / read.height,
        box.right / read.width,
        box.bottom / read.height,
    )
    if left >= 0 and top >= 0 and right <= 1 and bottom <= 1:  # nearly always
        return round(left, 4), round(top, 4), round(right, 4), round(bottom, 4)
    return (
        round(min(1.0, max(0.0, left)), 4),
        round(min(1.0, max(0.0, top)), 4),
        round(min(1.0, max(0.0, right)), 4),
        round(min(1.0, max(0.0, bottom)), 4),
    )


def _note(block: Block, box: Edges) -> Note:
    # Lines stay lines: some of a block may be on every sheet, and others not.
    return Note(
        "\n".join(line.text for line in block.lines)[:_TEXT],
        box,
        round(block.size, 2),
        block.angle,
        len(block.lines),
    )


def _kept(found: list[Block], read: PageWords) -> list[tuple[Block, Edges]]:
    """Those that are kept, with their boxes in shares of the page."""

    def rank(given: tuple[Block, Edges]) -> float:
        block, (left, top, right, bottom) = given
        x, y = (left + right) / 2, (top + bottom) / 2
        near = min(x, y, 1 - x, 1 - y) < _BAND
        corner = max(x, y) > 1 - _BAND
        return block.size * (4.0 if corner else 2.0 if near else 1.0)

    letters = [(block, share(block.box, read)) for block in found if sum(map(str.isalpha, block.text)) >= 2]
    return sorted(letters, key=rank, reverse=True)[:_LINES]


def _candidates(
    line: Line, labels: list[Line], others: list[Line], read: PageWords, misread: bool
) -> list[Candidate]:
    """The number that a line is, that stands behind a label in it, or that one of its words is."""
    whole = line.text.strip()
    inline = NUMBER_LABEL.match(whole)
    rest = _OF.sub("", whole[inline.end() :].strip(" :.#")) if inline else ""
    if rest and (told := number.parse(rest, misread=misread) or number.plain(rest)):
        words = [word for word in line.words if word.text.strip(" :.#()[]").endswith(rest)]
        return [_candidate(told, line, words or line.words[-1:], read, alone=True, label=1.0)]
    if len(whole) <= _NUMBER_TEXT and (told := number.parse(_OF.sub("", whole), misread=misread)):
        label = _labelled(line, labels)
        if label < _DOUBT and others:
            label = min(label, -_labelled(line, others))
        return [_candidate(told, line, line.words, read, alone=True, label=label)]
    if len(whole) <= 6 and (told := number.plain(whole)) and (label := _labelled(line, labels)) > 0.5:
        return [_candidate(told, line, line.words, read, alone=True, label=label)]
    found = []
    if len(line.words) > 1 and (told := number.parse(line.words[0].text)) and title.likely(_after(line)) >= 1:
        # Number and title in one line.
        return [_candidate(told, line, line.words[:1], read, alone=True, label=0.0)]
    for word in line.words:
        if (
            len(word.text) <= _NUMBER_TEXT
            and number.LIKE.match(word.text)
            and (told := number.parse(word.text))
        ):
            found.append(_candidate(told, line, (word,), read, alone=False, label=0.0))
    return found[:3]


def _after(line: Line) -> str:
    return " ".join(word.text for word in line.words[1:]).strip(" -–:")


def _bare(found: Sequence[Line], read: PageWords) -> list[Candidate]:
    """The largest numbers of nothing but digits near an edge: the sheet's, if other sheets have others there."""
    there = [
        (line, told)
        for line in found
        if len(line.text) <= _BARE_TEXT
        and line.text[0].isdigit()
        and (told := number.plain(line.text, quality=0.0))
    ]
    near = [(line, told) for line, told in there if _is_near(line.box, read)]
    largest = sorted(near, key=lambda one: -one[0].size)[:_BARE]
    return [_candidate(told, line, line.words, read, alone=True, label=0.0) for line, told in largest]


def _is_near(box: Box, read: PageWords) -> bool:
    x, y = (box.left + box.right) / 2 / read.width, (box.top + box.bottom) / 2 / read.height
    return min(x, y, 1 - x, 1 - y) < _EDGE


def _candidate(
    told: number.Number, line: Line, words: Sequence[Word], read: PageWords, *, alone: bool, label: float
) -> Candidate:
    box = line.box if len(words) == len(line.words) and label < 1.0 else words[0].box
    return Candidate(
        told.text,
        told.prefix,
        told.quality,
        share(box, read),
        round(line.size, 2),
        line.angle,
        alone,
        round(label, 2),
    )


def _labelled(line: Line, labels: list[Line]) -> float:
    """How surely a label belongs to the line: right above it or before it, or below it, and smaller."""
    best = 0.0
    for label in labels:
        if label.angle != line.angle or label is line or label.size > 1.3 * line.size:
            continue
        size = max(line.size, label.size)
        above = line.frame.top - label.frame.bottom
        before = line.frame.left - label.frame.right
        wide = min(line.frame.right, label.frame.right + 2 * size) - max(
            line.frame.left, label.frame.left - 2 * size
        )
        high = min(line.frame.bottom, label.frame.bottom) - max(line.frame.top, label.frame.top)
        specific = 1.0 if len(label.text.strip(" :.#")) > 6 or "." in label.text or "#" in label.text else 0.8
        if -0.6 * size < above < 2.5 * size and wide > 0:
            best = max(best, specific * (1.0 - 0.15 * max(0.0, above) / size))
        elif -0.2 * size < before < 8 * size and high > 0:
            best = max(best, specific * (0.9 if before < 4 * size else 0.6))  # the cell beside it
        elif -0.2 * size < label.frame.top - line.frame.bottom < 1.2 * size and wide > 0:
            best = max(best, specific * 0.6)  # below: rare, and as often the label of the next cell
    return best
