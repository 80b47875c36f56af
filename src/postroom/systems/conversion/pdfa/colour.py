"""Owns colours that a device would decide on: PDF/A wants to be told what they look like.

The output intent is sRGB. Where a document paints in CMYK, that is given a meaning of its own: a small ICC
profile that we compute, by the plain formula that viewers fall back on.
"""

from __future__ import annotations

import itertools
import struct
from functools import cache

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

_GRID = 9  # points of each of the four axes of the table


def add_default_cmyk(pdf: Pdf, resources: list[Dictionary]) -> None:
    """Say in each of these resource dictionaries what DeviceCMYK means."""
    stream = pdf.make_stream(_profile(), N=4, Alternate=Name.DeviceCMYK)
    space = pdf.make_indirect(Array([Name.ICCBased, stream]))
    for place in resources:
        spaces = place.get(Name.ColorSpace)
        if not isinstance(spaces, Dictionary):
            spaces = Dictionary()
        if Name.DefaultCMYK not in spaces:
            spaces[Name.DefaultCMYK] = space
        place[Name.ColorSpace] = spaces


def uses_cmyk(pdf: Pdf) -> bool:
    """A first guess without reading page contents: whether any image or colour space names it."""
    return any(
        isinstance(item, pikepdf.Stream) and item.get(Name.ColorSpace) == Name.DeviceCMYK
        for item in pdf.objects
    )


@cache
def _profile() -> bytes:
    """An ICC profile, version 2, class `prtr`, CMYK to Lab, with the one table that reading it needs."""
    steps = np.linspace(0.0, 1.0, _GRID)
    ink = np.array(list(itertools.product(steps, repeat=4)))
    light = (1.0 - ink[:, :3]) * (1.0 - ink[:, 3:])
    table = _encode_lab(_lab(light))
    curve = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if n % 4 == 0 else 0 for n in range(9)))
    lut = b"mft1" + bytes(4) + bytes([4, 3, _GRID, 0]) + matrix + curve * 4 + table + curve * 3
    text = b"Plain CMYK\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67)
    tags = (
        (b"desc", description),
        (b"cprt", b"text" + bytes(4) + b"No rights reserved\0"),
        (b"wtpt", b"XYZ " + bytes(4) + _white()),
        (b"A2B0", lut),
    )
    offset = 128 + 4 + 12 * len(tags)
    directory, body = struct.pack(">I", len(tags)), b""
    for name, data in tags:
        directory += name + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = offset + len(body)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _white()
    return head.ljust(128, b"\0") + directory + body


def _white() -> bytes:
    return struct.pack(">3i", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249)))


def _lab(light: np.ndarray) -> np.ndarray:
    """sRGB (0 to 1) to Lab under D50."""
    linear = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [
            [0.4360747, 0.3850649, 0.1430804],
            [0.2225045, 0.7168786, 0.0606169],
            [0.0139322, 0.0971045, 0.7141733],
        ]
    )
    ratio = linear @ to_xyz.T / np.array([0.9642, 1.0, 0.8249])
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack(
        [116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1
    )


def _encode_lab(lab: np.ndarray) -> bytes:
    scaled = np.stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128], axis=1)
    return bytes(np.clip(np.rint(scaled), 0, 255).astype(np.uint8).tobytes())
