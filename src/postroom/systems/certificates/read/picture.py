"""Owns the page as a picture in the form's own frame: ink inside a box, cells cut out. Refuses to know what they say.

The page is drawn once and warped so that the form lies straight in it, at a fixed number of pixels a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from postroom.systems.certificates.read import form
from postroom.systems.certificates.read.form import Cell
from postroom.systems.certificates.read.transform import Transform

PIXELS = 300 / 72  # of the straightened picture, a point
_DARK = 150  # grey from which a pixel is paper
_LINE = 0.75  # share of a row or column that is dark in a ruled line
_BLACK, _WHITE = 50, 195  # grey that is all ink, and no ink
_CLEAR = np.clip((np.arange(256) - _BLACK) * 255 // (_WHITE - _BLACK), 0, 255).astype(np.uint8)
_ACROSS, _DOWN = (
    160,
    62,
)  # pixels from which a run of ink is a ruled line: no number is so wide, no letter so high
_FULL = 0.9  # share of the run that must be dark
_WIDE = 0.2  # share of a box's width and height over which a tick reaches
_SPECKS = 1_500  # squares with nothing but a dot in them on a page, from which dots are dirt
_SEARCH = 2.5  # points around a box in which its border may lie


@dataclass(frozen=True, slots=True)
class Picture:
    """grey: the form, straight, `PIXELS` a point. dark: where there is ink."""

    grey: Image.Image
    dark: npt.NDArray[np.bool_]
    transform: Transform

    cleaned: npt.NDArray[np.uint8]  # grey without ruled lines
    page: tuple[float, float]  # points of the page that was drawn

    TICK: ClassVar[float] = 0.018  # share of a box's inside that is dark in a ticked one

    @classmethod
    def of(cls, drawn: Image.Image, dots: float, transform: Transform) -> Picture:
        """drawn: the page as displayed, mode L. dots: its pixels a point of the page."""
        matrix = transform.matrix * dots
        size = (round(form.WIDTH * PIXELS), round(form.HEIGHT * PIXELS))
        a, b, c = (float(value) for value in matrix[0])
        d, e, f = (float(value) for value in matrix[1])
        data = (a / PIXELS, b / PIXELS, c, d / PIXELS, e / PIXELS, f)
        straight = drawn.transform(
            size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC, fillcolor=255
        )
        grey = np.asarray(straight)
        dark = grey < _DARK
        ruled = (_runs(_thicker(dark, 0), _ACROSS, 1) | _runs(_thicker(dark, 1), 1, _DOWN)) & dark
        # Paper becomes white and ink black: the grey of a copy is no print.
        clear = _CLEAR[grey]
        clear[_grown(ruled)] = 255
        return cls(straight, dark, transform, clear, (drawn.width / dots, drawn.height / dots))

    def moved(self, cell: Cell) -> Cell:
        """Where the cell lies here: the affine map alone may be a little off."""
        page = self.transform.box(*cell)
        inverse = self.transform.inverse
        corners = np.array([(page.left, page.top), (page.right, page.bottom)])
        flat = corners @ inverse[:, :2].T + inverse[:, 2]
        x, y = flat.mean(axis=0)
        width, height = cell.right - cell.left, cell.bottom - cell.top
        return Cell(float(x) - width / 2, float(y) - height / 2, float(x) + width / 2, float(y) + height / 2)

    def inside(self, cell: Cell) -> npt.NDArray[np.bool_]:
        """Where there is ink inside the cell, its border left out wherever exactly that runs."""
        place = self.moved(cell)
        left, top, right, bottom = (round(edge * PIXELS) for edge in place)
        reach = round(_SEARCH * PIXELS)
        window = self.dark[
            max(0, top - reach) : max(0, bottom + reach), max(0, left - reach) : max(0, right + reach)
        ]
        if window.shape[0] < 4 * reach or window.shape[1] < 3 * reach:
            return np.zeros((0, 0), np.bool_)
        low, high = _between(
            window[:, 2 * reach : -2 * reach].mean(axis=1)
            if window.shape[1] > 4 * reach
            else window.mean(axis=1),
            reach,
        )
        first, last = _between(window[low:high].mean(axis=0), reach)
        return np.asarray(window[low:high, first:last])

    def ink(self, cell: Cell) -> float:
        """Share of the inside that is dark."""
        inside = self.inside(cell)
        return float(inside.mean()) if inside.size else 0.0

    def ticked(self, cell: Cell) -> bool:
        """Whether the ink reaches over some of the inside both ways: what is left of a border does not."""
        inside = self.inside(cell)
        if not inside.size or inside.mean() < self.TICK:
            return False
        return bool(inside.any(axis=1).mean() >= _WIDE and inside.any(axis=0).mean() >= _WIDE)


def unspecked(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Without dots of at most 2 x 2 pixels that stand alone, if there are many: else they may be points."""
    height, width = grey.shape
    ink = np.pad((grey < _DARK).astype(np.uint8), ((2, 3), (2, 3)))
    pairs = ink[:, :-1] + ink[:, 1:]
    small = (pairs[:-1] + pairs[1:])[2 : height + 2, 2 : width + 2]
    wide = pairs[:, :-4] + pairs[:, 2:-2] + pairs[:, 4:]
    around = wide[:-5] + wide[1:-4] + wide[2:-3] + wide[3:-2] + wide[4:-1] + wide[5:]
    rows, columns = np.nonzero((small > 0) & (small == around))
    if len(rows) < _SPECKS:
        return grey
    clear = grey.copy()
    for down in range(-1, 3):  # with the grey edge around it
        for across in range(-1, 3):
            clear[(rows + down).clip(0, height - 1), (columns + across).clip(0, width - 1)] = 255
    return clear


def _runs(dark: npt.NDArray[np.bool_], across: int, down: int) -> npt.NDArray[np.bool_]:
    """Where ink lies in a nearly unbroken run of so many pixels: those around any middle of such a run.

    Means of boxes, because Pillow has them in no time.
    """
    ink = Image.fromarray(dark.view(np.uint8) * np.uint8(255))
    box = ImageFilter.BoxBlur((across // 2, down // 2))
    full = ink.filter(box).point([255 if mean >= _FULL * 255 else 0 for mean in range(256)])
    return np.asarray(np.asarray(full.filter(box)) > 0)


def _thicker(dark: npt.NDArray[np.bool_], axis: int) -> npt.NDArray[np.bool_]:
    """A line that is not quite level steps from row to row: each row counts its neighbour's ink too."""
    thick = dark.copy()
    if axis == 0:
        thick[1:] |= dark[:-1]
    else:
        thick[:, 1:] |= dark[:, :-1]
    return thick


def _grown(ruled: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """With the grey edge around it."""
    grown = ruled.copy()
    grown[1:] |= ruled[:-1]
    grown[:-1] |= ruled[1:]
    grown[:, 1:] |= ruled[:, :-1]
    grown[:, :-1] |= ruled[:, 1:]
    return grown


def _between(shares: npt.NDArray[np.float64], reach: int) -> tuple[int, int]:
    """From behind the border at the beginning to before the one at the end; borders lie within 2 x reach."""
    size = len(shares)
    ends = np.flatnonzero(shares[: 2 * reach] > _LINE)
    starts = np.flatnonzero(shares[size - 2 * reach :] > _LINE)
    low = int(ends[-1]) + 3 if len(ends) else reach + 3
    high = size - 2 * reach + int(starts[0]) - 2 if len(starts) else size - reach - 3
    return low, max(low + 1, high)
