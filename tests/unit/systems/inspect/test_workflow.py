"""A whole generated pile, checked and processed, against the truth about it; and refused options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from postroom.core.states import ChunkKind
from postroom.errors import DocumentError, Invalid
from postroom.ports import Checked, Processed, Source, Task, Workflow
from postroom.systems.inspect import sample
from postroom.systems.inspect.sample.pdf import Writer, break_page
from postroom.systems.inspect.workflow import Inspect

INSPECT = Inspect()


def _task(file: Path, scratch: Path, options: Mapping[str, Any]) -> Task:
    scratch.mkdir(parents=True)
    data = file.read_bytes()
    source = Source(UUID(int=1), 0, file.name, file, len(data), sha256(data).hexdigest(), None)
    return Task(
        ChunkKind.CHECK, UUID(int=2), "inspect", None, INSPECT.options(options), scratch, source=source
    )


def _process(task: Task, checked: Checked) -> Processed:
    assert task.source
    source = replace(task.source, media_type=checked.media_type, facts=checked.facts)
    return INSPECT.process(replace(task, kind=ChunkKind.PROCESS, source=source, part=checked.parts[0]))


def _end(entry: sample.Entry, task: Task, seen: set[str]) -> tuple[str, str | None, Mapping[str, Any]]:
    """State, code and result, as the engine would come to them."""
    assert task.source
    checked = INSPECT.check(task)
    assert checked.media_type == entry.media_type, entry.name
    if checked.problem:
        state = "rejected" if checked.rejected else "failed"
        return state, checked.problem.code, checked.facts
    assert checked.parts[0].pages == entry.pages, entry.name
    if task.source.sha256 in seen:
        return "duplicate", None, {}
    seen.add(str(task.source.sha256))
    try:
        done = _process(task, checked)
    except DocumentError as error:
        return "failed", error.code, {}
    assert done.pages_failed == entry.pages_failed, entry.name
    for artifact in done.artifacts:
        assert artifact.file.parent == task.scratch
        assert artifact.file.stat().st_size > 0
    return ("partial" if done.pages_failed else "succeeded"), None, done.result


def test_the_whole_pile_ends_as_its_manifest_says(tmp_path: Path) -> None:
    manifest = sample.generate(tmp_path / "pile", 300)
    seen: set[str] = set()
    ends: Counter[str] = Counter()
    for entry in manifest.entries:
        scratch = tmp_path / "scratch" / entry.name
        task = _task(tmp_path / "pile" / entry.name, scratch, {"passwords": list(manifest.passwords)})
        state, code, result = _end(entry, task, seen)
        assert (state, code) == (entry.state, entry.code), entry.name
        ends[state] += 1
        if result:
            told = {key: result.get(key) for key in entry.facts}
            assert told == dict(entry.facts), entry.name
    assert sum(ends.values()) == manifest.totals["documents"] == 300
    assert all(manifest.totals[state] == count for state, count in ends.items())
    assert set(ends) == {"succeeded", "partial", "failed", "duplicate", "rejected"}


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    one = sample.generate(tmp_path / "one", 80, seed=7)
    two = sample.generate(tmp_path / "two", 80, seed=7)
    other = sample.generate(tmp_path / "other", 80, seed=8)
    assert one == two != other
    for entry in one.entries:
        assert (tmp_path / "one" / entry.name).read_bytes() == (tmp_path / "two" / entry.name).read_bytes()


@pytest.mark.parametrize("count", [0, 1, 10, 1000])
def test_a_pile_has_as_many_documents_as_were_asked_for(tmp_path: Path, count: int) -> None:
    assert len(sample._plan(count, Random(1))) == count


def _pdf(folder: Path) -> Path:
    data, _ = sample._report(Random(3), 1)
    (folder / "report.pdf").write_bytes(data)
    return folder / "report.pdf"


def test_text_has_one_form_feed_between_pages(tmp_path: Path) -> None:
    task = _task(_pdf(tmp_path), tmp_path / "scratch", {})
    checked = INSPECT.check(task)
    done = _process(task, checked)
    named = {artifact.name: artifact for artifact in done.artifacts}
    assert set(named) == {"text.txt", "thumbnail.webp"}
    pages = named["text.txt"].file.read_text(encoding="utf-8").split("\f")
    assert len(pages) == done.result["pages"] == checked.facts["pages"]
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, start=1))


def test_what_is_not_wanted_is_not_made(tmp_path: Path) -> None:
    task = _task(_pdf(tmp_path), tmp_path / "scratch", {"text": False, "thumbnails": False})
    done = _process(task, INSPECT.check(task))
    assert not done.artifacts
    assert not list(task.scratch.iterdir())
    assert done.result["page_kinds"]["text"].startswith("1-")


def test_no_password_is_ever_told(tmp_path: Path) -> None:
    data, entry = sample._locked(Random(1), 1)
    (tmp_path / "x.pdf").write_bytes(data)
    task = _task(tmp_path / "x.pdf", tmp_path / "scratch", {"passwords": list(sample.PASSWORDS)})
    checked = INSPECT.check(task)
    told = str(checked) + str(_process(task, checked))
    assert not any(password in told for password in sample.PASSWORDS)
    assert entry.facts["encrypted"]


def test_process_works_without_the_facts_of_a_check(tmp_path: Path) -> None:
    task = _task(_pdf(tmp_path), tmp_path / "scratch", {})
    assert INSPECT.process(replace(task, kind=ChunkKind.PROCESS)).result["pages"] > 1


def test_a_pdf_of_which_no_page_can_be_read_fails_in_words(tmp_path: Path) -> None:
    writer = Writer("p", "t")
    writer.blank()
    (tmp_path / "x.pdf").write_bytes(break_page(writer.data(), 0))
    task = _task(tmp_path / "x.pdf", tmp_path / "scratch", {})
    with pytest.raises(DocumentError, match="none of its pages"):
        _process(task, INSPECT.check(task))


def test_defaults_are_filled_in() -> None:
    expected = {"passwords": [], "duplicates": "link", "thumbnails": True, "text": True}
    assert INSPECT.options({}) == expected
    assert INSPECT.options({"text": False})["text"] is False


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"color": 1}, "color", "valid are: passwords, duplicates, thumbnails, text"),
        ({"passwords": "x"}, "passwords", "list of strings"),
        ({"passwords": [1]}, "passwords", "list of strings"),
        ({"passwords": ["x"] * 101}, "passwords", "at most 100"),
        ({"passwords": ["x" * 200]}, "passwords", "127 bytes"),
        ({"duplicates": "merge"}, "duplicates", "process, link, reject"),
        ({"duplicates": ["link"]}, "duplicates", "process, link, reject"),
        ({"thumbnails": 1}, "thumbnails", "true or false"),
        ({"text": "yes"}, "text", "true or false"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_valid(given: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        INSPECT.options(given)
    assert caught.value.field == field


def test_activity_is_a_sentence() -> None:
    workflow: Workflow = INSPECT
    assert workflow.activity(ChunkKind.CHECK, "a.pdf") == "Checking 'a.pdf'."
    assert workflow.activity(ChunkKind.PROCESS, "a.pdf") == "Inspecting 'a.pdf'."
