"""Which site and meter an address and identifiers lead to; how pages and words follow the contract. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from postroom.core.states import JobState
from postroom.errors import Invalid
from postroom.systems.bills import contract, match, paging, words
from postroom.systems.bills.paging import Page, Where

A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("1 Mill Lane, Riverbend", "1 MILL LN RIVERBEND CA 90210"),
        ("200 North Main Street Suite 4", "200 N Main St Ste 4"),
    ],
)
def test_one_place_written_twice_is_one_place(one: str, two: str) -> None:
    assert match.site(one, [(A, two), (B, "77 Other Road")]) == A


@pytest.mark.parametrize("two", ["2 Mill Lane, Riverbend", "1 Oak Court, Springfield", ""])
def test_another_house_is_another_place(two: str) -> None:
    assert match.site("1 Mill Lane, Riverbend", [(A, two)]) is None


def test_two_sites_that_fit_equally_well_are_none() -> None:
    assert match.site("1 Mill Lane", [(A, "1 Mill Lane"), (B, "1 Mill Ln")]) is None


@given(st.text(alphabet="abc019-_,/ ", max_size=12))
def test_comparing_identifiers_twice_changes_nothing(text: str) -> None:
    once = contract.identifier(text)
    assert contract.identifier(once) == once
    assert not set(once) & set("-_,/ ")
    assert not once.startswith("0")


@pytest.mark.parametrize(
    ("page", "number"),
    [(None, 1), ("2", 2), ("3", 3), ("4", 3), ("9" * 30, 3), ("0", 1), ("-1", 1), ("x", 1)],
)
def test_a_page_past_the_end_is_the_last_and_no_number_is_the_first(page: str | None, number: int) -> None:
    found = Page.of({} if page is None else {"page": page}, 201)
    assert (found.number, found.pages) == (number, 3)


def test_an_empty_list_has_one_page() -> None:
    assert Page.of({}, 0).envelope("usageData", []) == {
        "totalUsageData": 0,
        "perPage": 100,
        "totalPages": 1,
        "currentPage": 1,
        "hasNext": False,
        "hasPrevious": False,
        "usageData": [],
    }


def test_filters_are_read_as_the_contract_has_them() -> None:
    query = QueryParams(
        "startDate=2025-01-01&endDate=2025-02-01&datasourceType=GAS,SEWER&datasourceType=STEAM&identifier=00-1 a"
    )
    found = paging.read(query)
    assert (found.since, found.until, found.date_type) == (date(2025, 1, 1), date(2025, 2, 1), "BILL_DATE")
    assert found.datasources == ("GAS", "WATER", "DISTRICT")
    assert found.identifier == "1A"
    where = Where()
    where.add("d.company_id = {}", A)
    found.on_documents(where)
    assert [f"${number}" in where.sql for number in range(1, 7)] == [True] * 5 + [False]
    assert len(where.values) == 5


@pytest.mark.parametrize(
    "query",
    ["dateType=X", "startDate=1.1.2025", "endDate=2025-13-01", "datasourceType=OIL", "isDeleted=maybe"],
)
def test_a_filter_that_is_wrong_is_named(query: str) -> None:
    with pytest.raises(Invalid) as caught:
        paging.read(QueryParams(query))
    assert caught.value.field == query.partition("=")[0]


def test_failed_is_ours_and_terminated_is_theirs() -> None:
    assert words.word(JobState.FAILED, "system") == "FAILED"
    for cause in ("input", "tenant", "operator"):
        assert words.word(JobState.FAILED, cause) == "TERMINATED"
    assert words.word(JobState.PARTIAL, "system") == "COMPLETED"


def test_a_closed_enum_hears_failed_and_still_the_reason() -> None:
    row = {"id": A, "state": "cancelled", "cause": "operator", "reason": "Stopped."}
    body = words.job(row, {}, (), terminated_as="FAILED")  # type: ignore[arg-type]
    assert (body["status"], body["terminationReason"]) == ("FAILED", "Stopped.")
