"""Proves that a snippet shows the words that were asked for, and is always a piece of the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postroom.systems.plans.search import snippet

_FILL = "lorem ipsum dolor sit amet " * 40


def test_the_words_of_a_query_are_those_it_does_not_exclude() -> None:
    assert snippet.lexemes("'fire' <-> 'rate' & !'door' | 'o''brien'") == ["fire", "rate", "o'brien"]
    assert snippet.lexemes("") == []


def test_a_word_is_shown_with_what_is_around_it_whatever_its_ending() -> None:
    text = f"{_FILL}VERIFY IN\nFIELD {_FILL}"
    assert "amet VERIFY IN FIELD lorem" in snippet.cut(text, ["verifi"])


def test_words_are_shown_where_they_stand_closest() -> None:
    text = f"fire {_FILL} fire rated doors {_FILL} rated"
    shown = snippet.cut(text, ["fire", "rate"])
    assert "fire rated doors" in shown
    assert "…" not in shown


def test_words_far_from_each_other_are_shown_in_two_pieces() -> None:
    shown = snippet.cut(f"gypsum {_FILL} sealant", ["gypsum", "sealant"])
    assert shown.startswith("gypsum")
    assert shown.endswith("sealant")
    assert " … " in shown


def test_a_stem_is_no_piece_of_another_word() -> None:
    assert snippet.cut(f"{_FILL} undone {_FILL} one door", ["one"]).endswith("one door")


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_a_snippet_is_short_and_in_the_text(text: str, words: list[str]) -> None:
    shown = snippet.cut(text, words)
    assert len(shown) <= 400
    plain = " ".join(text.split())
    assert all(piece.strip() in plain for piece in shown.split(" … ")) or "…" in text
