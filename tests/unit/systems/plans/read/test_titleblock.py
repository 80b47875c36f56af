"""Proves that sheets are read by their title blocks: drawn ones in ten layouts, and real ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from postroom.readers import page as reader
from postroom.readers.word import Box, PageWords, Word
from postroom.systems.plans.read import evidence, number, titleblock
from postroom.systems.plans.read.evidence import Evidence
from postroom.systems.plans.read.titleblock import Reading, Titleblocks
from postroom.systems.plans.sample import layout as sample_layout
from postroom.systems.plans.sample import sheet as sample_sheet
from tests.unit.systems.plans import kept_back, unseen

REAL = Path(__file__).parents[6] / "shared" / "samples" / "plans"


def noted(file: Path) -> list[Evidence]:
    document = pdfium.PdfDocument(file)
    try:
        return [
            evidence.note(at + 1, reader.page_words(document[at], ocr="never")) for at in range(len(document))
        ]
    finally:
        document.close()


def together(pages: Sequence[Evidence]) -> list[Reading]:
    blocks = Titleblocks()
    for page in pages:
        blocks.see(page)
    for at, page in enumerate(pages):
        blocks.rank(str(at), page)
    return [blocks.read(str(at), page) for at, page in enumerate(pages)]


@pytest.mark.parametrize("layout", sorted(sample_layout.LAYOUTS))
@pytest.mark.parametrize(("rotate", "turned"), [(0, 0), (90, 0), (0, 270)])
def test_number_and_title_are_found_in_every_layout_however_the_page_lies(
    tmp_path: Path, layout: str, rotate: int, turned: int
) -> None:
    seed = sorted(sample_layout.LAYOUTS).index(layout)
    truth = sample_sheet.draw_set(
        tmp_path / "set.pdf", seed, layout=layout, sheets=6, rotate=rotate, turned=turned, strokes=20
    )
    pages = noted(tmp_path / "set.pdf")
    expected = [(sheet.number, sheet.title) for sheet in truth]
    assert [(one.number, one.title) for one in together(pages)] == expected
    alone = [titleblock.alone(page) for page in pages]
    assert [one.number for one in alone] == [sheet.number for sheet in truth]


def test_a_sheet_seen_from_behind_is_read_as_if_it_were_not(tmp_path: Path) -> None:
    """Lines of a title in order, and boxes where they are seen: on the left, not on the right."""
    straight = sample_sheet.draw_set(tmp_path / "set.pdf", 5, layout="column", sheets=6, strokes=5)
    sample_sheet.draw_set(tmp_path / "behind.pdf", 5, layout="column", sheets=6, strokes=5, mirrored=True)
    found = together(noted(tmp_path / "behind.pdf"))
    assert [(one.number, one.title) for one in found] == [(one.number, one.title) for one in straight]
    for behind, before in zip(found, together(noted(tmp_path / "set.pdf")), strict=True):
        assert behind.number_box is not None
        assert before.number_box is not None
        assert behind.number_box[0] == pytest.approx(1 - before.number_box[2], abs=0.01)


@pytest.mark.parametrize("text", ["M 2.1.0", "A 1.01", "E-1.1A", "FP-101", "S001", "M2.1.0", "A-101", "LS-1"])
def test_numbers_are_known_however_offices_write_them(text: str) -> None:
    told = number.parse(text)
    assert told is not None
    assert told.text == text.replace(" ", "")


def test_the_most_frequent_number_of_a_sheet_is_another_sheets(tmp_path: Path) -> None:
    """What makes the samples worth something: counting would be wrong on most of them."""
    truth = sample_sheet.draw_set(tmp_path / "set.pdf", 3, layout="column", sheets=10)
    wrong = 0
    document = pdfium.PdfDocument(tmp_path / "set.pdf")
    for at, sheet in enumerate(truth):
        words = [word.text for word in reader.page_words(document[at], ocr="never").words]
        numbers = [found.text for word in words if (found := number.parse(word))]
        wrong += max(set(numbers), key=numbers.count) != sheet.number
    document.close()
    assert wrong > len(truth) / 2


def test_boxes_say_where_number_and_title_stand(tmp_path: Path) -> None:
    sample_sheet.draw_set(tmp_path / "set.pdf", 1, layout="column", sheets=3, strokes=5)
    for one in together(noted(tmp_path / "set.pdf")):
        assert one.number_box is not None
        assert one.title_box is not None
        assert one.number_box[0] > 0.9
        assert one.number_box[1] > one.title_box[3] > one.title_box[1] > 0.8
        assert 0.5 < one.confidence <= 1


def test_evidence_survives_being_written_down(tmp_path: Path) -> None:
    sample_sheet.draw_set(tmp_path / "set.pdf", 2, layout="corner", sheets=2, strokes=5)
    for page in noted(tmp_path / "set.pdf"):
        assert Evidence.load(page.dump()) == page


def test_revision_and_date_are_read_where_present(tmp_path: Path) -> None:
    for seed, layout in ((4, "column"), (5, "strip"), (6, "corner")):
        truth = sample_sheet.draw_set(tmp_path / "set.pdf", seed, layout=layout, sheets=2, strokes=5)
        for page, sheet in zip(noted(tmp_path / "set.pdf"), truth, strict=True):
            if sheet.revision is not None:
                assert page.revision == sheet.revision
            if layout != "corner":
                assert page.issued == sheet.date


def test_two_sheets_that_claim_one_number_are_told_apart_if_one_has_another() -> None:
    def candidate(text: str, size: float, place: float) -> evidence.Candidate:
        return evidence.Candidate(text, "A", 0.9, (place, 0.92, place + 0.05, 0.95), size, 0, True, 0.0)

    pages = [
        Evidence(1, 2592, 1728, "text", 9, (candidate("A-101", 24, 0.9),)),
        Evidence(2, 2592, 1728, "text", 9, (candidate("A-101", 24, 0.9), candidate("A-102", 22, 0.9))),
    ]
    assert sorted(str(one.number) for one in together(pages)) == ["A-101", "A-102"]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real sheets are not here (../shared/samples/plans)")
@pytest.mark.parametrize("whole", [True, False], ids=["as a set", "each alone"])
def test_real_sheets_are_read(whole: bool) -> None:
    """File names are the truth: number, then title."""
    files = sorted(REAL.glob("*.pdf"))
    pages = [noted(file)[0] for file in files]
    readings = together(pages) if whole else [titleblock.alone(page) for page in pages]
    numbers = titles = 0
    for file, reading in zip(files, readings, strict=True):
        said, title = file.stem.split(" - ", 1)
        numbers += reading.number == said
        titles += letters(reading.title or "") == letters(title)
    assert numbers == len(files) == 12
    assert titles >= 11


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


@pytest.mark.parametrize(
    "text",
    [
        "A-101",
        "A101",
        "A1.01",
        "S-2",
        "M2.1",
        "FP-100",
        "C3.0",
        "E-001A",
        "AD-101",
        "A-101.1",
        "L1",
        "A – 101",
    ],
)
def test_sheet_numbers_of_all_kinds_are_known(text: str) -> None:
    assert number.parse(text) is not None


@pytest.mark.parametrize(
    "text", ["W12X26", "R-19", "12.11.2014", "2X4", "WI 53589", "FLOOR", "1/A-305", "101", ""]
)
def test_what_only_looks_like_one_is_no_sheet_number(text: str) -> None:
    assert number.parse(text) is None


def test_what_ocr_misread_is_mended_where_a_sheet_number_has_digits() -> None:
    assert number.parse("A-1O1", misread=True) == number.Number("A-101", "A", number.parse("A-101").quality)  # type: ignore[union-attr]
    assert number.parse("TES", misread=True) is None


@pytest.mark.parametrize("layout", unseen.LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize(("rotate", "mirrored"), [(0, False), (90, False), (0, True)])
def test_title_blocks_that_nobody_tuned_for_are_read(
    tmp_path: Path, layout: unseen.Layout, rotate: int, mirrored: bool
) -> None:
    wrong = []
    for seed, (name, sheets) in enumerate(unseen.SETS.items()):
        file = tmp_path / f"{name}.pdf"
        unseen.draw(file, layout, sheets, seed, rotate=rotate, mirrored=mirrored)
        pages = noted(file)
        found = together(pages)
        # One layout writes a blank instead of the dash.
        known = [said.replace("-", "") for said, _ in sheets]
        assert [str(one.number).replace("-", "") for one in found] == known
        alone = [str(titleblock.alone(page).number).replace("-", "") for page in pages]
        assert alone == known
        wrong += [title for one, (_, title) in zip(found, sheets, strict=True) if one.title != title]
    assert len(wrong) <= 1, wrong  # of 24: "DETAILS" far from its number, a caption of the drawing beside it


# A number without letters or label, in one line with the title, is not told from a list of notes; a title of no
# usual word is not told from a remark.
_NOT_READ = {("joined", "counted"), ("joined", "long")}
_VARIANTS: tuple[dict[str, Any], ...] = ({}, {"rotate": 90}, {"half": True}, {"rotate": 270})


@pytest.mark.parametrize("layout", kept_back.LAYOUTS, ids=lambda layout: layout.__name__)
def test_numbers_of_other_offices_are_read_and_call_outs_and_indices_are_not(
    tmp_path: Path, layout: kept_back.Layout
) -> None:
    """Building and project before the discipline, no letters at all, one line with the title, other languages."""
    wrong = []
    for seed, (name, sheets) in enumerate(kept_back.SETS.items()):
        if (layout.__name__, name) in _NOT_READ:
            continue
        kept_back.draw(tmp_path / "set.pdf", layout, sheets, seed, **_VARIANTS[seed % len(_VARIANTS)])
        found = together(noted(tmp_path / "set.pdf"))
        assert [one.number for one in found] == [said for said, _ in sheets], name
        wrong += [
            (name, title, one.title)
            for one, (_, title) in zip(found, sheets, strict=True)
            if letters(one.title or "") != letters(title)
        ]
    assert len(wrong) <= 2, wrong  # of 36: the caption of a drawing, where the title is half the page away


def test_a_number_beside_the_label_of_another_thing_is_not_the_sheets() -> None:
    words = PageWords(
        2592, 1728, (_word("Project No.", 2300, 1500, 6), _word("P-101", 2300, 1520, 14)), "text"
    )
    (candidate,) = evidence.note(1, words).candidates
    assert candidate.label < 0


def _word(text: str, x: float, y: float, size: float) -> Word:
    return Word(text, Box(x, y - size, x + 6 * len(text), y), 1.0, size, 0, int(y))


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("B2-A-101", "A"),
        ("2315-A-1001", "A"),
        ("ABC-XYZ-XX-01-DR-A-1001", "A"),
        ("T-001.00", "T"),
        ("A-101-B", "A"),
    ],
)
def test_what_stands_before_the_discipline_belongs_to_the_number(text: str, prefix: str) -> None:
    told = number.parse(text)
    assert told is not None
    assert (told.text, told.prefix) == (text, prefix)


@pytest.mark.parametrize("text", ["12-31-2020", "555-0188", "2020-05-01", "W14X30-A", "SEE-A", "10-2"])
def test_dates_and_telephones_are_no_sheet_numbers(text: str) -> None:
    assert number.parse(text) is None
