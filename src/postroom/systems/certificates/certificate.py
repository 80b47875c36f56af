"""Owns a whole document: its first pages read, each in the way that suits it, and merged into one certificate.

Runs in a child process; opens the one file that it is given.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from postroom.errors import DocumentError
from postroom.readers import ocr, pdf_page, pdf_words, raster
from postroom.readers.page import page_words
from postroom.readers.word import PageWords
from postroom.systems.certificates import recognise
from postroom.systems.certificates.contract import PAGES
from postroom.systems.certificates.read import field as fields
from postroom.systems.certificates.read import form, page, remark, scan, transform
from postroom.systems.certificates.read.field import Fields
from postroom.systems.certificates.read.picture import Picture
from postroom.systems.certificates.read.trace import Place
from postroom.systems.certificates.read.transform import Transform
from postroom.systems.certificates.recognise import Kind

WORDS = 6_000  # of a page that are looked at; a full certificate has some 800
DPI = 300  # that what was filled into a scan is read with
LABEL_DPI = 200  # that a scan's labels are looked for with: a third of the time, and they are found as well
# What of a scan is not looked at for labels, a little less than the sentences take, for the form may lie a little off:
# left, top, right, bottom, as shares of the page.
_SENTENCES = [
    (left / form.WIDTH, top / form.HEIGHT, right / form.WIDTH, bottom / form.HEIGHT)
    for left, top, right, bottom in (
        (0, 59, form.WIDTH, 110),
        (0, 260, form.WIDTH, 282),
        (320, 672, form.WIDTH, 692),
        (160, 754, 520, 766),
    )
]


@dataclass(frozen=True, slots=True)
class Looked:
    """One page. words: as first read. transform: where the form lies, or None."""

    number: int
    kind: Kind
    words: PageWords
    transform: Transform | None = None


@dataclass(slots=True)
class Reading:
    """parsed: as the contract's ParsedCertificate. places: path -> where. usable: an insured or a coverage."""

    kind: Kind
    parsed: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    pages: list[Looked] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Source: section 5.2, inferred there: no insured and no coverage is an `error`."""
        insured = (self.parsed.get("insured") or {}).get("name")
        return bool(insured or self.parsed.get("coverages"))


def read(path: Path, password: str | None = None, *, pages: int = PAGES) -> Reading:
    """Read the first pages of a PDF. DocumentError if it cannot be opened; Blocked if OCR is needed and missing."""
    handle = raw.FPDF_LoadDocument(os.fsencode(path), None if password is None else password.encode())
    if not handle:
        raise DocumentError("The PDF cannot be opened.", cause=f"PDFium error {raw.FPDF_GetLastError()}")
    document = pdfium.PdfDocument(handle)
    try:
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()  # else a picture of the page lacks what has been filled in
        count = min(len(document), pages)
        filled = fields.fields(path, password, count)
        filled += [Fields()] * (count - len(filled))
        reading = Reading(Kind(None))
        for index in range(count):
            _page(reading, document, index, filled[index])
    finally:
        document.close()
    return _finished(reading)


def _page(reading: Reading, document: pdfium.PdfDocument, index: int, filled: Fields) -> None:
    try:
        opened = document[index]
    except pdfium.PdfiumError as error:
        if index == 0 and len(document) == 1:
            raise DocumentError("The PDF is damaged: its page cannot be read.", cause=error) from error
        return
    try:
        words, found = _labels(opened)
        if found is None and words.source == "text" and pdf_page.coverage(opened) >= pdf_page.COVERAGE:
            # A picture of the form with text typed over it: the labels are in the picture.
            seen, found = _glanced(opened)
            if found is None:
                seen = page_words(opened, ocr="always", dpi=LABEL_DPI)
                found = transform.fit(seen)
            if found is not None:
                words = seen
        kind = recognise.recognise(words, found)
        reading.pages.append(Looked(index + 1, kind, words, found))
        if found is not None and kind.wanted:
            _form(reading, opened, index + 1, words, found, filled)
        elif kind.form == "ACORD 101" or (reading.parsed and index > 0):
            _remarks(reading, page_words(opened, dpi=DPI) if words.source == "ocr" else words, filled, kind)
    finally:
        opened.close()


def _labels(opened: pdfium.PdfPage) -> tuple[PageWords, Transform | None]:
    """The words of the page, and where the form lies."""
    layer = pdf_words.words(opened)
    width, height = float(opened.get_width()), float(opened.get_height())
    if pdf_words.usable(layer, opened):
        words = PageWords(width, height, layer[:WORDS], "text")
        return words, transform.fit(words)
    if not layer and pdf_page.coverage(opened) >= pdf_page.COVERAGE:
        words, found = _glanced(opened)
        if found is not None:
            return words, found
    words = page_words(opened, dpi=LABEL_DPI)
    if len(words.words) > WORDS:
        words = replace(words, words=words.words[:WORDS])
    return words, transform.fit(words)


def _glanced(opened: pdfium.PdfPage) -> tuple[PageWords, Transform | None]:
    """Of a page that is a picture, without the form's long sentences, where they must be if the form fills the page:
    they are half of its print, and nobody needs them."""
    picture = raster.render(opened, LABEL_DPI)
    words = ocr.glance(picture, picture.width / float(opened.get_width()) * 72, _SENTENCES)
    return words, transform.fit(words)


def _form(
    reading: Reading, opened: pdfium.PdfPage, number: int, words: PageWords, found: Transform, filled: Fields
) -> None:
    """One page that is an ACORD 25."""
    drawn: Image.Image | None = None
    covered = pdf_page.coverage(opened) >= pdf_page.COVERAGE
    if words.source == "ocr" or covered:
        drawn = raster.render(opened, DPI)
    picture = Picture.of(drawn, drawn.width / words.width, found) if drawn is not None else None
    spots = None
    hidden = picture is not None and fields.is_hidden(opened)
    if picture is not None and (words.source == "ocr" or hidden):
        # Typed over the picture: a text layer is surer than any recogniser.
        layer = () if hidden else pdf_words.words(opened)
        spots = scan.read(found, picture, words, scan.typed(layer, words, found))
    known = page.sheet(number, words, found, filled, fields.marks(opened), picture, spots)
    result = page.read(known)
    if not reading.parsed:
        reading.parsed = {**result.parsed, "additional_policies": []}
        _more(reading, result)
        reading.places |= result.trace.places
    else:
        _merge(reading, result)


def _more(reading: Reading, result: page.Found) -> None:
    for number, (kind, policy) in enumerate(result.others):
        target = len(reading.parsed["additional_policies"])
        reading.parsed["additional_policies"].append({"coverage": kind, "policy": policy})
        result.trace.moved(f"more.{result.trace.page}.{number}", f"additional_policies.{target}.policy")


def _merge(reading: Reading, result: page.Found) -> None:
    """A second form adds coverages and policies; what the first page says stays."""
    for kind, coverage in result.parsed["coverages"].items():
        held = reading.parsed["coverages"]
        if kind == "other":
            for number, row in enumerate(coverage):
                target = len(held.setdefault("other", []))
                held["other"].append(row)
                result.trace.moved(f"coverages.other.{number}", f"second.coverages.other.{target}")
        elif kind not in held:
            held[kind] = coverage
            result.trace.moved(f"coverages.{kind}", f"second.coverages.{kind}")
        elif coverage != held[kind]:
            result.others.insert(0, (kind, coverage))
            _renumber(result)
            result.trace.moved(f"coverages.{kind}", f"more.{result.trace.page}.0")
    _more(reading, result)
    for path, place in result.trace.places.items():
        if path.startswith("second."):
            reading.places[path.removeprefix("second.")] = place
        elif path.startswith("additional_policies."):
            reading.places[path] = place
    _words(reading, result.parsed["description_of_operations"]["text"])
    if not reading.parsed["insured"]["name"]:
        reading.parsed["insured"] = result.parsed["insured"]


def _renumber(result: page.Found) -> None:
    page_number = result.trace.page
    for place in range(len(result.others) - 1, 0, -1):
        result.trace.moved(f"more.{page_number}.{place - 1}", f"more.{page_number}.{place}")


def _remarks(reading: Reading, words: PageWords, filled: Fields, kind: Kind) -> None:
    """An ACORD 101 continues the description; another page behind a certificate says nothing about it."""
    if kind.form != "ACORD 101" or not reading.parsed:
        return
    lines = [line for line in words.text().splitlines() if not remark.FORM_101.search(line)]
    lines += [word.text for word in filled.words]
    _words(reading, " ".join(lines).strip() or None)


def _words(reading: Reading, more: str | None) -> None:
    described = reading.parsed["description_of_operations"]
    if not more or more == described["text"]:
        return
    text = f"{described['text']} {more}" if described["text"] else more
    signature = described["signature"]
    described |= remark.remarks(text, reading.parsed["certificate_holder"]["name"])
    described["signature"] = signature


def _finished(reading: Reading) -> Reading:
    mine = [looked for looked in reading.pages if looked.kind.wanted and looked.transform is not None]
    named = [looked.kind for looked in reading.pages if looked.kind.form is not None]
    reading.kind = (
        mine[0].kind
        if mine
        else named[0]
        if named
        else Kind(None, blank=all(p.kind.blank for p in reading.pages))
    )
    if reading.parsed:
        reading.parsed = {
            "form": {
                "name": reading.kind.form,
                "edition": reading.kind.edition,
                "pages_read": max(1, len(reading.pages)),
            },
            **reading.parsed,
        }
    return reading
