"""Whole bills against the truth beside them, and the real one against what a person read from it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from postroom.readers.page import page_words
from postroom.readers.word import PageWords
from postroom.systems.bills import sample
from postroom.systems.bills.read import bill
from postroom.systems.bills.read.bill import Reading
from postroom.systems.bills.sample.paper import BOLD, Paper
from postroom.systems.bills.sample.score import GOALS, Table, compare

SAMPLES = Path(__file__).parents[5] / "shared" / "samples" / "bills"
TUNED = [layout.name for layout in sample.LAYOUTS if not layout.held]
HELD = [layout.name for layout in sample.LAYOUTS if layout.held]


def words(data: bytes) -> list[PageWords]:
    document = pdfium.PdfDocument(data)
    try:
        return [page_words(page, ocr="never") for page in document]
    finally:
        document.close()


def read(data: bytes) -> Reading:
    return bill.read(words(data))


@pytest.mark.parametrize("layout", TUNED)
def test_every_field_of_a_known_layout_is_right(layout: str) -> None:
    data, truth = sample.bill(layout, 101)
    wrong = [one for one in compare(truth, read(data)) if one.verdict != "right"]
    assert not wrong


def _told(value: Any, at: str = "") -> Iterator[str]:
    """The pointers of all values that a reading tells, but for what no page ever says."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("sourceType", "isImplied"):
                yield from _told(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _told(inner, f"{at}/{place}")
    elif value is not None:
        yield at


def _placed(pointer: str, fields: Container[str]) -> bool:
    """A part of a line, an identifier or a demand stands where the whole of it does."""
    return pointer in fields or (pointer.count("/") > 1 and _placed(pointer.rpartition("/")[0], fields))


@pytest.mark.parametrize("layout", TUNED)
def test_every_value_says_where_it_was_read(layout: str) -> None:
    data, _ = sample.bill(layout, 7)
    pages = words(data)
    reading = bill.read(pages)
    fields = [note["field"] for note in reading.provenance]
    assert [pointer for pointer in _told(reading.document) if not _placed(pointer, fields)] == []
    assert len(set(fields)) == len(fields)
    for note in reading.provenance:
        left, top, right, bottom = note["box"]
        page = pages[note["page"] - 1]
        assert -1 <= left <= right <= page.width + 1 and -1 <= top <= bottom <= page.height + 1, note
        assert 0 < note["confidence"] <= 1 and note["text"], note


@pytest.mark.parametrize(
    ("layout", "pointer", "text"),
    [
        ("us_water", "/billDate", "11/11/2024"),  # a table with a column for each end of the period
        ("us_water", "/usageData/0/endDate", "11/11/2024"),
        ("us_city", "/usageData/1/usageUnits", "CCF"),
        ("uk_water", "/usageData/0/isEstimated", "20622 E"),
        ("fr_power", "/usageData/0/startDate", "18/12/2024 au 16/02/2025"),
        ("us_rural", "/chargesUnits", "NE 68701"),  # no sign of a currency on the page
    ],
)
def test_what_follows_from_other_words_stands_where_they_stand(layout: str, pointer: str, text: str) -> None:
    (note,) = [note for note in read(sample.bill(layout, 9100)[0]).provenance if note["field"] == pointer]
    assert note["text"] == text


def test_a_bill_reads_the_same_each_time() -> None:
    data, _ = sample.bill("us_commercial", 3)
    assert read(data) == read(data)


# --- the real bill ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Reading:
    file = SAMPLES / "la_dwp.pdf"
    if not file.exists():
        pytest.skip("the real bill is not here: ../shared/samples/bills/la_dwp.pdf")
    return read(file.read_bytes())


def test_the_real_bill_is_read_in_full(real: Reading) -> None:
    found = real.document
    assert found["utilityCompany"] == "Los Angeles Department of Water and Power"
    assert (found["startDate"], found["billDate"], found["dueDate"]) == (
        "2024-10-29",
        "2024-12-02",
        "2024-12-23",
    )
    assert real.facts["issued"] == "2024-12-02"
    assert real.facts["account"] is None  # blacked out
    assert found["chargesUnits"] == "USD"
    money = ("totalCharges", "currentCharges", "previousCloseBalance", "afterPreviousTotalPayment")
    assert [found[name] for name in money] == ["61173.37", "61173.37", "63758.57", "63758.57"]


@pytest.mark.parametrize(
    ("place", "number", "usage", "parts", "multiplier", "demand", "charges"),
    [
        (0, "APMYV00229-00003910", 122800, [17600, 23600, 81600], 400, [228, 232, 256], "27859.68"),
        (1, "APMYV00231-00002602", 150600, [19200, 28200, 103200], 600, [264, 276, 288], "33313.69"),
    ],
)
def test_the_real_bills_meters(
    real: Reading,
    place: int,
    number: str,
    usage: int,
    parts: list[int],
    multiplier: int,
    demand: list[int],
    charges: str,
) -> None:
    found = real.document["usageData"][place]
    assert [one["value"] for one in found["identifiers"] if one["name"] == "METER"] == [number]
    assert (Decimal(found["usage"]), found["usageUnits"]) == (usage, "kWh")
    assert [Decimal(part["usage"]) for part in found["timeOfUseBreakdown"]] == parts
    assert [part["timeOfUse"] for part in found["timeOfUseBreakdown"]] == ["PEAK", "SHOULDER", "BASE"]
    assert Decimal(found["multiplier"]) == multiplier
    assert found["tariff"].startswith("A-3")
    assert found["additionalFields"]["totalCharges"] == charges
    own = [one for one in real.document["demandMeters"] if one["usage"] == place]
    assert [(Decimal(one["demandUsage"]), one["demandUsageUnits"]) for one in own] == [
        (kw, "kW") for kw in demand
    ]
    assert (found["startDate"], found["endDate"]) == ("2024-10-29", "2024-12-02")


# --- unknown is null ------------------------------------------------------------------------------------


def _page(draw: Callable[[Paper], Any]) -> Reading:
    paper = Paper()
    paper.page()
    draw(paper)
    return read(paper.data())


def test_two_totals_that_differ_are_no_total() -> None:
    def draw(paper: Paper) -> None:
        paper.put(40, 60, "Valley Power Company", 16, BOLD)
        paper.pairs(40, 300, 100, (("Total amount due", "$120.00"), ("Total amount due", "$130.00")))

    assert _page(draw).document["totalCharges"] is None


def test_an_ambiguous_date_is_null() -> None:
    def draw(paper: Paper) -> None:
        paper.put(40, 60, "Acme Energy", 16, BOLD)
        paper.pairs(40, 300, 100, (("Due date", "03/04/2024"),))

    assert _page(draw).document["dueDate"] is None


def test_a_dollar_without_a_country_is_no_currency() -> None:
    def draw(paper: Paper) -> None:
        paper.pairs(40, 300, 100, (("Amount due", "$120.00"),))

    assert _page(draw).document["chargesUnits"] is None


def test_last_years_usage_is_not_this_bills() -> None:
    def draw(paper: Paper) -> None:
        paper.pairs(
            40, 300, 100, (("Usage same month last year", "512 kWh"), ("Average daily usage", "17 kWh"))
        )

    assert _page(draw).document["usageData"] == []


def test_an_empty_document_reads_as_nothing() -> None:
    reading = bill.read([])
    assert reading.document["totalCharges"] is None
    assert reading.document["usageData"] == []


# --- layouts that the reader was never tuned on -----------------------------------------------------------


@pytest.fixture(scope="module")
def held() -> Table:
    table = Table()
    for layout in HELD:
        for seed in range(5):
            data, truth = sample.bill(layout, seed)
            table.add(compare(truth, read(data)))
    assert set(GOALS) <= set(table.fields)
    return table


@pytest.mark.parametrize("name", GOALS)
def test_a_field_of_layouts_never_tuned_on_meets_the_goal(held: Table, name: str) -> None:
    assert held.share(name) >= 0.98
    assert held.share(name, "wrong") + held.share(name, "invented") < 0.01
