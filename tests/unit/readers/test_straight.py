"""What was read in a picture turned and straightened is found again on the picture as it was given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from postroom.readers.straight import Way, slant
from postroom.readers.word import Box
from tests.example import examples
from tests.unit.readers.letter import picture


@settings(max_examples=examples(60))
@given(
    width=st.integers(200, 400),
    height=st.integers(200, 400),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    size=st.tuples(st.integers(8, 60), st.integers(8, 30)),
    turn=st.sampled_from([0, 90, 180, 270]),
    scale=st.sampled_from([1.0, 0.5, 0.73, 2.0]),
    skew=st.floats(-5, 5),
    leaning=st.booleans(),
)
def test_a_mark_is_mapped_back_to_where_it_was(
    width: int,
    height: int,
    place: tuple[float, float],
    size: tuple[int, int],
    turn: int,
    scale: float,
    skew: float,
    leaning: bool,
) -> None:
    left, top = int(place[0] * (width - size[0])), int(place[1] * (height - size[1]))
    mark = Box(left, top, left + size[0], top + size[1])
    given = Image.new("L", (width, height), 255)
    given.paste(0, (left, top, left + size[0], top + size[1]))
    way = Way(width, height, turn, scale, skew, leaning)

    read = way.go(given)
    assert read.size == way.size()
    ys, xs = np.nonzero(np.asarray(read) < 128)
    seen = Box(int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    back = way.back(seen)

    slack = 1.5 + 1 / scale  # of sampling
    assert back.left <= mark.left + slack and back.right >= mark.right - slack
    assert back.top <= mark.top + slack and back.bottom >= mark.bottom - slack
    assert np.allclose(back.centre, mark.centre, atol=slack + 0.5)
    # An upright box around a slanted one is larger, twice: by what the slant of its longer side makes.
    growth = 2 * slack + 2 * np.sin(np.radians(abs(skew))) * sum(size)
    assert back.width <= mark.width + growth and back.height <= mark.height + growth


@given(
    turn=st.sampled_from([0, 90, 180, 270]),
    skew=st.floats(-5, 5),
    scale=st.floats(0.2, 4),
    leaning=st.booleans(),
)
def test_the_middle_stays_the_middle(turn: int, skew: float, scale: float, leaning: bool) -> None:
    way = Way(300, 200, turn, scale, skew, leaning)
    width, height = way.size()
    assert np.allclose(way.point_back(width / 2, height / 2), (150, 100))


@pytest.mark.parametrize("degrees", [-4.3, -1.0, -0.4, 0.0, 0.6, 2.5, 4.7])
@pytest.mark.parametrize("sideways", [False, True])
def test_skew_is_measured_to_a_tenth_of_a_degree(degrees: float, sideways: bool) -> None:
    page = picture(dpi=150)
    if sideways:
        page = page.transpose(Image.Transpose.ROTATE_90)
    found = slant(page.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=255))
    assert not found.blank
    assert found.sideways is sideways
    assert found.at(90 if sideways else 0) == pytest.approx(degrees, abs=0.13)


def test_paper_is_blank_and_dirt_has_no_direction() -> None:
    assert slant(Image.new("L", (800, 1000), 230)).blank
    noise = np.random.default_rng(1).integers(0, 256, (1000, 800), dtype=np.uint8)
    assert slant(Image.fromarray(noise)).skew == 0


def test_the_lines_of_a_drawing_do_not_say_how_its_text_runs() -> None:
    page = np.asarray(picture(dpi=150)).copy()
    page[:, ::40] = 0
    page[:, 1::40] = 0
    found = slant(Image.fromarray(page))
    assert (found.blank, found.sideways, found.skew) == (False, False, 0.0)


@pytest.mark.parametrize("degrees", [-2.0, 0.0, 1.1])
def test_small_letters_tell_what_is_not_upside_down(degrees: float) -> None:
    page = picture(dpi=150).rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=255)
    assert slant(page).upright
    assert not slant(page.transpose(Image.Transpose.ROTATE_180)).upright
    assert not slant(page.transpose(Image.Transpose.ROTATE_90)).upright
