"""Proves that books of specifications are cut into their CSI sections, and files told apart by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.systems.plans import sample
from postroom.systems.plans.read import classify, section
from postroom.systems.plans.sample import text as sample_text
from tests.unit.systems.plans.hand import decided, finish, read


@pytest.mark.parametrize("seed", range(6))
def test_sections_have_the_number_title_and_pages_that_the_book_gives_them(tmp_path: Path, seed: int) -> None:
    truth = sample_text.specification(tmp_path / "book.pdf", seed)
    done = read(tmp_path / "book.pdf", tmp_path)
    rows = decided(finish(tmp_path, done), "sections")
    found = [(row[2], row[3], int(row[4]), int(row[6])) for row in rows]
    assert found == [(one.number, one.title, one.page_start, one.page_end) for one in truth]


def test_a_reference_in_a_sentence_begins_no_section() -> None:
    text = "\n".join(["x"] * 20 + ["Section 07 92 00 Joint Sealants, for sealing of joints.", "more"])
    assert section.marks(text)["starts"] == []


def test_a_table_of_contents_begins_no_section() -> None:
    text = "\n".join(f"SECTION 03 {at}0 00 - CONCRETE" for at in range(1, 8))
    assert section.marks(text)["starts"] == []


def test_a_running_heading_begins_its_section_once() -> None:
    page = section.marks("SECTION 03 30 00 - CONCRETE\nPART 1 - GENERAL\nx")
    (found,) = section.join([(1, page), (2, page), (3, page)])
    assert (found.page_start, found.page_end) == (1, 3)


def test_parts_of_a_section_are_cut_without_loss() -> None:
    text = "SECTION 03 30 00\nPART 1 - GENERAL\n1.1 SUMMARY\nPART 2 - PRODUCTS\na\nPART 3 - EXECUTION\nb"
    parts = section.parts(text)
    assert [(part["label"], part["title"]) for part in parts] == [
        ("PART 1", "GENERAL"),
        ("PART 2", "PRODUCTS"),
        ("PART 3", "EXECUTION"),
    ]
    assert parts[1]["text"] == "PART 2 - PRODUCTS\na"


def test_files_are_classified_by_their_content(tmp_path: Path) -> None:
    truth = sample.project(tmp_path / "in", seed=2, sheets=4, strokes=10)
    done = [read(tmp_path / "in" / entry.name, tmp_path) for entry in truth]
    rows = decided(finish(tmp_path, *done), "files")
    assert [row[1] for row in rows] == [entry.classification for entry in truth]
    assert [row[2] for row in rows] == ["", "", "addendum", "report"]


def test_what_the_client_says_of_a_file_wins(tmp_path: Path) -> None:
    sample_text.document(tmp_path / "report.pdf", 1)
    done = read(tmp_path / "report.pdf", tmp_path, facts={"classification": "addenda"})
    assert done.checked.facts["classification"] == "addenda"
    assert decided(finish(tmp_path, done), "files")[0][1] == "addenda"


@pytest.mark.parametrize("kind", ["report", "rfi", "submittal", "schedule"])
def test_documents_are_told_apart_by_what_they_say_first(tmp_path: Path, kind: str) -> None:
    sample_text.document(tmp_path / "paper.pdf", 1, kind, pages=1)
    rows = decided(finish(tmp_path, read(tmp_path / "paper.pdf", tmp_path)), "files")
    assert rows[0][2] == kind


def test_a_file_of_drawings_and_prose_is_mixed() -> None:
    assert classify.of_file(5, 5, 0, addendum=False) == "mixed"
    assert classify.of_file(40, 1, 0, addendum=False) == "plans"
