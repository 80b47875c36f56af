"""Owns one document while it is read: its cells, its conventions, its labels, and candidates for values.

A candidate is a value with a score, and where it comes from. Refuses to know any single field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from postroom.readers.word import Box, PageWords
from postroom.systems.bills.read import label, layout, place
from postroom.systems.bills.read.layout import Cell, Page
from postroom.systems.bills.read.place import Place

ENOUGH = 0.55  # score from which a value is told
DOUBTFUL = 0.6  # confidence of a recogniser below which a value is told only if arithmetic confirms it
CERTAIN = (
    0.8  # the same of a number that nothing can confirm but being there again: misread ones had up to 0.77
)
_DOUBT = 0.55  # times the score of such a value
MARGIN = 0.015  # by which the best must beat another value
_FILLER = re.compile(r"^(?:your|ihre?|votre|vos|su|the|my|our|[•*·>-])\s")
_TRIVIAL = re.compile(r"^[\s$£€:=x+*.,|–-]*$")
_SHORT = re.compile(r"^[A-Za-zÀ-ÿ.#°º’'/() ]{1,18}:?$")
LONG = 140  # characters of a cell beyond which it is prose


@dataclass(frozen=True, slots=True)
class Tag:
    """A label: which field it names, where it stands in its cell, how sure."""

    field: str
    cell: Cell
    start: int
    end: int
    weight: float


@dataclass(slots=True)
class Candidate:
    """score: 0 to 1. how: inline, right, below, or what else led to it. label: its printed name."""

    value: Any
    score: float
    cell: Cell
    start: int
    end: int
    how: str
    label: Cell | None = None
    extra: Any = None

    @property
    def box(self) -> Box:
        return self.cell.part(self.start, self.end)

    @property
    def text(self) -> str:
        return self.cell.text[self.start : self.end]

    @property
    def trust(self) -> float:
        return self.cell.trust(self.start, self.end)

    @property
    def confidence(self) -> float:
        return round(min(1.0, self.score) * self.cell.confidence, 3)


# Parses a text into values with places: (value, start, end).
Parser = Callable[[str], Iterable[tuple[Any, int, int]]]


@dataclass(slots=True)
class Document:
    """cells: of all pages, in order; a cell's `order` is its place here. text: all of it, lower case."""

    pages: list[Page]
    cells: list[Cell]
    place: Place
    text: str
    tags: dict[str, list[Tag]] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)  # orders of cells that begin with a label
    heads: set[int] = field(default_factory=set)  # orders of cells in the heads of tables of readings

    def page(self, cell: Cell) -> Page:
        return self.pages[cell.page - 1]

    def candidates(
        self,
        name: str,
        parse: Parser,
        *,
        below: float = 1.0,
        refuse: re.Pattern[str] | None = None,
        within: int = 22,
        above: bool = False,
    ) -> list[Candidate]:
        """All values near the labels of a field, best first. above: also where they stand over a label.

        refuse: what a label's cell must not say, up to `within` characters behind the label.
        """
        found: list[Candidate] = []
        for tag in self.tags.get(name, ()):
            if refuse is not None and refuse.search(tag.cell.text[: tag.end + within].lower()):
                continue
            own = list(self._near(tag, parse, below))
            if above and not own and len(tag.cell.text) - tag.end < 4:
                own = list(self._at(tag, parse, self.over(tag.cell)))
            found.extend(own)
        for one in found:
            if one.trust < DOUBTFUL:
                one.score *= _DOUBT
        found.sort(key=lambda one: -one.score)
        return found

    def _near(self, tag: Tag, parse: Parser, below: float) -> Iterator[Candidate]:
        text = tag.cell.text
        got = False
        for value, start, end in parse(text[tag.end :]):
            if start <= 24 or (tag.start <= 8 and len(text) < 110):
                got = True
                score = tag.weight * (1.0 if start <= 4 else 0.96)
                yield Candidate(value, score, tag.cell, tag.end + start, tag.end + end, "inline", tag.cell)
                break
        if got or len(text) - tag.end > 32 or tag.start > 30:
            return
        yield from self._at(tag, parse, self.around(tag.cell, below))

    def _at(self, tag: Tag, parse: Parser, places: Iterable[tuple[Cell, float, str]]) -> Iterator[Candidate]:
        for cell, weight, how in places:
            for value, start, end in parse(cell.text):
                # A value stands first in its cell, but for a word or two.
                if start > 28:
                    break
                yield Candidate(
                    value,
                    tag.weight * weight * (1.0 if start <= 3 else 0.97),
                    cell,
                    start,
                    end,
                    how,
                    tag.cell,
                )
                break

    def around(self, cell: Cell, below: float = 1.0) -> Iterator[tuple[Cell, float, str]]:
        """Where a label's value may stand, and how likely: right of it, then below it."""
        page = self.page(cell)
        under = page.below(cell, most=2)
        steps = 0
        for other in page.right(cell):
            if _TRIVIAL.match(other.text):
                continue
            if other.order in self.named and steps == 0 and not any(c.isdigit() for c in other.text):
                break
            weight = (0.97, 0.88, 0.8, 0.75)[min(steps, 3)]
            if self._headed(page, other, cell):
                weight *= 0.75
            if other.box.left - cell.box.right > 330:
                weight *= 0.9
            yield other, weight, "right"
            if other.order in self.named:
                break
            steps += 1
            if steps == 4:
                break
        for step, other in enumerate(under):
            if step == 0 and self._captioned(page, cell, other):
                break
            if other.order in self.named and step == 0 and not any(c.isdigit() for c in other.text):
                break
            aligned = layout.alignment(cell.box, other.box)
            own = 0.7 if other.order in self.named else 1.0  # it has a name before it, on its line
            yield other, below * own * (0.95 if aligned else 0.86) * (1.0, 0.82)[step], "below"

    def _captioned(self, page: Page, cell: Cell, other: Cell) -> bool:
        """Whether what stands under a label is nearer to another label under it: then it is that one's."""
        under = page.below(other)
        if not under or under[0].order not in self.named or any(map(str.isdigit, under[0].text)):
            return False
        return 2 * (under[0].box.top - other.box.bottom) < other.box.top - cell.box.bottom

    def over(self, cell: Cell) -> Iterator[tuple[Cell, float, str]]:
        """What stands right above a small label, nearer than anything else: its value may stand there."""
        page = self.page(cell)
        other, under = page.above(cell, near=2.0), page.below(cell)
        if other is None or other.order in self.named or not layout.alignment(cell.box, other.box):
            return
        gap = cell.box.top - other.box.bottom
        if not under or 1.5 * gap < under[0].box.top - cell.box.bottom:
            yield other, 0.78, "above"

    def _headed(self, page: Page, cell: Cell, label_cell: Cell) -> bool:
        """Whether a cell has a label of its own above it: then it is not the value of one at its left."""
        above = page.above(cell, near=1.9)
        if above is None:
            return False
        beside = page.right(above)
        if beside and beside[0].order not in self.named and beside[0].text[:1] in "0123456789$£€":
            return False  # its own value stands right of it
        return above.order in self.named and above is not label_cell and above.row != label_cell.row

    def best(self, found: Sequence[Candidate], *, enough: float = ENOUGH) -> Candidate | None:
        """The best candidate, if it is good enough and no other value is as good. Repetition counts."""
        scores: dict[Any, float] = {}
        first: dict[Any, Candidate] = {}
        seen: dict[Any, set[int]] = {}
        for one in found:
            key = one.value
            first.setdefault(key, one)
            seen.setdefault(key, set())
            if one.cell.order not in seen[key]:
                bonus = 0.03 if seen[key] and len(seen[key]) < 5 else 0.0
                scores[key] = max(scores.get(key, 0.0), one.score) + bonus
                seen[key].add(one.cell.order)
        if not scores:
            return None
        order = sorted(scores, key=lambda key: -scores[key])
        top = order[0]
        if scores[top] < enough:
            return None
        if len(order) > 1 and scores[top] - scores[order[1]] < MARGIN:
            return None
        first[top].score = min(1.0, scores[top])
        return first[top]


def opened(read: Sequence[PageWords]) -> Document:
    """Lay out the pages, infer the conventions, find the labels."""
    pages = layout.pages(read)
    cells = [cell for page in pages for cell in page.cells()]
    texts = [cell.text for cell in cells]
    document = Document(pages, cells, place.infer(texts), "\n".join(texts).lower())
    for cell in cells:
        _tag(document, cell)
    for page in pages:
        _stacked(document, page)
    return document


def _stacked(document: Document, page: Page) -> None:
    """Labels on two lines, `Account` over `Number`: the lower word carries the label."""
    for cell in page.cells():
        if not _SHORT.match(cell.text):
            continue
        under = page.below(cell, near=1.5)
        if not under or not _SHORT.match(under[0].text) or not layout.alignment(cell.box, under[0].box):
            continue
        whole = f"{cell.text} {under[0].text}".lower().rstrip(" :")
        for name, pattern in label.FIELDS.items():
            match = pattern.fullmatch(whole)
            if match is not None:
                weight = 0.97 * label.WEIGHTS[name][int((match.lastgroup or "w0")[1:])]
                document.tags.setdefault(name, []).append(Tag(name, under[0], 0, len(under[0].text), weight))
                document.named.update((cell.order, under[0].order))


def _tag(document: Document, cell: Cell) -> None:
    text = cell.text.lower()
    if len(text) < 3 or len(text) > 2 * LONG or not any(map(str.isalpha, text)):
        return
    filler = _FILLER.match(text)
    begin = filler.end() if filler else 0
    for name, pattern in label.FIELDS.items():
        for match in pattern.finditer(text):
            if match.start() > begin + 4 and len(text) > LONG:
                continue
            weight = label.WEIGHTS[name][int((match.lastgroup or "w0")[1:])]
            if match.start() > begin:
                weight *= 0.97 if match.start() <= begin + 12 else 0.9
            elif match.end() - match.start() < 5 and match.end() < len(text) - 12:
                weight *= 0.9
            document.tags.setdefault(name, []).append(Tag(name, cell, match.start(), match.end(), weight))
            if match.start() <= begin + 8 and weight > 0.6:
                document.named.add(cell.order)
