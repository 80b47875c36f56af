"""Proves the grammar of options: what is taken, what is a problem, and what a chunk gets to see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from postroom.core.states import ChunkKind
from postroom.errors import DocumentError, Invalid
from postroom.ports import Source, Task
from postroom.systems.conversion import contract, options

A, B = UUID(int=1), UUID(int=2)


def source(number: UUID, name: str = "a.pdf") -> Source:
    return Source(number, 0, name, Path("/nowhere"), 1, None, None)


def task(kept: dict[str, Any], workflow: str = contract.ARCHIVE_2, **given: Any) -> Task:
    return Task(given.pop("kind", ChunkKind.CHECK), A, workflow, "default", kept, Path("/nowhere"), **given)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2024-03-01T12:00:00Z", datetime(2024, 3, 1, 12, tzinfo=UTC)),
        ("2024-03-01T12:00:00.1234567+01:00", datetime(2024, 3, 1, 11, 0, 0, 123456, UTC)),
        ("2024-03-01T12:00:00.5", datetime(2024, 3, 1, 12, 0, 0, 500000, UTC)),
        ("2024-03-01 12:00", datetime(2024, 3, 1, 12, tzinfo=UTC)),
        ("2024-03-01T12:00:00-0500", datetime(2024, 3, 1, 17, tzinfo=UTC)),
        ("2024-02-29T00:00:00z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_moments(text: str, when: datetime) -> None:
    assert options.moment(text) == when


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "2024-03-01",
            "2023-02-29T00:00:00Z",
            "2024-03-01T24:00:00Z",
            "2024-03-01T12:00:00+25:00",
        ),
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "٢٠٢٤-03-01T12:00:00Z",
        "12:00",
        "2024-3-1T1:0",
    ],
)
def test_no_moments(text: str) -> None:
    assert options.moment(text) is None


@examples(st.datetimes(min_value=datetime(1900, 1, 1)), st.integers(-14, 14))  # noqa: DTZ001
def test_every_moment_that_python_writes_is_read(when: datetime, hours: int) -> None:
    aware = (when.replace(tzinfo=UTC) + timedelta(0)).isoformat().replace("+00:00", f"{hours:+03d}:00")
    assert options.moment(aware) == datetime.fromisoformat(aware)


@examples(st.text())
def test_no_text_makes_a_moment_raise(text: str) -> None:
    options.moment(text)


def test_passwords_are_kept_in_order_without_repeats_and_bounded() -> None:
    pairs = options.sort_out(
        contract.ARCHIVE_2, [(options.PASSWORD, f"p{n % 150}") for n in range(300)], of_document=False
    )
    assert pairs.problem is None
    assert pairs.passwords == tuple(f"p{n}" for n in range(contract.PASSWORDS))


def test_a_document_tries_its_own_passwords_first() -> None:
    kept = options.of_job(contract.ARCHIVE_2, None, [(options.PASSWORD, "job"), (options.PASSWORD, "both")])
    pairs = options.sort_out(
        contract.ARCHIVE_2, [(options.PASSWORD, "both"), (options.PASSWORD, "own")], of_document=True
    )
    kept = options.with_document(kept, str(A), pairs)
    assert options.given(task(kept), source(A)).passwords == ("both", "own", "job")
    assert options.given(task(kept), source(B)).passwords == ("job", "both")
    assert options.given(task(kept)).passwords == ("job", "both")
    assert "own" not in repr(options.given(task(kept), source(A)))


def test_after_the_passwords_were_forgotten_there_are_none() -> None:
    kept = options.of_job(contract.ARCHIVE_2, None, [(options.PASSWORD, "job")])
    del kept["passwords"]
    assert options.given(task(kept), source(A)).passwords == ()
    assert options.stored(contract.ARCHIVE_2, kept)["values"] == {}


def test_the_first_problem_stays() -> None:
    kept = options.of_job(contract.ARCHIVE_2, None, [("ONE", ""), ("TWO", "")])
    pairs = options.sort_out(contract.ARCHIVE_2, [("THREE", "")], of_document=True)
    kept = options.with_document(kept, str(A), pairs)
    with pytest.raises(DocumentError, match="'ONE'") as raised:
        options.require(task(kept))
    assert raised.value.code == "option"


def test_every_workflow_takes_passwords_and_those_that_make_pdf_take_information() -> None:
    for kind in contract.KINDS:
        given = [(options.PASSWORD, "x"), (options.PASSWORD, "y")]
        assert options.sort_out(kind.core, given, of_document=True).problem is None
        title = options.sort_out(kind.core, [("META.TITLE", "x")], of_document=False).problem
        assert (title is None) is kind.pdf


def test_the_roles_of_an_invoice_are_judged_again_at_its_end() -> None:
    kept = options.of_job(contract.INVOICE, None, [])
    options.require(task(kept, contract.INVOICE))
    finish = task(kept, contract.INVOICE, kind=ChunkKind.FINISH, sources=[source(A), source(B)])
    with pytest.raises(DocumentError, match=r"DOC\.ROLE"):
        options.require(finish)


@pytest.mark.parametrize(
    ("job", "names", "wanted"),
    [
        (None, ["invoice.docx"], "invoice.pdf"),
        ("job", ["invoice.docx"], "invoice.pdf"),
        ("job", ["a.docx", "b.docx"], "job.pdf"),
        ("job.pdf", ["a.docx", "b.docx"], "job.pdf"),
        ("a/b", ["a.docx", "b.docx"], "b.pdf"),
        (None, ["a.docx", "b.docx"], "a.pdf"),
        (None, ["archive.tar.gz"], "archive.tar.pdf"),
        (None, [".profile"], "profile.pdf"),
        (None, ["x"], "x.pdf"),
        (None, [], "document.pdf"),
        ("...", ["a", "b"], "document.pdf"),
        (None, ["x" * 255], "x" * 246 + ".pdf"),
    ],
)
def test_names_of_what_comes_out(job: str | None, names: list[str], wanted: str) -> None:
    assert options.output_name(task({"name": job}), names, ".pdf") == wanted


@examples(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["name", "value", "options", "values", "documents", "passwords", "problem", "x"]
                ),
                inner,
                max_size=5,
            )
        ),
    ).filter(lambda value: isinstance(value, dict))
)
def test_whatever_our_own_api_is_given_is_taken_or_invalid(value: Any) -> None:
    try:
        kept = options.stored(contract.CONVERSION, value)
    except Invalid:
        return
    options.given(task(dict(kept)), source(A))
    assert options.stored(contract.CONVERSION, kept) == kept


def test_the_options_of_a_copy_name_the_copies_of_its_documents() -> None:
    pairs = [("META.TITLE", "T"), (options.PASSWORD, "all")]
    kept = options.of_job(contract.ARCHIVE_2, "n", pairs)
    for number in (A, B):
        own = [("META.AUTHOR", str(number)), (options.PASSWORD, f"of {number}")]
        sorted_out = options.sort_out(contract.ARCHIVE_2, own, of_document=True)
        kept = options.with_document(kept, str(number), sorted_out)
    copy = options.renamed(kept, {str(A): str(B)})
    assert copy == {
        **kept,
        "documents": {str(B): {"META.AUTHOR": str(A)}},
        "passwords": {"": ["all"], str(B): [f"of {A}"]},
    }
    given = options.given(task(copy), source(B))
    assert given.passwords == (f"of {A}", "all")
