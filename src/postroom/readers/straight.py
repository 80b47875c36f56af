"""Owns how a picture of a page is turned upright and straightened, and the way back for every box. Pure.

Sideways and skew are told by the projection profile: seen along the lines, print is bands of ink and nothing.
Which side is up nobody can tell from that: the caller must read, and try. Refuses to know who reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from postroom.readers.word import Box

STEEPEST = 5.0  # degrees of skew that are looked for
LEAST = 0.25  # degrees from which a picture is straightened; Tesseract bears less
_SMALL = 1200  # pixels of the longer side of the picture that the profile is made of
_POINTS = 60_000  # of ink that are counted; more say nothing new
_LONG = 14  # pixels of a ruled line in there; the foot of a letter is shorter
_FEW = 40  # of ink, from which there is print at all
_COARSE, _FINE = 0.25, 0.05  # degrees between two profiles
_SHARP = 1.1  # times the usual profile, from which the sharpest one is no accident
_SIDEWAYS = 1.3  # times as sharp the profile across must be for the print to stand sideways
_PARTS = 4  # of a pixel by which a column is pushed
_STANDS = 1.06  # times as sharp the profile of the feet must be as that of the heads
_INK = 12  # grey levels darker than its surroundings
_UNTURN = {
    90: Image.Transpose.ROTATE_270,  # Pillow counts the other way round
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Way:
    """From a picture to the one that is read: turned clockwise by `turn`, scaled, straightened by `skew`.

    width, height: pixels of the picture as it was given. skew: degrees clockwise by which its lines fall when
    it has been turned. leaning: lines are levelled only, and letters left leaning by as much: a tenth of the price.
    Running text is read as well so; small print between ruled lines is not (forms).
    """

    width: int
    height: int
    turn: int = 0
    scale: float = 1.0
    skew: float = 0.0
    leaning: bool = False

    def _scaled(self) -> tuple[int, int]:
        size = (self.width, self.height) if self.turn % 180 == 0 else (self.height, self.width)
        return max(1, round(size[0] * self.scale)), max(1, round(size[1] * self.scale))

    def size(self) -> tuple[int, int]:
        """Of the picture that is read: all of the given one has room in it."""
        width, height = self._scaled()
        if not self.skew:
            return width, height
        if self.leaning:
            return width, height + math.ceil(width * abs(self._fall())) + 1
        sine, cosine = abs(math.sin(math.radians(self.skew))), math.cos(math.radians(self.skew))
        return math.ceil(width * cosine + height * sine), math.ceil(width * sine + height * cosine)

    def _fall(self) -> float:
        """Pixels that a line falls on its way of one to the right."""
        return math.tan(math.radians(self.skew))

    def _lift(self) -> float:
        """Pixels that the left edge is pushed down: the middle of the picture stays the middle."""
        width, height = self._scaled()
        return (self.size()[1] - height + width * self._fall()) / 2

    def _rotation(self) -> tuple[float, float, float, float, float, float]:
        """(x, y) of the straightened picture to (x, y) of the scaled one, about the middles of both."""
        sine, cosine = math.sin(math.radians(self.skew)), math.cos(math.radians(self.skew))
        (width, height), (wide, high) = self._scaled(), self.size()
        x = width / 2 - cosine * wide / 2 + sine * high / 2
        y = height / 2 - sine * wide / 2 - cosine * high / 2
        return cosine, -sine, x, sine, cosine, y

    def go(self, picture: Image.Image) -> Image.Image:
        """The picture (mode L) to read."""
        made = picture.transpose(_UNTURN[self.turn]) if self.turn else picture
        if made.size != self._scaled():
            made = made.resize(self._scaled(), Image.Resampling.BICUBIC, reducing_gap=3.0)
        if self.skew and self.leaning:
            return self._levelled(made)
        if self.skew:
            paper = int(np.percentile(np.asarray(made)[::8, ::8], 75))
            made = made.transform(
                self.size(),
                Image.Transform.AFFINE,
                self._rotation(),
                Image.Resampling.BICUBIC,
                fillcolor=paper,
            )
        return made

    def _levelled(self, made: Image.Image) -> Image.Image:
        """Each column pushed up or down."""
        pixels = np.asarray(made)
        (width, height), high = made.size, self.size()[1]
        out = np.full((high, width), int(np.percentile(pixels[::8, ::8], 75)), np.uint8)
        middles = np.arange(width) + 0.5
        steps = np.rint((self._lift() - middles * self._fall()) * _PARTS).astype(np.intp)
        steps = np.clip(steps, 0, (high - height) * _PARTS - 1)
        edges = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), width]
        for left, right in pairwise(edges):
            down, part = divmod(int(steps[left]), _PARTS)
            strip = pixels[:, left:right]
            if part:
                wide = strip.astype(np.uint16)
                mixed = wide[1:] * (_PARTS - part) + wide[:-1] * part
                out[down + 1 : down + height, left:right] = (mixed + _PARTS // 2) // _PARTS
            else:
                out[down : down + height, left:right] = strip
        return Image.fromarray(out)

    def point_back(self, x: float, y: float) -> tuple[float, float]:
        if self.skew and self.leaning:
            y += x * self._fall() - self._lift()
        elif self.skew:
            a, b, c, d, e, f = self._rotation()
            x, y = a * x + b * y + c, d * x + e * y + f
        wide, high = self._scaled()
        turned = (self.width, self.height) if self.turn % 180 == 0 else (self.height, self.width)
        x, y = x * turned[0] / wide, y * turned[1] / high
        if self.turn == 90:
            return y, self.height - x
        if self.turn == 180:
            return self.width - x, self.height - y
        if self.turn == 270:
            return self.width - y, x
        return x, y

    def back(self, box: Box) -> Box:
        """The smallest upright box, in pixels of the given picture, around what `box` holds."""
        corners = [self.point_back(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return Box(
            max(0.0, min(xs)),
            max(0.0, min(ys)),
            min(float(self.width), max(xs)),
            min(float(self.height), max(ys)),
        )


# --- what the ink tells -------------------------------------------------------------------------------

_Points = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Slant:
    """blank: there is no print. sideways: the lines seem to run up or down. skew, skew_turned: degrees clockwise
    that lines fall in the picture as it is, and when it has been turned by 90. upright: lines that lie are surely
    not upside down; False says nothing."""

    blank: bool
    sideways: bool = False
    skew: float = 0.0
    skew_turned: float = 0.0
    upright: bool = False

    def at(self, turn: int) -> float:
        """The skew of the picture turned by so many degrees."""
        return self.skew if turn % 180 == 0 else self.skew_turned


def slant(picture: Image.Image) -> Slant:
    """Look at a picture in mode L."""
    small = picture.copy()
    small.thumbnail((_SMALL, _SMALL), Image.Resampling.BOX, reducing_gap=2.0)
    around = small.filter(ImageFilter.BoxBlur(max(small.size) / 60))
    ink = np.asarray(small).astype(np.int16) < np.asarray(around).astype(np.int16) - _INK
    lying = _feet(ink)
    if len(lying[0]) < _FEW:
        return Slant(blank=True)
    skew, sharp = _sharpest(lying)
    # Turned by 90 clockwise, rows read from the bottom up are what columns were.
    across, sharper = _sharpest(_feet(np.ascontiguousarray(ink[::-1].T)))
    sideways = sharper > _SIDEWAYS * sharp
    return Slant(False, sideways, skew, across, not sideways and _stands(lying, ink, skew))


def _stands(feet: _Points, ink: npt.NDArray[np.bool_], skew: float) -> bool:
    """Whether what ends downwards is more in line than what begins: small letters begin at two heights, and stand on one.

    Measured on bills: at least 1.13 times as much so, upside down at most 0.89 times. Capitals alone say nothing.
    """
    heads = _feet(ink[::-1])  # seen from below, where lines that fall rise
    if min(len(feet[0]), len(heads[0])) < _FEW:
        return False
    one, two = (
        _score(points, degrees) / len(points[0]) ** 2 for points, degrees in ((feet, skew), (heads, -skew))
    )
    return one > _STANDS * two


def _feet(ink: npt.NDArray[np.bool_]) -> _Points:
    """Where ink ends downwards: the feet of letters stand on one line, their heads do not.

    What goes on for longer than a letter is a ruled line, of a table or a drawing: it need not run as text does.
    """
    feet = ink[:-1] & ~ink[1:]
    whole = feet
    # A picture may be narrower than a letter.
    steps = [min(step, ink.shape[1]) for step in (1, 2, 4, _LONG - 8)]
    for step in steps:  # whole: from here on, _LONG pixels in a row
        whole = whole & np.pad(whole[:, step:], ((0, 0), (0, step)))
    for step in steps:
        whole = whole | np.pad(whole[:, :-step], ((0, 0), (step, 0)))
    y, x = np.nonzero(feet & ~whole)
    step = len(x) // _POINTS + 1
    # Counted from the middle: the profile needs no more room however it is turned.
    return (
        x[::step].astype(np.float32) - ink.shape[1] / 2,
        y[::step].astype(np.float32) - ink.shape[0] / 2,
    )


def _sharpest(points: _Points) -> tuple[float, float]:
    """The angle of the sharpest profile, and how many times the usual profile it is; (0, 1) if none stands out."""
    if len(points[0]) < _FEW:
        return 0.0, 1.0
    angles = np.arange(-STEEPEST, STEEPEST + _COARSE / 2, _COARSE)
    scores = [_score(points, angle) for angle in angles]
    best, usual = int(np.argmax(scores)), float(np.median(scores))
    times = scores[best] / usual if usual > 0 else 1.0
    if times < _SHARP or best in (0, len(angles) - 1):
        return 0.0, 1.0
    fine = angles[best] + np.arange(-_COARSE, _COARSE + _FINE / 2, _FINE)
    found = float(fine[int(np.argmax([_score(points, angle) for angle in fine]))])
    return (round(found, 2) if abs(found) >= LEAST else 0.0), times


def _score(points: _Points, degrees: float) -> float:
    x, y = points
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    rows = (y * np.float32(cosine) - x * np.float32(sine)).astype(np.int32)
    counts = np.bincount(rows - rows.min()).astype(np.float64)
    return float(np.square(counts).sum())
