"""Owns what can be told of a picture: facts from its header, soundness and a thumbnail by decoding it once.

The header is believed for sizes; the pixels are decoded only if there are not too many of them.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageFile

from postroom.errors import DocumentError
from postroom.readers import thumbnail as thumb

# Only the decoder that the content calls for is tried: a document cannot choose a rarer, weaker one.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/tiff": ("TIFF",),
    "image/bmp": ("BMP",),
    "image/webp": ("WEBP",),
    "image/avif": ("AVIF",),
    "image/jp2": ("JPEG2000",),
}
HEADER_ONLY = ("image/heic", "image/heif")  # needs a decoder that we may not ship
PIXELS = 150_000_000  # an A0 scan at 300 dpi; more is not decoded
_FRAMES = 10_000
ORIENTATION = 0x0112
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """facts: width and height in pixels as stored, dpi, orientation (EXIF, 1 to 8), frames, mode.
    thumbnail: whether it was written. warnings: sentences."""

    facts: Mapping[str, Any]
    thumbnail: bool = False
    warnings: tuple[str, ...] = ()


def read(path: Path, media_type: str, *, thumbnail: Path | None) -> Reading:
    """Read the picture at `path`. It is decoded even if no thumbnail is wanted: only that shows it is sound.

    thumbnail: the file to write. DocumentError if the picture is damaged.
    """
    if media_type in HEADER_ONLY:
        return _heif(path)
    with decoding(path, media_type) as picture:
        return _read(picture, thumbnail)


@contextmanager
def decoding(path: Path, media_type: str) -> Iterator[Image.Image]:
    """The picture, opened but not decoded; what goes wrong inside the `with` becomes a DocumentError.

    Only the decoder of `media_type`, which the content must have told, is tried.
    """
    if media_type not in FORMATS:
        heic = media_type in HEADER_ONLY
        sentence = (
            "HEIC pictures are not decoded." if heic else "The file is no picture of a kind that is read."
        )
        raise DocumentError(sentence, code="unsupported", cause=media_type)
    with unguarded():
        try:
            with Image.open(path, formats=FORMATS[media_type]) as picture:
                yield picture
        except MemoryError as error:
            raise DocumentError("The picture needs more memory than there is.", code="too_large") from error
        except DAMAGE as error:
            raise DocumentError(_sentence(error), cause=error) from error


def _read(picture: Image.Image, thumbnail: Path | None) -> Reading:
    width, height = picture.size
    facts: dict[str, Any] = {"width": width, "height": height, "mode": picture.mode}
    facts["dpi"] = resolution(picture)
    if width * height > PIXELS:
        facts |= {"orientation": 1, "frames": 1}
        sentence = f"The picture has {width:,} × {height:,} pixels; more than {PIXELS:,} are not decoded."
        return Reading(facts, warnings=(sentence,))
    small = _decode(picture)
    # After decoding: a PNG may keep its EXIF behind the pixels.
    orientation = picture.getexif().get(ORIENTATION, 1)
    facts["orientation"] = orientation if orientation in range(1, 9) else 1
    if thumbnail is not None:
        thumb.save(upright(small, facts["orientation"]), thumbnail)
    facts["frames"] = _frames(picture)
    return Reading(facts, thumbnail=thumbnail is not None)


def _decode(picture: Image.Image) -> Image.Image:
    """All pixels of the first frame, small. A JPEG is decoded straight to about the size that is needed."""
    box = (thumb.EDGE, thumb.EDGE)
    picture.draft(picture.mode if picture.mode in ("L", "RGB") else "RGB", box)
    picture.load()
    if picture.mode.startswith(("I", "F")):
        return _to_grey(picture, _fit(picture.size))
    small = _plain(picture).resize(_fit(picture.size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return _on_paper(small) if small.mode == "RGBA" else small


def flat(picture: Image.Image) -> Image.Image:
    """A decoded picture, at its own size, on white paper; mode L or RGB."""
    if picture.mode.startswith(("I", "F")):
        return _to_grey(picture, picture.size)
    plain = _plain(picture)
    return _on_paper(plain) if plain.mode == "RGBA" else plain.copy() if plain is picture else plain


def _plain(picture: Image.Image) -> Image.Image:
    """As L, RGB or RGBA."""
    if picture.mode in ("L", "RGB", "RGBA") and "transparency" not in picture.info:
        return picture
    transparent = "A" in picture.mode or "transparency" in picture.info
    return picture.convert("RGBA" if transparent else "L" if picture.mode == "1" else "RGB")


def _on_paper(picture: Image.Image) -> Image.Image:
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    """The size of a thumbnail of a picture of this size; never larger than the picture."""
    scale = min(1.0, thumb.EDGE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _to_grey(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """16 and 32 bit samples, spread over what is there: Pillow's own conversion clips them to white."""
    wide = picture.resize(size, Image.Resampling.NEAREST).convert("F")
    low, high = wide.getextrema()
    if not (isinstance(low, float) and isinstance(high, float) and math.isfinite(high - low)) or high <= low:
        return Image.new("L", wide.size, 128)
    scale = 255.0 / (high - low)
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """Turned and mirrored as EXIF says; an orientation that does not exist is none."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def _frames(picture: Image.Image) -> int:
    if picture.format != "TIFF":
        return min(int(getattr(picture, "n_frames", 1)), _FRAMES)
    # Each page of a TIFF is a step in a linked list; a long one is counted up to a limit.
    for frame in range(1, _FRAMES):
        try:
            picture.seek(frame)
        except EOFError:
            return frame
    return _FRAMES


def resolution(picture: Image.Image) -> list[float] | None:
    """Horizontal and vertical dots per inch; None if the file says nothing that can be meant."""
    value: Any = picture.info.get("dpi")
    try:
        dpi = [round(float(number), 2) for number in value][:2]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return dpi if len(dpi) == 2 and all(1 <= number <= 100_000 for number in dpi) else None


def _heif(path: Path) -> Reading:
    """Width and height from the largest `ispe` property: the whole picture, not one of its tiles."""
    with path.open("rb") as file:
        head = file.read(64 << 10)
    sizes = []
    position = head.find(b"ispe")
    while 0 <= position <= len(head) - 16:
        sizes.append(struct.unpack_from(">II", head, position + 8))
        position = head.find(b"ispe", position + 4)
    if not sizes:
        raise DocumentError("The picture is damaged: its header does not say how large it is.")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    facts = {"width": width, "height": height, "dpi": None, "orientation": 1, "frames": 1}
    return Reading(facts, warnings=("HEIC pictures are not decoded: there is no thumbnail.",))


def _sentence(error: BaseException) -> str:
    if "truncated" in str(error).lower():
        return "The picture ends in the middle: some of its pixels are missing."
    return "The picture is damaged and cannot be decoded."


@contextmanager
def unguarded() -> Iterator[None]:
    """Pillow's own bomb guard refuses to tell even the size; ours comes after the header, before the pixels.

    Its warnings about odd metadata go nowhere: what matters is said in `Reading`.
    """
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # a library that was imported for other work may have allowed it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before
