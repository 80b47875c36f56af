"""The value parsers: what is printed comes back, in every convention, and what can be read two ways does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from postroom.systems.bills.read import account, money, number, period, unit
from postroom.systems.bills.read import date as dates

days = st.dates(date(1990, 1, 1), date(2079, 12, 31))
amounts = st.decimals(Decimal("0.00"), Decimal("99999999.99"), places=2)


# --- dates ------------------------------------------------------------------------------------------


@given(days, st.sampled_from(("/", ".", "-")))
def test_digits_are_read_in_the_given_order(day: date, mark: str) -> None:
    for order, form in (("mdy", f"%m{mark}%d{mark}%Y"), ("dmy", f"%d{mark}%m{mark}%Y")):
        found = dates.find(f"Due {day.strftime(form)} please", order)  # type: ignore[arg-type]
        assert [one.value for one in found] == [day]


@given(days, st.sampled_from(("/", "-")))
def test_without_an_order_an_ambiguous_date_is_none(day: date, mark: str) -> None:
    assume(day.day <= 12 and day.day != day.month)
    assert dates.find(day.strftime(f"%m{mark}%d{mark}%Y"), None) == []


@given(days)
def test_months_by_name_need_no_order(day: date) -> None:
    for text in (
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day} {day:%b} {day.year}",
        f"{day.day:02}-{day:%b}-{day.year}",
        f"{day:%b} {day.day} {day.year}",
        f"{day.day}th {day:%B} {day.year}",
    ):
        assert [one.value for one in dates.find(text)] == [day], text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5. März 2025", date(2025, 3, 5)),
        ("1er janvier 2024", date(2024, 1, 1)),
        ("5 de marzo de 2025", date(2025, 3, 5)),
        ("12 août 2023", date(2023, 8, 12)),
        ("31 dicembre 2024", date(2024, 12, 31)),
        ("7 mei 2024", date(2024, 5, 7)),
        ("Dec  2, 2024", date(2024, 12, 2)),
        ("2024-12-02", date(2024, 12, 2)),
    ],
)
def test_dates_of_seven_languages(text: str, expected: date) -> None:
    assert [one.value for one in dates.find(text)] == [expected]


@pytest.mark.parametrize(
    "text", ["1-800-555-0143", "31/02/2024", "13/13/2024", "version 1.2.3.4", "12-345-678", "(555) 013-4477"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.find(text, "dmy") == []


def test_a_document_proves_its_order_only_if_it_agrees() -> None:
    assert dates.order_of(["03/25/2024", "04/01/2024"]) == "mdy"
    assert dates.order_of(["25/03/2024"]) == "dmy"
    assert dates.order_of(["25/03/2024", "03/25/2024"]) is None
    assert dates.order_of(["03/04/2024"]) is None


# --- periods ----------------------------------------------------------------------------------------


@given(days, st.integers(1, 400), st.sampled_from((" - ", " to ", " – ", "-", " through ")))
def test_a_range_gives_both_its_days(first: date, length: int, between: str) -> None:
    last = first + timedelta(length)
    assume(last.year < 2080)
    found = period.find(f"{first:%m/%d/%Y}{between}{last:%m/%d/%Y}", "mdy")
    assert [(one.first, one.last) for one in found] == [(first, last)]


@given(days, st.integers(1, 360))
def test_a_range_may_leave_out_the_first_year(first: date, length: int) -> None:
    last = first + timedelta(length)
    assume(last.year < 2080 and not (first.month == 2 and first.day == 29))
    found = period.find(f"{first:%b} {first.day} - {last:%b} {last.day}, {last.year}")
    assert [(one.first, one.last) for one in found] == [(first, last)]


def test_two_days_that_are_no_range_give_none() -> None:
    assert period.find("Billed 01/03/2024, due 01/24/2024", "mdy") == []
    assert period.find("02/24/2024 - 01/24/2024", "mdy") == []


# --- money and numbers ------------------------------------------------------------------------------


def _printed(value: Decimal, group: str, point: str) -> str:
    return f"{value:,.2f}".translate({ord(","): group, ord("."): point})


@given(amounts, st.sampled_from(((",", "."), (".", ","), (" ", ","), ("'", "."), ("", "."), ("", ","))))
def test_an_amount_comes_back_in_every_convention(value: Decimal, marks: tuple[str, str]) -> None:
    group, point = marks
    text = _printed(value, group, point)
    for form in (f"€{text}", f"{text} €", f"EUR {text}", text):
        found = money.find(f"Total {form}", point)
        assert [one.value for one in found] == [value], form


@given(amounts)
def test_credits_are_negative_wherever_the_sign_stands(value: Decimal) -> None:
    assume(value)
    text = f"{value:,.2f}"
    for form in (
        f"-${text}",
        f"$-{text}",
        f"$ -{text}",
        f"${text}-",
        f"{text}CR",
        f"{text} CR",
        f"(${text})",
        f"−${text}",
    ):
        found = money.find(form)
        assert [one.value for one in found] == [-value], form
        assert found[0].credit


@pytest.mark.parametrize(
    "text",
    [
        "12.5%",
        "19,00 %",
        "1-800-555-0143",
        "12/31/24",
        "0.49375 per",
        "532",
        "73.37.12",
        "Rate 1.2345",
        "9% VAT",
        "A12.34",
    ],
)
def test_what_is_no_money_is_none(text: str) -> None:
    assert money.find(text) == []


@pytest.mark.parametrize(
    ("text", "currency"),
    [("£1.00", "GBP"), ("1,00 €", "EUR"), ("US$ 1.00", "USD"), ("AUD 1.00", "AUD"), ("$1.00", None)],
)
def test_a_dollar_sign_alone_is_no_currency(text: str, currency: str | None) -> None:
    assert [one.currency for one in money.find(text, "," if "," in text else ".")] == [currency]


def test_three_digits_behind_the_only_mark_are_told_by_the_document() -> None:
    assert number.parse("1.234", ".") == Decimal("1.234")
    assert number.parse("1.234", ",") == Decimal(1234)
    assert number.parse("1.234", None) is None
    assert number.parse("1.234,50", None) == Decimal("1234.50")
    assert number.parse("0.234", ",") == Decimal("0.234")


def test_a_document_tells_its_decimal_mark() -> None:
    assert number.decimal_mark(["1.234,56", "12,00"]) == ","
    assert number.decimal_mark(["1,234.56", "12.00"]) == "."
    assert number.decimal_mark(["12"]) is None


# --- units ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "country", "value", "name"),
    [
        ("1,234 kWh", "US", "1234", "kWh"),
        ("532 KWH", "US", "532", "kWh"),
        ("57.3 therms", "US", "57.3", "thm (US)"),
        ("57.3 therms", "GB", "57.3", "thm (UK)"),
        ("14 CCF", "US", "14", "CCF"),
        ("31 HCF", "US", "31", "HCF"),
        ("748 gallons", "US", "748", "gal (US)"),
        ("12 kgal", "US", "12", "kgal (US)"),
        ("88 m³", "GB", "88", "cubic m"),
        ("88 cubic metres", "GB", "88", "cubic m"),
        ("41 kL", "AU", "41", "kL"),
        ("12,345 MJ", "AU", "12345", "MJ"),
        ("256 kW", "US", "256", "KW"),
        ("1.5 MWh", "US", "1.5", "MWh"),
    ],
)
def test_units_take_the_contracts_spelling(text: str, country: str, value: str, name: str) -> None:
    found = unit.quantities(text, ".", country)
    assert [(one.value, one.unit.name) for one in found] == [(Decimal(value), name)]


def test_prices_and_definitions_are_no_quantities() -> None:
    assert unit.quantities("$0.31/kWh and £0.29 kWh") == []
    assert unit.quantities("1 m³ is 1,000") == []


# --- identifiers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (": 1234567890-1", "1234567890-1"),
        (" 8498 10 123 4567890", "8498 10 123 4567890"),
        ("# A-1234B567", "A-1234B567"),
        (": 65-4256-0201 -7834-1 Due", "65-4256-0201 -7834-1"),
        (" AB 1234 5678", "AB 1234 5678"),
        (": 12", None),
        (" $ 1,234.56", None),
        (" 1,234.56", None),
        (" 12/31/2024", None),
        (" Dec 23, 2024", None),
        (" holder", None),
    ],
)
def test_an_account_number_is_its_words_and_nothing_more(text: str, expected: str | None) -> None:
    assert [value for value, _, _ in account.numbers(text)] == ([] if expected is None else [expected])


@given(st.text("0123456789ABC-_,/ .", min_size=1, max_size=20))
def test_the_normal_form_of_an_identifier_is_stable(text: str) -> None:
    once = account.normal(text)
    assert account.normal(once) == once
    assert account.normal(f"00-{text}") == once or once == ""


@given(st.text(max_size=60))
def test_no_text_breaks_a_parser(text: str) -> None:
    dates.find(text, "dmy")
    dates.find_bare(text, "mdy")
    period.find(text, "mdy")
    money.find(text, ",")
    unit.quantities(text, None)
    list(account.numbers(text))
