"""Owns where the form lies on the page: finds printed labels and fits scale, shift, skew and rotation to them.

Two steps. An affine map from the form to the page, robust against wrong matches; and on top a field of small
displacements taken from the labels nearby, for renderings whose rows sit a little higher or lower.
Refuses to know what is written in the cells.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from postroom.readers.word import Box, PageWords, Word
from postroom.systems.certificates.read import form
from postroom.systems.certificates.read.form import Label

LABELS = 12  # found labels from which the form is on the page
GRID_LABELS = 4  # of them in the coverage grid: other ACORD forms share the head, not the grid
SPREAD = 250.0  # points of the form that they must span in height
_PAIRS = 800  # of labels that are tried
_FAR = 120.0  # points between two labels from which they tell a direction
_NEAR = 5.0  # points that a label may be off, at first
_ALONE = 24.0  # points that a label may be off which is on the form and on the page only once
_AGAIN = 6.0  # points that one may be off which occurs more often: rows are 12 points apart
_NEIGHBOURS = 6  # labels whose displacement counts at a place
_REACH = 60.0  # points within which a label's displacement counts fully
_SCALE = (0.2, 5.0)  # of a page against the form
_SKEW = 12.0  # degrees from the nearest quarter turn
_TOKENS = 4  # of a label that are looked for: long sentences break differently

_Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transform:
    """matrix (2 x 3): form points to page points. labels: how many agree. found: words that are labels.

    anchors, shifts: places on the form, and by how much what stands there is off, in form points.
    """

    matrix: _Points
    inverse: _Points
    labels: int
    grid: int
    error: float
    anchors: _Points
    shifts: _Points
    printed: frozenset[int]
    glued: Mapping[int, int]  # word -> how many of its letters and digits are the label before the value
    edition: str | None = None

    @property
    def scale(self) -> float:
        """Page points a form point."""
        return _scale(self.matrix)

    @property
    def angle(self) -> float:
        """Degrees clockwise by which the form is turned on the page."""
        return math.degrees(math.atan2(self.matrix[1, 0], self.matrix[0, 0]))

    def bare(self) -> Transform:
        """The same for words among which no label was looked for: values of fields, a layer over a picture."""
        return replace(self, printed=frozenset(), glued={})

    def to_form(self, points: _Points) -> _Points:
        """Places on the page as places on the form, rows of x, y; the displacement taken out."""
        flat = points @ self.inverse[:, :2].T + self.inverse[:, 2]
        return np.asarray(flat - self._shift(flat, self.anchors + self.shifts))

    def to_page(self, points: _Points) -> _Points:
        moved = points + self._shift(points, self.anchors)
        return np.asarray(moved @ self.matrix[:, :2].T + self.matrix[:, 2])

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A rectangle of the form as the smallest box around it on the page."""
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
        page = self.to_page(corners)
        low, high = page.min(axis=0), page.max(axis=0)
        return Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def _shift(self, points: _Points, anchors: _Points) -> _Points:
        if not len(anchors) or not len(points):
            return np.zeros_like(points)
        # Rows matter more than columns: what is beside is moved alike, what is above may not be.
        apart = (points[:, None, :] - anchors[None, :, :]) * (0.35, 1.0)
        distance = np.hypot(apart[..., 0], apart[..., 1])
        count = min(_NEIGHBOURS, len(anchors))
        nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
        near = np.take_along_axis(distance, nearest, axis=1)
        weight = 1.0 / (near + 4.0) ** 2
        shift = (self.shifts[nearest] * weight[..., None]).sum(axis=1) / weight.sum(axis=1)[:, None]
        fade = np.clip(2.0 - near.min(axis=1) / _REACH, 0.0, 1.0)
        return np.asarray(shift * fade[:, None])


@dataclass(frozen=True, slots=True)
class _Match:
    """A label seen on the page. x, y: of the first word's beginning. words: their places in the list.

    pure: the words say nothing else; a value may be run together with the label before it.
    """

    label: Label
    x: float
    y: float
    words: tuple[int, ...]
    pure: bool
    extra: int = 0  # letters of the last word that are the label's, if more follows in it


def fit(page: PageWords) -> Transform | None:
    """None: there is no ACORD 25 on the page, or too little of it can be read."""
    every = _matches(page, _known(form.EDITIONS))
    rough = _rough(every)
    if rough is None:
        return None
    edition = _edition(every, rough)
    wanted = set(_known((edition,)))
    mine = {label: seen for label, seen in every.items() if label in wanted}
    matrix = _refined(mine, rough)
    if matrix is None:
        return None
    return _finished(mine, matrix, edition)


def _known(editions: Iterable[str]) -> tuple[Label, ...]:
    return tuple(dict.fromkeys(label for edition in editions for label in form.LABELS[edition]))


# --- finding labels ----------------------------------------------------------------------------------


def token(text: str) -> str:
    """Letters and digits in upper case, with those that recognisers take for each other made one."""
    plain = "".join(sign for sign in text.upper() if sign.isalnum())
    return plain.translate(_ALIKE)


_ALIKE = str.maketrans({"0": "O", "1": "I", "L": "I", "5": "S", "8": "B"})
_GLUED = 4  # letters of a label from which a longer word may begin with it
_FUZZY = 5  # letters from which one wrong, missing or added letter is forgiven


def _keys(text: str) -> tuple[str, ...]:
    """Two words share a key if they are the same, or long and at most one letter apart (nearly always)."""
    if len(text) < _FUZZY:
        return (text,)
    return (text, *(text[:place] + text[place + 1 :] for place in range(len(text))))


@cache
def _tokens(label: Label) -> tuple[str, ...]:
    return tuple(filter(None, map(token, label.text.split())))[:_TOKENS]


def begin(word: Word) -> tuple[float, float]:
    """Where the word begins in its direction of reading, half way up."""
    x, y = word.box.centre
    return {
        0: (word.box.left, y),
        90: (x, word.box.top),
        180: (word.box.right, y),
        270: (x, word.box.bottom),
    }[word.angle]


def _matches(page: PageWords, labels: Sequence[Label]) -> Mapping[Label, list[_Match]]:
    fuzzy = page.source == "ocr"
    tokens = [token(word.text) for word in page.words]
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(tokens):
        if text:
            for key in _keys(text) if fuzzy else (text,):
                places[key].append(place)
    following = _following(page.words, tokens)
    found: dict[Label, list[_Match]] = {}
    for label in labels:
        wanted = _tokens(label)
        starts = dict.fromkeys(
            place for key in (_keys(wanted[0]) if fuzzy else wanted[:1]) for place in places.get(key, ())
        )
        if len(wanted) == 1 and _may_be_glued(label):
            starts |= dict.fromkeys(place for place, said in enumerate(tokens) if said.startswith(wanted[0]))
        seen = [
            _match(label, page.words, chain, wanted, tokens)
            for start in starts
            if (chain := _chain(start, wanted, tokens, following, fuzzy=fuzzy))
        ]
        if seen:
            found[label] = seen
    return found


def _following(words: Sequence[Word], tokens: Sequence[str]) -> list[int | None]:
    """For each word the next one of its line that has letters or digits."""
    following: list[int | None] = [None] * len(words)
    last: int | None = None
    for place, word in enumerate(words):
        if not tokens[place]:
            continue
        if last is not None and words[last].line == word.line:
            following[last] = place
        last = place
    return following


def _chain(
    start: int, wanted: Sequence[str], tokens: Sequence[str], following: Sequence[int | None], *, fuzzy: bool
) -> tuple[int, ...]:
    """The words from `start` on that say `wanted`; words run together count. Empty: they do not."""
    target = "".join(wanted)
    said, chain, place = "", [], start
    while len(said) < len(target):
        said += tokens[place]
        chain.append(place)
        step = following[place]
        if step is None:
            break
        place = step
    if said == target or (said.startswith(target) and len(target) >= _GLUED):
        return tuple(chain)
    if fuzzy and len(target) >= _FUZZY and not set(_keys(said)).isdisjoint(_keys(target)):
        return tuple(chain)
    return ()


def _may_be_glued(label: Label) -> bool:
    """Labels behind which a value stands in the same line."""
    return label.text.endswith(":") or label.text in ("PRODUCER", "INSURED")


def _match(
    label: Label, words: Sequence[Word], chain: tuple[int, ...], wanted: Sequence[str], tokens: Sequence[str]
) -> _Match:
    """One letter more is a recogniser's slip; more is something else, perhaps a value without a blank before."""
    more = sum(len(tokens[place]) for place in chain) - sum(map(len, wanted))
    valued = more > 1 and _may_be_glued(label)
    extra = len(tokens[chain[-1]]) - more if valued else 0
    return _Match(label, *begin(words[chain[0]]), chain, more <= 1, max(0, extra))


# --- fitting -----------------------------------------------------------------------------------------


def _rough(found: Mapping[Label, list[_Match]]) -> _Points | None:
    """Shift, scale and turn on which most labels agree: tried with every pair of those that are seen once."""
    texts: dict[str, int] = defaultdict(int)
    for label in found:
        texts[label.text] += 1
    single = [seen[0] for label, seen in found.items() if len(seen) == 1 and texts[label.text] == 1]
    if len(single) < 6:
        return None
    here = np.array([complex(match.label.x, match.label.y) for match in single])
    there = np.array([complex(match.x, match.y) for match in single])
    one, two = np.triu_indices(len(single), 1)
    far = np.abs(here[one] - here[two]) > _FAR
    one, two = one[far], two[far]
    some = slice(None, None, 1 + len(one) // _PAIRS)
    one, two = one[some], two[some]
    if not len(one):
        return None
    turn = (there[two] - there[one]) / (here[two] - here[one])
    good = (np.abs(turn) > _SCALE[0]) & (np.abs(turn) < _SCALE[1]) & (_crooked(turn) < _SKEW)
    turn, one = turn[good], one[good]
    if not len(turn):
        return None
    shift = there[one] - turn * here[one]
    off = np.abs(turn[:, None] * here[None, :] + shift[:, None] - there[None, :]) / np.abs(turn)[:, None]
    votes = (off < _NEAR).sum(axis=1) - np.minimum(off, _NEAR).mean(axis=1) / _NEAR
    best = int(votes.argmax())
    scale, move = turn[best], shift[best]
    return np.array([[scale.real, -scale.imag, move.real], [scale.imag, scale.real, move.imag]], np.float64)


def _crooked(turn: npt.NDArray[np.complex128]) -> _Points:
    """Degrees from the nearest quarter turn."""
    degrees = np.degrees(np.angle(turn))
    return np.asarray(np.abs((degrees + 45) % 90 - 45))


def _mapped(matrix: _Points, x: float, y: float) -> tuple[float, float]:
    a, b, c = matrix[0]
    d, e, f = matrix[1]
    return float(a * x + b * y + c), float(d * x + e * y + f)


def _scale(matrix: _Points) -> float:
    return math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))


def _closest(seen: Sequence[_Match], matrix: _Points, scale: float) -> tuple[float, _Match]:
    """The match nearest to where its label ought to be, and how far it is off, in form points."""
    x, y = _mapped(matrix, seen[0].label.x, seen[0].label.y)
    return min(
        ((math.hypot(match.x - x, match.y - y) / scale, match) for match in seen), key=lambda pair: pair[0]
    )


def _edition(found: Mapping[Label, list[_Match]], matrix: _Points) -> str:
    """The edition whose own labels are best seen at their places; the newest if none stands out."""
    votes: dict[str, float] = {}
    scale = _scale(matrix)
    for edition in reversed(form.EDITIONS):
        votes[edition] = 0.0
        for label in form.PARTICULAR[edition]:
            if label in found and _closest(found[label], matrix, scale)[0] < 8:
                # The line at the foot that names the edition says it outright.
                votes[edition] += 10.0 if label.text.startswith("ACORD 25") else 1.0
    return max(votes, key=lambda edition: votes[edition])


def _refined(found: Mapping[Label, list[_Match]], matrix: _Points) -> _Points | None:
    """An affine map by least squares, of ever better matches."""
    for limit in (2 * _NEAR, _NEAR, _NEAR):
        scale = _scale(matrix)
        close = [_closest(seen, matrix, scale) for seen in found.values()]
        good = [match for off, match in close if off < limit]
        if len(good) < LABELS:
            return None
        here = np.array([(match.label.x, match.label.y, 1.0) for match in good])
        there = np.array([(match.x, match.y) for match in good])
        solved, _, rank, _ = np.linalg.lstsq(here, there, rcond=None)
        if rank < 3:
            return None
        matrix = np.asarray(solved.T)
    return matrix


def _finished(found: Mapping[Label, list[_Match]], matrix: _Points, edition: str) -> Transform | None:
    repeated: dict[str, int] = defaultdict(int)
    for label in found:
        repeated[label.text] += 1
    inverse, scale = _inverse(matrix), _scale(matrix)
    nearest: dict[tuple[int, ...], tuple[float, _Match]] = {}
    for label, seen in found.items():
        off, match = _closest(seen, matrix, scale)
        alone = len(seen) == 1 and repeated[label.text] == 1 and len(_tokens(label)) > 1
        # INSURER C and INSURER D are one letter apart: the same words are only one of them.
        if off < (_ALONE if alone else _AGAIN) and off < nearest.get(match.words, (math.inf,))[0]:
            nearest[match.words] = (off, match)
    kept = [match for _, match in nearest.values()]
    grid = sum(match.label.grid for match in kept)
    heights = [match.label.y for match in kept]
    if len(kept) < LABELS or grid < GRID_LABELS or max(heights) - min(heights) < SPREAD:
        return None
    anchors = np.array([(match.label.x, match.label.y) for match in kept])
    seen_at = np.array([(match.x, match.y) for match in kept]) @ inverse[:, :2].T + inverse[:, 2]
    shifts = seen_at - anchors
    return Transform(
        matrix=matrix,
        inverse=inverse,
        labels=len(kept),
        grid=grid,
        error=float(np.median(np.hypot(shifts[:, 0], shifts[:, 1]))),
        anchors=anchors,
        shifts=shifts,
        printed=frozenset(
            place for match in kept for place in (match.words if match.pure else match.words[:-1])
        ),
        glued={match.words[-1]: match.extra for match in kept if match.extra},
        edition=edition,
    )


def _inverse(matrix: _Points) -> _Points:
    turn = np.linalg.inv(matrix[:, :2])
    return np.hstack((turn, -(turn @ matrix[:, 2:])))
