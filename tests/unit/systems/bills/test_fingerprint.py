"""When two files are one bill: by what they say."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2 as pdfium
import pytest

from postroom.readers.page import page_words
from postroom.systems.bills import sample
from postroom.systems.bills.fingerprint import Fingerprint, fingerprint, relation, restored
from postroom.systems.bills.read import bill

BILL = Fingerprint(
    "NORTHMOORENERGY", ("850012345678",), "2025-01-03", "2025-04-02", "99112233", "312.40", "312.40", "GBP"
)


def test_the_same_bill_is_a_duplicate() -> None:
    assert relation(BILL, BILL) == "duplicate"


def test_what_only_one_of_two_tells_says_nothing() -> None:
    assert relation(replace(BILL, invoice=None), BILL) == "duplicate"
    assert relation(replace(BILL, total=None, provider=None, currency=None), BILL) == "duplicate"


@pytest.mark.parametrize("change", [{"total": "310.00"}, {"invoice": "99112234"}, {"currency": "EUR"}])
def test_other_amounts_or_another_number_are_a_revision(change: dict[str, str]) -> None:
    assert relation(replace(BILL, **change), BILL) == "revision"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"accounts": ("850012345679",)},
        {"end": "2025-05-02"},
        {"start": "2025-01-04"},
        {"provider": "SEVERNVALEWATER"},
    ],
)
def test_another_account_period_or_provider_is_another_bill(change: dict[str, object]) -> None:
    assert relation(replace(BILL, **change), BILL) is None  # type: ignore[arg-type]


def test_a_providers_name_may_have_been_misread_by_a_letter() -> None:
    assert relation(replace(BILL, provider="NORTHM0ORENERGY"), BILL) == "duplicate"


@pytest.mark.parametrize("lost", [{"accounts": ()}, {"start": None}, {"end": None}])
def test_a_bill_that_does_not_tell_enough_equals_none(lost: dict[str, object]) -> None:
    poor = replace(BILL, **lost)  # type: ignore[arg-type]
    assert poor.key is None
    assert relation(poor, poor) is None


def test_it_survives_being_stored() -> None:
    assert restored(BILL.stored()) == BILL


def _of(data: bytes) -> Fingerprint:
    document = pdfium.PdfDocument(data)
    reading = bill.read([page_words(page) for page in document])
    document.close()
    return fingerprint(reading.document, reading.facts)


def test_next_months_bill_is_another_one() -> None:
    one, two = (_of(sample.bill("us_gas", seed)[0]) for seed in (1, 2))
    assert relation(replace(two, provider=one.provider, accounts=one.accounts), one) is None


@pytest.mark.slow
def test_a_scan_meets_its_original() -> None:
    data, _ = sample.bill("au_water", 4)
    scan, _ = sample.scan("au_water", 4)
    assert scan != data
    assert relation(_of(scan), _of(data)) == "duplicate"
