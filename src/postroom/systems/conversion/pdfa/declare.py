"""Owns what a document says of itself: its information, and which PDF/A it claims to be."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

import pikepdf
from pikepdf import Name, Pdf, pdfa

Meta = Mapping[str, str]  # of TITLE, AUTHOR, SUBJECT, KEYWORDS

_XMP = {"TITLE": "dc:title", "AUTHOR": "dc:creator", "SUBJECT": "dc:description", "KEYWORDS": "pdf:Keywords"}
_INFO = {"TITLE": "/Title", "AUTHOR": "/Author", "SUBJECT": "/Subject", "KEYWORDS": "/Keywords"}
_CLAIM = {
    key: re.compile(rb"pdfaid:" + key.encode() + rb"\s*(?:=\s*[\"']|>)\s*([0-9A-Za-z])")
    for key in ("part", "conformance")
}
_PACKET = 4 << 20  # bytes of XMP that are looked at


def describe(pdf: Pdf, meta: Meta) -> None:
    """Set the document's information, in both places where a PDF has it."""
    if not meta:
        return
    for key, text in meta.items():
        pdf.docinfo[_INFO[key]] = text
    try:
        _set_xmp(pdf, meta)
    except (ValueError, TypeError, KeyError, pikepdf.PdfError):
        # A packet that cannot be read cannot be changed either; a new one is made.
        with contextlib.suppress(KeyError):
            del pdf.Root[Name.Metadata]
        _set_xmp(pdf, meta)


def _set_xmp(pdf: Pdf, meta: Meta) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
        for key, text in meta.items():
            packet[_XMP[key]] = [text] if key == "AUTHOR" else text


def claimed(pdf: Pdf) -> str | None:
    """The flavour that the document claims, as "2b"; None if it claims none."""
    try:
        packet = pdf.Root[Name.Metadata].read_bytes()[:_PACKET]
    except (KeyError, AttributeError, pikepdf.PdfError):
        return None
    found = {key: pattern.search(packet) for key, pattern in _CLAIM.items()}
    part, level = found["part"], found["conformance"]
    if part is None or level is None:
        return None
    return (part[1] + level[1]).decode().lower()


def tagged(pdf: Pdf) -> bool:
    marks = pdf.Root.get(Name.MarkInfo)
    return (
        isinstance(marks, pikepdf.Dictionary)
        and bool(marks.get(Name.Marked, False))
        and isinstance(pdf.Root.get(Name.StructTreeRoot), pikepdf.Dictionary)
    )


LEVELS = {1: "ab", 2: "aub", 3: "aub"}


def levels(pdf: Pdf, part: int) -> str:
    """The levels worth trying, best first. A document without structure starts at u (at b in PDF/A-1)."""
    order = LEVELS[part]
    return order if tagged(pdf) else order[1:]


def save(pdf: Pdf, file: Path, part: int, level: str) -> None:
    """Write the document to `file` as one that claims this flavour. `prepare` has been called."""
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
        packet["pdfaid:part"] = str(part)
        packet["pdfaid:conformance"] = level.upper()
    how = pdfa.resolve_save_kwargs(f"{part}b")
    if (
        not how["force_version"] and pdf.pdf_version >= "2"
    ):  # all that is new there was seen to, or is no harm
        how["force_version"] = "1.7"
    pdf.save(file, **how)
