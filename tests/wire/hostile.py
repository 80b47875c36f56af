"""Owns values that no honest client sends, and puts them where Schemathesis has put honest ones.

A contract knows types and lengths; it does not know what a database, a parser or a calendar chokes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

TEXTS = (
    *("", " ", "\0", "a\0b", "\x1b[2J", "\r\nX: y", "\u202egpj.exe", "\ufffe", "\U0010ffff", "e\u0301" * 50),
    *(
        "-",
        ".",
        "+",
        "--1",
        "0x10",
        "1_000",
        "1e5",
        "1e400",
        "-0",
        "nan",
        "Infinity",
        "\u0663",
        "\u00b2",
        "9" * 400,
    ),
    *(str(2**31), str(2**63), str(-(2**63) - 1), str(10**30)),
    *("0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "2024-1-1", "-4713-01-01"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2024-01-01T24:00:00Z", "24:00"),
    *(
        "x" * 4000,
        "../../etc/passwd",
        "%00",
        "{}",
        "[",
        "'; --",
        "\\",
        "null",
        "id:",
        "00000000-0000-0000-0000-000000000000",
    ),
    *(
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "bm90IGEgY3Vyc29y",
        "AAAA",
        "====",
        "https://[::1",
        "http://x:99999/",
    ),
)
ONLY_JSON = (
    *("\ud800", "a\udfffb", None, True, False, [], {}, [None], [[]], {"": ""}, {"\0": "\0"}, {"\ud800": 1}),
    *(0, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400),
    *(0.1, -0.0, 1e-320, 1e16, 1e308, -1e308),
    *(["x"] * 3000, {str(n): n for n in range(3000)}),
)


def deep(levels: int = 200) -> Any:
    value: Any = "x"
    for number in range(levels):
        value = [value] if number % 2 else {"a": value}
    return value


def spoil(case: Any, data: st.DataObject) -> None:
    """Put one hostile value in the place of one value in the query or the JSON body of a call."""
    places: list[tuple[Any, Any]] = [(case.query, name) for name in case.query or {}]
    asked = len(places)
    if case.media_type is not None and "json" in case.media_type:
        places += _leaves(case.body)
    if not places:
        return
    number = data.draw(st.integers(0, len(places) - 1))
    values: tuple[Any, ...] = TEXTS if number < asked else (*TEXTS, *ONLY_JSON, deep())
    container, key = places[number]
    container[key] = data.draw(st.sampled_from(values))


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a body: whole lists and objects, too."""
    pairs = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    for key, inner in pairs:
        yield value, key
        yield from _leaves(inner)
