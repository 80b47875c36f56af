"""Owns what a scanner does to a page: turned a little, blurred, noisy, pressed through JPEG. Seeded."""

from __future__ import annotations

import io
from random import Random

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageFilter

from postroom.systems.bills.sample.paper import Paper


def scanned(data: bytes, random: Random, dpi: int = 300, *, rough: float = 1.0) -> bytes:
    """A PDF as a PDF of pictures. rough: 0 is clean, 1 an ordinary scan, 2 a bad one."""
    images = pictures(data, random, dpi, rough=rough)
    wide, high = images[0].size
    paper = Paper((round(wide * 72 / dpi), round(high * 72 / dpi)), "Postroom scanner")
    for image in images:
        paper.picture(jpeg(image, quality=75 if rough else 92), image.size)
    return paper.data()


def pictures(data: bytes, random: Random, dpi: int, *, rough: float = 1.0) -> list[Image.Image]:
    """The pages of a PDF as grey pictures."""
    document = pdfium.PdfDocument(data)
    try:
        return [
            _worn(page.render(scale=dpi / 72, grayscale=True).to_pil(), random, rough) for page in document
        ]
    finally:
        document.close()


def jpeg(image: Image.Image, quality: int = 75) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _worn(image: Image.Image, random: Random, rough: float) -> Image.Image:
    image = image.convert("L")
    if not rough:
        return image
    angle = random.uniform(-1.2, 1.2) * rough
    image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=250)
    image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.7) * rough))
    noise = np.random.default_rng(random.randrange(1 << 30)).normal(0, 7 * rough, (image.height, image.width))
    grey = np.asarray(image, dtype=np.float32) * 0.94 + 8 + noise.astype(np.float32)
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))
