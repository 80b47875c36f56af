"""What a page is: other ACORD forms name themselves, also those that have the head and columns of an ACORD 25."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from postroom.readers.word import Box, PageWords, Word
from postroom.systems.certificates import recognise
from postroom.systems.certificates.read import transform
from tests.unit.systems.certificates.test_transform import _words

FORMS = [
    ("CERTIFICATE OF PROPERTY INSURANCE", "ACORD 24 (2016/03)", "ACORD 24", "2016/03"),
    ("EVIDENCE OF PROPERTY INSURANCE", "ACORD 27 (2016/03)", "ACORD 27", "2016/03"),
    ("EVIDENCE OF COMMERCIAL PROPERTY INSURANCE", "ACORD 28 (2016/03)", "ACORD 28", "2016/03"),
    ("ADDITIONAL REMARKS SCHEDULE", "ACORD 101 (2008/01)", "ACORD 101", "2008/01"),
    ("COMMERCIAL INSURANCE APPLICATION", "ACORD 125 (2016/03)", "ACORD 125", "2016/03"),
    ("VEHICLE OR EQUIPMENT CERTIFICATE OF INSURANCE", "", "ACORD 23", None),
    ("INVOICE 4711", "", None, None),
]


def _line(text: str, y: float, line: int) -> list[Word]:
    return [
        Word(word, Box(60 + 40 * place, y, 95 + 40 * place, y + 8), 1.0, 8, 0, line)
        for place, word in enumerate(text.split())
    ]


@pytest.mark.parametrize(("title", "foot", "form", "edition"), FORMS)
def test_a_page_is_what_it_names_itself(title: str, foot: str, form: str | None, edition: str | None) -> None:
    page = PageWords(612, 792, (*_line(title, 40, 1), *_line(foot, 760, 2)), "text")
    assert recognise.recognise(page, transform.fit(page)) == recognise.Kind(form, edition)


def test_the_property_certificate_has_the_same_columns_and_is_another_form() -> None:
    own = [
        word
        for word in _words("2016/03", np.eye(2, 3), 0, 1.0, Random(1))
        if not 30 < word.box.centre[1] < 40 and word.box.centre[1] < 745
    ]
    words = (
        *_line("CERTIFICATE OF PROPERTY INSURANCE", 31, 900),
        *own,
        *_line("ACORD 24 (2016/03)", 760, 901),
    )
    page = PageWords(612, 792, words, "text")
    found = transform.fit(page)
    assert found is not None
    assert recognise.recognise(page, found) == recognise.Kind("ACORD 24", "2016/03")


def test_a_certificate_of_liability_that_names_other_forms_is_one() -> None:
    own = tuple(_words("2014/01", np.eye(2, 3), 0, 1.0, Random(1)))
    page = PageWords(612, 792, (*own, *_line("see Evidence of Property Insurance", 600, 900)), "text")
    assert recognise.recognise(page, transform.fit(page)).form == "ACORD 25"
