"""Pages to read, made with reportlab; not a test module itself. Coordinates here are those of `readers`:
points, origin top left, y down, on the page as displayed."""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2 as pdfium
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 612, 792
LINES = (
    "Northern Light Electricity Company",
    "Invoice number 20418837 of 14 March 2025",
    "Account holder Margaret Thornbury",
    "Service address 18 Harbour Street",
    "Meter readings were taken on the last working day",
    "Energy delivered during this period",
    "Fixed monthly charge for the connection",
    "Total amount due before the end of April",
    "Please quote your account number with every payment",
)

Draw = Callable[[Canvas], None]


def pdf(*draws: Draw, rotate: int = 0, size: tuple[float, float] = (WIDTH, HEIGHT)) -> pdfium.PdfDocument:
    """A page for each; displayed with this size whatever its rotation, with its content upright."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=True)
    for draw in draws:
        canvas.setPageRotation(rotate)
        width, height = size if rotate % 180 == 0 else size[::-1]
        # reportlab makes a turned page as wide as the given one is high.
        move = {0: (0, 0), 90: (width, 0), 180: (width, height), 270: (0, height)}[rotate]
        canvas.translate(*move)
        canvas.rotate(rotate)
        canvas.setFont("Helvetica", 12)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return pdfium.PdfDocument(file.getvalue())


def write(x: float, y: float, text: str, size: float = 12, font: str = "Helvetica") -> Draw:
    """y: of the baseline."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        canvas.drawString(x, HEIGHT - y, text)

    return draw


def both(*draws: Draw) -> Draw:
    def draw(canvas: Canvas) -> None:
        for one in draws:
            one(canvas)

    return draw


def letter(canvas: Canvas) -> None:
    for number, line in enumerate(LINES):
        write(72, 100 + 22 * number, line)(canvas)


def picture(draw: Draw = letter, dpi: int = 200) -> Image.Image:
    with pdf(draw) as document:
        return document[0].render(scale=dpi / 72, grayscale=True).to_pil().copy()


def paste(image: Image.Image, x: float, y: float, width: float, height: float) -> Draw:
    """A picture, its top left corner at (x, y)."""
    from reportlab.lib.utils import ImageReader

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(image), x, HEIGHT - y - height, width, height)

    return draw
