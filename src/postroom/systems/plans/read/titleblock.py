"""Owns the decision which number and title a sheet has, made over the whole set.

Call-outs to other sheets are as good numbers as the sheet's own, and more frequent. What tells them apart:
a label, size, a corner of the page, and repetition: in the place of the title block every sheet of a set has
a number, each another one. What is the same on every sheet there is the project, the firm, a label: no title.
Two passes, so that a set of 10,000 sheets needs no memory for them: `see` every page, then `read` each.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from postroom.readers.word import Box
from postroom.systems.plans.read import title
from postroom.systems.plans.read.evidence import Candidate, Evidence, Note
from postroom.systems.plans.read.line import framed
from postroom.systems.plans.stage import Edges

# Shares of the page: how far across and down the numbers of two sheets may be from the same place.
_CELL, _ROW = 0.025, 0.0125
_LEAST = 2.3  # score from which a candidate is believed to be the number
_CLOSE = 1.2  # score by which another candidate may be behind, to be taken where two sheets claim one number
_PLACED = (
    1.6  # what repetition must say for digits alone to be taken for a number: most sheets have others there
)
_CHANGING = 1.6  # what it counts for a title that sheets have different texts in its place
_MOST, _TEXTS = (
    0.6,
    64,
)  # share of the sheets that must have one there; different ones of a place that are counted
_SIZES = 1.3  # ratio of text sizes that are told apart
# Where the first line of a block begins and where its last one does, by the way it reads: which edges of its box.
_BEGINNINGS = {0: ((0, 1), (0, 3)), 90: ((2, 1), (0, 1)), 180: ((2, 3), (2, 1)), 270: ((0, 3), (2, 3))}
_LISTED, _ROWS = 3, 4  # so many numbers of one page within so many rows are a list
_STATIC = 0.6  # share of the sheets on which a text must be repeated to be no title


_Place = tuple[tuple[int, int, int], str]  # a cell of the page, and a number in it


_Anchor = tuple[int, int, int, int, int]  # which point of a block, its cell, the block's direction and size


@dataclass(slots=True)
class _Slot:
    """What blocks say that have one point in one cell. pages: how many have one; texts: those that differ, some."""

    pages: int = 0
    texts: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate and how much speaks for it."""

    score: float
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Reading:
    """What the title block of a page says. confidence: 0..1, of the number. boxes: shares of the page."""

    number: str | None = None
    title: str | None = None
    confidence: float = 0.0
    number_box: Edges | None = None
    title_box: Edges | None = None
    title_confidence: float = 0.0


@dataclass(slots=True)
class Titleblocks:
    """The title blocks of one set."""

    pages: int = 0
    _texts: Counter[str] = field(default_factory=Counter)
    _slots: dict[tuple[int, int, int], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _titles: dict[_Anchor, _Slot] = field(default_factory=lambda: defaultdict(_Slot))
    _tops: dict[tuple[str, int], list[Choice]] = field(default_factory=dict)
    _taken: dict[tuple[str, int], Choice | None] = field(default_factory=dict)
    _settled: bool = False

    # --- first pass

    def see(self, evidence: Evidence) -> None:
        """Count what repeats."""
        self.pages += 1
        self._texts.update({line for note in evidence.notes for line in title.parts(note.text)})
        for cell, text in _single(evidence):
            self._slots[cell][text] += 1
        for anchor, said in {
            anchor: note.text for note in evidence.notes for anchor in _anchors(note)
        }.items():
            slot = self._titles[anchor]
            slot.pages += 1
            if len(slot.texts) < _TEXTS:
                slot.texts.add(hash(title.normal(said)))

    # --- second pass

    def rank(self, document: str, evidence: Evidence) -> None:
        """The best candidates of one page, once everything has been seen."""
        largest = max((one.size for one in evidence.candidates if one.alone and not one.bare), default=None)
        usual = _median([note.size for note in evidence.notes])
        single = _single(evidence) if self.pages > 1 else set()
        choices = sorted(
            (
                Choice(self._score(candidate, evidence, largest or candidate.size, usual, single), candidate)
                for candidate in evidence.candidates
            ),
            key=lambda choice: -choice.score,
        )
        good = [choice for choice in choices if choice.score >= _LEAST]
        self._tops[(document, evidence.page)] = good[:4]

    def settle(self) -> None:
        """Where several sheets claim one number, one keeps it, and the others take another one if they have it."""
        claims: dict[str, list[tuple[float, tuple[str, int]]]] = defaultdict(list)
        for page, choices in self._tops.items():
            if choices:
                claims[choices[0].candidate.text].append((choices[0].score, page))
            self._taken[page] = choices[0] if choices else None
        for pages in claims.values():
            others = {page: self._other(page, claims) for _, page in pages}
            # Whoever has no other number keeps this one; among equals the strongest claim does.
            _, *rest = sorted(pages, key=lambda claim: (others[claim[1]] is not None, -claim[0], claim[1]))
            for _, page in rest:
                self._taken[page] = others[page] or self._taken[page]
        self._settled = True

    def _other(
        self, page: tuple[str, int], claims: dict[str, list[tuple[float, tuple[str, int]]]]
    ) -> Choice | None:
        best, *rest = self._tops[page]
        return next(
            (one for one in rest if one.candidate.text not in claims and best.score - one.score < _CLOSE),
            None,
        )

    def read(self, document: str, evidence: Evidence) -> Reading:
        """Number and title of one page."""
        if not self._settled:
            self.settle()
        choice = self._taken.get((document, evidence.page))
        if choice is None:
            return Reading()
        tops = self._tops[(document, evidence.page)]
        others = [top.score for top in tops if top.candidate.text != choice.candidate.text]
        margin = choice.score - max(others, default=_LEAST - 1.0)
        confidence = 1 / (1 + math.exp(-(choice.score - 3.2) - 0.6 * min(margin, 3.0)))
        chosen = self._title(evidence, choice.candidate)
        number = choice.candidate
        if chosen is None:
            return Reading(number.text, None, round(confidence, 3), evidence.displayed(number.box))
        text, box, score = chosen
        return Reading(
            number.text,
            text,
            round(confidence, 3),
            evidence.displayed(number.box),
            evidence.displayed(box),
            round(1 / (1 + math.exp(-score + 1.5)), 3),
        )

    # --- numbers

    def _score(
        self, candidate: Candidate, evidence: Evidence, largest: float, usual: float, single: set[_Place]
    ) -> float:
        """largest: size among the page's candidates that stand alone. usual: size of its text. single: `_single`."""
        score = 2.2 * candidate.label + 1.2 * candidate.quality
        score += 1.4 * min(1.0, candidate.size / largest) ** 1.5 if candidate.alone else -0.8
        usual = usual or candidate.size
        score += 0.5 * max(-1.0, min(1.0, math.log2(max(candidate.size, 0.1) / usual)))
        score += 1.3 * _corner(candidate, evidence)
        if candidate.text in evidence.callouts:
            score -= 0.2
        listed = (_cell(candidate), candidate.text) not in single
        repetition = 0.0 if listed else self._repetition(candidate)
        if candidate.bare and repetition < _PLACED:
            return 0.0
        return score + repetition

    def _repetition(self, candidate: Candidate) -> float:
        """Positive where other sheets have other numbers in this place, negative where they have the same."""
        if self.pages < 2 or not candidate.alone:
            return 0.0
        values: Counter[str] = Counter()
        x, y, angle = _cell(candidate)
        for column in (x - 1, x, x + 1):
            for row in (y - 1, y, y + 1):
                values.update(self._slots.get((column, row, angle), ()))
        there = sum(values.values())
        if there < 2:
            return 0.0
        different = len(values) / there
        share = min(1.0, there / self.pages)
        support = 0.5 * share + 0.5 * min(1.0, (there - 1) / 4)
        same = values[candidate.text] / there
        if values[candidate.text] >= 3 and same > 0.5:
            return -2.0 * same * share
        return 2.4 * support * different

    # --- titles

    def _title(self, evidence: Evidence, number: Candidate) -> tuple[str, Edges, float] | None:
        labels = [note for note in evidence.notes if title.is_label(note.text)]
        best: tuple[float, str, Note] | None = None
        for note in evidence.notes:
            for text, labelled in self._texts_of(note, number):
                score = self._title_score(text, note, number, labels, evidence)
                score += 2.5 if labelled else 0.0
                if best is None or score > best[0]:
                    best = score, text, note
        if best is None or best[0] < 0.3:
            return None
        return best[1], best[2].box, best[0]

    def _texts_of(self, note: Note, number: Candidate) -> Iterator[tuple[str, bool]]:
        """What of a block may be a title: without its label, and without lines that every sheet has."""
        text, labelled = title.unlabelled(note.text)
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1:
            static = [self._static(line) for line in lines]
            if any(static) and not all(static):
                lines = [line for line, same in zip(lines, static, strict=True) if not same]
        joined = _without(" ".join(lines).strip(" :-–"), number.text)
        own = bool(number.prefix) and number.text in joined.upper()  # "SHEET A-101 OF 6"
        if joined and not own and joined.upper() != number.text and title.possible(joined):
            yield joined, labelled

    def _static(self, line: str) -> bool:
        repeated = self.pages >= 3 and self._texts[title.normal(line)] >= max(3.0, _STATIC * self.pages)
        return repeated and not title.is_end(line)

    def _title_score(
        self, text: str, note: Note, number: Candidate, labels: list[Note], evidence: Evidence
    ) -> float:
        score = title.likely(text)
        ratio = note.size / max(number.size, 1.0)
        score += 0.9 * min(1.0, ratio / 0.5) if ratio <= 1.3 else 0.5
        score += self._nearness(note, number, evidence)
        if self.pages >= 3:
            share = self._texts[title.normal(text.split("\n")[0])] / self.pages
            lines = title.parts(note.text)
            share = min(self._texts[line] for line in lines) / self.pages if lines else share
            score -= 2.2 * share if share > 0.3 else 0.0
        score += _CHANGING * self._changes(note)
        for label in labels:
            if label is not note and label.size <= 1.2 * note.size:
                score += 2.5 * _below(label, note, evidence)
        return score

    def _changes(self, note: Note) -> float:
        """0 to 1: how surely most sheets have a text of their own in this place, as they have titles."""
        best = 0.0
        for which, x, y, angle, size in _anchors(note) if self.pages >= 3 else ():
            slots = [
                slot
                for i in (-1, 0, 1)
                for j in (-1, 0, 1)
                if (slot := self._titles.get((which, x + i, y + j, angle, size))) is not None
            ]
            there = sum(slot.pages for slot in slots)
            texts = len(set().union(*(slot.texts for slot in slots)))
            share = min(1.0, there / self.pages)
            if share > _MOST:
                best = max(best, share * min(1.0, texts / min(there, _TEXTS)))
        return best

    def _nearness(self, note: Note, number: Candidate, evidence: Evidence) -> float:
        """In the column or the row of the number, and close to it, as seen by who reads the number."""
        one = _frame(number.box, number.angle, evidence)
        two = _frame(note.box, number.angle, evidence)
        span = math.hypot(evidence.width, evidence.height)
        across = max(0.0, max(one.left, two.left) - min(one.right, two.right)) / span
        down = max(0.0, max(one.top, two.top) - min(one.bottom, two.bottom)) / span
        score = 1.6 * math.exp(-(across + down) / 0.09)
        if across == 0 or down == 0:
            score += 0.5
        if note.angle != number.angle:
            score -= 0.4
        if two.top > one.bottom and across == 0:
            score -= 0.3  # titles stand above numbers more often than below
        return score - 3.0 * max(0.0, across + down - 0.3)


def _anchors(note: Note) -> tuple[_Anchor, ...]:
    """The points by which templates place a text: its first line or its last one at the left, or its middle."""
    box = note.box
    corners = [(box[x], box[y]) for x, y in _BEGINNINGS[note.angle]]
    points = (*corners, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
    size = round(
        math.log(max(note.size, 1.0), _SIZES)
    )  # a template has one for titles; recognisers measure it
    return tuple(
        (which, int(x / _ROW), int(y / _ROW), note.angle, size) for which, (x, y) in enumerate(points)
    )


def _without(text: str, number: str) -> str:
    """A title without its number ahead of it."""
    return text[len(number) :].strip(" :-–") if text.upper().startswith(f"{number} ") else text


def _single(evidence: Evidence) -> set[_Place]:
    """The numbers of a page with their cells, without those of lists: an index of sheets is no title block."""
    alone = [one for one in evidence.candidates if one.alone]
    there: Counter[tuple[bool, tuple[int, int, int]]] = Counter((one.bare, _cell(one)) for one in alone)
    single = set()
    for one in alone:
        x, y, angle = cell = _cell(one)
        near = sum(
            there[one.bare, (x + i, y + j, angle)] for i in (-1, 0, 1) for j in range(-_ROWS, _ROWS + 1)
        )
        if near < _LISTED:
            single.add((cell, one.text))
    return single


def _cell(candidate: Candidate) -> tuple[int, int, int]:
    left, top, right, bottom = candidate.box
    return (int((left + right) / 2 / _CELL), int((top + bottom) / 2 / _ROW), candidate.angle)


def _frame(box: Edges, angle: int, evidence: Evidence) -> Box:
    width, height = evidence.width, evidence.height
    left, top, right, bottom = box
    return framed(Box(left * width, top * height, right * width, bottom * height), angle, width, height)


def _corner(candidate: Candidate, evidence: Evidence) -> float:
    """1 in the lower right corner of the page, or of the page as turned to read the number; less elsewhere."""
    left, top, right, bottom = candidate.box
    x, y = (left + right) / 2, (top + bottom) / 2
    frame = _frame(candidate.box, candidate.angle, evidence)
    sides = (evidence.width, evidence.height)
    wide, high = sides if candidate.angle in (0, 180) else sides[::-1]
    u, v = (frame.left + frame.right) / 2 / wide, (frame.top + frame.bottom) / 2 / high
    best = max(_closeness(1 - x, 1 - y), 0.9 * _closeness(1 - u, 1 - v))
    edge = max(0.0, 1 - min(1 - x, 1 - y, x, y) / 0.25)
    others = 0.6 * max(_closeness(x, 1 - y), _closeness(1 - x, y), _closeness(x, y))
    return max(best, others, 0.4 * edge)


def _closeness(across: float, down: float) -> float:
    return max(0.0, 1 - math.hypot(across, down) / 0.5)


def _below(label: Note, note: Note, evidence: Evidence) -> float:
    """How surely a text belongs to a label of its own direction: right below it, or right behind it."""
    if label.angle != note.angle:
        return 0.0
    one, two = _frame(label.box, label.angle, evidence), _frame(note.box, note.angle, evidence)
    size = max(note.size, label.size)
    down = two.top - one.bottom
    right = two.left - one.right
    over = min(two.right, one.right + 3 * size) - max(two.left, one.left - 3 * size)
    level = min(two.bottom, one.bottom) - max(two.top, one.top)
    if -0.6 * size < down < 3.5 * size and over > 0:
        return 1.0 - 0.15 * max(0.0, down) / size
    if -0.2 * size < right < 8 * size and level > 0:
        return 0.9 if right < 5 * size else 0.6
    return 0.0


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0


def alone(evidence: Evidence) -> Reading:
    """The reading of one page when nothing else of its set is known."""
    one = Titleblocks(pages=1)  # as if it had been seen: what repeats is asked of more pages only
    one.rank("", evidence)
    return one.read("", evidence)
