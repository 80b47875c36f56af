"""Owns opening a PDF: passwords are tried, on what is attached to it, too; damage is mended as far as qpdf can,
and told."""

from __future__ import annotations

from pathlib import Path

import pikepdf
from pikepdf import Name

from postroom.systems.conversion.convert import attached
from postroom.systems.conversion.convert.work import Work, corrupt, locked


def convert(work: Work, file: Path, media_type: str) -> Path:
    """`file` itself if it is whole and open, else a new file that is."""
    with opened(work, file) as document:
        pages = len(document.pages)
        if not pages:
            raise corrupt(work.name, "it has no pages")
        damaged = bool(document.get_warnings())
        head = file.open("rb").read(5)
        changed = attached.unlock(work, document)
        if not (document.is_encrypted or damaged or changed) and head == b"%PDF-":
            return file
        if damaged:
            work.notes.warn("CorruptionRepaired", f"'{work.name}' was damaged and has been repaired.")
        made = work.file(".pdf")
        _ground(document)
        try:
            document.save(made, encryption=False)
        except (pikepdf.PdfError, RuntimeError) as error:
            raise corrupt(work.name, "it cannot be repaired", error) from error
    return made


def _ground(pdf: pikepdf.Pdf) -> None:
    """What a reconstructed file may hold inside of its trailer must be objects of their own."""
    if Name.Size not in pdf.trailer:
        pdf.trailer[Name.Size] = 1  # qpdf sets it right, but only if there is one
    root = pdf.Root
    if not root.is_indirect:
        pdf.trailer[Name.Root] = pdf.make_indirect(root)
    pages = pdf.Root.get(Name.Pages)
    if pages is not None and not pages.is_indirect:
        pdf.Root[Name.Pages] = pdf.make_indirect(pages)
        for page in pdf.Root[Name.Pages][Name.Kids]:
            page[Name.Parent] = pdf.Root[Name.Pages]


def opened(work: Work, file: Path) -> pikepdf.Pdf:
    """DocumentError: `password`, `corrupt`."""
    for word in ("", *work.passwords):
        try:
            return pikepdf.open(file, password=word)
        except pikepdf.PasswordError:
            continue
        except (pikepdf.PdfError, ValueError) as error:
            if "encrypt" in str(error).lower():
                raise locked(work) from error
            raise corrupt(work.name, "no page can be found in it", error) from error
    raise locked(work)
