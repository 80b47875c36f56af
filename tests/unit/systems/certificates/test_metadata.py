"""Proves how metadata is read: comments, strictness, and that pairing loses nothing, whatever comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.errors import Malformed
from postroom.intake.filename import FileName
from postroom.systems.certificates import metadata
from postroom.systems.certificates.door import secret_of
from postroom.systems.certificates.given import form, merged
from postroom.systems.certificates.upload import Sent, pairing_key

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(["a.pdf", "b.pdf", "A.pdf", "é.pdf"])


def sent(*names: str) -> list[Sent]:
    return [Sent(n, name, pairing_key(FileName.of(name)), None, None) for n, name in enumerate(names)]


@given(JSON)
def test_what_is_in_texts_is_no_comment(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), json.dumps(value, indent=1)):
        assert json.loads(metadata.without_comments(text)) == value


@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    entries, problems = metadata.entries(text, required=False)
    assert all(problem.reason and problem.message for problem in problems)
    if not problems:
        assert isinstance(entries, list)


def test_comments_are_dropped() -> None:
    text = '[ // one\n {"filename": "a//b.pdf" /* two \n */ } // "three"\n]'
    entries, problems = metadata.entries(text, required=False)
    assert (problems, [entry.key for entry in entries]) == ([], ["b.pdf"])


@given(st.lists(NAMES, min_size=1), st.lists(NAMES))
def test_every_entry_is_paired_or_told(files: list[str], names: list[str]) -> None:
    entries = [metadata.Entry(f"m[{n}]", name) for n, name in enumerate(names)]
    paired, problems = metadata.pair(sent(*files), entries, required=False)
    assert len(paired) == len(files)
    used = [entry for entry in paired if entry is not None]
    assert len(used) + len(problems) == len(entries)
    for file, entry in zip(files, paired, strict=True):
        assert entry is None or entry.key == file
    for name in set(files) & set(names):
        # In order of appearance, and as many as there are of both.
        places = [entry.where for entry in used if entry.key == name]
        assert places == [entry.where for entry in entries if entry.key == name][: files.count(name)]


@given(st.binary(max_size=200))
def test_any_form_is_an_object_or_malformed(body: bytes) -> None:
    try:
        assert isinstance(form(body), dict)
    except Malformed:
        pass


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("a=1&a=2", {"a": "2"}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0][b]=1&a[0][c]=2&a[1][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ("a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        ("a[=1", {"a[": "1"}),
        ("", {}),
    ],
)
def test_brackets_of_forms(body: str, value: Any) -> None:
    assert form(body.encode()) == value


@pytest.mark.parametrize("body", ["a=1&a[b]=2", "a[b]=1&a=2", "a" + "[x]" * 9 + "=1", "a=%ff"])
def test_forms_that_contradict_themselves_are_refused(body: str) -> None:
    with pytest.raises(Malformed):
        form(body.encode())


def test_custom_metadata_after_an_update() -> None:
    assert merged({"a": 1, "b": 2}, {"a": None, "c": 0}) == {"b": 2, "c": 0}
    assert merged({"a": 1}, {}) is None
    assert merged(None, {"a": ""}) is None


@given(st.text())
def test_any_authorization_is_a_key_or_none(value: str) -> None:
    found = secret_of(value)
    assert found is None or found.strip()
