"""Owns the figures of reading pages: words of a text layer, and of pictures however they lie. One core.

    python -m bench.bench_page [--rounds 5]

CPU seconds of this process, the least of the rounds: other work on the machine lengthens them all the same.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import time
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from postroom.readers import ocr, page, pdf_words, raster

_WORDS = (
    "invoice",
    "total",
    "amount",
    "due",
    "electricity",
    "service",
    "period",
    "account",
    "meter",
    "balance",
)


def sheet(words: int, size: float) -> pdfium.PdfDocument:
    """A letter page full of words."""
    chosen = random.Random(1)
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792))
    canvas.setFont("Helvetica", size)
    y = 770.0
    while words > 0:
        line: list[str] = []
        while words > 0 and canvas.stringWidth(" ".join(line), "Helvetica", size) < 500:
            line.append(chosen.choice(_WORDS))
            words -= 1
        canvas.drawString(30, y, " ".join(line))
        y -= size * 1.2
    canvas.save()
    return pdfium.PdfDocument(file.getvalue())


def least(rounds: int, work: Callable[[], Any]) -> float:
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    for words, size in ((3000, 5.0), (500, 10.0)):
        with sheet(words, size) as document:
            sheet_page = document[0]
            assert len(pdf_words.words(sheet_page)) == words
            seconds = least(rounds, lambda sheet_page=sheet_page: page.page_words(sheet_page))
        print(f"text layer, {words:,} words: {seconds * 1000:.0f} ms")
    with sheet(500, 10.0) as document:
        print(f"drawn at 300 dpi: {least(rounds, lambda: raster.render(document[0], 300)) * 1000:.0f} ms")
        picture = raster.render(document[0], 300)
    ways = {
        "upright": picture,
        "skewed by 3 degrees": picture.rotate(-3, Image.Resampling.BICUBIC, fillcolor=255),
        "on its side": picture.transpose(Image.Transpose.ROTATE_90),
        "on its head": picture.transpose(Image.Transpose.ROTATE_180),
        "blank": Image.new("L", picture.size, 255),
    }
    for name, seen in ways.items():
        seconds = least(max(1, rounds // 2), lambda seen=seen: ocr.read(seen, 300))
        print(f"recognised, 500 words at 300 dpi, {name}: {seconds:.2f} s")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
