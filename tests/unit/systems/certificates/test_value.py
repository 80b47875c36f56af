"""Single values: amounts, dates, letters, marks, addresses and remarks, as agencies print them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.systems.certificates.read import date as dates
from postroom.systems.certificates.read import holder, insurer, money, policy, remark


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("$1,000,000", 1_000_000),
        ("$ 1,000,000", 1_000_000),
        ("1,000,000", 1_000_000),
        ("1000000.00", 1_000_000),
        ("1M", 1_000_000),
        ("1 MIL", 1_000_000),
        ("1.5M", 1_500_000),
        ("500K", 500_000),
        ("1, 000,000", 1_000_000),
        ("0", 0),
        ("", None),
        (None, None),
        ("N/A", None),
        ("NIL", None),
        ("EXCLUDED", None),
        ("Included", None),
        ("STATUTORY", None),
        ("See policy 12", None),
        ("1,00", 1),
        ("$", None),
        ("2.000.000.00", 2_000_000),
        ("INCL", None),
        ("Excl.", None),
        ("1,000,000 CSL", None),
    ],
)
def test_amounts(text: str | None, dollars: int | None) -> None:
    assert money.dollars(text) == dollars


@given(st.integers(0, 10**11))
def test_every_amount_is_read_in_every_usual_writing(amount: int) -> None:
    for text in (f"{amount:,}", f"${amount:,}", f"{amount}", f"{amount:,}.00", f" $ {amount:,} "):
        assert money.dollars(text) == amount


@given(st.text(max_size=30))
def test_no_text_breaks_amounts_or_dates(text: str) -> None:
    money.dollars(text)
    dates.written(text)
    holder.party([text, text])
    insurer.letters([text])
    policy.flag(text)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_usual_writing(day: date) -> None:
    wanted = f"{day:%m/%d/%Y}"
    for text in (wanted, f"{day.month}/{day.day}/{day.year}", f"{day:%m-%d-%Y}", f"{day:%m.%d.%y}"):
        assert dates.written(text) == wanted


@pytest.mark.parametrize(
    "text", ["13/01/2020", "02/30/2020", "1/2", "01/02/2020 03/04/2020", "Continuous", "112/01/2020"]
)
def test_what_is_no_single_date_is_unknown(text: str) -> None:
    assert dates.written(text) is None


@pytest.mark.parametrize("text", ["1/17/20", "01/17/2020", "1-17-2020", "01.17.20", "Jan 17, 2020"])
def test_one_day_in_the_writings_of_agencies(text: str) -> None:
    assert dates.written(text) == "01/17/2020"


def test_dates_run_together_are_two() -> None:
    found = [value for value, _, _ in dates.dates("01/01/202001/01/2021")]
    assert found == ["01/01/2020", "01/01/2021"]


@pytest.mark.parametrize(
    ("texts", "letters"),
    [
        (["A"], "A"),
        (["A,", "B"], "A,B"),
        (["A/B"], "A,B"),
        (["AB"], "A,B"),
        (["b"], "B"),
        (["G"], None),
        ([], None),
    ],
)
def test_letters(texts: list[str], letters: str | None) -> None:
    assert insurer.letters(texts) == letters


@pytest.mark.parametrize(
    ("text", "value"),
    [("Y", True), ("X", True), ("x", True), ("✓", True), ("N", False), ("N/A", None), ("?", None)],
)
def test_marks(text: str, value: bool | None) -> None:
    assert policy.flag(text) is value


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (
            ["Lisa Gomez, LLC", "1616 Broadway", "New York, Ny 10001"],
            {"name": "Lisa Gomez, LLC", "line1": "1616 Broadway", "locality": "New York", "region": "NY"},
        ),
        (
            ["Acme Roofing of", "Greater Austin LLC", "DBA Top Roofs", "PO Box 12", "Austin TX 78701-1234"],
            {
                "name": "Acme Roofing of Greater Austin LLC",
                "dba": "Top Roofs",
                "line1": "PO Box 12",
                "postalcode": "78701-1234",
            },
        ),
        (
            ["3M Company", "2501 Hudson Rd", "Suite 5", "St. Paul, MN 55101"],
            {"name": "3M Company", "line2": "Suite 5"},
        ),
        (
            [
                "City of Springfield, its officers,",
                "agents and employees",
                "100 Main St, Springfield, IL 62701",
            ],
            {
                "name": "City of Springfield, its officers, agents and employees",
                "line1": "100 Main St",
                "locality": "Springfield",
            },
        ),
        (["Jane Roe"], {"name": "Jane Roe", "line1": None}),
        (["Acme", "Attn: Bob", "Austin, TX 78701"], {"name": "Acme", "line1": None, "locality": "Austin"}),
        (
            ["Best Agency", "License # 0C36861", "1 Elm St", "Reno, NV 89501"],
            {"name": "Best Agency", "line1": "1 Elm St"},
        ),
        (
            # A recogniser has lost the blank between state and code.
            ["Acme", "1 Elm St", "Livonia, MI48152"],
            {
                "line1": "1 Elm St",
                "line2": None,
                "locality": "Livonia",
                "region": "MI",
                "postalcode": "48152",
            },
        ),
        (
            # And has taken a capital for a small letter.
            ["Acme", "Atin: Bob", "1 Elm St", "Livonia, Ml 48152"],
            {"name": "Acme", "line1": "1 Elm St", "line2": None, "region": "MI", "postalcode": "48152"},
        ),
        ([], {"name": None, "line1": None}),
    ],
)
def test_blocks_of_name_and_address(rows: list[str], wanted: dict[str, Any]) -> None:
    found = holder.party(rows)
    flat = {"name": found["name"], "dba": found["dba"], **(found["address"] or {"line1": None})}
    assert {key: flat[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Acme Corp. is included as additional insured.", ["Acme Corp."]),
        ("Certificate holder is named as an additional insured per form CG 20 10.", ["Holder Inc"]),
        (
            "Additional insureds: Acme, Inc., Beta LLC and the certificate holder.",
            ["Acme, Inc.", "Beta LLC", "Holder Inc"],
        ),
        ("The following are included as additional insureds: Acme LLC; RE: job 5", ["Acme LLC"]),
        ("RE: Job 12. Acme LLC and Beta LLC are named as additional insureds.", ["Acme LLC", "Beta LLC"]),
        ("Acme is not an additional insured.", []),
        ("Additional insured where required by written contract.", []),
        ("Roofing at 12 Main St.", []),
    ],
)
def test_whom_the_description_names(text: str, names: list[str]) -> None:
    assert remark.names(text, "Holder Inc") == names


def test_what_the_description_states() -> None:
    found = remark.remarks(
        "Blanket additional insured applies. Waiver of subrogation applies. Primary and non-contributory.",
        None,
    )
    assert found["blanket_additional_insured"] is True
    assert found["waiver_of_subrogation"] is True
    assert found["primary_noncontributory"] is True
    plain = remark.remarks("All operations. No waiver of subrogation.", None)
    assert plain["blanket_additional_insured"] is False
    assert plain["waiver_of_subrogation"] is False
    assert remark.remarks(None, None)["waiver_of_subrogation"] is None


@given(st.text(alphabet="additional insured,.:; ABc", max_size=400))
def test_no_description_breaks_the_search(text: str) -> None:
    remark.remarks(text, "Holder")
