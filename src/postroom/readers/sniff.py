"""Owns what kind of file a document is, told by its content. Refuses to know what anybody does with it.

Only a bounded head is read, and of a ZIP or OLE file its directory, bounded too. The name has no say, except
between kinds of plain text, where content alone cannot tell (a CSV of one column is also a text).

Why a table of our own and not a general library: a mailroom must be right about some thirty types, and the
general tables answer with embroidery formats for a TAR and cannot look inside ZIP, OLE or text at all.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from postroom.readers import delimiter

HEAD = 64 << 10  # bytes of the file that are looked at
_START = 4 << 10  # bytes that tell all kinds but texts and what is inside a ZIP
_ZIP_DIRECTORY = 4 << 20  # a larger ZIP directory is not looked into (some 80,000 members)
_OLE_SECTORS = 256  # directory sectors of an OLE file that are looked at
_OLE_TABLES = 64  # sectors that say where its allocation tables are
_OLE_END = 0xFFFFFFFA  # from here on: end of chain, free, or reserved

EMPTY = "application/x-empty"
BINARY = "application/octet-stream"
PLAIN = "text/plain"
CSV = "text/csv"
TSV = "text/tab-separated-values"
PDF = "application/pdf"
ZIP = "application/zip"
OLE = "application/x-ole-storage"

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = _OFFICE + "wordprocessingml.document"
XLSX = _OFFICE + "spreadsheetml.sheet"
PPTX = _OFFICE + "presentationml.presentation"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
XLS = "application/vnd.ms-excel"
DOC = "application/msword"
LOCKED_OFFICE = "application/x-ole-encrypted-office"
PPT = "application/vnd.ms-powerpoint"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"

# (offset, bytes, media type), first match wins: longer and surer ones come first.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"II+\0\x08\0\0\0", "image/tiff"),
    (0, b"MM\0+\0\x08\0\0", "image/tiff"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image/jp2"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"%!PS", "application/postscript"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
)
_BITMAP_HEADERS = {struct.pack("<I", size) for size in (12, 40, 52, 56, 64, 108, 124)}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_FTYP = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "image/heic"),
    **dict.fromkeys((b"mif1", b"msf1"), "image/heif"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"isom", b"iso2", b"mp41", b"mp42", b"M4V "), "video/mp4"),
    b"qt  ": "video/quicktime",
    b"jp2 ": "image/jp2",
}
_OLE_STREAMS = {
    "WordDocument": DOC,
    "Workbook": XLS,
    "Book": XLS,
    "PowerPoint Document": PPT,
    "__properties_version1.0": "application/vnd.ms-outlook",
    "EncryptedPackage": LOCKED_OFFICE,
}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROL = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 27})
_MARKUP = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*|<!--.{0,4000}?-->\s*)*", re.S)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|table|div|p|h1)[\s>]", re.I)
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]", re.M)
_MAIL_HEADERS = {"from", "to", "subject", "date", "received", "message-id", "mime-version", "return-path"}
_JSON_START = re.compile(r'\s*(?:\{\s*(?:"|\})|\[\s*(?:["{\[\]\d-]|true|false|null))')


def sniff(path: Path, name: str) -> str:
    """The media type of the file at `path`, told by its content. `name` is the document's own name.

    `application/x-empty` for no bytes at all, `application/octet-stream` for bytes that nobody knows.
    """
    with path.open("rb") as file:
        head = file.read(_START)
        if not head:
            return EMPTY
        kind = _signature(head)
        if kind in (None, ZIP):
            head += file.read(HEAD - _START)
        if kind == ZIP:
            return _inside_zip(file, head)
        if kind == OLE:
            return _inside_ole(file, head)
        # Some senders put a mail header or a BOM before the PDF; readers accept up to 1024 bytes of it.
        if kind is None and b"%PDF-" in head[:1029]:
            return PDF
        return kind or _text(head, name)


def _signature(head: bytes) -> str | None:
    if head.startswith(b"%PDF-"):
        return PDF
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return _FTYP.get(head[8:12], "video/mp4")
    # "BM" alone is two letters of English; the reserved zeros and a known header size make it a bitmap.
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] in _BITMAP_HEADERS:
        return "image/bmp"
    for offset, magic, kind in _SIGNATURES:
        if head.startswith(magic, offset):
            return kind
    return None


# --- containers --------------------------------------------------------------------------------------


def _inside_zip(file: BinaryIO, head: bytes) -> str:
    # OpenDocument and EPUB put an uncompressed member `mimetype` first.
    match = re.match(rb"PK\x03\x04.{22}\x08\0.{2}mimetype(application/[\w.+-]{1,100})PK", head, re.S)
    if match:
        return match[1].decode("ascii")
    names = _zip_names(file, head)
    if "[Content_Types].xml" in names:
        for folder, kind in (("word/", DOCX), ("ppt/", PPTX)):
            if any(name.startswith(folder) for name in names):
                return kind
        if any(name.startswith("xl/") for name in names):
            return XLSB if "xl/workbook.bin" in names else XLSX
    if "META-INF/MANIFEST.MF" in names:
        return "application/java-archive"
    return ZIP


def _zip_names(file: BinaryIO, head: bytes) -> set[str]:
    """Member names by the directory; by the local headers in the head if it is lost or too large."""
    try:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_557))
        tail = file.read(65_557)
        end = tail.rfind(b"PK\x05\x06")
        if end >= 0 and struct.unpack_from("<I", tail, end + 12)[0] <= _ZIP_DIRECTORY:
            with zipfile.ZipFile(file) as archive:
                return set(archive.namelist())
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError):
        pass
    names = set()
    for match in re.finditer(rb"PK\x03\x04.{22}(..)..", head, re.S):
        raw = head[match.end() : match.end() + int.from_bytes(match[1], "little")]
        names.add(raw.decode("utf-8", "replace"))
    return names


def _inside_ole(file: BinaryIO, head: bytes) -> str:
    """Follow the directory chain of a compound file, bounded, and go by the names of its streams."""
    try:
        size = 1 << struct.unpack_from("<H", head, 30)[0]
        if size not in (512, 4096):
            return OLE
        sector = struct.unpack_from("<I", head, 48)[0]
        allocation = list(struct.unpack_from("<109I", head, 76))
        more = struct.unpack_from("<I", head, 68)[0]
        for _ in range(_OLE_TABLES):  # a file of more than 7 MB has tables that its head does not name
            if more >= _OLE_END:
                break
            *found, more = struct.unpack(f"<{size // 4}I", _sector(file, more, size))
            allocation += found
        names: set[str] = set()
        for _ in range(_OLE_SECTORS):
            names |= _ole_names(_sector(file, sector, size))
            index, offset = divmod(sector, size // 4)
            if index >= len(allocation):
                break
            sectors = _sector(file, allocation[index], size)
            sector = struct.unpack_from("<I", sectors, offset * 4)[0]
            if sector >= _OLE_END:
                break
    except (struct.error, ValueError, OSError):
        return OLE
    return next((kind for stream, kind in _OLE_STREAMS.items() if stream in names), OLE)


def _sector(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    return file.read(size)


def _ole_names(sector: bytes) -> set[str]:
    names = set()
    for start in range(0, len(sector) - 127, 128):
        length = struct.unpack_from("<H", sector, start + 64)[0]
        if 2 < length <= 64:
            names.add(sector[start : start + length - 2].decode("utf-16-le", "replace"))
    return names


# --- text --------------------------------------------------------------------------------------------


def _text(head: bytes, name: str) -> str:
    text = _decoded(head)
    if text is None:
        return BINARY
    whole = len(head) < HEAD
    return _markup(text) or _json(text, whole) or _mail(text) or _table(text, name, whole) or PLAIN


def _decoded(head: bytes) -> str | None:
    """The head as text, good enough to look at its structure; None if it is no text."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace")
    if len(head.translate(None, _CONTROL)) < len(head):
        return None
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        # Structure is ASCII in every encoding that gets here, so any one-byte decoding shows it.
        return head.decode("latin-1")


def _markup(text: str) -> str | None:
    start = _MARKUP.match(text)
    position = start.end() if start else 0
    if _HTML.match(text, position):
        return "text/html"
    declared = text.lstrip().startswith("<?xml")
    element = _ELEMENT.match(text, position)
    if element and element[1].lower() == "svg":
        return "image/svg+xml"
    if declared or (element and "xmlns" in text[position : position + 2000]):
        return "application/xml"
    if text.startswith("<!DOCTYPE ", position):
        return "application/xml"
    return None


def _json(text: str, whole: bool) -> str | None:
    if not _JSON_START.match(text):
        return None
    if whole:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return None
    return "application/json"


def _mail(text: str) -> str | None:
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    if not _HEADER.match(head):
        return None
    found = {match[1].lower() for match in _HEADER.finditer(head)}
    # A letter may say "From:" and "To:" too; a mail has a third one that people do not type.
    technical = {"message-id", "mime-version", "received", "return-path"}
    return "message/rfc822" if len(found & _MAIL_HEADERS) >= 3 and found & technical else None


def _table(text: str, name: str, whole: bool) -> str | None:
    """Here alone the name decides: what is called CSV is one if it is text, what is called TXT is none."""
    extension = Path(name).suffix.lower()
    if extension in (".csv", ".tsv", ".tab"):
        return TSV if delimiter.guess(text, whole=whole) == "\t" else CSV
    if extension in (".txt", ".text", ".log", ".md", ".rst"):
        return None
    mark = delimiter.regular(text, whole=whole)
    return None if mark is None else TSV if mark == "\t" else CSV
