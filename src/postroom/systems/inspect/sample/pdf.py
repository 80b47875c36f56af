"""Owns how the sample's PDFs are written: a tiny writer over pikepdf. Refuses to know what they stand for.

Deterministic: no dates, no random ids. Helvetica is one of the fonts that every reader brings along.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

A4 = (595, 842)
LETTER = (612, 792)


class Writer:
    """One PDF in the making. Sizes are in points."""

    def __init__(self, producer: str, title: str) -> None:
        self.pdf = pikepdf.new()
        self.pdf.docinfo["/Producer"] = String(producer)
        self.pdf.docinfo["/Title"] = String(title)
        fonts = {
            key: self.pdf.make_indirect(
                Dictionary(
                    Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(base), Encoding=Name.WinAnsiEncoding
                )
            )
            for key, base in (("/F1", "/Helvetica"), ("/F2", "/Helvetica-Bold"))
        }
        self.fonts = Dictionary(fonts)

    def text(self, title: str, lines: Sequence[str], size: tuple[int, int] = A4) -> None:
        """A page with a headline and lines of text below it."""
        top = size[1] - 72
        parts = [b"BT /F2 14 Tf 60 %d Td (%s) Tj ET" % (top, _escaped(title))]
        parts.append(b"BT /F1 10 Tf 13 TL 60 %d Td" % (top - 30))
        parts.extend(b"(%s) Tj T*" % _escaped(line) for line in lines)
        parts.append(b"ET")
        self._page(b"\n".join(parts), Dictionary(Font=self.fonts), size)

    def scan(self, jpeg: bytes, pixels: tuple[int, int], size: tuple[int, int] = A4) -> None:
        """A page that is nothing but a picture."""
        picture = Stream(
            self.pdf,
            jpeg,
            Dictionary(
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=pixels[0],
                Height=pixels[1],
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=8,
                Filter=Name.DCTDecode,
            ),
        )
        content = b"q %d 0 0 %d 0 0 cm /Im0 Do Q" % size
        self._page(content, Dictionary(XObject=Dictionary(Im0=self.pdf.make_indirect(picture))), size)

    def blank(self, size: tuple[int, int] = A4) -> None:
        self._page(b"", Dictionary(), size)

    def _page(self, content: bytes, resources: Dictionary, size: tuple[int, int]) -> None:
        page = Dictionary(
            Type=Name.Page,
            MediaBox=[0, 0, *size],
            Resources=resources,
            Contents=self.pdf.make_indirect(Stream(self.pdf, content)),
        )
        self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(page)))

    def form(self, names: Sequence[str], *, signed: bool) -> None:
        """Text fields with these names on the first page; with `signed`, a signature field that is filled."""
        page = self.pdf.pages[0].obj
        fields = [self._field(name, 400 - 24 * row, page) for row, name in enumerate(names)]
        if signed:
            fields.append(self._signature(page))
        page.Annots = Array(fields)
        self.pdf.Root.AcroForm = Dictionary(
            Fields=Array(fields), DA=String("/F1 10 Tf 0 g"), DR=Dictionary(Font=self.fonts)
        )

    def _field(self, name: str, y: int, page: Any) -> Any:
        field = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String(name),
            Rect=[60, y, 260, y + 18],
            P=page,
        )
        return self.pdf.make_indirect(field)

    def _signature(self, page: Any) -> Any:
        value = Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/adbe.pkcs7.detached"),
            ByteRange=[0, 100, 200, 100],
            Contents=String("not a real signature"),
            Reason=String("Approved"),
        )
        field = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String("signature"),
            Rect=[0, 0, 0, 0],
            V=self.pdf.make_indirect(value),
            P=page,
        )
        return self.pdf.make_indirect(field)

    def attach(self, name: str, data: bytes) -> None:
        # By hand: pikepdf's own attachments carry the time of day.
        file = self.pdf.make_indirect(Stream(self.pdf, data, Dictionary(Type=Name.EmbeddedFile)))
        spec = Dictionary(Type=Name.Filespec, F=String(name), UF=String(name), EF=Dictionary(F=file, UF=file))
        if "/Names" not in self.pdf.Root:
            self.pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([])))
        entries = self.pdf.Root.Names.EmbeddedFiles.Names
        entries.append(String(name))
        entries.append(self.pdf.make_indirect(spec))

    def data(self, *, packed: bool = False) -> bytes:
        """The finished PDF. packed: with object streams, as newer programs write it."""
        out = io.BytesIO()
        mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
        self.pdf.save(out, object_stream_mode=mode, deterministic_id=True)
        return out.getvalue()

    def locked(self, user: str, owner: str) -> bytes:
        """Encrypted. By RC4: AES needs random bytes, and the sample must come out the same each time."""
        out = io.BytesIO()
        encryption = pikepdf.Encryption(user=user, owner=owner, R=3, aes=False, metadata=False)
        self.pdf.save(out, static_id=True, encryption=encryption)
        return out.getvalue()


def _escaped(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def break_page(data: bytes, page: int) -> bytes:
    """The PDF with the object of one page (from 0) overwritten: the others can still be read."""
    at = -1
    for _ in range(page + 1):
        at = data.index(b"/Type /Page ", at + 1)
    start = data.rindex(b" obj\n", 0, at) + 5
    end = data.index(b"endobj", at)
    return data[:start] + b"#" * (end - start) + data[end:]


def break_table(data: bytes) -> bytes:
    """The PDF with the head of its cross-reference table overwritten: readers must search for the objects."""
    at = data.rindex(b"xref\n0 ")
    return data[:at] + b"!" * 60 + data[at + 60 :]
