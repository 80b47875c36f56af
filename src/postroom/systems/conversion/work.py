"""Owns what a child does for each workflow: what is made of each document, and of all of them at the end.

Imported in children only: its tools are larger than the rest of the server. It holds no rule about bytes:
`convert`, `pdfa` and their neighbours do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from postroom.errors import DocumentError
from postroom.ports import Artifact, Checked, Processed, Source, Task
from postroom.readers import sniff
from postroom.systems.conversion import (
    assemble,
    contract,
    dossier,
    extract,
    invoice,
    need,
    optimize,
    options,
    recognise,
    tiff,
    verify,
)
from postroom.systems.conversion.convert import family, pdf
from postroom.systems.conversion.convert.work import Work
from postroom.systems.conversion.event import Notes
from postroom.systems.conversion.pdfa import declare
from postroom.systems.conversion.pdfa.ladder import Ladder, Reached

PART = "part.pdf"  # what a document became, until the job is finished
FRAMES = "part.tiff"
WORDS = "part.xml"
_PDF, _TIFF, _XML = "application/pdf", "image/tiff", "application/xml"


class Maker:
    """What all workflows share: the three kinds of chunks, which differ in what is made and how it is bound."""

    def check(self, task: Task) -> Checked:
        options.require(task)
        source = _source(task)
        media_type = sniff.sniff(source.file, source.name)
        if media_type == sniff.EMPTY:
            raise DocumentError(f"'{source.name}' is empty: it has no bytes.", code="corrupt")
        if not self.takes(task, source, media_type):
            raise family.unsupported(source.name, media_type)
        return Checked(media_type, {"media_type": media_type})

    def takes(self, task: Task, source: Source, media_type: str) -> bool:
        return family.knows(media_type)

    def process(self, task: Task) -> Processed:
        source, notes = _source(task), Notes()
        work = _work(task, source, notes)
        artifacts, more = self.make(task, source, work)
        return Processed({"events": notes.events, **more}, artifacts)

    def finish(self, task: Task) -> Processed:
        options.require(task)
        notes = Notes()
        given = options.given(task)
        work = Work(_named(task), task.scratch, notes, given.passwords, task.say)
        artifacts, more = self.bind(task, work)
        return Processed({"events": notes.events, **more}, artifacts)

    def make(self, task: Task, source: Source, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        raise NotImplementedError

    def bind(self, task: Task, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        raise NotImplementedError


class Convert(Maker):
    """Any document to PDF."""

    def make(self, task: Task, source: Source, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        file = _converted(task, source, work)
        if task.profile == contract.REPAIR or _meta(task, source):
            with pdf.opened(work, file) as opened:
                declare.describe(opened, _meta(task, source))
                file = work.file(".pdf")
                opened.save(file)
        return [Artifact(PART, file, _PDF)], {}

    def bind(self, task: Task, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        file = _bound(task, work)
        if len(task.sources) > 1 and (meta := _meta(task)):
            with pdf.opened(work, file) as opened:
                declare.describe(opened, meta)
                file = work.file(".pdf")
                opened.save(file)
        return [_output(task, file, ".pdf", _PDF)], {}


class Archive(Maker):
    """Any document to PDF/A of one part."""

    def __init__(self, part: int) -> None:
        self.part = part

    def make(self, task: Task, source: Source, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        verify.warm()
        file = _converted(task, source, work)
        reached = _archive(work, self.part, file, _meta(task, source))
        return [Artifact(PART, reached.file, _PDF)], {"verdict": reached.told()}

    def bind(self, task: Task, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        if len(task.sources) == 1:
            (source,) = task.sources
            return [_output(task, source.made[PART], ".pdf", _PDF)], {"verdict": source.result.get("verdict")}
        reached = _archive(work, self.part, _bound(task, work), _meta(task))
        return [_output(task, reached.file, ".pdf", _PDF)], {"verdict": _all_told(task, reached)}


class Dossier(Convert):
    """Documents in their order, behind a title page and contents."""

    def bind(self, task: Task, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        given = options.given(task)
        words = dossier.Words(
            title=given.text("DOSSIER-TITLE") or task.options.get("name") or dossier.TITLE,
            subtitle=given.text("DOSSIER-SUBTITLE") or "",
            contents=given.text("TOC-OUTLINE-TITLE") or dossier.CONTENTS,
        )
        documents = []
        for source in task.sources:
            own = options.given(task, source).text("DOCUMENT-TITLE")
            documents.append((own or dossier.title_of(source.made[PART], source.name), source.made[PART]))
        file = dossier.build(work, words, documents)
        if meta := _meta(task):
            with pdf.opened(work, file) as opened:
                declare.describe(opened, meta)
                file = work.file(".pdf")
                opened.save(file)
        if task.profile != contract.ARCHIVED:
            return [_output(task, file, ".pdf", _PDF)], {}
        reached = _archive(work, 2, file, {})
        return [_output(task, reached.file, ".pdf", _PDF)], {"verdict": reached.told()}


class Invoice(Maker):
    """One document as PDF/A-3, with the others, of whatever kind, attached to it."""

    def takes(self, task: Task, source: Source, media_type: str) -> bool:
        return options.given(task, source).role == options.ATTACHED or family.knows(media_type)

    def make(self, task: Task, source: Source, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        if options.given(task, source).role == options.ATTACHED:
            return [], {}
        verify.warm()
        reached = _archive(work, 3, _converted(task, source, work), _meta(task, source))
        return [Artifact(PART, reached.file, _PDF)], {"verdict": reached.told()}

    def bind(self, task: Task, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        main = next(source for source in task.sources if PART in source.made)
        attached = [_attachment(task, source) for source in task.sources if PART not in source.made]
        name = options.output_name(task, [main.name], ".pdf")
        if not attached:
            return [_output(task, main.made[PART], ".pdf", _PDF, name)], {
                "verdict": main.result.get("verdict")
            }
        file = work.file(".pdf")
        invoice.attach(main.made[PART], attached, file)
        reached = _archive(work, 3, file, {})
        told = reached.told() | {"before": main.result.get("verdict")}
        return [_output(task, reached.file, ".pdf", _PDF, name)], {"verdict": told}


class ArchiveTiff(Maker):
    """Any document to TIFF."""

    def make(self, task: Task, source: Source, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        file = _converted(task, source, work)
        made = work.file(".tiff")
        tiff.draw(file, made, lambda page, of: task.say(f"Drawing page {page} of {of} of '{source.name}'."))
        return [Artifact(FRAMES, made, _TIFF)], {}

    def bind(self, task: Task, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        files = [source.made[FRAMES] for source in task.sources]
        made = files[0]
        if len(files) > 1:
            made = work.file(".tiff")
            tiff.join(files, made)
        return [_output(task, made, ".tif", _TIFF)], {}


class Extraction(Maker):
    """The text layer of PDFs as XML, one for each."""

    def takes(self, task: Task, source: Source, media_type: str) -> bool:
        return media_type == sniff.PDF

    def make(self, task: Task, source: Source, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        made = work.file(".xml")
        extract.extract(_converted(task, source, work), source.name, made)
        return [Artifact(WORDS, made, _XML)], {}

    def bind(self, task: Task, work: Work) -> tuple[Sequence[Artifact], dict[str, Any]]:
        names: set[str] = set()
        made = []
        for source in task.sources:
            name = _unique(options.output_name(task, [source.name], ".xml"), names)
            made.append(_output(task, source.made[WORDS], ".xml", _XML, name))
        return made, {}


# --- what they are made of -------------------------------------------------------------------------------


def _source(task: Task) -> Source:
    if task.source is None:
        raise ValueError("a chunk of a document always has one")
    return task.source


def _named(task: Task) -> str:
    return str(task.options.get("name") or (task.sources[0].name if task.sources else "the document"))


def _work(task: Task, source: Source, notes: Notes) -> Work:
    return Work(source.name, task.scratch, notes, options.given(task, source).passwords, task.say)


def _meta(task: Task, source: Source | None = None) -> declare.Meta:
    given = options.given(task, source)
    found = {key: given.text(f"META.{key}") for key in ("TITLE", "AUTHOR", "SUBJECT", "KEYWORDS")}
    return {key: text for key, text in found.items() if text is not None}


def _converted(task: Task, source: Source, work: Work) -> Path:
    """The document as an open PDF, optimized for what the job wants."""
    file = family.to_pdf(work, source.file)
    if task.profile == contract.OCR:
        file = recognise.add_text(work, file)
    purpose = options.given(task, source).text("OPTIMIZEPROFILE") or task.profile
    return optimize.save(file, work.file(".pdf"), purpose)


def _archive(work: Work, part: int, file: Path, meta: declare.Meta) -> Reached:
    return Ladder(work.name, part, work.scratch, work.notes, meta, say=work.say).climb(file)


def _bound(task: Task, work: Work) -> Path:
    """What the documents became, as one PDF."""
    if len(task.sources) == 1:
        return task.sources[0].made[PART]
    made = work.file(".pdf")
    assemble.merge([(source.name, source.made[PART]) for source in task.sources], made)
    return made


def _all_told(task: Task, reached: Reached) -> dict[str, Any]:
    return reached.told() | {"documents": [source.result.get("verdict") for source in task.sources]}


def _attachment(task: Task, source: Source) -> invoice.Attachment:
    given = options.given(task, source)
    return invoice.Attachment(
        source.name,
        source.file,
        source.media_type,
        given.text("AF.RELATIONSHIP") or "Unspecified",
        given.text("AF.DESCRIPTION") or "",
        given.moment("AF.MODDATE"),
    )


def _output(task: Task, file: Path, extension: str, media_type: str, name: str | None = None) -> Artifact:
    shown = name or options.output_name(task, [source.name for source in task.sources], extension)
    return Artifact(shown, file, media_type)


def _unique(name: str, taken: set[str]) -> str:
    stem, _, end = name.rpartition(".")
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{stem} ({number}).{end}"
    taken.add(found)
    return found


MAKERS: Mapping[str, Maker] = {
    contract.ARCHIVE_1: Archive(1),
    contract.ARCHIVE_2: Archive(2),
    contract.ARCHIVE_3: Archive(3),
    contract.CONVERSION: Convert(),
    contract.DOSSIER: Dossier(),
    contract.INVOICE: Invoice(),
    contract.TIFF: ArchiveTiff(),
    contract.EXTRACTION: Extraction(),
}

if need.pango() is None:
    import weasyprint  # noqa: F401 - a second, which each child would pay at its first page
