"""Proves that the text of a page taken at once is the text taken character by character."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

from postroom.readers import pdf_words
from postroom.systems.plans.sample import layout, sheet, text


@pytest.mark.parametrize("kind", ["specification", "drawings"])
def test_text_at_once_is_text_character_by_character(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file = tmp_path / "a.pdf"
    if kind == "drawings":
        sheet.draw_set(file, 3, layout=sorted(layout.LAYOUTS)[0], sheets=3, strokes=5)
    else:
        text.specification(file, 1)
    document = pdfium.PdfDocument(file)
    quick = 0
    for page in document:
        handle = raw.FPDFText_LoadPage(page)
        address = ctypes.cast(handle, ctypes.c_void_p).value
        assert address is not None
        count = raw.FPDFText_CountChars(handle)
        at_once = pdf_words._at_once(address, count)
        with monkeypatch.context() as patched:
            patched.setattr(pdf_words, "_at_once", lambda *_: None)
            one_by_one = pdf_words._signs(address, count)
        raw.FPDFText_ClosePage(handle)
        assert at_once in (None, one_by_one)
        quick += at_once is not None
    document.close()
    assert quick > 0
