"""Owns binding several PDFs into one, with a bookmark for each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pikepdf
from pikepdf import OutlineItem, Pdf


def merge(parts: Sequence[tuple[str, Path]], out: Path, *, bookmarks: bool = True) -> list[int]:
    """All pages of all parts, in order, as `out`. parts: (title, file). Returns each part's first page (from 0)."""
    first: list[int] = []
    with ExitStack() as held:
        bound = held.enter_context(Pdf.new())
        for _, file in parts:
            pdf = held.enter_context(pikepdf.open(file))
            first.append(len(bound.pages))
            bound.pages.extend(pdf.pages)
        if bookmarks:
            with bound.open_outline() as outline:
                for (title, _), page in zip(parts, first, strict=True):
                    outline.root.append(OutlineItem(title, page))
        bound.save(out)
    return first
