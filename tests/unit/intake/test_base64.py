"""Base64 in any pieces, and out of the middle of a JSON body that is never in memory as a whole."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.errors import Invalid, Malformed, PostroomError, TooLarge
from postroom.intake.base64 import Decoder, JsonContent, decode


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def read(body: bytes, size: int = 7) -> tuple[bytes, dict[str, object]]:
    content = JsonContent(pieces(body, size), "contentBase64")
    data = b"".join([piece async for piece in content])
    return data, content.members


@given(st.binary(max_size=300), st.integers(1, 50))
def test_pieces_make_no_difference(data: bytes, size: int) -> None:
    text = base64.b64encode(data)
    decoder = Decoder("x")
    out = b"".join(decoder.feed(text[start : start + size]) for start in range(0, len(text), size))
    decoder.end()
    assert out == data == decode(text.decode(), "x")


@pytest.mark.parametrize(
    "text", ["a", "ab", "abc", "ab=c", "=abc", "YQ==YQ==", "ab\ncd", "ab-_", "YWJj ", "é==="]
)
def test_what_is_no_base64_is_refused_and_named(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(text, "content")
    assert caught.value.field == "content"


@given(st.binary(max_size=200), st.integers(1, 40), st.booleans(), st.booleans())
async def test_content_comes_out_of_json_wherever_it_stands(
    data: bytes, size: int, first: bool, escaped: bool
) -> None:
    text = base64.b64encode(data).decode()
    around = {"uploadToken": 'to"k\\en: {"contentBase64": "x"}', "list": [1, {"contentBase64": "aa"}]}
    members = {"contentBase64": text, **around} if first else {**around, "contentBase64": text}
    body = json.dumps(members, indent=1)
    if escaped:
        body = body.replace(text, text.replace("/", "\\/"))
    assert await read(body.encode(), size) == (data, around)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", Malformed),
        (b"[]", Malformed),
        (b"{}", Invalid),
        (b'{"contentBase64": 5}', Invalid),
        (b'{"contentBase64": "abc"}', Invalid),
        (b'{"contentBase64": "YWJj', Malformed),
        (b'{"contentBase64": "YWJj"', Malformed),
        (b'{"contentBase64": "YWJj"} x', Malformed),
        (b'{"contentBase64": "YWJj\\n"}', Invalid),
        (b'{"contentBase64": "YWJj\\"}', PostroomError),
        (b'{"contentBase64": "YWJj", "contentBase64": "YWJj"}', Malformed),
        (b'{"a": {"contentBase64": "YWJj"}}', Invalid),
        (b'["contentBase64", "YWJj"]', Malformed),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_what_is_wrong_with_the_body_is_told(body: bytes, kind: type[PostroomError], size: int) -> None:
    with pytest.raises(kind):
        await read(body, size)


async def test_everything_beside_the_content_is_bounded() -> None:
    with pytest.raises(TooLarge):
        await read(b'{"a": "' + b"x" * 70_000 + b'", "contentBase64": ""}', 1000)
