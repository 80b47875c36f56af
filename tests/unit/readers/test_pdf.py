"""What is told of a PDF, and in which words a broken one is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import pikepdf
import pytest

from postroom.errors import DocumentError
from postroom.readers import pdf, pdf_catalog
from postroom.systems.inspect.sample.pdf import Writer

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


def _write(path: Path, pages: int = 1, lock: pikepdf.Encryption | None = None) -> Path:
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(200, 300))
        document.save(path, encryption=lock)
    return path


def _fails(path: Path, *passwords: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        pdf.probe(path, passwords)
    return caught.value


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_the_right_one_of_many_passwords_is_found(tmp_path: Path, revision: Literal[3, 4, 6]) -> None:
    aes = revision > 3
    lock = pikepdf.Encryption(user="geheim", owner="o", R=revision, aes=aes, metadata=aes)
    file = _write(tmp_path / "x.pdf", lock=lock)
    found = pdf.probe(file, ["wrong", "geheim"])
    assert (found.pages, found.revision, found.password) == (1, revision, 2)
    assert _fails(file, "wrong").code == "encrypted"
    assert "no password was given" in _fails(file).message


def test_an_owner_password_alone_locks_nothing(tmp_path: Path) -> None:
    file = _write(tmp_path / "x.pdf", lock=pikepdf.Encryption(user="", owner="o"))
    assert pdf.probe(file).password == 0
    assert pdf.probe(file).revision == 6


def test_a_file_that_ends_in_the_middle_is_called_so(tmp_path: Path) -> None:
    file = _write(tmp_path / "x.pdf", pages=3)
    file.write_bytes(file.read_bytes()[:300])
    error = _fails(file)
    assert error.code == "truncated"
    assert error.message.startswith("The file ends in the middle")


def test_a_file_of_nothing_but_a_header_and_an_end_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4\nnothing\n%%EOF\n")
    assert _fails(tmp_path / "x.pdf").code == "unreadable"


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    assert _fails(_write(tmp_path / "x.pdf", pages=0)).code in ("no_pages", "unreadable")


def test_pages_are_told_apart_by_size_and_kind(tmp_path: Path) -> None:
    reading = pdf.read(_write(tmp_path / "x.pdf", pages=3), None, text=tmp_path / "t", thumbnail=None)
    assert reading.facts["page_sizes"] == [{"width": 200.0, "height": 300.0, "pages": "1-3"}]
    assert reading.facts["page_kinds"] == {"blank": "1-3"}
    assert not reading.text  # form feeds alone are no text
    assert not reading.thumbnail


def test_a_page_of_no_size_has_no_thumbnail_and_says_so(tmp_path: Path) -> None:
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(14000, 14000))
        document.pages[0].obj.MediaBox = pikepdf.Array([0, 0, 9_000_000, 3])
        document.save(tmp_path / "x.pdf")
    reading = pdf.read(tmp_path / "x.pdf", None, text=None, thumbnail=tmp_path / "t.webp")
    assert not reading.thumbnail
    assert "no thumbnail" in reading.warnings[0]


def test_text_is_cut_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer("p", "t")
    for _ in range(3):
        writer.text("Headline", ["some words"] * 10)
    (tmp_path / "x.pdf").write_bytes(writer.data())
    monkeypatch.setattr(pdf, "CHARACTERS", 150)
    reading = pdf.read(tmp_path / "x.pdf", None, text=tmp_path / "t", thumbnail=None)
    assert reading.facts["text_truncated"] is True
    assert reading.facts["characters"] == 150
    assert (tmp_path / "t").read_text().count("\f") == 2


@pytest.mark.parametrize(
    ("pages", "expected"),
    [([], ""), ([1], "1"), ([1, 2, 3, 7], "1-3,7"), ([2, 4, 5], "2,4-5")],
)
def test_ranges_are_written_as_people_do(pages: list[int], expected: str) -> None:
    assert pdf.ranges(pages) == expected


def test_a_field_tree_with_a_ring_is_counted_once(tmp_path: Path) -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        parent = document.make_indirect(pikepdf.Dictionary(T=pikepdf.String("a")))
        child = document.make_indirect(pikepdf.Dictionary(T=pikepdf.String("b"), Parent=parent))
        parent.Kids = pikepdf.Array([child, parent])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([parent]))
        document.save(tmp_path / "x.pdf")
    assert pdf_catalog.read(tmp_path / "x.pdf", None)["form_field_names"] == ["a.b"]


def test_a_bomb_attached_is_measured_without_unpacking_it_whole(tmp_path: Path) -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments["zeros.bin"] = bytes(3 << 20)
        out = io.BytesIO()
        document.save(out)
    (tmp_path / "x.pdf").write_bytes(out.getvalue())
    assert pdf_catalog.read(tmp_path / "x.pdf", None)["attachments"] == [
        {"name": "zeros.bin", "size": 3 << 20}
    ]


def test_a_real_bill_has_six_pages_of_text(tmp_path: Path) -> None:
    file = SAMPLES / "bills" / "la_dwp.pdf"
    if not file.exists():
        pytest.skip("the real documents are not beside this repository")
    reading = pdf.read(file, None, text=tmp_path / "t.txt", thumbnail=tmp_path / "t.webp")
    assert reading.facts["page_kinds"] == {"text": "1-6"}
    pages = (tmp_path / "t.txt").read_text(encoding="utf-8").split("\f")
    assert len(pages) == 6
    assert all(page.strip() for page in pages)
    assert (tmp_path / "t.webp").stat().st_size > 1000


def test_real_plans_have_one_sheet_each(tmp_path: Path) -> None:
    files = sorted((SAMPLES / "plans").glob("*.pdf"))
    if not files:
        pytest.skip("the real documents are not beside this repository")
    for file in files[:3]:
        facts = pdf.read(file, None, text=None, thumbnail=None).facts
        (size,) = facts["page_sizes"]
        # The sheets are stored upright (792 x 1224) and shown turned.
        assert {size["width"], size["height"]} == {792.0, 1224.0}
