"""Owns drawing on a PDF page for samples: lines, circles and texts that may read any way. Needs pikepdf only.

Everything is placed as displayed: points, origin top left, y down. Refuses to know what a sheet looks like.
"""

from __future__ import annotations

from pathlib import Path

import pikepdf

# Advance widths of Helvetica from blank to tilde, in thousandths.
_WIDTHS = [
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556,) * 10,
    *(278, 278, 584, 584, 584, 556, 1015),
    *(667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611),
    *(722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333),
    *(556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278),
    *(556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
]
_CIRCLE = 0.5523


def width(text: str, size: float) -> float:
    return sum(_WIDTHS[ord(sign) - 32] if " " <= sign <= "~" else 556 for sign in text) * size / 1000


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Words in lines of at most `room` points."""
    made: list[str] = []
    for word in text.split():
        if made and width(f"{made[-1]} {word}", size) <= room:
            made[-1] += f" {word}"
        else:
            made.append(word)
    return made


class Canvas:
    """One page in the making. width, height: as displayed."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._out: list[str] = ["0.5 w"]

    def text(
        self, x: float, y: float, text: str, size: float, *, angle: int = 0, anchor: str = "start"
    ) -> None:
        """A line whose baseline begins at (x, y), ends there (end) or has its middle there (middle)."""
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width(text, size)
        cos, sin = {0: (1, 0), 90: (0, -1), 180: (-1, 0), 270: (0, 1)}[angle]
        x, y = x - shift * cos, self.height - y - shift * sin
        body = (
            text.encode("cp1252", "replace")
            .replace(b"\\", b"\\\\")
            .replace(b"(", b"\\(")
            .replace(b")", b"\\)")
        )
        self._out.append(
            f"BT /F1 {size:g} Tf {cos} {sin} {-sin} {cos} {x:.2f} {y:.2f} Tm ({body.decode('latin-1')}) Tj ET"
        )

    def block(
        self,
        x: float,
        y: float,
        lines: list[str],
        size: float,
        *,
        angle: int = 0,
        anchor: str = "start",
        leading: float = 1.2,
    ) -> None:
        """Lines under each other, as their direction has it."""
        down = {0: (0, 1), 90: (-1, 0), 180: (0, -1), 270: (1, 0)}[angle]
        for number, line in enumerate(lines):
            step = number * size * leading
            self.text(x + down[0] * step, y + down[1] * step, line, size, angle=angle, anchor=anchor)

    def line(self, x: float, y: float, u: float, v: float) -> None:
        self._out.append(f"{x:.2f} {self.height - y:.2f} m {u:.2f} {self.height - v:.2f} l S")

    def box(self, left: float, top: float, right: float, bottom: float) -> None:
        self._out.append(f"{left:.2f} {self.height - bottom:.2f} {right - left:.2f} {bottom - top:.2f} re S")

    def circle(self, x: float, y: float, radius: float) -> None:
        y, k = self.height - y, radius * _CIRCLE
        r = radius
        self._out.append(
            f"{x + r:.2f} {y:.2f} m {x + r:.2f} {y + k:.2f} {x + k:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c"
            f" {x - k:.2f} {y + r:.2f} {x - r:.2f} {y + k:.2f} {x - r:.2f} {y:.2f} c"
            f" {x - r:.2f} {y - k:.2f} {x - k:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c"
            f" {x + k:.2f} {y - r:.2f} {x + r:.2f} {y - k:.2f} {x + r:.2f} {y:.2f} c S"
        )

    def content(self) -> bytes:
        return "\n".join(self._out).encode("latin-1")


class Book:
    """Pages on their way into one PDF."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()
        font = {
            "/Type": "/Font",
            "/Subtype": "/Type1",
            "/BaseFont": "/Helvetica",
            "/Encoding": "/WinAnsiEncoding",
        }
        named = pikepdf.Dictionary({key: pikepdf.Name(value) for key, value in font.items()})
        self._font = self.pdf.make_indirect(named)

    def add(self, canvas: Canvas, *, rotate: int = 0, turned: int = 0, mirrored: bool = False) -> None:
        """rotate: the page is stored turned and says so, which nobody sees. turned: it is seen turned.

        Both in degrees clockwise. mirrored: it is seen from behind.
        """
        width, height = canvas.width, canvas.height
        content = canvas.content()
        if mirrored:
            content = f"q -1 0 0 1 {width:g} 0 cm\n".encode() + content + b"\nQ"
        if turned % 360:
            content, width, height = _turned(content, width, height, turned % 360)
        if rotate % 360:
            content, width, height = _turned(content, width, height, -rotate % 360)
        page = self.pdf.add_blank_page(page_size=(width, height))
        page.obj.Contents = self.pdf.make_stream(content)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=self._font))
        if rotate % 360:
            page.obj.Rotate = rotate % 360

    def add_picture(self, jpeg: bytes, pixels: tuple[int, int], size: tuple[float, float]) -> None:
        """A scan: one picture, as large as the page, and nothing else. Grey JPEG; size in points."""
        page = self.pdf.add_blank_page(page_size=size)
        picture = self.pdf.make_stream(jpeg)
        picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        picture.Width, picture.Height = pixels
        picture.ColorSpace, picture.BitsPerComponent = pikepdf.Name.DeviceGray, 8
        picture.Filter = pikepdf.Name.DCTDecode
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I1=picture))
        page.obj.Contents = self.pdf.make_stream(f"{size[0]:g} 0 0 {size[1]:g} 0 0 cm /I1 Do".encode())

    def save(self, path: Path) -> None:
        self.pdf.save(path, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        self.pdf.close()


def _turned(content: bytes, width: float, height: float, degrees: int) -> tuple[bytes, float, float]:
    """The same page turned clockwise."""
    matrix = {
        90: f"0 -1 1 0 0 {width:g}",
        180: f"-1 0 0 -1 {width:g} {height:g}",
        270: f"0 1 -1 0 {height:g} 0",
    }[degrees]
    size = (height, width) if degrees in (90, 270) else (width, height)
    return f"q {matrix} cm\n".encode() + content + b"\nQ", *size
