"""Owns opening a PDF: passwords are tried, damage is mended as far as qpdf can, and both are told."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from postroom.systems.conversion.convert.work import Work, corrupt, locked


def convert(work: Work, file: Path, media_type: str) -> Path:
    """`file` itself if it is whole and open, else a new file that is."""
    with opened(work, file) as pdf:
        pages = len(pdf.pages)
        if not pages:
            raise corrupt(work.name, "it has no pages")
        damaged = bool(pdf.get_warnings())
        head = file.open("rb").read(5)
        if not pdf.is_encrypted and not damaged and head == b"%PDF-":
            return file
        if damaged:
            work.notes.warn("CorruptionRepaired", f"'{work.name}' was damaged and has been repaired.")
        made = work.file(".pdf")
        try:
            pdf.save(made, encryption=False)
        except (pikepdf.PdfError, RuntimeError) as error:
            raise corrupt(work.name, "it cannot be repaired", error) from error
    return made


def opened(work: Work, file: Path) -> pikepdf.Pdf:
    """DocumentError: `password`, `corrupt`."""
    for word in ("", *work.passwords):
        try:
            return pikepdf.open(file, password=word)
        except pikepdf.PasswordError:
            continue
        except (pikepdf.PdfError, ValueError) as error:
            if "encrypt" in str(error).lower():
                raise locked(work.name, work.passwords) from error
            raise corrupt(work.name, "no page can be found in it", error) from error
    raise locked(work.name, work.passwords)
