"""Letters that no font has are told, and which package has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.systems.conversion import letter, need
from postroom.systems.conversion.convert import box
from postroom.systems.conversion.event import Notes
from tests.unit.systems.conversion import sample
from tests.unit.systems.conversion.conftest import Converter, codes, needs_office, needs_pango

STRANGE = ["\u0c95", "\u1b05", "\ua984", "\U00016a40", "\U0001e2c0", "\U0010fffd"]


@pytest.fixture
def unknown() -> str:
    """A letter that no font of this machine has."""
    return next(one for one in STRANGE if not letter.has(one))


@needs_pango
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.html"])
def test_letters_that_no_font_has_are_told(
    convert: Converter, tmp_path: Path, name: str, unknown: str
) -> None:
    file = tmp_path / name
    html = "<!DOCTYPE html><html><p>one two {}</p></html>"
    text = {"a.html": html, "a.csv": "a;b;c\none;two;{}\nx;y;z\n"}.get(name, "one two {}\n")
    file.write_text(text.format(unknown), encoding="utf-8")
    _, notes = convert(file)
    (event,) = notes.events
    assert event["code"] == "VisualDifferences"
    assert event["severity"] == "warning"
    assert f"U+{ord(unknown):04X}" in event["message"]
    assert f"'{name}'" in event["message"]


OFFICE = {"a.docx": sample.docx, "a.odt": sample.odt, "a.pptx": sample.pptx, "a.odp": sample.odp}


@needs_office
@pytest.mark.parametrize("name", OFFICE)
def test_letters_that_no_font_has_are_told_of_office_documents(
    convert: Converter, tmp_path: Path, name: str, unknown: str
) -> None:
    _, notes = convert(OFFICE[name](tmp_path / name, f"one two {unknown}"))
    (event,) = notes.events
    assert event["code"] == "VisualDifferences"
    assert f"U+{ord(unknown):04X}" in event["message"]


@needs_office
def test_of_letters_of_an_office_document_that_are_there_nothing_is_said(
    convert: Converter, tmp_path: Path
) -> None:
    text = "Zürich, Ελλάδα, Москва \u25a1 \u200b\u00ad\ufe0f"
    _, notes = convert(sample.docx(tmp_path / "a.docx", text))
    assert codes(notes) == set()


@needs_office
def test_letters_that_a_document_brings_a_font_for_are_no_boxes(
    convert: Converter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box, "has", lambda one: one != "e")
    _, notes = convert(sample.docx(tmp_path / "a.docx"))
    assert codes(notes) == set()


@needs_pango
def test_of_letters_that_are_there_nothing_is_said(convert: Converter, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Zürich, Ελλάδα, Москва\n", encoding="utf-8")
    _, notes = convert(file)
    assert codes(notes) == set()


@needs_pango
def test_a_long_text_tells_of_its_letters_once(convert: Converter, tmp_path: Path, unknown: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text(f"line {unknown}\n" * 2000, encoding="utf-8")
    _, notes = convert(file)
    assert len(notes.events) == 1


@pytest.mark.parametrize(
    ("found", "package"),
    [
        ("漢", "fonts-noto-cjk"),
        ("한", "fonts-noto-cjk"),
        ("😀", "fonts-noto-color-emoji"),
        ("ก", "fonts-noto-core"),
    ],
)
def test_the_package_that_has_a_letter_is_named(found: str, package: str) -> None:
    assert letter.install([found]).endswith(f" {package}")


def test_for_a_letter_that_means_nothing_no_package_is_named() -> None:
    assert letter.install(["\ue000"]) == ""


def test_of_many_letters_only_some_are_shown() -> None:
    boxes, notes = letter.Boxes(), Notes()
    boxes.letters |= {chr(0x0C95 + n) for n in range(15)}
    boxes.tell(notes, "a.txt")
    assert " and 5 more." in notes.events[0]["message"]


def test_the_doctor_says_which_scripts_have_no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter, "has", lambda one: one != "ก")
    (check,) = [one.check for one in need.NEEDS if one.name.startswith("fonts")]
    assert (check() or "").startswith("Letters of Thai are drawn as boxes. Install it: apt-get install")
    monkeypatch.setattr(letter, "has", lambda _: True)
    assert check() is None
