"""Signed addresses: bound to everything that they name, and to nothing that can be moved from line to line."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from postroom.intake.signed import CHECKSUM, Grant, address, headers_of, holds

KEY = b"k" * 32
GRANT = Grant(UUID(int=7), 10, 1_700_000_000, 3, {"content-type": "text/plain"})


def signature(key: bytes, grant: Grant) -> str:
    return parse_qs(urlsplit(address(key, grant)).query)["signature"][0]


def test_an_address_says_what_it_opens_and_until_when() -> None:
    parts = urlsplit(address(KEY, GRANT))
    assert parts.path == f"/signed/{GRANT.upload.hex}/3"
    assert parse_qs(parts.query)["expires"] == ["1700000000"]
    assert holds(KEY, GRANT, signature(KEY, GRANT))


def test_it_opens_nothing_else() -> None:
    good = signature(KEY, GRANT)
    for other in (
        replace(GRANT, upload=uuid4()),
        replace(GRANT, size=11),
        replace(GRANT, expires=1_700_000_001),
        replace(GRANT, part=0),
        replace(GRANT, headers={}),
        replace(GRANT, headers={"content-type": "text/html"}),
        replace(GRANT, headers={**GRANT.headers, CHECKSUM: "x"}),
    ):
        assert not holds(KEY, other, good)
    assert not holds(b"another" * 5, GRANT, good)
    for wrong in ("", "x", good.upper(), good[:-1], good + "0", "é"):
        assert not holds(KEY, GRANT, wrong)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_header_value_can_pass_for_another_line(name: str, value: str) -> None:
    one = replace(GRANT, headers={"a": f"{name}\n{len(value) + 2}:b:{value}"})
    two = replace(GRANT, headers={"a": name, "b": value})
    assert signature(KEY, one) != signature(KEY, two)


def test_the_headers_of_a_put_are_its_type_and_the_base64_of_its_digest() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert headers_of(empty, "text/csv") == {
        "content-type": "text/csv",
        CHECKSUM: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    }
    assert headers_of(None, None) == {}
