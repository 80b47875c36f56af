"""Owns binding several PDFs into one, with a bookmark for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, NameTree, OutlineItem, Pdf

_ODD = (pikepdf.PdfError, ValueError, TypeError, RuntimeError)


def merge(parts: Sequence[tuple[str, Path]], out: Path, *, bookmarks: bool = True) -> list[int]:
    """All pages of all parts, in order, as `out`. parts: (title, file). Returns each part's first page (from 0)."""
    first: list[int] = []
    with ExitStack() as held:
        bound = held.enter_context(Pdf.new())
        for _, file in parts:
            pdf = held.enter_context(pikepdf.open(file))
            first.append(len(bound.pages))
            bound.pages.extend(pdf.pages)
            carry(pdf, bound)
        if bookmarks:
            with bound.open_outline() as outline:
                for (title, _), page in zip(parts, first, strict=True):
                    outline.root.append(OutlineItem(title, page))
        bound.save(out)
    return first


def carry(pdf: Pdf, bound: Pdf) -> None:
    """What is attached to a part is attached to the whole."""
    names = pdf.Root.get(Name.Names)
    if not isinstance(names, Dictionary) or not isinstance(names.get(Name.EmbeddedFiles), Dictionary):
        return
    taken = set(bound.attachments)
    with suppress(*_ODD):
        for name, spec in pdf.attachments.items():
            free = next(one for one in _spellings(name) if one not in taken)
            taken.add(free)
            copied = bound.copy_foreign(pdf.make_indirect(spec.obj))
            if Name.Names not in bound.Root:
                bound.Root[Name.Names] = Dictionary(EmbeddedFiles=NameTree.new(bound).obj)
            NameTree(bound.Root[Name.Names][Name.EmbeddedFiles])[free] = copied
            if Name.AFRelationship in copied:
                listed = bound.Root.get(Name.AF)
                bound.Root[Name.AF] = Array([*(listed if isinstance(listed, Array) else ()), copied])


def _spellings(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} ({number})" for number in count(2))
