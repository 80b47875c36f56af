"""Owns putting the words of a page together to printed lines, and lines to blocks, whatever way they read.

Words say where they stand on the page as displayed. Each direction of reading has a frame of its own, in which
its lines run from left to right and follow from top to bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from postroom.readers.word import Box, PageWords, Word, hull

_JUMP = 1.35  # sizes from which neighbours are no text of one kind
_CAPITALS = 1.38  # sizes of a font in the height of its capitals
_STACK = 1.5  # sizes from one line of a block to the next at most


@dataclass(slots=True, unsafe_hash=True)  # as `Word`: not frozen, never changed
class Line:
    """Words that read as one. box: as displayed; frame: in the frame of its direction. size in points."""

    text: str
    box: Box
    frame: Box
    size: float
    angle: int
    words: tuple[Word, ...] = ()


@dataclass(slots=True)
class Block:
    """Lines of one size that stand under each other. text: joined by blanks."""

    lines: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)

    @property
    def angle(self) -> int:
        return self.lines[0].angle

    @property
    def box(self) -> Box:
        return hull(line.box for line in self.lines)

    @property
    def frame(self) -> Box:
        return hull(line.frame for line in self.lines)


def framed(box: Box, angle: int, width: float, height: float) -> Box:
    """A box of the page in the frame of a direction of reading (degrees clockwise)."""
    if angle == 90:
        return Box(box.top, width - box.right, box.bottom, width - box.left)
    if angle == 180:
        return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if angle == 270:
        return Box(height - box.bottom, box.left, height - box.top, box.right)
    return box


def lines(read: PageWords) -> list[Line]:
    """The printed lines of a page. Where the size jumps, as from a label to what it names, a new one begins."""
    found: list[Line] = []
    for words in read.lines():
        start = 0
        for at in range(1, len(words) + 1):
            if at == len(words) or _jumps(words[at - 1].size, words[at].size):
                if line := _line(words[start:at], read):
                    found.append(line)
                start = at
    return found


def _jumps(one: float, two: float) -> bool:
    return one != two and max(one, two) > _JUMP * max(min(one, two), 1.0)


def _line(words: tuple[Word, ...], read: PageWords) -> Line | None:
    text = " ".join(word.text for word in words).strip()
    if not text:
        return None
    box, angle = hull(word.box for word in words), words[0].angle
    frame = framed(box, angle, read.width, read.height)
    size = words[0].size if len(words) == 1 else max([word.size for word in words])
    if words[0].confidence < 1.0:
        # A recogniser knows no font: its boxes hold the ink, which is as high as capitals are.
        size = (frame.bottom - frame.top) * _CAPITALS
    return Line(text, box, frame, size, angle, words)


def blocks(found: Sequence[Line]) -> list[Block]:
    """Lines of one direction and size that follow closely, with an edge or the middle in common."""
    made: list[Block] = []
    near: list[Block] = []  # those that the next line may still continue
    angle = -1
    for line in sorted(found, key=lambda line: (line.angle, line.frame.top, line.frame.left)):
        if line.angle != angle:
            near, angle = [], line.angle
        reach = line.frame.bottom - _STACK * 1.4 * line.size
        near = [
            block for block in near if block.lines[-1].frame.bottom >= reach - _STACK * block.lines[-1].size
        ]
        for block in reversed(near):
            if _continues(block, line):
                block.lines.append(line)
                break
        else:
            made.append(Block([line]))
            near.append(made[-1])
    return made


def _continues(block: Block, line: Line) -> bool:
    last = block.lines[-1]
    step = line.frame.bottom - last.frame.bottom
    if step <= 0:
        return False  # most often: what stands beside it
    small, large = sorted((max(last.size, 1.0), max(line.size, 1.0)))
    # A recogniser measures each line for itself: capitals alone look smaller than capitals with an ampersand.
    measured = line.words[0].confidence < 1.0
    if last.angle != line.angle or large > (1.4 if measured else 1.15) * small or len(block.lines) >= 6:
        return False
    if not 0.5 * small < step <= _STACK * large:
        return False
    if len(block.lines) > 1:
        former = last.frame.bottom - block.lines[-2].frame.bottom
        if abs(step - former) > (0.5 if measured else 0.35) * small:
            return False
    left = abs(line.frame.left - last.frame.left)
    right = abs(line.frame.right - last.frame.right)
    middle = abs(line.frame.left + line.frame.right - last.frame.left - last.frame.right) / 2
    return min(left, right, middle) < 0.6 * large
