"""Owns small documents for tests: PDFs that say something, and how they are hashed."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

_numbers = itertools.count(1)


def pdf(*pages: str, size: tuple[int, int] = (612, 792), producer: str | None = None) -> bytes:
    """One page per text. Every document is another one, unless `producer` is given."""
    made = pikepdf.new()
    made.docinfo["/Producer"] = pikepdf.String(producer or f"paper {next(_numbers)}")
    font = made.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    )
    for text in pages:
        lines = " T* ".join(f"({line}) Tj" for line in text.split("\n"))
        content = f"BT /F1 11 Tf 14 TL 60 {size[1] - 90} Td {lines} ET".encode()
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *size]),
            Resources=Dictionary(Font=Dictionary(F1=font)),
            Contents=made.make_indirect(Stream(made, content)),
        )
        made.pages.append(pikepdf.Page(made.make_indirect(page)))
    out = io.BytesIO()
    made.save(out, static_id=True)
    return out.getvalue()


def sheet(number: str, title: str, *notes: str) -> bytes:
    """A drawing sheet, wide, with a title block at its lower right."""
    made = pikepdf.new()
    made.docinfo["/Producer"] = pikepdf.String(f"paper {next(_numbers)}")
    font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    texts = [f"BT /F1 36 Tf 1 0 0 1 1480 60 Tm ({number}) Tj ET"]
    texts.append(f"BT /F1 16 Tf 1 0 0 1 1480 130 Tm ({title}) Tj ET")
    texts += [f"BT /F1 12 Tf 1 0 0 1 120 {1100 - 30 * n} Tm ({note}) Tj ET" for n, note in enumerate(notes)]
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, 1728, 1224]),
        Resources=Dictionary(Font=Dictionary(F1=font)),
        Contents=made.make_indirect(Stream(made, "\n".join(texts).encode())),
    )
    made.pages.append(pikepdf.Page(made.make_indirect(page)))
    out = io.BytesIO()
    made.save(out, static_id=True)
    return out.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()
