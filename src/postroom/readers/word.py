"""Owns what a printed word is once it has been read: where it stands, how sure we are. Pure values.

Lengths are points (1/72 inch) on the page as a person sees it: rotation applied, origin top left, y down.
Refuses to know whether a text layer or a recogniser has read the word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby


# Box and Word are never changed, but not frozen: a page has thousands, and a frozen one takes three times as long to make.
@dataclass(slots=True, unsafe_hash=True)
class Box:
    """left <= right, top <= bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def union(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def overlap(self, other: Box) -> float:
        """The area that both cover, in square points."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0

    def overlaps(self, other: Box) -> bool:
        return self.overlap(other) > 0

    def contains(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def grown(self, by: float) -> Box:
        """Larger on all sides; a negative length makes it smaller, at most to its centre."""
        x, y = max(by, -self.width / 2), max(by, -self.height / 2)
        return Box(self.left - x, self.top - y, self.right + x, self.bottom + y)


def hull(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of them. ValueError if there are none."""
    every = tuple(boxes)
    if len(every) == 1:
        return every[0]  # most often: a label, a mark, a room's name
    return Box(
        min([box.left for box in every]),
        min([box.top for box in every]),
        max([box.right for box in every]),
        max([box.bottom for box in every]),
    )


@dataclass(slots=True, unsafe_hash=True)
class Word:
    """confidence: 0 to 1, 1.0 from a text layer. size: of the font in points; by OCR, height of the line.

    angle: direction of reading on the page as displayed, 0, 90, 180 or 270 degrees clockwise.
    line: words of one printed line share this number. Cells of a table, columns of a text and whatever else
    has wide gaps between have numbers of their own: who wants rows compares boxes.
    """

    text: str
    box: Box
    confidence: float
    size: float
    angle: int
    line: int


@dataclass(frozen=True, slots=True)
class PageWords:
    """width, height: points, as displayed. words: in reading order, those of one line next to each other.

    source: "text", "ocr" or "none" (nothing readable). turn: degrees clockwise by which the picture had to be
    turned to be upright, skew: degrees clockwise by which it was straightened then; 0 without OCR.
    mirrored: the text is seen from behind, as on a sheet that was plotted the wrong way round.
    """

    width: float
    height: float
    words: tuple[Word, ...]
    source: str
    turn: int = 0
    skew: float = 0.0
    mirrored: bool = False

    def lines(self) -> Iterator[tuple[Word, ...]]:
        """The words of each line, in order."""
        for _, words in groupby(self.words, lambda word: word.line):
            yield tuple(words)

    def text(self) -> str:
        """One printed line a line."""
        return "\n".join(" ".join(word.text for word in words) for words in self.lines())

    def turned_over(self) -> PageWords:
        """The same page seen from its other side: left is right, what was mirrored reads as it should."""
        angles = {0: 180, 180: 0}
        words = tuple(
            replace(
                word,
                box=Box(
                    self.width - word.box.right, word.box.top, self.width - word.box.left, word.box.bottom
                ),
                angle=angles.get(word.angle, word.angle),
            )
            for word in self.words
        )
        return replace(self, words=words, mirrored=not self.mirrored)
