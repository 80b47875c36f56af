"""Owns: what makes two requests the same, as values and as real forms: other boundary, order, file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from postroom.blobs.local import LocalBlobs
from postroom.core.fingerprint import fingerprint
from postroom.intake.form import read_form
from tests.example import examples

texts = st.text(max_size=20)
fields = st.lists(st.tuples(texts, texts), max_size=4)
files = st.lists(st.tuples(texts, texts, st.binary(max_size=8).map(bytes.hex)), max_size=3)
requests = st.tuples(st.sampled_from(["POST", "PUT"]), texts, fields, files)
Request = tuple[str, str, list[tuple[str, str]], list[tuple[str, str, str]]]


@given(requests, requests)
def test_two_requests_share_a_fingerprint_exactly_when_they_are_equal(one: Request, two: Request) -> None:
    assert (fingerprint(*one) == fingerprint(*two)) == (one == two)


@given(requests)
def test_it_is_32_bytes_and_always_the_same(request: Request) -> None:
    assert fingerprint(*request) == fingerprint(*request)
    assert len(fingerprint(*request)) == 32


@given(texts, texts, st.sampled_from(['"', ",", "[", "]", '","', "\x00", "\n", "=", "&"]))
def test_no_separator_in_a_value_makes_two_fields_of_one(name: str, value: str, separator: str) -> None:
    one = fingerprint("POST", "/", [(name, value + separator + name)])
    assert one != fingerprint("POST", "/", [(name, value), ("", name)])
    assert one != fingerprint("POST", "/", [(name, value), (name, "")])


@given(fields)
def test_the_order_of_fields_counts(given_fields: list[tuple[str, str]]) -> None:
    turned = given_fields[::-1]
    assume(turned != given_fields)
    assert fingerprint("POST", "/", given_fields) != fingerprint("POST", "/", turned)


@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=3))
def test_a_field_never_passes_for_a_file(triples: list[tuple[str, str, str]]) -> None:
    pairs = [(name, file) for name, file, _ in triples]
    assert fingerprint("POST", "/", pairs, []) != fingerprint("POST", "/", [], triples)


def test_the_method_is_compared_without_case() -> None:
    assert fingerprint("post", "/a") == fingerprint("POST", "/a") != fingerprint("POST", "/A")


# --- as forms -----------------------------------------------------------------------------------------

names = (
    st.text("abcdefghij.-_ ", min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: name not in ("", ".", ".."))
)
uploads = st.lists(st.tuples(names, st.binary(max_size=64)), min_size=1, max_size=4)
# As long as the random ones of real clients: one that stands in the bytes of a file is no boundary.
boundaries = st.text("abcdefABCDEF0123456789", min_size=24, max_size=40)


def body(boundary: str, parts: list[tuple[str, bytes]]) -> bytes:
    out = b""
    for name, data in parts:
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        out += f"--{boundary}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


async def form_fingerprint(boundary: str, parts: list[tuple[str, bytes]], step: int) -> bytes:
    sent = body(boundary, parts)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(sent), step):
            yield sent[start : start + step]

    kind = f"multipart/form-data; boundary={boundary}"
    with tempfile.TemporaryDirectory() as folder:
        blobs = LocalBlobs(Path(folder))
        async with read_form(kind, pieces(), blobs, lambda head: f"a/{head.position}") as form:
            found = [
                (file.head.field, file.head.name.shown, file.stored.sha256)
                for file in form.files
                if file.head.name and file.stored
            ]
    assert [sha256 for _, _, sha256 in found] == [hashlib.sha256(data).hexdigest() for _, data in parts]
    return fingerprint("POST", "/", (), found)


@settings(max_examples=examples(25))
@given(uploads, boundaries, boundaries, st.integers(1, 50), st.integers(1, 50))
async def test_a_retried_form_with_another_boundary_is_the_same_request(
    parts: list[tuple[str, bytes]], one: str, two: str, step_one: int, step_two: int
) -> None:
    assert await form_fingerprint(one, parts, step_one) == await form_fingerprint(two, parts, step_two)


@settings(max_examples=examples(25))
@given(uploads, boundaries, st.data())
async def test_one_changed_byte_of_one_file_is_another_request(
    parts: list[tuple[str, bytes]], boundary: str, data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(parts) - 1))
    name, content = parts[which]
    changed = [*parts[:which], (name, content + b"!"), *parts[which + 1 :]]
    assert await form_fingerprint(boundary, parts, 50) != await form_fingerprint(boundary, changed, 50)
