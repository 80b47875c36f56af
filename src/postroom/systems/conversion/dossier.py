"""Owns the dossier: a title page, contents with page numbers that lead there, the documents, bookmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf

from postroom.systems.conversion import assemble
from postroom.systems.conversion.convert import html
from postroom.systems.conversion.convert.work import Work

TITLE, CONTENTS = "Dossier", "Contents"  # where the job says nothing; inferred
_ADDRESS = "dossier:"  # stands for a document in the contents, until its page is known


@dataclass(frozen=True, slots=True)
class Words:
    """The texts that the job may set."""

    title: str
    subtitle: str
    contents: str


def build(work: Work, words: Words, documents: Sequence[tuple[str, Path]]) -> Path:
    """documents: (title, PDF). The dossier as a PDF."""
    counts = [_pages(file) for _, file in documents]
    front = _front(work, words, documents, [0] * len(documents))
    # The contents say where each document begins, which depends on how long the contents are.
    before = _pages(front)
    starts = [before + sum(counts[:number]) for number in range(len(counts))]
    front = _front(work, words, documents, starts)
    made = work.file(".pdf")
    with Pdf.open(front) as pdf:
        for _, file in documents:
            with Pdf.open(file) as one:
                pdf.pages.extend(one.pages)
                assemble.carry(one, pdf)
        _lead(pdf, before, starts)
        with pdf.open_outline() as outline:
            outline.root.clear()
            outline.root.append(OutlineItem(words.title, 0))
            outline.root.append(OutlineItem(words.contents, 1))
            for (title, _), page in zip(documents, starts, strict=True):
                outline.root.append(OutlineItem(title, page))
        pdf.docinfo[Name.Title] = words.title
        # The structure of the first pages would claim to be that of the whole.
        for key in ("/StructTreeRoot", "/MarkInfo"):
            if key in pdf.Root:
                del pdf.Root[key]
        pdf.save(made)
    return made


def title_of(file: Path, name: str) -> str:
    """The title that a document gives itself, else its name without the ending."""
    try:
        with pikepdf.open(file) as pdf:
            found = str(pdf.docinfo.get(Name.Title, "")).strip()
    except (pikepdf.PdfError, ValueError, TypeError):
        found = ""
    return found[:300] or name.rpartition(".")[0] or name


def _pages(file: Path) -> int:
    with pikepdf.open(file) as pdf:
        return len(pdf.pages)


def _front(work: Work, words: Words, documents: Sequence[tuple[str, Path]], starts: Sequence[int]) -> Path:
    rows = "".join(
        f"<tr><td><a href='{_ADDRESS}{number}'>{html.escape(title)}</a></td><td class='n'>{start + 1}</td></tr>"
        for number, ((title, _), start) in enumerate(zip(documents, starts, strict=True))
    )
    page = f"""<html><head><title>{html.escape(words.title)}</title><style>
      .front {{ break-after: page; padding-top: 90mm; text-align: center }} h1 {{ font-size: 26pt }}
      .front p {{ font-size: 14pt }} table {{ width: 100% }} td {{ padding: 3pt 0 }} .n {{ text-align: right }}
      a {{ color: black; text-decoration: none }} h2 {{ bookmark-level: none }} h1 {{ bookmark-level: none }}
    </style></head><body><div class='front'><h1>{html.escape(words.title)}</h1>
    <p>{html.escape(words.subtitle)}</p></div><h2>{html.escape(words.contents)}</h2><table>{rows}</table></body></html>"""
    return html.render(work, page, {})


def _lead(pdf: Pdf, front: int, starts: Sequence[int]) -> None:
    """Make the entries of the contents lead to the pages."""
    for page in pdf.pages[:front]:
        for one in page.obj.get(Name.Annots, ()):
            action = one.get(Name.A)
            address = str(action.get(Name.URI, "")) if isinstance(action, Dictionary) else ""
            if address.startswith(_ADDRESS):
                target = pdf.pages[starts[int(address.removeprefix(_ADDRESS))]]
                del one[Name.A]
                one[Name.Dest] = Array([target.obj, Name.Fit])
