"""Fixtures for the engine room: a place to work in, and what is skipped where a tool is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from postroom.systems.conversion import need
from postroom.systems.conversion.convert import family
from postroom.systems.conversion.convert.work import Work
from postroom.systems.conversion.event import Notes

needs_verifier = pytest.mark.skipif(need.verifier() is not None, reason=str(need.verifier()))
needs_office = pytest.mark.skipif(need.office() is not None, reason=str(need.office()))
needs_pango = pytest.mark.skipif(need.pango() is not None, reason=str(need.pango()))

Converter = Callable[..., tuple[Path, Notes]]


@pytest.fixture
def convert(tmp_path: Path) -> Converter:
    """Convert a file to PDF, with passwords if there are any; the PDF and what was told."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def run(file: Path, *passwords: str) -> tuple[Path, Notes]:
        notes = Notes()
        return family.to_pdf(Work(file.name, scratch, notes, passwords), file), notes

    return run


def pages(file: Path) -> int:
    document = pdfium.PdfDocument(file)
    try:
        return len(document)
    finally:
        document.close()


def text(file: Path) -> str:
    document = pdfium.PdfDocument(file)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def codes(notes: Notes) -> set[str]:
    return {event["code"] for event in notes.events}
