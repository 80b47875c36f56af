"""Owns what PDFium can tell of a PDF: pages, encryption, text, scans, a thumbnail. Knows no kind of document.

Everything is bounded: pages looked at, characters kept, objects counted. What PDFium cannot say (fields,
attachments) is asked of `pdf_catalog`, and only where PDFium says that there is something to ask.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from postroom.errors import DocumentError
from postroom.readers import pdf_catalog, pdf_page
from postroom.readers import thumbnail as thumb

PAGES = 10_000  # pages that are looked at
CHARACTERS = 20_000_000  # characters of text that are kept of one document
_SIZES = 100  # different page sizes that are listed
_STRING = 200  # characters of a string out of the document
_SMALLEST, _LARGEST = 1.0, 200_000.0  # points of a page side between which it is drawn


@dataclass(frozen=True, slots=True)
class Probe:
    """The least that must be known of a PDF before it is worked on.

    pages: as the document says. password: place (from 1) of the one that opened it, 0 if none was needed.
    revision: of the encryption, None without. intact: its cross-reference table was good.
    """

    pages: int
    revision: int | None = None
    password: int = 0
    intact: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """facts: see `read`. pages_failed: of the pages looked at. text, thumbnail: whether they were written."""

    facts: Mapping[str, Any]
    pages_failed: int = 0
    text: bool = False
    thumbnail: bool = False
    warnings: Sequence[str] = ()


def probe(path: Path, passwords: Sequence[str] = ()) -> Probe:
    """Open the PDF and say how many pages it has. All passwords are tried, after none.

    DocumentError: `encrypted` if no password is right, `unreadable` if it is damaged beyond reading.
    """
    with _open(path, passwords) as (document, password):
        pages = len(document)
        if pages < 1:
            raise DocumentError("The PDF has no pages.", code="no_pages")
        revision = raw.FPDF_GetSecurityHandlerRevision(document)
        return Probe(
            pages=pages,
            revision=None if revision < 0 else revision,
            password=password,
            intact=bool(raw.FPDF_DocumentHasValidCrossReferenceTable(document)),
        )


def read(path: Path, password: str | None, *, text: Path | None, thumbnail: Path | None) -> Reading:
    """Read every page once. text, thumbnail: the files to write, or None.

    facts: pdf_version, producer, creator, title; page_sizes (width and height in points, pages as "1-3,7");
    page_kinds (the same ranges under text, scan, drawing, blank, unreadable) and the number of each;
    characters, text_truncated, pages_read; form_fields, form_field_names, attachments, attachment_count,
    signatures. Pages count from 1.
    """
    with _open(path, [] if password is None else [password]) as (document, _):
        form = document.get_formtype() != raw.FORMTYPE_NONE
        if form:
            document.init_forms()  # else the thumbnail lacks what has been filled in
        walk = _Walk(document, thumbnail)
        if text is None:
            walk.all(None)
        else:
            with text.open("w", encoding="utf-8", newline="\n") as out:
                walk.all(out)
        facts = {**_described(document), **walk.facts()}
        facts["signatures"] = max(0, raw.FPDF_GetSignatureCount(document))
        facts["attachment_count"] = max(0, document.count_attachments())
    needed = form or facts["attachment_count"]
    facts |= pdf_catalog.read(path, password) if needed else pdf_catalog.NOTHING
    return Reading(
        facts=facts,
        pages_failed=len(walk.kinds["unreadable"]),
        text=text is not None and walk.characters > 0,
        thumbnail=walk.drawn,
        warnings=walk.warnings,
    )


# --- opening -----------------------------------------------------------------------------------------


@contextmanager
def _open(path: Path, passwords: Sequence[str]) -> Iterator[tuple[pdfium.PdfDocument, int]]:
    document, place = _opened(path, passwords)
    try:
        yield document, place
    finally:
        document.close()


def _opened(path: Path, passwords: Sequence[str]) -> tuple[pdfium.PdfDocument, int]:
    name = os.fsencode(path)
    for place, password in enumerate((None, *passwords)):
        # The bare call: pypdfium2's own way looks at every folder of the path first.
        handle = raw.FPDF_LoadDocument(
            name, None if password is None else password.encode("utf-8", "replace")
        )
        if handle:
            return pdfium.PdfDocument(handle), place
        code = raw.FPDF_GetLastError()
        if code != raw.FPDF_ERR_PASSWORD:
            raise _damage(path, code)
    tried = f"none of the {len(passwords)} given passwords opens it" if passwords else "no password was given"
    raise DocumentError(f"The PDF is encrypted, and {tried}.", code="encrypted")


def _damage(path: Path, code: int) -> DocumentError:
    """What a person would say is wrong with a file that PDFium does not open."""
    cause = f"PDFium error {code}"
    if code == raw.FPDF_ERR_SECURITY:
        sentence = "The PDF is encrypted in a way that is not supported (not by a password)."
        return DocumentError(sentence, code="encrypted", cause=cause)
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - 1024))
        ended = b"%%EOF" in file.read()
    if ended:
        sentence = "The PDF is damaged: no page could be found in it."
        return DocumentError(sentence, cause=cause)
    sentence = (
        "The file ends in the middle: the PDF has no cross-reference table and no page could be recovered."
    )
    return DocumentError(sentence, code="truncated", cause=cause)


def _described(document: pdfium.PdfDocument) -> dict[str, Any]:
    version = document.get_version()
    facts: dict[str, Any] = {"pdf_version": f"{version // 10}.{version % 10}" if version else None}
    for key in ("Producer", "Creator", "Title"):
        value = document.get_metadata_value(key)[:_STRING].replace("\0", "").strip()
        facts[key.lower()] = value or None
    return facts


# --- pages -------------------------------------------------------------------------------------------


class _Page(pdfium.PdfPage):  # type: ignore[misc]
    """A page that is closed by whoever has opened it: what pypdfium2 does so that none is ever forgotten takes
    longer than all else that is done in Python for a page."""

    def __init__(self, handle: Any, document: pdfium.PdfDocument) -> None:
        self.raw = handle
        self.pdf = document
        self.formenv = document.formenv
        if self.formenv:
            raw.FORM_OnAfterLoadPage(handle, self.formenv)

    def close(self) -> None:
        self._close_impl(self.raw, self.formenv)


@dataclass(slots=True)
class _Walk:
    """One pass over the pages, and what it has found so far."""

    document: pdfium.PdfDocument
    thumbnail: Path | None
    kinds: dict[str, list[int]] = field(
        default_factory=lambda: {kind: [] for kind in ("text", "scan", "drawing", "blank", "unreadable")}
    )
    sizes: dict[tuple[float, float], list[int]] = field(default_factory=dict)
    characters: int = 0
    truncated: bool = False
    drawn: bool = False
    warnings: list[str] = field(default_factory=list)

    def all(self, out: TextIO | None) -> None:
        pages = len(self.document)
        for index in range(min(pages, PAGES)):
            if index and out is not None:
                out.write("\f")
            handle = raw.FPDF_LoadPage(self.document, index)
            if not handle:
                self.kinds["unreadable"].append(index + 1)
                continue
            page = _Page(handle, self.document)
            try:
                self._page(page, index, out)
            finally:
                page.close()
        if pages > PAGES:
            self.warnings.append(f"The PDF has {pages:,} pages; the first {PAGES:,} were read.")
        if unreadable := self.kinds["unreadable"]:
            self.warnings.append(f"Damaged, not readable: page {ranges(unreadable)}.")

    def _page(self, page: pdfium.PdfPage, index: int, out: TextIO | None) -> None:
        size = (round(page.get_width(), 2), round(page.get_height(), 2))
        if size in self.sizes or len(self.sizes) < _SIZES:
            self.sizes.setdefault(size, []).append(index + 1)
        text, cut = pdf_page.text(page, CHARACTERS - self.characters)
        self.truncated = self.truncated or cut
        self.characters += len(text)
        self.kinds[pdf_page.kind(page, text)].append(index + 1)
        if out is not None:
            out.write(text)
        if index == 0 and self.thumbnail is not None:
            self._draw(page, size, self.thumbnail)

    def _draw(self, page: pdfium.PdfPage, size: tuple[float, float], file: Path) -> None:
        if not (min(size) >= _SMALLEST and max(size) <= _LARGEST):
            self.warnings.append(f"Page 1 measures {size[0]} × {size[1]} points: there is no thumbnail.")
            return
        # Four bytes a pixel, red first, is what Pillow uses itself: no copy, no conversion.
        bitmap = page.render(scale=thumb.EDGE / max(size), rev_byteorder=True, prefer_bgrx=True)
        thumb.save(bitmap.to_pil(), file)
        bitmap.close()
        self.drawn = True

    def facts(self) -> dict[str, Any]:
        return {
            "pages_read": min(len(self.document), PAGES),
            "page_sizes": [
                {"width": width, "height": height, "pages": ranges(pages)}
                for (width, height), pages in self.sizes.items()
            ],
            "page_kinds": {kind: ranges(pages) for kind, pages in self.kinds.items() if pages},
            **{f"{kind}_pages": len(pages) for kind, pages in self.kinds.items()},
            "characters": self.characters,
            "text_truncated": self.truncated,
        }


def ranges(pages: Sequence[int]) -> str:
    """Ascending page numbers as people write them: [1, 2, 3, 7] -> "1-3,7"."""
    parts: list[str] = []
    start = last = 0
    for page in (*pages, 0):
        if page == last + 1 and start:
            last = page
            continue
        if start:
            parts.append(str(start) if start == last else f"{start}-{last}")
        start = last = page
    return ",".join(parts)
