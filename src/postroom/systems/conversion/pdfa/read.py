"""Owns the question whether two PDFs say the same to a reader, asked of PDFium."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pypdfium2 as pdfium

_LOST = 0.01  # of a page's letters; ligatures and hyphens may come out otherwise
_FEW = 5  # letters that do not matter


def same(one: Path, other: Path) -> bool:
    """Whether both have as many pages, and on each the same letters, whatever their order. PdfiumError."""
    first, second = pdfium.PdfDocument(one), pdfium.PdfDocument(other)
    try:
        if len(first) != len(second):
            return False
        return all(_alike(_letters(first, n), _letters(second, n)) for n in range(len(first)))
    finally:
        first.close()
        second.close()


def _letters(document: pdfium.PdfDocument, number: int) -> Counter[str]:
    page = document[number]
    text = page.get_textpage()
    found = Counter("".join(text.get_text_range().split()))
    text.close()
    page.close()
    return found


def _alike(one: Counter[str], other: Counter[str]) -> bool:
    differing = max((one - other).total(), (other - one).total())
    return differing <= max(_FEW, _LOST * one.total())
