"""Pictures of pages are read, however they lie, and each word is found on the picture as it was given."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter
from reportlab.pdfgen.canvas import Canvas

from postroom.errors import Blocked, DocumentError
from postroom.readers import ocr, pdf_words
from postroom.readers.word import Box, PageWords, Word
from tests.unit.readers.letter import HEIGHT, LINES, WIDTH, both, letter, pdf, picture, write

DPI = 200
_PILLOW = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def printed() -> tuple[Word, ...]:
    with pdf(letter) as document:
        return pdf_words.words(document[0])


def after(box: Box, degrees: int) -> Box:
    """Where a box of the upright page is when the page lies turned clockwise."""
    if degrees == 90:
        return Box(HEIGHT - box.bottom, box.left, HEIGHT - box.top, box.right)
    if degrees == 180:
        return Box(WIDTH - box.right, HEIGHT - box.bottom, WIDTH - box.left, HEIGHT - box.top)
    if degrees == 270:
        return Box(box.top, WIDTH - box.right, box.bottom, WIDTH - box.left)
    return box


def in_place(found: PageWords, degrees: int = 0) -> int:
    """How many printed words were read right, with a box on their place."""
    return sum(
        any(
            word.text == truth.text and word.box.overlap(after(truth.box, degrees)) > 0.5 * word.box.area
            for word in found.words
        )
        for truth in printed()
    )


def test_it_can_be_read_here() -> None:
    assert ocr.available() is None


def test_an_upright_page_is_read_word_by_word() -> None:
    found = ocr.read(picture(), DPI)
    assert (found.source, found.turn, found.skew) == ("ocr", 0, 0.0)
    assert (found.width, found.height) == pytest.approx((WIDTH, HEIGHT), abs=0.5)
    assert found.text().splitlines() == list(LINES)
    assert in_place(found) == len(printed())
    assert all(0.5 < word.confidence <= 1 and word.angle == 0 and 8 < word.size < 14 for word in found.words)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_lies_on_a_side_or_its_head_is_read(degrees: int) -> None:
    found = ocr.read(picture().transpose(_PILLOW[degrees]), DPI)
    assert found.turn == 360 - degrees
    assert found.text().splitlines() == list(LINES)
    assert {word.angle for word in found.words} == {degrees}
    assert in_place(found, degrees) == len(printed())


@pytest.mark.parametrize("degrees", [0, 180])
def test_without_data_on_scripts_the_four_turns_are_tried(
    degrees: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ocr._recogniser
    monkeypatch.setattr(ocr, "_recogniser", lambda language: None if language == "osd" else real(language))
    page = picture().transpose(_PILLOW[180]) if degrees else picture()
    assert ocr.read(page, DPI).turn == degrees


def test_a_skewed_page_on_its_head_is_read_and_its_boxes_fit() -> None:
    degrees = 3.0
    skewed = picture().rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=255).transpose(_PILLOW[180])
    found = ocr.read(skewed, DPI)
    assert found.turn == 180
    assert found.skew == pytest.approx(degrees, abs=0.15)
    assert found.text().splitlines() == list(LINES)
    first = next(word for word in printed() if word.text == "Northern")
    # Rotated clockwise about the middle (y down), then turned on its head.
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    x, y = first.box.centre[0] - WIDTH / 2, first.box.centre[1] - HEIGHT / 2
    place = (WIDTH / 2 - (cosine * x - sine * y), HEIGHT / 2 - (sine * x + cosine * y))
    seen = next(word for word in found.words if word.text == "Northern")
    assert seen.box.centre == pytest.approx(place, abs=3)


def test_low_and_high_resolution_are_brought_to_what_the_recogniser_knows() -> None:
    for dpi in (100, 600):
        found = ocr.read(picture(dpi=dpi), dpi)
        assert in_place(found) >= len(printed()) - 1, dpi
        assert all(8 < word.size < 14 for word in found.words)


def test_colour_is_no_obstacle_and_specks_are_taken_away() -> None:
    dots = np.random.default_rng(7).random((HEIGHT * DPI // 72, WIDTH * DPI // 72))
    page = np.asarray(picture()).copy()
    page[dots[: page.shape[0], : page.shape[1]] > 0.985] = 0
    found = ocr.read(Image.fromarray(page).convert("RGB"), DPI)
    assert in_place(found) >= 0.9 * len(printed())


@pytest.mark.parametrize("light", ["gradient", "shadow"])
def test_a_photo_in_uneven_light_is_read(light: str) -> None:
    page = np.asarray(picture()).astype(float) / 255
    y, x = np.mgrid[0 : page.shape[0], 0 : page.shape[1]]
    shade = 1 - 0.7 * x / page.shape[1] if light == "gradient" else np.where(x + y > 900, 0.4, 1.0)
    photo = Image.fromarray((255 * shade * (0.25 + 0.75 * page)).astype(np.uint8))
    found = ocr.read(photo.filter(ImageFilter.GaussianBlur(0.7)), DPI)
    # Along the hard edge of a shadow a word may be lost.
    assert in_place(found) >= len(printed()) * (1 if light == "gradient" else 0.9)


def test_white_letters_on_a_dark_bar_are_read_in_a_photo_too() -> None:
    def bar(canvas: Canvas) -> None:
        canvas.setFillGray(0)
        canvas.rect(60, HEIGHT - 380, 400, 40, fill=1)
        canvas.setFillGray(1)
        write(72, 365, "Total amount due", 14)(canvas)

    page = np.asarray(picture(both(letter, bar))).astype(float)
    shade = 1 - 0.5 * np.linspace(0, 1, page.shape[1])[None, :]
    for seen in (page, page * shade):
        found = ocr.read(Image.fromarray(seen.astype(np.uint8)), DPI)
        assert found.text().splitlines() == [*LINES, "Total amount due"]


def test_columns_of_a_picture_are_lines_of_their_own() -> None:
    rows = [
        (write(72, 100 + 30 * row, "Energy charge"), write(400, 100 + 30 * row, "97.44")) for row in range(4)
    ]
    found = ocr.read(picture(both(*(cell for row in rows for cell in row))), DPI)
    assert sorted(found.text().splitlines()) == ["97.44"] * 4 + ["Energy charge"] * 4


def test_one_line_cut_out_is_read_alone_and_only_as_the_signs_that_can_stand_there() -> None:
    cut = picture(write(20, 40, "POLICY 73-204", 11), 300).crop((0, 100, 700, 220))
    found = ocr.line(cut, 300)
    assert [word.text for word in found] == ["POLICY", "73-204"]
    first, last = found
    assert 18 < first.box.left < first.box.right < last.box.left < last.box.right < 120
    digits = "".join(word.text for word in ocr.line(cut, 300, signs="0123456789"))
    assert digits.isdigit()
    assert [word.text for word in ocr.line(cut, 300)] == ["POLICY", "73-204"]  # the restriction is gone


def test_nothing_readable_is_said_to_be_so() -> None:
    found = ocr.read(Image.new("RGB", (850, 1100), "white"), 100)
    assert (found.source, found.words, found.width, found.height) == ("none", (), 612, 792)


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (2, 3), (6, 5), (7, 3000), (3000, 7), (13, 14), (2000, 1)])
@pytest.mark.parametrize("leaning", [True, False])
def test_a_picture_with_no_room_for_a_letter_is_read_like_any_other(
    size: tuple[int, int], leaning: bool
) -> None:
    for image in (Image.new("L", size, "white"), Image.new("RGB", size, "navy")):
        assert ocr.read(image, 72, leaning=leaning).words == ()
    noise = Image.effect_noise(size, 120)
    for found in (ocr.read(noise, 72, leaning=leaning), ocr.glance(noise, 72, ())):
        assert (found.width, found.height) == size
        assert all(word.confidence < 0.5 for word in found.words)


def test_without_the_recogniser_the_job_waits_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr, "tesserocr", None)
    with pytest.raises(Blocked, match="install the Python package tesserocr") as caught:
        ocr.read(Image.new("L", (100, 100)), 100)
    assert caught.value.code == "ocr_missing" and caught.value.extra["by"] == "operator"


def test_a_senseless_resolution_is_refused() -> None:
    with pytest.raises(DocumentError, match="dots per inch"):
        ocr.read(Image.new("L", (100, 100)), 0)
