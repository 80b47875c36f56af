"""Owns documents for tests: generated certificates, and bytes that pass the door and are none."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

import pikepdf
from pikepdf import Name, Stream, StreamDecodeLevel

from postroom.systems.certificates import sample

HOLLOW = b"%PDF-1.4\nnothing that opens\n%%EOF\n"


@cache
def certificate(number: int = 1, kind: str = "fields") -> tuple[bytes, Mapping[str, Any]]:
    """One that can be read, and the truth about it."""
    data, entry = sample.make(Random(number), number, kind)
    return data, entry.truth


def hollow(number: int = 0) -> bytes:
    """Passes every check of the door."""
    return HOLLOW + b"%" + str(number).encode()


def bomb() -> bytes:
    """A small PDF whose one page unpacks to three gigabytes of drawing, packed twice."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    # A piece that ends on a byte, and refers to nothing before it, may be repeated: nobody packs three gigabytes.
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packer.compress(b"0 0 1 1 re f " * 80_000) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = b"\x78\xda" + piece * 3000 + b"\x03\x00"
    content = Stream(pdf, zlib.compress(packed, 9), Filter=[Name.FlateDecode, Name.FlateDecode])
    pdf.pages[0].obj.Contents = pdf.make_indirect(content)
    out = io.BytesIO()
    # As it is: otherwise it is unpacked once while it is saved, which takes ten seconds.
    pdf.save(out, compress_streams=False, stream_decode_level=StreamDecodeLevel.none)
    return out.getvalue()


# Passes for any certificate that was read; fails for any.
PASSES = {"name": "Insured named", "path": "insured.name", "check": "present"}
FAILS = {"name": "Cyber", "path": "coverages.cyber_liability", "check": "present"}
FAILS_TOO = {"name": "Nobody", "path": "insured.name", "check": "equals", "value": "Nobody at all"}
