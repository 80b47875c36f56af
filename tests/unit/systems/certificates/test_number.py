"""What further readings make of a policy number: believed where they agree, doubted in its signs and its blanks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postroom.readers.word import Word
from postroom.systems.certificates.read import doubt, number
from tests.unit.systems.certificates.test_doubt import texts, words


def shown(*readings: str) -> Callable[[float, bool], str]:
    """What each showing says, in order."""
    rest = iter(readings)
    return lambda scale, thick: next(rest)


def known(found: list[Word]) -> str | None:
    return texts(found) if all(word.confidence >= doubt.NUMBERED for word in found) else None


def test_a_number_that_its_reader_is_sure_of_is_not_read_again() -> None:
    def never(scale: float, thick: bool) -> str:
        raise AssertionError

    assert known(number.settled(words("GL-55-1002"), "GL-55-1002", never)) == "GL-55-1002"


def test_what_nearly_all_readings_say_is_known() -> None:
    readings = shown("CPP8102-A", "CPP8102-A", "CPPS102-A", "CPP8102-A.")
    assert known(number.settled(words("CPP8102-A", 0.6), "cPPs1o2-a", readings)) == "CPP8102-A"


def test_capitals_that_look_like_small_letters_are_capitals_in_a_number() -> None:
    found = number.settled(words("wC5090-01", 0.7), "we5o90", shown(*["WC5090-01"] * 4))
    assert known(found) == "WC5090-01"
    # A small a is no capital A: the readings were not allowed to say what is there.
    assert known(number.settled(words("GL5090-a", 0.7), "x", shown(*["GL5090-A"] * 4))) is None


@pytest.mark.parametrize(
    ("said", "other", "readings"),
    [
        ("EXI479", "x", ["EXI479", "EXI479", "EX1479", "EX1479"]),  # three of five
        (
            "TPK6015",
            "7PK6015",
            ["TPK6015", "TPK6015", "TPK6015", "TPK60I5"],
        ),  # the first look differs in a sign
        ("£X1289", "x", ["EX1289"] * 4),  # of another length
    ],
)
def test_a_number_stays_unknown_where_readings_differ(said: str, other: str, readings: list[str]) -> None:
    assert known(number.settled(words(said, 0.6), other, shown(*readings))) is None


def test_a_blank_must_be_seen_by_most_readings() -> None:
    both = ["GL17743663 00"] * 4
    assert known(number.settled(words("GL17743663 00"), "GL17743663 00", shown(*both))) == "GL17743663 00"
    torn = ["GL4088 33742", "GL408833742", "GL408833742", "GL4088 33742"]
    assert known(number.settled(words("GL4088 33742"), "GL408833742", shown(*torn))) is None


def test_a_blank_that_everybody_saw_is_not_lost() -> None:
    found = number.settled(words("7PK594412178"), "7PK594412 178", shown(*["7PK594412 178"] * 4))
    assert known(found) is None
    kept = number.settled(words("7PK594412178"), "7PK594412 178", shown(*["7PK594412178"] * 4))
    assert known(kept) == "7PK594412178"


def test_no_words_are_no_number() -> None:
    assert number.settled([], "GL1", shown()) == []


def test_small_letters_of_the_shape_of_capitals_are_capitals_in_addresses() -> None:
    assert doubt.capitals("st. Paul") == "St. Paul"
    assert doubt.capitals("7875 w 5th St") == "7875 W 5th St"
    assert doubt.capitals("12 Oaks Row") == "12 Oaks Row"


def test_dirt_at_both_ends_of_a_line_is_not_read() -> None:
    assert doubt.bare("- 4014 Main Street -") == "4014 Main Street"
