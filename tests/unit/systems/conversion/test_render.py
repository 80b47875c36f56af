"""Proves reading and writing of both forms: XML is always well formed, and no body makes the reader fail."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.errors import Invalid, Malformed
from postroom.systems.conversion import render

NAMES = st.sampled_from(["jobId", "status", "code", "events", "dataList"])
VALUES = st.recursive(
    st.text() | st.integers() | st.booleans(),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=3),
)


@given(st.dictionaries(NAMES, VALUES))
def test_whatever_is_said_is_well_formed_xml(value: dict[str, object]) -> None:
    root = ElementTree.Element("root")
    render._fill(root, value, "item")
    ElementTree.fromstring(render._written(root))


@given(st.text(), st.text(), st.text(min_size=1))
def test_texts_come_back_as_they_were_but_for_what_xml_cannot_hold(one: str, two: str, name: str) -> None:
    root = ElementTree.Element("options")
    render._fill(root, [{"name": name, "value": one}, {"name": "b", "value": two}], "option")
    body = render._written(root).replace(b"\r", b"&#13;")
    read = asyncio.run(render.parse_options(body, xml=True))
    wanted = [render._ILLEGAL.sub("�", text) for text in (name, one, two)]
    assert [read[0][0], read[0][1], read[1][1]] == wanted


@given(st.binary(max_size=200) | st.text(alphabet="<>/abname value&;![]\"'?=").map(str.encode), st.booleans())
def test_no_body_makes_the_reader_fail(body: bytes, xml: bool) -> None:
    try:
        asyncio.run(render.parse_options(body, xml=xml))
    except (Malformed, Invalid):
        pass


@pytest.mark.parametrize("size", [10, 100_000])
def test_entities_are_never_expanded(size: int) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<!DOCTYPE o [<!ENTITY e0 "{"x" * size}">{bomb}]><o><p><name>a</name><value>&e9;</value></p></o>'
    with pytest.raises(Malformed, match="document type"):
        asyncio.run(render.parse_options(body.encode(), xml=True))


@given(st.text())
def test_no_header_makes_the_choice_of_form_fail(accept: str) -> None:
    render.wants_xml(accept)
