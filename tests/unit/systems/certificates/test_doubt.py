"""What a recogniser says of one line: believed where two readings agree, blanks where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from postroom.readers.word import Box, Word
from postroom.systems.certificates.read import doubt, form, picture, policy
from postroom.systems.certificates.read.cell import Spot
from postroom.systems.certificates.read.tick import Ticks
from postroom.systems.certificates.read.trace import Trace

BOX = Box(0, 0, 1000, 10)  # over the whole of any piece


def words(text: str, confidence: float = 0.9) -> list[Word]:
    return [Word(part, BOX, confidence, 8.0, 0, 0) for part in text.split()]


def texts(found: Sequence[Word]) -> str:
    return " ".join(word.text for word in found)


def doubtful(found: Sequence[Word]) -> list[str]:
    return [word.text for word in found if word.confidence < doubt.BELIEVED]


def test_a_line_that_the_first_look_read_alike_is_not_read_a_third_time() -> None:
    def never() -> list[Word]:
        raise AssertionError

    assert texts(doubt.settled(words("Acme, Inc."), "Acme Inc", never)) == "Acme, Inc."


def test_two_of_three_readings_win() -> None:
    mine = words("GLA96-A")
    assert texts(doubt.settled(mine, "GL496-A", lambda: words("GL496-A"))) == "GL496-A"
    kept = doubt.settled(mine, "GL496-A", lambda: words("GLA96-A"))
    assert (texts(kept), doubtful(kept)) == ("GLA96-A", [])


def test_of_three_readings_that_differ_only_the_words_that_two_know_are_believed() -> None:
    found = doubt.settled(
        words("Iron Ridae Casualty"), "lron Ridge Casualty", lambda: words("Iron Rioge Cas")
    )
    assert doubtful(found) == ["Ridae"]


def test_a_stroke_more_or_less_in_a_number_is_no_agreement() -> None:
    found = doubt.settled(words("26839172 -"), "26839172", lambda: words("26839172 ="))
    assert texts(found) == "26839172 ="  # the dash is gone; what letters there are, two have read
    assert doubtful(doubt.settled(words("12-3"), "123", lambda: words("128"))) == ["12-3"]


def test_what_is_doubted_is_no_value_and_has_no_place() -> None:
    trace = Trace(1)
    sure, unsure = (Spot("7", 0, 5, 5, 8, confidence, BOX) for confidence in (0.9, doubt.DOUBTED))
    assert trace.words("a", 7, [sure]) == 7
    assert trace.words("b", 7, [sure, unsure]) is None
    assert trace.words("c", "prose", [unsure], least=0.0) == "prose"
    assert set(trace.places) == {"a", "c"}


# --- blanks ------------------------------------------------------------------------------------------

MARGIN = 12


def piece(gaps: Sequence[int], width: int = 14, high: int = 24) -> npt.NDArray[np.uint8]:
    """Letters as black bars, with so many white pixels between them."""
    columns = [np.zeros((high, width), np.uint8)]
    for gap in gaps:
        columns += [np.full((high, gap), 255, np.uint8), np.zeros((high, width), np.uint8)]
    return np.pad(np.concatenate(columns, axis=1), MARGIN, constant_values=255)


def reader(*said: str) -> doubt.Read:
    answers = iter(said)
    return lambda _: words(next(answers))


@pytest.mark.parametrize(
    ("gaps", "read", "alone", "wanted"),
    [
        ([3, 12, 3], "AB12", ["AB", "12"], "AB 12"),  # room that no blank was read into
        ([3, 4, 3], "AB12", [], "AB12"),
        ([3, 4, 3], "AB 12", [], "AB 12"),  # a blank that was read is kept
        ([3, 12, 3], "AB12", ["AB", "17"], "AB12"),  # the parts say something else
        ([3, 12, 3], "7112", ["71", "12"], "7112"),  # a 1 has much room around it
        ([3, 12, 3], "8417", ["84", "17"], "8417"),
        ([3, 12, 3], "12,0", ["12", ",0"], "12,0"),
        ([13, 14, 13], "AB12", [], "AB12"),  # a typewriter's letters stand far apart
    ],
)
def test_blanks_are_where_there_is_room_for_them(
    gaps: list[int], read: str, alone: list[str], wanted: str
) -> None:
    found = doubt.spaced(words(read), piece(gaps), 300 / 72, MARGIN, reader(*alone))
    assert texts(found) == wanted


def test_each_word_that_is_parted_has_its_own_place() -> None:
    one, two = doubt.spaced(words("AB12"), piece([3, 12, 3]), 1.0, MARGIN, reader("AB", "12"))
    assert (one.box.left, one.box.right) == (MARGIN, MARGIN + 31)
    assert (two.box.left, two.box.right) == (MARGIN + 43, MARGIN + 74)


def test_an_empty_piece_has_no_words() -> None:
    white = np.full((40, 40), 255, np.uint8)
    assert doubt.spaced([], white, 1.0, MARGIN, reader()) == []
    assert texts(doubt.spaced(words("A"), white, 1.0, MARGIN, reader())) == "A"


# --- dirt --------------------------------------------------------------------------------------------


def test_many_lonely_dots_are_dirt_and_a_few_may_be_points() -> None:
    random = np.random.default_rng(4)
    clear = np.full((1200, 1200), 255, np.uint8)
    clear[500:520, 500:503] = 0  # a letter's stroke
    clear[600:603, 600:603] = 0  # the point behind it
    dirty = clear.copy()
    dirty[random.integers(0, 450, 4000), random.integers(0, 1200, 4000)] = 0
    found = picture.unspecked(dirty)
    assert (found[:450] < 150).sum() < 0.2 * (dirty[:450] < 150).sum()
    assert (found[450:] == clear[450:]).all()
    few = clear.copy()
    few[[100, 200, 300], [100, 200, 300]] = 0
    assert (picture.unspecked(few) == few).all()


def test_dots_at_the_very_edge_are_taken_away_too() -> None:
    dirty = np.full((400, 400), 255, np.uint8)
    dirty[::8, ::8] = 0
    dirty[-1, -1] = 0
    assert not (picture.unspecked(dirty) < 150).any()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("(454) 261-8637", True),
        ("(313)775-8809", True),
        ("713-872-8607 x12", True),
        ("512.977.8896 ext. 4", True),
        ("+1 224 678 2926", True),
        ("+1224 678 2926", False),
        ("(454) 261 -8637", False),
        ("54) 261-8637", False),
        ("512,977.8896", False),
        ("261-8637", False),
        (None, False),
    ],
)
def test_a_recognised_telephone_number_without_its_whole_form_is_none(text: str | None, whole: bool) -> None:
    assert doubt.is_dialled(text) is whole


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("erin @falcon.example. com", "erin@falcon.example.com"),
        ("erin@falcon.example.com and more", None),
        ("falcon.example.com", None),
        ("erin@falcon", None),
        (None, None),
    ],
)
def test_a_recognised_address_of_mail_is_whole_or_none(text: str | None, address: str | None) -> None:
    assert doubt.mail(text) == address


def test_signs_of_money_and_missing_blanks_show_a_misreading() -> None:
    assert all(map(doubt.is_odd, ("€L7774928196", "£X583667301", "A~259511026-A", "PL/9496504")))
    assert not any(map(doubt.is_odd, ("73 TRS 104039", "A-197752591 00", "GL/A-12", "12/3456")))
    assert all(map(doubt.is_run_together, ("1569W5thSt", "8507WSth St")))
    assert not any(map(doubt.is_run_together, ("1569 W 5th St", "12B Main St", "4th Floor", "Suite 241")))


def test_dirt_before_a_value_is_not_part_of_it() -> None:
    assert doubt.bare("2: CL4459643699") == "CL4459643699"
    assert doubt.bare("-Iron Ridge Risk Partners") == "Iron Ridge Risk Partners"
    assert doubt.bare("(454) 261 -8637") == "(454) 261-8637"
    assert doubt.bare("- ") is None
    assert doubt.titled("Juniper insurance Corp.") == "Juniper Insurance Corp."


def _dated(begin: str, end: str, confidence: float) -> dict[str, object]:
    """The columns of a policy with these dates on a scan, in the band of general liability."""
    spots = [
        Spot(text, left, left + 40, 320.0, 8, confidence, BOX)
        for text, left in (
            (begin, form.COLUMNS["effective"][0] + 2),
            (end, form.COLUMNS["expiration"][0] + 2),
        )
    ]
    (row,) = policy.rows(spots, "commercial_general_liability")
    found = policy.columns(row, "x", Trace(1), Ticks(spots), "commercial_general_liability")
    return {key: found[f"policy_{key}_date"] for key in ("effective", "expiration")}


@pytest.mark.parametrize(
    ("begin", "end", "confidence", "believed"),
    [
        ("09/25/2025", "09/25/2026", 0.6, True),  # a year to the day: each confirms the other
        ("09/25/2025", "09/25/2026", 0.4, False),
        ("09/25/2025", "09/25/2096", 0.99, False),
        ("02/06/2026", "02/06/2024", 0.99, False),
        ("07/07/2024", "07/01/2025", 0.9, False),
        ("07/07/2024", "07/01/2025", 0.95, True),
        ("02/06/2026", "02/06/2024", 1.0, True),  # printed so: that is for the rules to find
    ],
)
def test_recognised_dates_that_cannot_both_be_meant_are_unknown(
    begin: str, end: str, confidence: float, believed: bool
) -> None:
    expected = (
        {"effective": begin, "expiration": end} if believed else {"effective": None, "expiration": None}
    )
    assert _dated(begin, end, confidence) == expected


def test_a_name_that_falls_a_little_short_is_believed_if_another_reading_says_it() -> None:
    found = doubt.confirmed(words("Damon Bogich, LLC", 0.9), lambda: words("Damon Bogioh, LLC"))
    assert [word.confidence >= doubt.NAMED for word in found] == [True, False, True]
    sure = words("Acme Inc.", 0.95)

    def never() -> list[Word]:
        raise AssertionError

    assert doubt.confirmed(sure, never) == sure


def test_a_blank_half_as_wide_as_another_may_be_none() -> None:
    def line(*places: tuple[str, float, float]) -> list[Word]:
        return [Word(text, Box(left, 0, right, 8), 0.95, 8, 0, 0) for text, left, right in places]

    assert doubtful(doubt.torn(line(("Car", 0, 12), ("la", 13, 20), ("Nguyen", 24, 50)))) == ["Car", "la"]
    assert doubtful(doubt.torn(line(("Bob", 0, 12), ("de", 15, 20), ("Soto", 24, 50)))) == []
    assert doubtful(doubt.torn(line(("W", 0, 6), ("5th", 7, 20), ("St", 24, 30)))) == []
