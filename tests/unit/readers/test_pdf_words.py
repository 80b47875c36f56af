"""The words of a text layer stand where a person sees them, in the lines that a person reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from postroom.readers import pdf_words, raster
from postroom.readers.word import Box, Word, hull
from tests.example import examples
from tests.unit.readers.letter import HEIGHT, LINES, WIDTH, Draw, both, letter, paste, pdf, write


def words(*draws: Draw, rotate: int = 0) -> tuple[Word, ...]:
    with pdf(both(*draws), rotate=rotate) as document:
        return pdf_words.words(document[0])


def lines(found: Sequence[Word]) -> list[str]:
    said: dict[int, list[str]] = {}
    for word in found:
        said.setdefault(word.line, []).append(word.text)
    assert list(said) == list(range(len(said)))
    return [" ".join(texts) for texts in said.values()]


def turned(x: float, y: float, degrees: int, text: str) -> Draw:
    """degrees: clockwise."""

    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(x, HEIGHT - y)
        canvas.rotate(-degrees)
        canvas.drawString(0, 0, text)
        canvas.restoreState()

    return draw


def near(box: Box, *edges: float, by: float = 1.5) -> bool:
    return np.allclose((box.left, box.top, box.right, box.bottom), edges, atol=by)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_however_a_page_is_rotated_words_are_where_they_are_seen(rotate: int) -> None:
    with pdf(letter, rotate=rotate) as document:
        page = document[0]
        found = pdf_words.words(page)
        drawn = raster.render(page, 72)
    assert lines(found) == list(LINES)
    assert drawn.size == (WIDTH, HEIGHT)
    wide = pdfmetrics.stringWidth("Northern", "Helvetica", 12)
    assert near(found[0].box, 72, 100 - 9, 72 + wide, 100 + 3)
    assert {word.angle for word in found} == {0} and {word.size for word in found} == {12}
    # Every word's box has ink, and what is outside of all of them is paper.
    ink = np.asarray(drawn) < 200
    for word in found:
        left, top = int(word.box.left) - 1, int(word.box.top) - 1  # print is blurred by a pixel
        place = np.s_[top : int(word.box.bottom) + 2, left : int(word.box.right) + 2]
        assert ink[place].any(), word
        ink[place] = False
    assert not ink.any()


@pytest.mark.parametrize("rotate", [0, 90])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_turned_text_says_which_way_it_runs(degrees: int, rotate: int) -> None:
    one, two = words(turned(300, 400, degrees, "Sheet A101"), rotate=rotate)
    assert (one.text, two.text, one.angle, two.angle) == ("Sheet", "A101", degrees, degrees)
    assert one.line == two.line
    first = pdfmetrics.stringWidth("Sheet", "Helvetica", 12)
    whole = {0: (300, 391, 300 + first, 403), 90: (297, 400, 309, 400 + first)}
    whole |= {180: (300 - first, 397, 300, 409), 270: (291, 400 - first, 303, 400)}
    assert near(one.box, *whole[degrees])


def test_what_is_printed_twice_to_look_bold_is_said_once() -> None:
    bold = [
        write(72 + 0.3 * step, 100 + 0.2 * step, "Total due 12.00", font="Helvetica-Bold")
        for step in range(4)
    ]
    shadow = write(73, 201, "Shadow")
    found = words(*bold, write(72, 200, "Shadow"), shadow)
    assert lines(found) == ["Total due 12.00", "Shadow"]


def test_the_same_word_on_another_place_is_another_word() -> None:
    column = [write(300, 100 + 11 * row, "0.00", size=9) for row in range(20)]
    assert len(words(*column, write(330, 100, "0.00", size=9))) == 21


def test_columns_and_cells_are_lines_of_their_own() -> None:
    left = [write(72, 100 + 14 * row, f"The left column goes on in row {row}") for row in range(5)]
    right = [write(330, 100 + 14 * row, f"while the right has {row}") for row in range(5)]
    assert lines(words(*left, *right)) == [
        *(f"The left column goes on in row {row}" for row in range(5)),
        *(f"while the right has {row}" for row in range(5)),
    ]
    row = lines(
        words(write(72, 100, "Energy charge"), write(250, 100, "812 kWh"), write(400, 100, "$ 97.44"))
    )
    assert row == ["Energy charge", "812 kWh", "$ 97.44"]


@settings(max_examples=examples(25))
@given(order=st.permutations(range(8)))
def test_a_line_is_one_line_in_whatever_order_it_was_drawn(order: list[int]) -> None:
    texts = ["These", "eight", "words", "were", "drawn", "in", "any", "order"]
    places = [
        72 + sum(pdfmetrics.stringWidth(text + " ", "Helvetica", 12) for text in texts[:at])
        for at in range(8)
    ]
    found = words(*(write(places[at], 100, texts[at]) for at in order), write(72, 120, "below"))
    assert lines(found) == [" ".join(texts), "below"]


def test_a_word_broken_at_the_end_of_a_line_is_two_words_in_two_lines() -> None:
    found = words(write(72, 100, "The state-"), write(72, 114, "ment of account"))
    assert lines(found) == ["The state-", "ment of account"]
    assert found[1].box.bottom <= found[2].box.top + 1


def test_text_that_touches_without_a_space_but_stands_apart_is_apart() -> None:
    found = words(write(72, 100, "1234"), write(72, 100.5, ""), write(140, 100, "5678"), write(72, 130, "9"))
    assert [word.text for word in found] == ["1234", "5678", "9"]


def test_invisible_text_is_read_and_text_beside_the_page_is_not() -> None:
    def invisible(canvas: Canvas) -> None:
        text = canvas.beginText(72, HEIGHT - 300)
        text.setTextRenderMode(3)
        text.textOut("Recognised long ago")
        canvas.drawText(text)

    assert lines(words(invisible, write(-200, 100, "gone"), write(72, 900, "below"))) == [
        "Recognised long ago"
    ]


def test_ligatures_and_soft_characters_become_letters() -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    found = words(write(72, 100, "of\ufb01ce \ufb02ow re\u00adport", font="Vera"))
    assert [word.text for word in found] == ["office", "flow", "report"]


def test_a_cropped_page_begins_where_it_is_cropped() -> None:
    with pdf(letter) as document:
        page = document[0]
        page.set_cropbox(60, 492, 560, 712)
        found = pdf_words.words(page)
        assert (page.get_width(), page.get_height()) == (500, 220)
        assert near(found[0].box, 12, 11, 12 + pdfmetrics.stringWidth("Northern", "Helvetica", 12), 23)


def test_the_size_is_that_of_the_print_whoever_has_scaled_it() -> None:
    def scaled(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.scale(2, 2)
        canvas.setFont("Helvetica", 6)
        canvas.drawString(36, (HEIGHT - 100) / 2, "Twice six.")
        canvas.restoreState()

    def matrix(canvas: Canvas) -> None:
        text = canvas.beginText()
        text.setFont("Helvetica", 1)
        text.setTextTransform(12, 0, 0, 12, 72, HEIGHT - 200)
        text.textOut("One by twelve .")
        canvas.drawText(text)

    found = words(scaled, matrix)
    assert [word.size for word in found] == pytest.approx([12] * 6)
    assert lines(found) == ["Twice six.", "One by twelve ."]


def test_superscripts_and_small_capitals_stay_in_their_line() -> None:
    found = words(
        write(72, 100, "Area 120 m"),
        write(72 + pdfmetrics.stringWidth("Area 120 m", "Helvetica", 12), 96, "2", 7),
    )
    assert lines(found) == ["Area 120 m2"] or lines(found) == ["Area 120 m 2"]


def test_an_empty_page_has_no_words() -> None:
    assert words() == ()


# --- whether to trust it ------------------------------------------------------------------------------


def judged(*draws: Draw) -> bool:
    with pdf(both(*draws)) as document:
        page = document[0]
        return pdf_words.usable(pdf_words.words(page), page)


SCAN = paste(Image.new("L", (300, 400), 200), 0, 0, WIDTH, HEIGHT)


def test_a_text_page_is_usable_with_or_without_a_background() -> None:
    assert judged(letter)
    assert judged(SCAN, letter)
    assert judged(write(72, 100, "Short page"))


def test_a_scan_is_not_usable_by_its_stamp_nor_an_empty_page() -> None:
    stamp = write(400, 60, "RECEIVED 12 MAR 2025 Accounts Payable"), write(300, 780, "ABC-000123")
    assert not judged(SCAN, *stamp)
    assert not judged(SCAN)
    assert not judged()


def test_letters_drawn_as_strokes_are_not_in_the_text_layer() -> None:
    def strokes(canvas: Canvas) -> None:
        for at in range(600):
            canvas.line(10 + at, 100, 10 + at, 110)

    assert not judged(strokes, write(72, 100, "A101"))
    assert judged(strokes, letter)


@pytest.mark.parametrize("text", ["\ufffd\ufffd\ufffd", "\ue000\ue013", "\x01\x02\x03"])
def test_characters_that_mean_nothing_make_a_layer_useless(text: str) -> None:
    box = Box(72, 90, 100, 103)
    with pdf(letter) as document:
        page: pdfium.PdfPage = document[0]
        good = pdf_words.words(page)
        bad = tuple(Word(text, box, 1.0, 12, 0, line) for line in range(100))
        assert not pdf_words.usable(bad, page)
        assert pdf_words.usable(good * 9 + bad[:5], page)


def test_boxes_know_their_company() -> None:
    one, two = Box(0, 0, 10, 10), Box(5, 5, 20, 8)
    assert one.overlap(two) == 15 and one.overlaps(two) and not one.overlaps(Box(10, 0, 12, 10))
    assert one.union(two) == hull([two, one]) == Box(0, 0, 20, 10)
    assert two.grown(-9) == Box(12.5, 6.5, 12.5, 6.5) and two.grown(1).height == 5
    assert one.centre == (5, 5) and one.contains(*two.grown(1).centre) is False
