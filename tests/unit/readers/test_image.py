"""What is told of a picture, and that its size alone can do no harm."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from postroom.errors import DocumentError
from postroom.readers import image, thumbnail


def _saved(path: Path, mode: str, format: str, **options: object) -> Path:
    picture = Image.linear_gradient("L").resize((900, 600)).convert(mode)
    picture.save(path, format, **options)
    return path


@pytest.mark.parametrize(
    ("mode", "format", "media_type"),
    [
        ("RGB", "JPEG", "image/jpeg"),
        ("L", "JPEG", "image/jpeg"),
        ("CMYK", "JPEG", "image/jpeg"),
        ("1", "PNG", "image/png"),
        ("P", "PNG", "image/png"),
        ("LA", "PNG", "image/png"),
        ("RGBA", "PNG", "image/png"),
        ("I;16", "PNG", "image/png"),
        ("F", "TIFF", "image/tiff"),
        ("RGB", "BMP", "image/bmp"),
        ("RGBA", "WEBP", "image/webp"),
        ("RGB", "AVIF", "image/avif"),
        ("RGB", "JPEG2000", "image/jp2"),
        ("P", "GIF", "image/gif"),
    ],
)
def test_every_kind_of_pixel_gets_a_thumbnail(
    tmp_path: Path, mode: str, format: str, media_type: str
) -> None:
    file = _saved(tmp_path / "x", mode, format)
    reading = image.read(file, media_type, thumbnail=tmp_path / "t.webp")
    assert (reading.facts["width"], reading.facts["height"]) == (900, 600)
    with Image.open(tmp_path / "t.webp") as small:
        assert small.size == (thumbnail.EDGE, round(thumbnail.EDGE * 2 / 3))
        greys = small.convert("L").tobytes()
        assert max(greys) - min(greys) > 100  # the picture is still to be seen


def test_a_thumbnail_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = _saved(tmp_path / "x", "RGB", "JPEG", exif=exif, dpi=(300, 200))
    reading = image.read(file, "image/jpeg", thumbnail=tmp_path / "t.webp")
    assert reading.facts["orientation"] == 6
    assert reading.facts["dpi"] == [300.0, 200.0]
    with Image.open(tmp_path / "t.webp") as small:
        assert small.height > small.width


def test_a_bomb_is_described_and_not_decoded(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    (tmp_path / "x").write_bytes(data + chunk(b"IEND", b""))
    reading = image.read(tmp_path / "x", "image/png", thumbnail=tmp_path / "t.webp")
    assert reading.facts["width"] == 100_000
    assert not reading.thumbnail
    assert "not decoded" in reading.warnings[0]


@pytest.mark.parametrize("thumbnails", [True, False])
def test_a_cut_off_picture_fails_whether_a_thumbnail_is_wanted_or_not(
    tmp_path: Path, thumbnails: bool
) -> None:
    file = _saved(tmp_path / "x", "RGB", "JPEG")
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(DocumentError, match="ends in the middle"):
        image.read(file, "image/jpeg", thumbnail=tmp_path / "t.webp" if thumbnails else None)


@pytest.mark.parametrize("media_type", sorted(image.FORMATS))
def test_rubbish_after_the_signature_is_the_documents_fault(tmp_path: Path, media_type: str) -> None:
    format = image.FORMATS[media_type][0]
    file = _saved(tmp_path / "x", "RGB", format)
    file.write_bytes(file.read_bytes()[:24] + b"\xff\x00garbage" * 50)
    with pytest.raises(DocumentError):
        image.read(file, media_type, thumbnail=None)


def test_heic_is_told_from_its_header(tmp_path: Path) -> None:
    boxes = b"".join(struct.pack(">I4sIII", 20, b"ispe", 0, *size) for size in ((512, 512), (4032, 3024)))
    (tmp_path / "x").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40) + boxes)
    facts = image.read(tmp_path / "x", "image/heic", thumbnail=None).facts
    assert (facts["width"], facts["height"]) == (4032, 3024)
