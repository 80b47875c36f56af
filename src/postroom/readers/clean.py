"""Owns what is done to a grey picture before it is read: even light, no specks. Leaves a good one alone.

Refuses to know how it lies and who reads it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

_SPECKS = (
    0.15  # share of the ink that are lonely dots, from which they are taken away: the filter blunts print
)
_SAMPLE = 1200  # pixels of a side of the middle that is looked at
_EVEN, _MOST = 0.85, 0.98  # of the brightest paper, on that share of the page: the light is even
_CELL = 8  # pixels of a side of the cells that light is measured in
_AROUND = 3  # cells on each side that letters are closed over
_DARKEST = 0.3  # of the brightest paper; what is darker is no shadow but print (bars with white letters)


def clean(picture: Image.Image) -> Image.Image:
    """A picture in mode L, of the same size."""
    return _without_specks(_lit(picture))


def _lit(picture: Image.Image) -> Image.Image:
    """As if light had fallen evenly: each place divided by how bright paper is around it."""
    small = picture.reduce(_CELL) if min(picture.size) > 4 * _CELL else picture
    # Letters are closed, the hard edge of a shadow stays where it is.
    closed = _spread(_spread(np.asarray(small), np.maximum), np.minimum)
    paper = Image.fromarray(closed).filter(ImageFilter.BoxBlur(1))
    light = np.asarray(paper, np.float32)
    brightest = float(np.percentile(light, 95))
    if float(np.mean(light > _EVEN * brightest)) >= _MOST:
        return picture
    light = np.maximum(light, max(1.0, _DARKEST * brightest))
    factor = Image.fromarray(255.0 / light).resize(picture.size, Image.Resampling.BILINEAR)
    lit = np.asarray(picture, np.float32) * np.asarray(factor)
    return Image.fromarray(np.minimum(lit, 255.0).astype(np.uint8))


def _spread(values: npt.NDArray[np.uint8], most: np.ufunc) -> npt.NDArray[np.uint8]:
    """Of each place and the three on every side of it, the largest or smallest; much faster than Pillow's filters."""
    for axis in (0, 1):
        padded = np.pad(values, [(_AROUND, _AROUND) if axis == one else (0, 0) for one in (0, 1)], "edge")
        size = values.shape[axis]
        values = most.reduce([padded.take(range(at, at + size), axis) for at in range(2 * _AROUND + 1)])
    return values


def _without_specks(picture: Image.Image) -> Image.Image:
    left, top = max(0, (picture.width - _SAMPLE) // 2), max(0, (picture.height - _SAMPLE) // 2)
    middle = (left, top, min(picture.width, left + _SAMPLE), min(picture.height, top + _SAMPLE))
    ink = np.pad(np.asarray(picture.crop(middle)) < 128, 1)
    inner = ink[1:-1, 1:-1]
    company = ink[:-2, 1:-1] | ink[2:, 1:-1] | ink[1:-1, :-2] | ink[1:-1, 2:]
    total = int(inner.sum())
    if total and int((inner & ~company).sum()) > _SPECKS * total:
        return picture.filter(ImageFilter.MedianFilter(3))
    return picture
