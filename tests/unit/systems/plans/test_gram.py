"""Proves that both ways to a text's trigrams lead to the same numbers: one fills the index, the other asks it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postroom.systems.plans import gram, gram_page


@given(st.text(st.characters()) | st.text("abAB1-. \nßİ𝔸", max_size=200))
def test_a_pages_trigrams_are_those_that_a_pattern_asks_for(text: str) -> None:
    assert gram_page.of_page(text) == gram.of_text(text)
