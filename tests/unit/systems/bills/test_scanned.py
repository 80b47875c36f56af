"""What a recogniser was not sure of is told only if something on the page confirms it; unknown is null."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from postroom.readers.word import Box, PageWords, Word
from postroom.systems.bills.read import bill, money
from postroom.systems.bills.read.bill import Reading

PAGE = """
Granite Peak Electric Company
Account Number:     4410-22871-3
Invoice Number:     T6142885857
Bill Date: 04/03/2026
Billing Period:     03/02/2026 - 04/01/2026
Amount Due:     $84.00
Meter Number     Previous Reading     Current Reading     Usage (kWh)
88120417     1000     1600     600
Energy Charge     600 kWh @ $0.14     $84.00
Questions? Write to PO Box 44, Denver CO 80201
"""


def scanned(text: str, sure: Mapping[str, float]) -> Reading:
    """A page as words with confidences: 0.96, but for those that are named."""
    words = []
    for line, row in enumerate(text.strip().splitlines()):
        at = 0
        for place, part in enumerate(row.split("     ")):
            at = max(at, 40 + 130 * place)
            for word in part.split():
                box = Box(at, 40 + 16 * line, at + 4.5 * len(word), 49 + 16 * line)
                words.append(Word(word, box, sure.get(word, 0.96), 9, 0, line))
                at += int(4.5 * len(word)) + 4
    return bill.read([PageWords(612, 792, tuple(words), "ocr")])


def test_a_page_that_is_clear_is_told() -> None:
    found = scanned(PAGE, {})
    assert found.document["invoiceId"] == "T6142885857"
    assert found.facts["account"] == "4410-22871-3"
    assert found.document["totalCharges"] == "84.00"
    (entry,) = found.document["usageData"]
    assert (entry["usage"], entry["previousReading"]) == ("600", "1000")


@pytest.mark.parametrize("confidence", [0.0, 0.45, 0.77])
def test_a_number_that_was_read_badly_is_null(confidence: float) -> None:
    found = scanned(PAGE, {"T6142885857": confidence, "88120417": confidence})
    assert found.document["invoiceId"] is None
    (entry,) = found.document["usageData"]
    assert "METER" not in {one["name"] for one in entry["identifiers"]}
    assert entry["usage"] == "600"  # whose meter it was is lost, what it measured is not


def test_a_number_that_stands_there_again_is_told_although_it_was_read_badly() -> None:
    again = PAGE + "Quote T6142885857 when you pay\n"
    assert scanned(again, {"T6142885857": 0.7}).document["invoiceId"] == "T6142885857"
    assert scanned(again, {"T6142885857": 0.5}).document["invoiceId"] is None


def test_an_amount_that_was_read_badly_and_that_nothing_confirms_is_null() -> None:
    text = PAGE.replace("Energy Charge     600 kWh @ $0.14     $84.00\n", "")
    assert scanned(text, {}).document["totalCharges"] == "84.00"
    assert scanned(text, {"$84.00": 0.3}).document["totalCharges"] is None


def test_a_usage_against_its_readings_is_what_the_charge_says() -> None:
    (entry,) = scanned(PAGE.replace("1600     600\n", "1600     500\n"), {}).document["usageData"]
    assert entry["usage"] == "600"


def test_a_usage_against_its_readings_that_no_charge_confirms_is_null() -> None:
    text = PAGE.replace("1600     600\n", "1600     500\n").replace("600 kWh @ $0.14     ", "")
    (entry,) = scanned(text, {}).document["usageData"]
    assert entry["usage"] is None


def test_a_meter_whose_number_is_garbled_is_still_a_meter() -> None:
    text = """
Granite Peak Gas & Electric Company
Service at: 12 Alder St, Denver CO 80202
Meter #     1010630439
Total Usage     310 kWh
Total Electric Charges     $69.59
Meter #     §9710325
Total Usage     84 Therms
Total Gas Charges     $195.39
Amount Due     $264.98
"""
    entries = scanned(text, {}).document["usageData"]
    assert [(one["usage"], one["usageUnits"]) for one in entries] == [("310", "kWh"), ("84", "thm (US)")]


def test_digits_torn_by_a_misread_sign_are_no_amount() -> None:
    assert money.find("£11,/83.77") == [] or money.find("£11,/83.77")[0].value != 11


def test_whoever_lives_at_the_address_that_is_supplied_sends_no_bill() -> None:
    text = """
Orchard Lane Power LLC     Account Number: 4410-22871
12 Alder St     Bill Date: 04/03/2026
Denver, CO 80202     Amount Due: $84.00
Service Address: 12 Alder St, Denver, CO 80202
Billing Period: 03/02/2026 - 04/01/2026
Energy Charge     600 kWh @ $0.14     $84.00
Granite Peak Energy Limited. Registered in England No. 0441882
"""
    assert scanned(text, {}).document["utilityCompany"] != "Orchard Lane Power LLC"


SERVICES = """
City of Fallston     Account: 33-0976-31
Service Address: 955 FOUNDRY DR, MARLOW, CA 93514     Due Date: 05/10/2023
SERVICE     METER     PREVIOUS     PRESENT     USAGE     AMOUNT
ELECTRIC     E5467-207     25431     26041     610 KWH     83.72
WATER     70246998     20764     43764     23000 GAL     105.76
AMOUNT DUE     $189.48
"""


def test_a_lost_number_does_not_give_one_services_usage_to_the_others_meter() -> None:
    for confidence in (0.96, 0.3):
        entries = scanned(SERVICES, {"E5467-207": confidence}).document["usageData"]
        meters = [[i["value"] for i in one["identifiers"] if i["name"] == "METER"] for one in entries]
        assert [(one["usage"], one["usageUnits"]) for one in entries] == [
            ("610", "kWh"),
            ("23000", "gal (US)"),
        ]
        assert meters == [["E5467-207"] if confidence > 0.9 else [], ["70246998"]]


def test_taxes_of_a_scan_are_told_if_they_are_all_there() -> None:
    text = PAGE.replace("Energy Charge     600 kWh @ $0.14     $84.00\n", "{}").replace("$84.00", "$88.20")
    whole = "Energy Charge     600 kWh @ $0.14     $84.00\nSales Tax     $4.20\nTotal Current Charges     $88.20\n"
    assert scanned(text.format(whole), {}).document["taxCharges"] == "4.20"
    partly = whole.replace("Energy Charge     600 kWh @ $0.14     $84.00\n", "")
    assert scanned(text.format(partly), {}).document["taxCharges"] is None
