"""Owns how a form looks once it has been scanned or faxed: drawn, bent, dirtied, and put into a PDF as a picture.

Deterministic. Refuses to know what is on the form.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from random import Random

import numpy as np
import pikepdf
import pypdfium2 as pdfium
from pikepdf import Dictionary, Name, Stream
from PIL import Image


@dataclass(frozen=True, slots=True)
class Scan:
    """skew: degrees. turned: upside down. cropped: points lost on each side. noise: share of specks. fax: black and white."""

    dpi: int = 300
    skew: float = 0.0
    turned: bool = False
    cropped: float = 0.0
    noise: float = 0.0
    fax: bool = False
    seed: int = 0


def scanned(data: bytes, scan: Scan) -> bytes:
    """Every page of the PDF as a picture in a new PDF."""
    source = pdfium.PdfDocument(data)
    source.init_forms()
    made = pikepdf.new()
    for place in range(len(source)):
        page = source[place]
        drawn = page.render(scale=scan.dpi / 72, grayscale=True).to_pil().convert("L")
        _put(made, _dirtied(drawn, scan), scan)
        page.close()
    source.close()
    out = io.BytesIO()
    made.save(out, deterministic_id=True)
    return out.getvalue()


def _dirtied(drawn: Image.Image, scan: Scan) -> Image.Image:
    picture = drawn.rotate(scan.skew, Image.Resampling.BICUBIC, fillcolor=255)
    if scan.cropped:
        edge = round(scan.cropped * scan.dpi / 72)
        picture = picture.crop((edge, edge, picture.width - edge, picture.height - edge))
    if scan.turned:
        picture = picture.transpose(Image.Transpose.ROTATE_180)
    rng = np.random.default_rng(scan.seed)
    pixels = np.asarray(picture).astype(np.float64)
    pixels = pixels * 0.92 + 12 + rng.normal(0, 6, pixels.shape)
    if scan.noise:
        specks = rng.random(pixels.shape) < scan.noise
        pixels[specks] = rng.integers(0, 2, int(specks.sum())) * 255.0
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "L")
    return picture.point(lambda grey: 255 if grey > 140 else 0).convert("1") if scan.fax else picture


def _put(made: pikepdf.Pdf, picture: Image.Image, scan: Scan) -> None:
    out = io.BytesIO()
    grey = picture.convert("L")
    grey.save(out, "JPEG", quality=92 if scan.fax else 80)
    image = Stream(
        made,
        out.getvalue(),
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=grey.width,
            Height=grey.height,
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        ),
    )
    width, height = grey.width * 72 / scan.dpi, grey.height * 72 / scan.dpi
    page = Dictionary(
        Type=Name.Page,
        MediaBox=[0, 0, width, height],
        Resources=Dictionary(XObject=Dictionary(Im0=made.make_indirect(image))),
        Contents=made.make_indirect(Stream(made, b"q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q" % (width, height))),
    )
    made.pages.append(pikepdf.Page(made.make_indirect(page)))


def varied(random: Random, dpi: int) -> Scan:
    """Some scan of its resolution: a little of everything, now and then much."""
    return Scan(
        dpi=dpi,
        skew=random.choice((0.0, random.uniform(-1.5, 1.5), random.uniform(-5, 5))),
        turned=random.random() < 0.1,
        cropped=random.choice((0.0, 0.0, 8.0)),
        noise=random.choice((0.0, 0.0, 0.002)),
        fax=random.random() < 0.3,
        seed=random.randrange(10**6),
    )
