"""Owns how the sample's bills are put on paper: text, lines and grey boxes on PDF pages, over pikepdf.

Deterministic: no dates, no random ids. It refuses to know what a bill is. The fonts are those that every
reader brings along; their widths stand here because right-aligned columns need them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import Dictionary, Name, Stream, String

A4 = (595, 842)
LETTER = (612, 792)

WAYS = ("colon", "gap", "below", "right", "dots")  # in which a label and its value may stand
SANS, BOLD, MONO, SERIF = "F1", "F2", "F3", "F4"
_BASES = {SANS: "/Helvetica", BOLD: "/Helvetica-Bold", MONO: "/Courier", SERIF: "/Times-Roman"}
_DIGITS = " 556" * 10
# Widths of the characters 32 to 126 in thousandths of the size (Adobe's published font metrics).
_WIDTHS = {
    SANS: "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278"
    + _DIGITS
    + " 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722"
    " 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222"
    " 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584",
    BOLD: "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278"
    + _DIGITS
    + " 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722"
    " 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278"
    " 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584",
    SERIF: "250 333 408 500 500 833 778 180 333 333 500 564 250 333 250 278"
    + " 500" * 10
    + " 278 278 564 564 564 444 921 722 667 667 722 611 556 722 722 333 389 722 611 889 722 722 556 722 667"
    " 556 611 722 722 944 722 722 611 333 278 333 469 500 333 444 500 444 500 444 333 500 500 278 278 500 278"
    " 778 500 500 500 500 333 389 278 500 500 722 500 500 444 480 200 480 541",
}
_TABLES = {font: [int(width) for width in widths.split()] for font, widths in _WIDTHS.items()}
_OTHER = 556  # most letters with accents, and the euro sign


def width(text: str, size: float, font: str = SANS) -> float:
    """Of a text in points."""
    if font == MONO:
        return 0.6 * size * len(text)
    table = _TABLES[font]
    return sum(table[ord(c) - 32] if 32 <= ord(c) < 127 else _OTHER for c in text) * size / 1000


class Paper:
    """One PDF in the making. Points from the top left of the current page; y is a text's baseline."""

    def __init__(self, size: tuple[int, int] = LETTER, producer: str = "Postroom sample") -> None:
        self.size = size
        self._pdf = pikepdf.new()
        self._pdf.docinfo["/Producer"] = String(producer)
        self._fonts = Dictionary(
            {
                f"/{key}": self._pdf.make_indirect(
                    Dictionary(
                        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(base), Encoding=Name.WinAnsiEncoding
                    )
                )
                for key, base in _BASES.items()
            }
        )
        self._content: list[bytes] = []
        self._open = False

    def page(self) -> None:
        """Start the next page."""
        self._end()
        self._open = True

    def put(
        self, x: float, y: float, text: str, size: float = 9, font: str = SANS, align: str = "left"
    ) -> float:
        """Write a text. align: left, right (x is where it ends) or centre. Returns where it ends."""
        wide = width(text, size, font)
        left = x - wide if align == "right" else x - wide / 2 if align == "centre" else x
        at = b"/%s %g Tf %.2f %.2f Td" % (font.encode(), size, left, self.size[1] - y)
        self._content.append(b"BT " + at + b" (" + _escaped(text) + b") Tj ET")
        return left + wide

    def lines(
        self,
        x: float,
        y: float,
        texts: Sequence[str],
        size: float = 9,
        font: str = SANS,
        lead: float | None = None,
    ) -> float:
        """Write texts below each other; returns the baseline after the last."""
        for text in texts:
            self.put(x, y, text, size, font)
            y += lead or size * 1.3
        return y

    def row(
        self,
        y: float,
        cells: Sequence[tuple[float, str]],
        size: float = 9,
        font: str = SANS,
        right: int = 99,
    ) -> None:
        """Write cells (x, text) on one baseline; those from number `right` on end at their x."""
        for number, (x, text) in enumerate(cells):
            self.put(x, y, text, size, font, "right" if number >= right else "left")

    def pairs(
        self,
        x: float,
        right: float,
        y: float,
        rows: Sequence[tuple[str, str]],
        size: float = 9,
        lead: float = 14,
    ) -> float:
        """Labels at x, values that end at `right`; returns the baseline after the last."""
        for label, value in rows:
            self.put(x, y, label, size)
            self.put(right, y, value, size, align="right")
            y += lead
        return y

    def named(
        self,
        way: str,
        x: float,
        y: float,
        label: str,
        value: str,
        *,
        right: float,
        size: float = 9,
    ) -> float:
        """A label and its value in one of `WAYS`; right is where a value at the right ends. Returns the next baseline."""
        if way == "colon":
            self.put(x, y, f"{label}: {value}", size)
        elif way == "gap":
            self.put(self.put(x, y, label, size, BOLD) + 2.5 * size, y, value, size)
        elif way == "below":
            self.put(x, y, label, size - 1.5)
            y += 1.3 * size
            self.put(x, y, value, size, BOLD)
        else:
            self.put(x, y, label, size)
            self.put(right, y, value, size, align="right")
            if way == "dots":
                begin, end = x + width(label, size) + 3, right - width(value, size) - 3
                self.put(begin, y, "." * max(0, int((end - begin) / width(".", size))), size)
        return y + 1.7 * size

    def rule(self, x1: float, y1: float, x2: float, y2: float | None = None) -> None:
        """A thin line."""
        high = self.size[1]
        self._content.append(
            b"0.5 w %g %g m %g %g l S" % (x1, high - y1, x2, high - (y1 if y2 is None else y2))
        )

    def fill(self, x: float, y: float, wide: float, high: float, grey: float = 0.9) -> None:
        """A grey box; y is its upper edge. What is written later lies over it."""
        self._content.append(b"q %g g %g %g %g %g re f Q" % (grey, x, self.size[1] - y - high, wide, high))

    def picture(self, jpeg: bytes, pixels: tuple[int, int], *, grey: bool = True) -> None:
        """A page that is nothing but a picture."""
        self._end()
        image = Stream(
            self._pdf,
            jpeg,
            Dictionary(
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=pixels[0],
                Height=pixels[1],
                ColorSpace=Name.DeviceGray if grey else Name.DeviceRGB,
                BitsPerComponent=8,
                Filter=Name.DCTDecode,
            ),
        )
        resources = Dictionary(XObject=Dictionary(Im0=self._pdf.make_indirect(image)))
        self._add(b"q %g 0 0 %g 0 0 cm /Im0 Do Q" % self.size, resources)

    def data(self) -> bytes:
        """The finished PDF."""
        self._end()
        out = io.BytesIO()
        self._pdf.save(out, deterministic_id=True)
        return out.getvalue()

    def _end(self) -> None:
        if self._open:
            self._add(b"\n".join(self._content), Dictionary(Font=self._fonts))
        self._content = []
        self._open = False

    def _add(self, content: bytes, resources: Dictionary) -> None:
        page = Dictionary(
            Type=Name.Page,
            MediaBox=[0, 0, *self.size],
            Resources=resources,
            Contents=self._pdf.make_indirect(Stream(self._pdf, content)),
        )
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))


def _escaped(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
