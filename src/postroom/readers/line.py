"""Owns how words become printed lines. Pure.

Works in the reading frame of each word: u along the line, v down from it, so that turned text is no special
case. Refuses to know where words come from.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass

from postroom.readers.word import Box, Word

GAP = 2.0  # font sizes between two words from which they are of different lines (columns, cells)
_BACK = 0.4  # font sizes that a word may begin before the one ahead of it ends
_BASELINE = 0.35  # font sizes that the baselines of neighbours in a line may differ
_SAME = 0.2  # font sizes by which one overprinted word may be off the other (fake bold, shadow)


@dataclass(slots=True)
class Piece:
    """A word in its reading frame. left, right: u. top, bottom, baseline: v. turn: quarters clockwise."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    turn: int

    def box(self) -> Box:
        if self.turn == 0:
            return Box(self.left, self.top, self.right, self.bottom)
        if self.turn == 1:
            return Box(-self.bottom, self.left, -self.top, self.right)
        if self.turn == 2:
            return Box(-self.right, -self.bottom, -self.left, -self.top)
        return Box(self.top, -self.right, self.bottom, -self.left)


def arrange(pieces: list[Piece], width: float, height: float) -> tuple[Word, ...]:
    """Words line by line. width, height: of the page; what has its centre elsewhere is not on it."""
    runs = _joined(_runs(_once([piece for piece in pieces if _on_page(piece, width, height)])))
    return tuple(
        Word(piece.text, piece.box(), 1.0, piece.size, piece.turn * 90, line)
        for line, run in enumerate(runs)
        for piece in run
    )


def _on_page(piece: Piece, width: float, height: float) -> bool:
    if piece.turn == 0:  # the usual case, for which no box need be made
        x, y = (piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2
    else:
        x, y = piece.box().centre
    return 0 <= x <= width and 0 <= y <= height


def _once(pieces: list[Piece]) -> list[Piece]:
    """Without what is printed twice on nearly the same place."""
    often = Counter([(piece.text, piece.turn) for piece in pieces])
    kept: list[Piece] = []
    there: dict[tuple[str, int, int, int], list[Piece]] = defaultdict(list)
    for piece in pieces:
        text, turn = piece.text, piece.turn
        if often[text, turn] == 1:  # most words of a page are there once
            kept.append(piece)
            continue
        # Cells twice as wide as the tolerance: a twin is in the same one, or in the one across the nearer edge.
        step = max(_SAME * piece.size, 0.1)
        u, v = round(piece.left / (2 * step)), round(piece.baseline / (2 * step))
        beside_u = u + (1 if piece.left > 2 * step * u else -1)
        beside_v = v + (1 if piece.baseline > 2 * step * v else -1)
        if not any(
            abs(twin.left - piece.left) <= step and abs(twin.baseline - piece.baseline) <= step
            for cell in ((u, v), (beside_u, v), (u, beside_v), (beside_u, beside_v))
            if (twins := there.get((text, turn, *cell)))
            for twin in twins
        ):
            there[text, turn, u, v].append(piece)
            kept.append(piece)
    return kept


def _follows(one: Piece, two: Piece) -> bool:
    """Whether `two` goes on in the line where `one` ends."""
    if one.turn != two.turn:
        return False
    size, large = one.size, two.size
    if size > large:
        size, large = large, size
    step = abs(one.baseline - two.baseline)
    return (
        step <= _BASELINE * size or step <= 0.2 * large
    ) and -_BACK * size <= two.left - one.right <= GAP * large


def _runs(pieces: list[Piece]) -> list[list[Piece]]:
    """Words that the document itself has one after the other in a line. Small steps: a skewed line is one."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and _follows(runs[-1][-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _joined(runs: list[list[Piece]]) -> list[list[Piece]]:
    """Runs that continue each other on the page although the document has something between them.

    Each end takes the nearest beginning that is still free, so a line is found whatever order it was drawn in.
    """
    order = sorted(range(len(runs)), key=lambda at: runs[at][0].baseline)
    baselines = [runs[at][0].baseline for at in order]
    options: list[tuple[float, int, int]] = []
    for at, run in enumerate(runs):
        end = run[-1]
        reach = 0.5 * end.size
        place = bisect_left(baselines, end.baseline - reach)
        while place < len(order) and baselines[place] <= end.baseline + reach:
            other = order[place]
            if other != at and _follows(end, runs[other][0]):
                options.append((abs(runs[other][0].left - end.right), at, other))
            place += 1
    follower: dict[int, int] = {}
    taken: set[int] = set()
    for _, at, other in sorted(options):
        if at not in follower and other not in taken:
            follower[at] = other
            taken.add(other)
    return _chained(runs, follower, taken)


def _chained(runs: list[list[Piece]], follower: dict[int, int], taken: set[int]) -> list[list[Piece]]:
    chains: list[tuple[int, list[Piece]]] = []
    done: set[int] = set()
    heads = [at for at in range(len(runs)) if at not in taken]
    for at in (*heads, *range(len(runs))):  # the second part: rings, which overlapping words could form
        members: list[int] = []
        step: int | None = at
        while step is not None and step not in done:
            done.add(step)
            members.append(step)
            step = follower.get(step)
        if members:
            chains.append((min(members), [piece for member in members for piece in runs[member]]))
    return [chain for _, chain in sorted(chains, key=lambda chain: chain[0])]
