"""The media type is told by content; the name decides only between kinds of plain text."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from postroom.readers.sniff import sniff


def _zip(*members: str, **bodies: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in members:
            archive.writestr(name, bodies.get(name, "x"))
    return out.getvalue()


def _odt() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    return out.getvalue()


def _ole(stream: str) -> bytes:
    """A compound file with one directory sector, as its header says, and one allocation sector."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 1)  # directory
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    allocation = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    raw = (stream + "\0").encode("utf-16-le")
    entry = raw.ljust(64, b"\0") + struct.pack("<H", len(raw)) + bytes(62)
    return bytes(header) + allocation + (entry + bytes(384))


_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPES = "[Content_Types].xml"
_CASES: list[tuple[str, bytes, str]] = [
    ("a.txt", b"", "application/x-empty"),
    ("a.txt", b"%PDF-1.7\n", "application/pdf"),
    ("a", b"junk\r\n" * 100 + b"%PDF-1.4\n", "application/pdf"),
    ("a.txt", b"x" * 2000 + b"%PDF-1.4", "text/plain"),
    ("a.pdf", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
    ("a.pdf", b"\x89PNG\r\n\x1a\n\0\0\0\x0d", "image/png"),
    ("a", b"GIF89a\x01\0", "image/gif"),
    ("a", b"II*\0\x08\0\0\0", "image/tiff"),
    ("a", b"MM\0*\0\0\0\x08", "image/tiff"),
    ("a", b"BM" + struct.pack("<IHHII", 100, 0, 0, 54, 40) + bytes(60), "image/bmp"),
    ("a", b"BMW is a car maker in Munich.\n", "text/plain"),
    ("a", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ("a", b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
    ("a", b"\0\0\0\x18ftypavif\0\0\0\0", "image/avif"),
    ("a", b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", "image/jp2"),
    ("a.bin", _zip("readme"), "application/zip"),
    ("a", _zip(_TYPES, "word/document.xml"), _OFFICE + "wordprocessingml.document"),
    ("a", _zip(_TYPES, "xl/workbook.xml"), _OFFICE + "spreadsheetml.sheet"),
    ("a", _zip(_TYPES, "word/document.xml")[:-30], _OFFICE + "wordprocessingml.document"),
    ("a", _zip(_TYPES, "ppt/slides/slide1.xml"), _OFFICE + "presentationml.presentation"),
    ("a", _odt(), "application/vnd.oasis.opendocument.text"),
    ("a", _ole("WordDocument"), "application/msword"),
    ("a", _ole("Workbook"), "application/vnd.ms-excel"),
    ("a", _ole("__properties_version1.0"), "application/vnd.ms-outlook"),
    ("a", _ole("Something"), "application/x-ole-storage"),
    ("a", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    ("a.txt", b"{\\rtf1\\ansi hello}", "application/rtf"),
    ("a", b"<?xml version='1.0'?>\n<invoice/>", "application/xml"),
    ("a", b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><svg xmlns='y'/>", "image/svg+xml"),
    ("a.txt", b"\n<!DOCTYPE html><p>x", "text/html"),
    ("a", b"<html lang='de'><body>", "text/html"),
    ("a", b'{"a": [1, 2]}', "application/json"),
    ("a", b"[1, 2, 3]", "application/json"),
    ("a.json", b"{not json}", "text/plain"),
    ("a", b"[Section]\nkey=value\n", "text/plain"),
    ("a", b"From: a@example.com\r\nTo: b@example.com\r\nMIME-Version: 1.0\r\n\r\nhi", "message/rfc822"),
    ("a", b"From: Anna\nTo: Bert\nSubject: lunch\n\nhi", "text/plain"),
    ("a.csv", b"name\nanna\nbert\n", "text/csv"),
    ("a.csv", b"a\tb\n1\t2\n", "text/tab-separated-values"),
    ("a.txt", b"a,b,c\n1,2,3\n4,5,6\n", "text/plain"),
    ("a", b"a,b,c\n1,2,3\n4,5,6\n", "text/csv"),
    ("a", b"Dear Sir,\nthank you,\nyours,\n", "text/plain"),
    ("a", "a;b;c\n1;2;3\nä;ö;ü\n".encode("utf-16"), "text/csv"),
    ("a", "Grüße\n".encode("cp1252"), "text/plain"),
    ("a", b"\x1f\x8b\x08\0\0", "application/gzip"),
    ("a.txt", b"\0\x01\x02", "application/octet-stream"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "expected"), _CASES)
def test_the_content_decides(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    file = tmp_path / "document"
    file.write_bytes(data)
    assert sniff(file, name) == expected


def test_an_ole_file_whose_directory_is_a_ring_ends(tmp_path: Path) -> None:
    data = bytearray(_ole("Something"))
    struct.pack_into("<I", data, 512 + 4, 1)  # sector 1 is followed by sector 1
    (tmp_path / "x").write_bytes(bytes(data))
    assert sniff(tmp_path / "x", "x") == "application/x-ole-storage"
