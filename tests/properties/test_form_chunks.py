"""However the network splits a form, the same parts come out of it, or the same kind of error."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.blobs.local import LocalBlobs
from postroom.errors import PostroomError
from postroom.intake.form import FormLimits, read_form
from tests.example import examples

# Blobs are synced one by one; what is proven here is how forms are read.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
PRINTABLE = "abcXYZ019'()+_,-./:=?"
boundaries = st.text(PRINTABLE, min_size=1, max_size=30)


def near(boundary: str) -> st.SearchStrategy[bytes]:
    """Bytes that almost are a boundary, in between others."""
    delimiter = b"\r\n--" + boundary.encode()
    almost = st.integers(0, len(delimiter) - 1).map(lambda end: delimiter[:end])
    pieces = st.one_of(almost, st.binary(max_size=20), st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--"]))
    data = st.lists(pieces, max_size=12).map(b"".join)
    # RFC 2046: the boundary must not be in the content; at its start the line break is the header's.
    return data.filter(lambda one: delimiter not in b"\r\n" + one + b"\r\n")


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, list[bytes], bytes]:
    boundary = draw(boundaries)
    contents = draw(st.lists(near(boundary), max_size=4))
    body = b""
    for number, data in enumerate(contents):
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="f{number}"; filename="{number}"\r\n\r\n'
        )
        body += head.encode() + data + b"\r\n"
    return boundary, contents, body + f"--{boundary}--\r\n".encode()


def split(body: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[start:end] for start, end in pairwise(edges) if end > start]


async def outcome(boundary: str, chunks: list[bytes], blobs: LocalBlobs) -> Any:
    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    content_type = f'multipart/form-data; boundary="{boundary}"'
    limits = FormLimits(idle=None)
    try:
        async with read_form(
            content_type, body(), blobs, lambda head: f"k{head.position}", limits=limits
        ) as form:
            read = []
            for file in form.files:
                assert file.stored is not None
                read.append(b"".join([piece async for piece in blobs.read(file.stored.key)]))
            return read
    except PostroomError as error:
        return type(error)


@settings(max_examples=examples(150))
@given(forms(), st.lists(st.integers(0, 10_000), max_size=12))
def test_any_split_gives_the_same_parts(form: tuple[str, list[bytes], bytes], cuts: list[int]) -> None:
    boundary, contents, body = form
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        blobs = LocalBlobs(Path(folder))
        for chunks in (split(body, cuts), [body[i : i + 1] for i in range(len(body))]):
            assert asyncio.run(outcome(boundary, chunks, blobs)) == contents
        assert [path for path in Path(folder).rglob("*") if path.is_file()] == []
        blobs.close()


@settings(max_examples=examples(150))
@given(forms(), st.lists(st.integers(0, 10_000), max_size=8), st.data())
def test_a_damaged_form_ends_alike_however_it_is_split(
    form: tuple[str, list[bytes], bytes], cuts: list[int], data: st.DataObject
) -> None:
    boundary, _, body = form
    position = data.draw(st.integers(0, len(body) - 1))
    damage = data.draw(st.sampled_from([b"", b"\n", b"\r", b"\r\n", b"\0", b"-", b"--", b"\xff", b":", b'"']))
    damaged = body[:position] + damage + body[position + data.draw(st.integers(0, 3)) :]
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        blobs = LocalBlobs(Path(folder))
        whole = asyncio.run(outcome(boundary, [damaged] if damaged else [], blobs))
        assert asyncio.run(outcome(boundary, split(damaged, cuts), blobs)) == whole
        assert [path for path in Path(folder).rglob("*") if path.is_file()] == []
        blobs.close()
