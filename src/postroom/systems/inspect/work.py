"""Owns what a child does for `inspect`: which reader is asked about which kind of document, and what is answered.

It holds no rule about bytes (readers do) and none about jobs (the core does). Inspect answers for everything:
a kind that nobody knows succeeds as `other`; only what is broken, locked or empty does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from postroom.errors import DocumentError
from postroom.ports import Artifact, Checked, Part, Problem, Processed, Source, Task
from postroom.readers import archive, image, pdf, sheet, sniff, text, thumbnail


class Kind(NamedTuple):
    """A family of media types: its name in the answer, and who is asked about it."""

    name: str
    read: Callable[[Task, Source], Processed]


def check(task: Task) -> Checked:
    """Media type and, of a PDF, pages and encryption: what must be known before work is planned."""
    source = _source(task)
    media_type = sniff.sniff(source.file, source.name)
    facts: dict[str, Any] = {"kind": _kind(media_type).name, "media_type": media_type}
    if media_type == sniff.EMPTY:
        problem = Problem("empty", "The document is empty: it has no bytes.")
        return Checked(media_type, facts, parts=(), problem=problem, rejected=True)
    if media_type != sniff.PDF:
        return Checked(media_type, facts)
    try:
        found = pdf.probe(source.file, task.options.get("passwords", ()))
    except DocumentError as error:
        facts["encrypted"] = error.code == "encrypted"
        return Checked(media_type, facts, parts=(), problem=Problem(error.code, error.message))
    facts |= _probed(found)
    return Checked(media_type, facts, parts=(Part(pages=min(found.pages, pdf.PAGES)),))


def process(task: Task) -> Processed:
    """Everything else. The result repeats what the check found, so that it stands for itself."""
    source = _source(task)
    media_type = source.media_type or sniff.sniff(source.file, source.name)
    kind = _kind(media_type)
    done = kind.read(task, source)
    result = {
        "kind": kind.name,
        "media_type": media_type,
        "size": source.size,
        "sha256": source.sha256 or _digest(source.file),
        **done.result,
    }
    return Processed(result, done.artifacts, done.pages_failed, warnings=done.warnings)


def _source(task: Task) -> Source:
    if task.source is None:
        raise ValueError("a chunk of inspect always has a document")
    return task.source


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _probed(found: pdf.Probe) -> dict[str, Any]:
    """What a check found of a PDF, as facts.

    password: the place of the right one in the job's option, from 1; 0 if none was needed. Never the word.
    """
    facts: dict[str, Any] = {
        "pages": found.pages,
        "encrypted": found.revision is not None,
        "repaired": not found.intact,
    }
    if found.revision is not None:
        facts["encryption"] = {"revision": found.revision, "password": found.password}
    return facts


# --- one reader per kind -----------------------------------------------------------------------------


def _read_pdf(task: Task, source: Source) -> Processed:
    passwords: Sequence[str] = task.options.get("passwords", ())
    known = {key: source.facts[key] for key in _PROBED if key in source.facts}
    facts = known if "pages" in known else _probed(pdf.probe(source.file, passwords))
    place = facts.get("encryption", {}).get("password", 0)
    text_file, picture = task.scratch / "text.txt", task.scratch / "thumbnail.webp"
    reading = pdf.read(
        source.file,
        passwords[place - 1] if place else None,
        text=text_file if task.options.get("text", True) else None,
        thumbnail=picture if task.options.get("thumbnails", True) else None,
    )
    if reading.pages_failed >= reading.facts["pages_read"]:
        raise DocumentError("The PDF is damaged: none of its pages can be read.")
    artifacts = []
    if reading.text:
        artifacts.append(Artifact(text_file.name, text_file, "text/plain; charset=utf-8"))
    if reading.thumbnail:
        artifacts.append(Artifact(picture.name, picture, thumbnail.MEDIA_TYPE))
    warnings = list(reading.warnings)
    if facts["repaired"]:
        warnings.append("The PDF's cross-reference table was damaged; what could be found was read.")
    return Processed({**facts, **reading.facts}, artifacts, reading.pages_failed, warnings=warnings)


_PROBED = ("pages", "encrypted", "repaired", "encryption")


def _read_image(task: Task, source: Source) -> Processed:
    picture = task.scratch / "thumbnail.webp"
    wanted = picture if task.options.get("thumbnails", True) else None
    media_type = source.media_type or sniff.sniff(source.file, source.name)
    reading = image.read(source.file, media_type, thumbnail=wanted)
    artifacts = [Artifact(picture.name, picture, thumbnail.MEDIA_TYPE)] if reading.thumbnail else []
    return Processed(reading.facts, artifacts, warnings=reading.warnings)


def _read_table(task: Task, source: Source) -> Processed:
    return Processed(sheet.read_csv(source.file))


def _read_workbook(task: Task, source: Source) -> Processed:
    return Processed(sheet.read_workbook(source.file))


def _read_text(task: Task, source: Source) -> Processed:
    return Processed(text.read(source.file))


def _read_archive(task: Task, source: Source) -> Processed:
    return Processed(archive.read(source.file))


def _read_locked(task: Task, source: Source) -> Processed:
    raise DocumentError("The Office document is protected by a password.", code="encrypted")


def _read_nothing(task: Task, source: Source) -> Processed:
    return Processed()


_OTHER = Kind("other", _read_nothing)
_KINDS: Mapping[str, Kind] = {
    sniff.PDF: Kind("pdf", _read_pdf),
    **dict.fromkeys((*image.FORMATS, *image.HEADER_ONLY), Kind("image", _read_image)),
    **dict.fromkeys((sniff.CSV, sniff.TSV), Kind("table", _read_table)),
    **dict.fromkeys((sniff.XLSX, sniff.XLSB, sniff.XLS, sniff.ODS), Kind("spreadsheet", _read_workbook)),
    **dict.fromkeys((sniff.DOCX, sniff.PPTX, sniff.ODT, sniff.ODP), Kind("office", _read_archive)),
    **dict.fromkeys((sniff.DOC, sniff.PPT), Kind("office", _read_nothing)),
    sniff.LOCKED_OFFICE: Kind("office", _read_locked),
    "message/rfc822": Kind("email", _read_text),
    "application/vnd.ms-outlook": Kind("email", _read_nothing),
    sniff.ZIP: Kind("archive", _read_archive),
    **dict.fromkeys(
        (sniff.PLAIN, "text/html", "application/xml", "application/json", "application/rtf", "image/svg+xml"),
        Kind("text", _read_text),
    ),
}


def _kind(media_type: str) -> Kind:
    return _KINDS.get(media_type, _OTHER)
