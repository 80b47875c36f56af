"""Owns files that are attached to a PDF and locked: they are opened with the passwords that were given.

They stay attached and are not converted. What stays locked is told; it fails nothing, for no page is missing.
"""

from __future__ import annotations

from pathlib import Path

import pikepdf
from pikepdf import AttachedFileSpec, Dictionary, Name, Pdf, Stream

from postroom.errors import DocumentError
from postroom.readers import sniff
from postroom.systems.conversion.convert import nest, office
from postroom.systems.conversion.convert.work import Work, locked

_ENVELOPES = (sniff.LOCKED_OFFICE, sniff.DOC, sniff.XLS, sniff.PPT)
_ODD = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)


def unlock(work: Work, pdf: Pdf) -> bool:
    """Open what is attached to `pdf` and locked. Returns whether anything was changed."""
    if not work.passwords:
        return False
    changed = False
    try:
        for name, spec in pdf.attachments.items():
            changed |= _unlock(work, name.rpartition("/")[2][:200] or "attached", spec)
    except _ODD:
        pass  # who cannot be listed cannot be locked
    return changed


def _unlock(work: Work, name: str, spec: AttachedFileSpec) -> bool:
    data = spec.get_file().read_bytes()
    work.budget.unpack(len(data), work.name)
    file = work.file(".part")
    file.write_bytes(data)
    with nest.within(work, name):
        try:
            opened = _opened(work.inside(name), file)
        except DocumentError as error:
            work.notes.warn("Generic", f"An attached file stays as it is. {error.message}")
            return False
    if opened is None:
        return False
    _write(spec, opened.read_bytes())
    return True


def _opened(work: Work, file: Path) -> Path | None:
    """The file without its password; None if it has none. DocumentError (`password`) if none fits."""
    kind = sniff.sniff(file, work.name)
    if kind in _ENVELOPES:
        return office.unlocked(work, file)
    if kind != sniff.PDF:
        return None
    for word in ("", *work.passwords):
        try:
            with pikepdf.open(file, password=word) as inner:
                if not word:
                    return None
                made = work.file(".pdf")
                inner.save(made, encryption=False)
                return made
        except pikepdf.PasswordError:
            continue
    raise locked(work)


def _write(spec: AttachedFileSpec, data: bytes) -> None:
    for key in ("/F", "/UF"):
        stream = spec.obj[Name.EF].get(key)
        if not isinstance(stream, Stream):
            continue
        stream.write(data)
        told = stream.get(Name.Params)
        if isinstance(told, Dictionary):
            told[Name.Size] = len(data)
            if Name.CheckSum in told:
                del told[Name.CheckSum]
