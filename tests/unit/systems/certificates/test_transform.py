"""The form is found wherever it lies: any scale, shift, quarter turn and skew, with labels missing and dirt added."""

from __future__ import annotations

import math
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.readers.word import Box, PageWords, Word
from postroom.systems.certificates.read import form, transform
from postroom.systems.certificates.sample.drawing import width
from tests.example import examples


def _words(edition: str, matrix: np.ndarray, angle: int, keep: float, random: Random) -> list[Word]:
    """The words of the printed labels, where this map puts them."""
    found = []
    for line, label in enumerate(form.LABELS[edition]):
        if random.random() > keep:
            continue
        stretch = (label.right - label.x) / max(1.0, width(label.text, 6))
        x = label.x
        for text in label.text.split():
            long = width(text, 6) * stretch
            ends = np.array([[x, label.y, 1], [x + long, label.y, 1]]) @ matrix.T
            half = 3 * math.sqrt(abs(np.linalg.det(matrix[:, :2])))
            x += long + width(" ", 6) * stretch
            (x0, x1), (y0, y1) = sorted(ends[:, 0]), sorted(ends[:, 1])
            along = angle in (0, 180)
            box = Box(x0, y0 - half, x1, y1 + half) if along else Box(x0 - half, y0, x1 + half, y1)
            found.append(Word(text, box, 1.0, 2 * half, angle, line))
    return found


@settings(max_examples=examples(60))
@given(
    edition=st.sampled_from(form.EDITIONS),
    turn=st.sampled_from((0, 90, 180, 270)),
    skew=st.floats(-5, 5),
    scale=st.floats(0.5, 3),
    shift=st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
    seed=st.integers(0, 1000),
)
def test_any_map_is_found_though_a_third_of_the_labels_is_missing(
    edition: str, turn: int, skew: float, scale: float, shift: tuple[float, float], seed: int
) -> None:
    angle = math.radians(turn + skew)
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    matrix = np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]])
    random = Random(seed)
    words = _words(edition, matrix, turn, 0.67, random)
    dirt = [
        Word(text, Box(x, y, x + 30, y + 8), 1.0, 8, turn, 10_000 + place)
        for place, text in enumerate(
            ("LIMITS", "POLICY", "INSURED", "OTHER:", "CONTACT", "Acme", "1,000,000")
        )
        for x, y in [(random.uniform(-500, 1500), random.uniform(-500, 1500))]
    ]
    page = PageWords(2000, 2000, tuple(words + dirt), "text")
    found = transform.fit(page)
    assert found is not None
    corners = np.array([(20.0, 50.0), (590.0, 50.0), (20.0, 740.0), (590.0, 740.0), (300.0, 400.0)])
    meant = np.hstack((corners, np.ones((5, 1)))) @ matrix.T
    # A skew word's box begins half its rise beside its first letter; half a row, 6 points, would be too much.
    assert np.abs(found.to_page(corners) - meant).max() < 3.5 * scale
    back = found.to_form(found.to_page(corners))
    assert np.abs(back - corners).max() < 1.5


@settings(max_examples=examples(20))
@given(seed=st.integers(0, 1000))
def test_words_in_disorder_are_no_form(seed: int) -> None:
    random = Random(seed)
    words = [
        Word(word.text, Box(x, y, x + 20, y + 8), 1.0, 8, 0, place)
        for place, word in enumerate(_words("2016/03", np.eye(2, 3), 0, 1.0, random))
        for x, y in [(random.uniform(0, 600), random.uniform(0, 780))]
    ]
    assert transform.fit(PageWords(612, 792, tuple(words), "text")) is None


def test_the_head_without_the_grid_is_another_form() -> None:
    head = [word for word in _words("2016/03", np.eye(2, 3), 0, 1.0, Random(1)) if word.box.top < 250]
    assert transform.fit(PageWords(612, 792, tuple(head), "text")) is None


def test_each_edition_is_told_from_the_others() -> None:
    for edition in form.EDITIONS:
        words = [w for w in _words(edition, np.eye(2, 3), 0, 1.0, Random(1)) if w.box.top < 740]
        found = transform.fit(PageWords(612, 792, tuple(words), "text"))
        assert found is not None
        assert found.edition == edition


def test_a_value_run_together_with_its_label_is_kept() -> None:
    words = _words("2016/03", np.eye(2, 3), 0, 1.0, Random(1))
    place = next(place for place, word in enumerate(words) if word.text == "NAME:")
    old = words[place]
    box = Box(old.box.left, old.box.top, old.box.right + 60, old.box.bottom)
    words[place] = Word("NAME:Keller", box, 1.0, old.size, 0, old.line)
    found = transform.fit(PageWords(612, 792, tuple(words), "text"))
    assert found is not None
    assert found.glued == {place: 4}


def test_labels_one_letter_apart_do_not_take_each_other_s_place() -> None:
    """Of six lines a recogniser has seen the label of one: its words are that label, and not the one below, too."""
    lines = [label.text for label in form.LABELS["2016/03"]]
    seen = tuple(
        word
        for word in _words("2016/03", np.eye(2, 3), 0, 1.0, Random(1))
        if "INSURER" not in lines[word.line] or lines[word.line] == "INSURER A :"
    )
    found = transform.fit(PageWords(612, 792, seen, "ocr"))
    assert found is not None
    for letter in form.LETTERS:
        cell, _ = form.insurer(letter)
        assert abs(found.box(*cell).top - cell.top) < 1, letter
