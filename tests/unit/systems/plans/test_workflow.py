"""Proves what becomes of good and bad files in the workflow of plans."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from postroom.errors import Invalid
from postroom.systems.plans import place
from postroom.systems.plans.sample import sheet as sample_sheet
from postroom.systems.plans.workflow import Plans
from tests.unit.systems.plans.hand import decided, finish, read

_PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"


def written(objects: list[str]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for at, text in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{at} 0 obj{text}endobj\n".encode())
    table = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.write(b"".join(f"{place:010d} 00000 n \n".encode() for place in places))
    out.write(f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF".encode())
    return out.getvalue()


def many(pages: int) -> bytes:
    kids = " ".join(f"{at + 3} 0 R" for at in range(pages))
    tree = f"<</Type/Pages/Count {pages}/Kids[{kids}]>>"
    return written(["<</Type/Catalog/Pages 2 0 R>>", tree, *[_PAGE] * pages])


def locked() -> bytes:
    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def drawn(folder: Path, sheets: int = 4) -> bytes:
    sample_sheet.draw_set(folder / "drawn.pdf", 1, layout="labelled", sheets=sheets, strokes=5)
    return (folder / "drawn.pdf").read_bytes()


def test_files_that_can_never_be_read_fail_in_the_check_and_say_why(tmp_path: Path) -> None:
    cases = {
        "empty_document": b"",
        "unsupported_format": b"only some text\n",
        "unreadable": drawn(tmp_path)[:3000],
        "encrypted": locked(),
        "no_pages": many(0),
        "page_limit_exceeded": many(100_000),
    }
    for code, data in cases.items():
        (tmp_path / "bad.pdf").write_bytes(data)
        found = read(tmp_path / "bad.pdf", tmp_path).checked.problem
        assert found is not None, code
        assert found.code == code


def test_a_cyclic_page_tree_ends_and_costs_its_pages_only(tmp_path: Path) -> None:
    tree = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 2/Kids[2 0 R 3 0 R]>>"]
    (tmp_path / "cyclic.pdf").write_bytes(
        written([*tree, "<</Type/Pages/Count 1/Kids[2 0 R]/Parent 2 0 R>>"])
    )
    done = read(tmp_path / "cyclic.pdf", tmp_path)
    assert done.checked.problem is not None or done.pages_failed == sum(part.pages for part, _ in done.parts)


def test_a_page_of_200_inches_is_read_and_drawn_within_bounds(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14_400, 792))
    pdf.save(tmp_path / "wide.pdf")
    done = read(tmp_path / "wide.pdf", tmp_path, {"images": "full"})
    assert done.pages_failed == 0
    with Image.open(done.source.made["pages/0001/image.webp"]) as picture:
        assert max(picture.size) <= 3600


def test_a_broken_page_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "set.pdf").write_bytes(drawn(tmp_path, 7))
    with pikepdf.open(tmp_path / "set.pdf") as pdf:
        pdf.Root.Pages.Kids[2] = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font))
        pdf.save(tmp_path / "broken.pdf")
    done = read(tmp_path / "broken.pdf", tmp_path)
    assert done.pages_failed == 1
    codes = {int(row[0]): row[2] for row in done.rows("pages")}
    assert codes == {page: ("unreadable_page" if page == 3 else "") for page in range(1, 8)}
    assert len(decided(finish(tmp_path, done), "sheets")) == 6


def test_a_picture_is_read_as_the_picture_that_it_is_whatever_its_name(tmp_path: Path) -> None:
    Image.new("L", (800, 600), 255).save(tmp_path / "photo.pdf", "PNG")
    done = read(tmp_path / "photo.pdf", tmp_path, {"images": "thumbnail", "ocr": "never"})
    assert done.checked.media_type == "image/png"
    assert done.pages_failed == 0
    assert done.checked.facts["document_pages"] == 1


def test_every_page_has_pictures_text_and_the_places_of_its_words(tmp_path: Path) -> None:
    (tmp_path / "set.pdf").write_bytes(drawn(tmp_path, 2))
    done = read(tmp_path / "set.pdf", tmp_path, {"images": "full"})
    names = {name for name in done.source.made if name.startswith("pages/")}
    assert names == {f"pages/000{page}/{which}.webp" for page in (1, 2) for which in ("image", "thumbnail")}
    for row in done.rows("pages"):
        text, words = row[9], bytes.fromhex(row[10][2:])
        assert row[12] in text  # its own number
        for found in re.finditer(r"\S+", text):
            assert len(place.boxes(words, *found.span())) == 1
            assert not place.boxes(words, found.end(), found.end() + 1)


@pytest.mark.parametrize("mirrored", [False, True], ids=["from the front", "from behind"])
def test_a_scanned_sheet_is_read_by_its_picture(tmp_path: Path, mirrored: bool) -> None:
    truth = sample_sheet.draw_set(
        tmp_path / "set.pdf",
        7,
        layout="labelled",
        size="A",
        sheets=2,
        scanned=(2,),
        strokes=20,
        mirrored=mirrored,
    )
    done = read(tmp_path / "set.pdf", tmp_path)
    (row,) = [row for row in done.rows("pages") if row[0] == "2"]
    assert row[8] == "ocr"
    assert row[12] == truth[1].number
    place = json.loads(row[19])["number"]
    assert (place["right"] < 0.5) is mirrored  # where it is seen
    (first, second) = decided(finish(tmp_path, done), "sheets")
    assert (first[2], second[2], second[3]) == (truth[0].number, truth[1].number, truth[1].title)


def test_pages_are_spread_over_chunks(tmp_path: Path) -> None:
    (tmp_path / "many.pdf").write_bytes(many(23))
    parts = read(tmp_path / "many.pdf", tmp_path).checked.parts
    pages = [page for part in parts for page in range(part.range["first"], part.range["last"] + 1)]
    assert pages == list(range(1, 24))
    assert len(parts) > 1
    assert sum(part.pages for part in parts) == 23


@pytest.mark.parametrize(
    "options",
    [{"images": "some"}, {"ocr": True}, {"project": ""}, {"project": 3}, {"page_limit": -1}, {"what": 1}],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(Invalid) as told:
        Plans().options(options)
    assert next(iter(options)) in str(told.value)
