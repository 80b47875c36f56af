"""Owns what a child does for `bills`: what is asked of a file when it is checked, and what is made of it later.

It joins the readers, the classification and the reading, and holds no rule about bills of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from postroom.errors import DocumentError
from postroom.ports import Checked, Part, Problem, Processed, Source, Task
from postroom.readers import page as reader
from postroom.readers import pdf, sniff
from postroom.readers.word import PageWords
from postroom.systems.bills.classify import classify
from postroom.systems.bills.fingerprint import fingerprint
from postroom.systems.bills.read import bill
from postroom.systems.bills.read.document import opened

PAGES = 150  # of a PDF: the contract's limit
PICTURES = ("image/png", "image/jpeg")
UNSUPPORTED = "Unsupported file type."  # the contract's sentences
TOO_MANY = "PDF exceeds the 150 page limit."
TOO_LARGE = "File exceeds the 25 MB limit."
FILE_SIZE = 25 << 20  # bytes


def check(task: Task) -> Checked:
    """Size, type by content, and the pages of a PDF."""
    source = _source(task)
    if source.size > FILE_SIZE:
        return Checked(parts=(), problem=Problem("too_large", TOO_LARGE), rejected=True)
    media_type = sniff.sniff(source.file, source.name)
    if media_type in PICTURES:
        return Checked(media_type, {"pages": 1}, parts=(Part(pages=1),))
    if media_type != sniff.PDF:
        problem = Problem("unsupported_type", UNSUPPORTED)
        return Checked(media_type, parts=(), problem=problem, rejected=True)
    try:
        pages = pdf.probe(source.file).pages
    except DocumentError as error:
        return Checked(media_type, parts=(), problem=Problem(error.code, error.message))
    facts = {"pages": pages}
    if pages > PAGES:
        problem = Problem("too_many_pages", TOO_MANY)
        return Checked(media_type, facts, parts=(), problem=problem, rejected=True)
    return Checked(media_type, facts, parts=(Part(pages=pages),))


def process(task: Task) -> Processed:
    """Read the words, tell the class, and read what a bill says.

    result: utility (bool), score, reasons; pages: how each was read (text, ocr, none). Of a bill also
    document, provenance and facts (see `read.bill.Reading`) and fingerprint (see `fingerprint`).
    """
    source = _source(task)
    read = list(words(source.file, source.media_type or sniff.sniff(source.file, source.name)))
    document = opened(read)
    verdict = classify(document)
    result: dict[str, Any] = {
        "utility": verdict.utility,
        "score": verdict.score,
        "reasons": [list(reason) for reason in verdict.reasons],
        "pages": [one.source for one in read],
    }
    if verdict.utility:
        reading = bill.assemble(document)
        result["document"] = reading.document
        result["provenance"] = reading.provenance
        result["facts"] = reading.facts
        result["fingerprint"] = fingerprint(reading.document, reading.facts).stored()
    return Processed(result)


def words(file: Path, media_type: str) -> Iterator[PageWords]:
    """The words of each page, by text layer or by OCR. DocumentError if nothing can be opened."""
    if media_type in PICTURES:
        yield reader.image_words(file, media_type, leaning=True)
        return
    try:
        document = pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        raise DocumentError("The PDF is damaged.", cause=error) from error
    try:
        for place in range(min(len(document), PAGES)):
            try:
                page = document[place]
            except pdfium.PdfiumError:
                continue
            try:
                yield reader.page_words(page, leaning=True)
            finally:
                page.close()
    finally:
        document.close()


def _source(task: Task) -> Source:
    if task.source is None:
        raise ValueError("a chunk of bills always has a document")
    return task.source
