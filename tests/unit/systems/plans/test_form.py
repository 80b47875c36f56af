"""Proves what the metadata of a form may say, whatever is thrown at it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.errors import DigestMismatch, Invalid, Malformed, PostroomError, TooLarge
from postroom.intake.filename import FileName
from postroom.intake.form import FileHead, Form, FormFile
from postroom.ports import Stored
from postroom.systems.plans import form

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["file0", "plans", "a" * 64]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["files", "partName", "fileName", "contentType", "classification", "sha256", "x"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


def _form(metadata: str, *names: str) -> Form:
    files = [
        FormFile(
            FileHead(n, name, FileName.of(f"{name}.pdf"), "application/pdf"),
            3,
            b"abc",
            Stored(f"document/{n}", 3, "a" * 64),
        )
        for n, name in enumerate(names)
    ]
    return Form({form.METADATA: [metadata]}, files=files)


@given(_JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        files = form.files_of(_form(json.dumps(value), "file0"))
    except (Invalid, Malformed, DigestMismatch):
        return
    assert [file.part for file in files] == ["file0"]
    assert files[0].name and files[0].content_type


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        form.files_of(_form(text, "file0"))
    except PostroomError:
        pass


def test_what_the_metadata_says_wins_over_the_part() -> None:
    entry = {"partName": "file1", "fileName": "../x/Plan.pdf", "contentType": "image/png", "sha256": "a" * 64}
    first, second = form.files_of(_form(json.dumps({"files": [entry]}), "file0", "file1"))
    assert (first.name, first.content_type, first.classification) == ("file0.pdf", "application/pdf", None)
    assert (second.name, second.content_type) == ("Plan.pdf", "image/png")
    with pytest.raises(DigestMismatch):
        form.files_of(_form(json.dumps({"files": [{**entry, "sha256": "b" * 64}]}), "file1"))


@pytest.mark.parametrize("name", ["file", "files0", "File0", "file-1", "0", "metadata", "file0 "])
def test_a_part_of_another_name_is_refused_before_its_bytes(name: str) -> None:
    with pytest.raises(Invalid):
        form.Heads(5)(FileHead(0, name, None, None))


def test_one_file_too_many_is_refused_before_its_bytes() -> None:
    heads = form.Heads(2)
    keys = {heads(FileHead(n, f"file{n}", None, None)) for n in range(2)}
    assert len(keys) == 2
    with pytest.raises(TooLarge):
        heads(FileHead(2, "file2", None, None))
