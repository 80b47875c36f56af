"""Owns making a PDF smaller for a purpose: pictures with more pixels than it needs get fewer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, Pdf, PdfImage, Stream
from PIL import Image

_DAMAGE = (pikepdf.PdfError, OSError, ValueError, TypeError, KeyError, NotImplementedError, SyntaxError)
_SLACK = 1.3  # a picture of so much more than is wanted is worth the change


@dataclass(frozen=True, slots=True)
class Target:
    """dpi: dots per inch of pictures that fill the page. quality: of JPEG. linear: shown while it is loaded."""

    dpi: int
    quality: int
    linear: bool = False


# What the three profiles mean is inferred.
TARGETS = {"web": Target(150, 75, linear=True), "email": Target(110, 65), "print": Target(300, 90)}


def optimize(pdf: Pdf, target: Target) -> int:
    """Change pictures in place. Returns how many."""
    done: set[tuple[int, int]] = set()
    changed = 0
    for page in pdf.pages:
        box = page.cropbox
        inches = max(float(box[2]) - float(box[0]), float(box[3]) - float(box[1])) / 72
        for picture in _pictures(page.obj):
            if picture.objgen not in done:
                done.add(picture.objgen)
                changed += _shrink(picture, round(inches * target.dpi), target.quality)
    return changed


def save(file: Path, out: Path, name: str | None) -> Path:
    """`file` optimized for the profile `name`, as `out`; `file` itself if the profile is no such purpose."""
    if name not in TARGETS:
        return file
    with pikepdf.open(file) as pdf:
        optimize(pdf, TARGETS[name])
        pdf.save(out, linearize=TARGETS[name].linear)
    return out


def _pictures(page: Dictionary) -> Iterator[Stream]:
    resources = page.get(Name.Resources)
    found = resources.get(Name.XObject) if isinstance(resources, Dictionary) else None
    for _, one in found.items() if isinstance(found, Dictionary) else ():
        if isinstance(one, Stream) and one.get(Name.Subtype) == Name.Image:
            yield one


def _shrink(picture: Stream, most: int, quality: int) -> int:
    width, height = int(picture.get(Name.Width, 0)), int(picture.get(Name.Height, 0))
    plain = picture.get(Name.ColorSpace) in (Name.DeviceRGB, Name.DeviceGray)
    if max(width, height) < _SLACK * most or not plain or picture.get(Name.BitsPerComponent) != 8:
        return 0
    if any(key in picture for key in ("/SMask", "/Mask", "/Decode", "/ImageMask")):
        return 0
    scale = most / max(width, height)
    try:
        image = PdfImage(picture).as_pil_image()
        small = image.resize(
            (max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS
        )
        data = io.BytesIO()
        small.save(data, "JPEG", quality=quality)
    except _DAMAGE:
        return 0
    if len(data.getvalue()) >= len(picture.read_raw_bytes()):
        return 0
    picture.write(data.getvalue(), filter=Name.DCTDecode)
    picture[Name.Width], picture[Name.Height] = small.size
    return 1
