"""Proves that the places of a page's words are found again as they were packed."""

from __future__ import annotations

import pytest

from postroom.readers.word import Box, PageWords, Word
from postroom.systems.plans import pack, place

_WORDS = (
    Word("FIRST", Box(0, 0, 50, 20), 1.0, 9, 0, 1),
    Word("FLOOR", Box(50, 0, 100, 20), 1.0, 9, 0, 1),
    Word("PLÄN", Box(100, 180, 200, 200), 1.0, 9, 0, 2),
)


@pytest.mark.parametrize(
    ("piece", "boxes"),
    [
        ("FIRST", [(0.0, 0.0, 0.25, 0.1)]),
        ("R", [(0.0, 0.0, 0.25, 0.1)]),
        ("ST FL", [(0.0, 0.0, 0.25, 0.1), (0.25, 0.0, 0.5, 0.1)]),
        ("\n", []),
        ("PLÄN", [(0.5, 0.9, 1.0, 1.0)]),
    ],
)
def test_a_piece_of_the_text_has_the_places_of_the_words_that_it_touches(
    piece: str, boxes: list[tuple[float, ...]]
) -> None:
    packed = pack.pack(PageWords(200, 200, _WORDS, "text"))
    assert packed.text == "FIRST FLOOR\nPLÄN"
    start = packed.text.index(piece)
    found = place.boxes(packed.words, start, start + len(piece))
    assert [pytest.approx(box, abs=1e-4) for box in boxes] == found


def test_a_page_without_words_has_no_places() -> None:
    assert place.boxes(b"", 0, 10) == []
