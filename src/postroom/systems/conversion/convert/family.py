"""Owns which converter a document goes to, by its content. Refuses to know how any of them works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from postroom.errors import DocumentError
from postroom.readers import sniff
from postroom.systems.conversion.convert import archive, html, image, mail, msg, office, pdf, text
from postroom.systems.conversion.convert.work import Work

Converter = Callable[[Work, Path, str], Path]  # (work, file, media type) -> PDF, not encrypted

_FAMILIES: Mapping[str, Converter] = {
    sniff.PDF: pdf.convert,
    **dict.fromkeys(image.TYPES, image.convert),
    **dict.fromkeys((sniff.PLAIN, "application/xml", "application/json"), text.convert),
    **dict.fromkeys((sniff.CSV, sniff.TSV), text.convert_table),
    "text/html": html.convert,
    "image/svg+xml": html.convert_drawing,
    **dict.fromkeys(office.EXTENSIONS, office.convert),
    sniff.LOCKED_OFFICE: office.convert_locked,
    "message/rfc822": mail.convert,
    "application/vnd.ms-outlook": msg.convert,
    sniff.ZIP: archive.convert,
}


def knows(media_type: str) -> bool:
    return media_type in _FAMILIES


def unsupported(name: str, media_type: str) -> DocumentError:
    return DocumentError(
        f"'{name}' is of a kind that is not converted: {media_type}.", code="unsupportedFormat"
    )


def to_pdf(work: Work, file: Path) -> Path:
    """The document as a PDF that is not encrypted. DocumentError with the contract's codes."""
    media_type = sniff.sniff(file, work.name)
    if media_type == sniff.EMPTY:
        raise DocumentError(f"'{work.name}' is empty: it has no bytes.", code="corrupt")
    if media_type not in _FAMILIES:
        raise unsupported(work.name, media_type)
    return _FAMILIES[media_type](work, file, media_type)
