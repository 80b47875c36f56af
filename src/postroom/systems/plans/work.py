"""Owns what a child does for `plans`: what is asked of a file when it is checked, of its pages, of the whole set.

It joins the parts of this package for the engine, and holds no rule about sheets or sections of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from postroom.errors import DocumentError
from postroom.ports import Artifact, Checked, Part, Problem, Processed, Source, Task
from postroom.readers import image, pdf, pdf_words, sniff
from postroom.readers import page as reader
from postroom.systems.plans import apart, outcome
from postroom.systems.plans import finish as ending
from postroom.systems.plans.contract import CLASSIFICATIONS
from postroom.systems.plans.read import classify, evidence, page
from postroom.systems.plans.read.page import Made, Wish

PAGES = 10_000  # of one document
CHUNK = 5  # pages of a chunk: what one page does to its process costs no more than these
CHUNK_SCANNED = 2  # pages of a chunk of a document with scans: each of them takes many times as long
_SAMPLE = 8  # pages that are looked at to know whether there are scans
_PEEKED = 60  # small pages in landscape whose content is asked whether they are drawings
_PICTURES = ("image/png", "image/jpeg", "image/tiff", "image/webp", "image/bmp")
# What readers call broken, in the words of this desk.
_CODES = {"truncated": "unreadable", "empty": "empty_document", "too_large": "unsupported_format"}


def check(task: Task) -> Checked:
    """Type, pages, and which of them are drawings: what must be known before work is planned."""
    source = _source(task)
    media_type = sniff.sniff(source.file, source.name)
    hint = _hint(source)
    try:
        if media_type == sniff.EMPTY:
            raise DocumentError("The document is empty: it has no bytes.", code="empty_document")
        if media_type == sniff.PDF:
            limit = task.options.get("page_limit", 0)
            kinds, size = _survey_pdf(source.file, hint, limit, careful=task.attempt > 0)
        elif media_type in _PICTURES:
            kinds, size = _survey_picture(source.file, media_type, hint), CHUNK_SCANNED
        else:
            raise DocumentError("The document is neither a PDF nor a picture.", code="unsupported_format")
    except DocumentError as error:
        code = _CODES.get(error.code, error.code)
        known = {"classification": hint} if hint else {}
        return Checked(media_type, known, (), Problem(code, error.message))
    drawings = sum(kind == classify.DRAWING for kind in kinds)
    facts: dict[str, Any] = {
        "pages": len(kinds),
        "drawing_pages": drawings,
        "document_pages": len(kinds) - drawings,
    }
    if hint is not None:
        facts |= {"classification": hint}
    return Checked(media_type, facts, tuple(_parts(kinds, size)))


def process(task: Task) -> Processed:
    """Read the pages of one chunk, each for itself: each in its own process, if one took ours down before."""
    source = _source(task)
    first, last = task.part.range["first"], task.part.range["last"]
    drawings = set(task.part.range["drawings"])
    made: list[Made] = []
    wishes = {
        number: Wish(
            classify.DRAWING if number in drawings else classify.DOCUMENT,
            task.options.get("images", "full"),
            task.options.get("ocr", "auto"),
        )
        for number in range(first, last + 1)
    }
    for number, result in _read(source, wishes, task.scratch, careful=task.attempt > 0):
        task.say(f"Reading page {number} of '{source.name}'.")
        made.append(result)
    failures = [one for one in made if one.problem is not None]
    artifacts = [
        Artifact(page.names(one.number)[which], file, "image/webp")
        for one in made
        for which, file in one.pictures.items()
    ]
    notes = outcome.write_evidence(made, task.scratch / "reading.json")
    artifacts.append(Artifact(f"reading/{first:05d}.json", notes, "application/json"))
    return Processed(
        artifacts=artifacts,
        pages_failed=len(failures),
        warnings=[f"Page {one.number}: {one.problem[1]}" for one in failures if one.problem][:20],
        payload=outcome.write_rows(made, task.scratch),
    )


def finish(task: Task) -> Processed:
    """Decide title blocks over the whole set, cut specifications into sections, classify the files."""
    task.say("Reading the title blocks of the whole set.")
    return Processed(payload=ending.write(task.sources, task.scratch))


def _source(task: Task) -> Source:
    if task.source is None:
        raise ValueError("a chunk of plans always has a document")
    return task.source


def _hint(source: Source) -> str | None:
    hint = source.facts.get("classification")
    return hint if hint in CLASSIFICATIONS else None


# --- checking -----------------------------------------------------------------------------------------


def _survey_pdf(file: Path, hint: str | None, limit: int, *, careful: bool) -> tuple[list[str], int]:
    """The kind of each page, and how many pages make a chunk.

    careful: no page is opened; one of them may have taken the process down before.
    """
    found = pdf.probe(file)
    most = min(PAGES, limit) if limit else PAGES
    if found.pages > most:
        raise DocumentError(
            f"The document has {found.pages:,} pages; at most {most:,} are allowed.",
            code="page_limit_exceeded",
        )
    document = pdfium.PdfDocument(file)
    try:
        kinds = [_kind(document, index, hint) for index in range(found.pages)]
        unsure = [] if careful else [index for index, kind in enumerate(kinds) if kind is None]
        for index in unsure[:_PEEKED]:
            kinds[index] = _peeked(document, index)
        step = max(1, found.pages // _SAMPLE)
        scanned = careful or any(_is_scan(document, index) for index in range(0, found.pages, step))
    finally:
        document.close()
    # Pages that cannot be opened, or are too many to be looked at, are as most others are.
    drawings, documents = (kinds.count(kind) for kind in (classify.DRAWING, classify.DOCUMENT))
    usual = classify.DRAWING if drawings > documents or hint == classify.PLANS else classify.DOCUMENT
    return [kind or usual for kind in kinds], CHUNK_SCANNED if scanned else CHUNK


def _kind(document: pdfium.PdfDocument, index: int, hint: str | None) -> str | None:
    size = raw.FS_SIZEF()
    if not raw.FPDF_GetPageSizeByIndexF(document, index, size):
        return None
    return classify.by_size(size.width, size.height, hint)


def _peeked(document: pdfium.PdfDocument, index: int) -> str | None:
    try:
        opened = document[index]
    except pdfium.PdfiumError:
        return None
    try:
        words = reader.page_words(opened, ocr="never")
        return classify.by_block(evidence.note(index + 1, words))
    finally:
        opened.close()


def _is_scan(document: pdfium.PdfDocument, index: int) -> bool:
    try:
        opened = document[index]
    except pdfium.PdfiumError:
        return False
    try:
        return not pdf_words.usable(pdf_words.words(opened), opened) and raw.FPDFPage_CountObjects(opened) > 0
    finally:
        opened.close()


def _survey_picture(file: Path, media_type: str, hint: str | None) -> list[str]:
    """One page; of a TIFF, as many as it has."""
    with image.decoding(file, media_type) as picture:
        frames = min(int(getattr(picture, "n_frames", 1)), PAGES) if media_type == "image/tiff" else 1
        points = 72 / reader.resolution(picture)
        width, height = picture.width * points, picture.height * points
    # What is as large as a letter only, as photographs are taken to be, is no drawing unless its client says so.
    return [classify.by_size(width, height, hint) or classify.DOCUMENT] * frames


def _parts(kinds: Sequence[str], size: int) -> Iterator[Part]:
    for start in range(0, len(kinds), size):
        pages = range(start + 1, min(start + size, len(kinds)) + 1)
        drawings = [number for number in pages if kinds[number - 1] == classify.DRAWING]
        yield Part({"first": pages[0], "last": pages[-1], "drawings": drawings}, pages=len(pages))


# --- processing ---------------------------------------------------------------------------------------


def _read(
    source: Source, wishes: Mapping[int, Wish], scratch: Path, *, careful: bool
) -> Iterator[tuple[int, Made]]:
    media_type = source.media_type or sniff.sniff(source.file, source.name)
    with _opened(source.file, media_type) as document:
        for number, wish in wishes.items():
            read = partial(_page, source.file, media_type, document, number, wish, scratch)
            found = apart.done(read, scratch) if careful else read()
            yield (
                number,
                found or page.failed(number, wish, "page_died", "The page ended the process that read it."),
            )


@contextmanager
def _opened(file: Path, media_type: str) -> Iterator[pdfium.PdfDocument | None]:
    """The document, if it is a PDF."""
    if media_type != sniff.PDF:
        yield None
        return
    document = pdfium.PdfDocument(file)
    try:
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()  # else pictures lack what has been filled in
        yield document
    finally:
        document.close()


def _page(
    file: Path, media_type: str, document: pdfium.PdfDocument | None, number: int, wish: Wish, scratch: Path
) -> Made:
    if document is None:
        return page.of_picture(file, media_type, number, wish, scratch)
    return page.of_pdf(document, number, wish, scratch)
