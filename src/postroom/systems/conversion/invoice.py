"""Owns the invoice: files of any kind attached to a PDF, each with its relation to it."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pikepdf import Array, AttachedFileSpec, Name, Pdf
from pikepdf.models.metadata import encode_pdf_date

from postroom.errors import DocumentError

_SIZE = 512 << 20  # bytes of all attachments


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    file: Path
    media_type: str | None
    relationship: str
    description: str
    modified: datetime | None


def attach(main: Path, attachments: Sequence[Attachment], out: Path) -> None:
    """`main` with its attachments, as `out`. Attachments that it has already stay."""
    if sum(one.file.stat().st_size for one in attachments) > _SIZE:
        text = f"The attachments are larger than {_SIZE >> 20} MB together."
        raise DocumentError(text, code="unsupportedFeature")
    with Pdf.open(main) as pdf:
        listed = pdf.Root.get(Name.AF)
        associated = listed if isinstance(listed, Array) else Array()
        taken = set(pdf.attachments.keys())
        for one in attachments:
            name = _free(one.name, taken)
            taken.add(name)
            moment = encode_pdf_date(one.modified) if one.modified else ""
            spec = AttachedFileSpec(
                pdf,
                one.file.read_bytes(),
                filename=name,
                description=one.description,
                mime_type=_media_type(one),
                creation_date=moment,
                mod_date=moment,
            )
            spec.relationship = Name("/" + one.relationship)
            pdf.attachments[name] = spec
            associated.append(pdf.attachments[name].obj)
        pdf.Root[Name.AF] = associated
        pdf.save(out)


def _media_type(one: Attachment) -> str:
    guess = mimetypes.guess_type(one.name)[0]
    return guess or one.media_type or "application/octet-stream"


def _free(name: str, taken: set[str]) -> str:
    """A name that is not in the file yet: `a.xml`, `a (2).xml`."""
    stem, dot, end = name.rpartition(".")
    for number in range(1, 10_000):
        found = name if number == 1 else f"{stem or end} ({number}){dot if stem else ''}{end if stem else ''}"
        if found not in taken:
            return found
    return f"{len(taken)}-{name}"
