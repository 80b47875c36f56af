"""The ways in which bills print meters and what they measured: each a small page of a line printer."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest

from postroom.readers.page import page_words
from postroom.systems.bills.read import bill
from postroom.systems.bills.sample.paper import LETTER, MONO, Paper

# What is found of a meter: its number, usage, unit.
Found = tuple[str | None, str | None, str | None]

FORMS: dict[str, tuple[str, list[Found]]] = {
    "head over three lines, the unit in the last": (
        """
Electric Service
Meter       Previous      Current       Meter         Total
Number      Reading       Reading       Constant      Usage
            03/01/2024    04/01/2024                  (kWh)
88120034    10412         10999         1             587
""",
        [("88120034", "587", "kWh")],
    ),
    "one line, the unit in the head": (
        """
Meter No.     Previous     Present     Multiplier     kWh Used
5510338       2010         2075        40             2,600
""",
        [("5510338", "2600", "kWh")],
    ),
    "two commodities, the meter in the first column": (
        """
Service       Meter         Prior       Present     Usage     Unit
Electric      E1180223      20110       20910       800       kWh
Gas           G4410998      3310        3361        51        Therms
""",
        [("E1180223", "800", "kWh"), ("G4410998", "51", "thm (US)")],
    ),
    "a label and a value each": (
        """
Electric Service Details
Meter Number:              77120045
Current Reading:           45,231
Previous Reading:          44,719
Multiplier:                1
Total Usage:               512 kWh
""",
        [("77120045", "512", "kWh")],
    ),
    "stacked labels over values": (
        """
Water service
METER NUMBER      PREVIOUS READ     CURRENT READ     CONSUMPTION
70993412          1204              1231             27 CCF
""",
        [("70993412", "27", "CCF")],
    ),
    "a heading over its readings, twice": (
        """
Electric Service
Meter # 33100871
Previous Reading     Current Reading     Usage
10210                10650               440 kWh

Meter # 33100872
Previous Reading     Current Reading     Usage
80114                80214               100 kWh
""",
        [("33100871", "440", "kWh"), ("33100872", "100", "kWh")],
    ),
    "headings within one table": (
        """
Electric Service
Description       Previous     Current     Usage (kWh)
Meter 4471002
Reading           500          900         400
Meter 4471003
Reading           7100         7350        250
""",
        [("4471002", "400", "kWh"), ("4471003", "250", "kWh")],
    ),
    "the meter under its service": (
        """
Water & Sewer
Service         Previous     Present     Usage      Amount
                Reading      Reading     1,000 gal
Water           331          340         9          61.10
 Meter 61200931
Irrigation      120          135         15         88.50
 Meter 61200932
Sewer                                               44.00
""",
        [("61200931", "9", "kgal (US)"), ("61200932", "15", "kgal (US)")],
    ),
    "a sentence": (
        """
Your electricity
Meter 20993418 recorded a reading of 33,120 on 1 May 2024.
Meter number 20993418. You used 614 kWh in this period.
""",
        [("20993418", "614", "kWh")],
    ),
    "registers of one meter and a second meter": (
        """
Electricity meter reads
Meter number    Register      Type        Start read    End read    Usage (kWh)
90441           Peak          Actual      1200          1500        300
90441           Off-peak      Actual      8000          8450        450
90877           Hot water     Actual      310           430         120
""",
        [("90441", "750", "kWh"), ("90877", "120", "kWh")],
    ),
    "flags beside the readings": (
        """
Electricity supply
Meter serial    Previous         Present          Advance    Multi-    Consumption
number          01/03/24         31/03/24                    plier     kWh
K17C40031       10500     A      10650     E      150        10        1,500
""",
        [("K17C40031", "1500", "kWh")],
    ),
    "last year beside it": (
        """
Natural gas service
Meter: 5519832
Therms used this period          44
Therms used same period last year   61
Average daily therms              1.4
""",
        [("5519832", "44", "thm (US)")],
    ),
    "a box beside the charges": (
        """
Details of Gas Charges                                          Service Information
03/01/2024 - 04/01/2024                                         Meter #                 5120774
Gas Usage              52.250000 Therms @ $1.50000      $78.38  Current Meter Reading   3,412
Public Purpose         52.250000 Therms @ $0.08000       $4.18  Prior Meter Reading     3,362
Total Gas Charges                                       $82.56  Difference              50
                                                                Multiplier              1.045000
                                                                Total Usage             52.250000 Therms
""",
        [("5120774", "52.250000", "thm (US)")],
    ),
    "two services, each with labels of its own": (
        """
ELECTRIC SERVICE                   Rate: RS-1
Meter Number: 7710023              Service Period: 03/01/2024 - 04/01/2024
Present Reading: 22,410            Previous Reading: 21,900
Usage: 510 kWh

WATER SERVICE                      Rate: W-2
Meter Number: 4093311              Service Period: 03/01/2024 - 04/01/2024
Present Reading: 812               Previous Reading: 805
Usage: 7 CCF
""",
        [("7710023", "510", "kWh"), ("4093311", "7", "CCF")],
    ),
    "the unit in a note": (
        """
Water Department
Meter No.      Previous     Present      Usage
66120043       4410         4433         23
Usage is billed in hundred cubic feet (CCF).
""",
        [("66120043", "23", "CCF")],
    ),
    "usage only in the charges": (
        """
Electric charges for meter number 30118842
Energy Charge          812 kWh @ $0.1120       $90.94
Fuel Adjustment        812 kWh @ $0.0210       $17.05
Total Electric Charges                        $107.99
""",
        [("30118842", "812", "kWh")],
    ),
    "demand and reactive beside energy": (
        """
Electric Meter Information
Meter         Type      Previous    Current    Difference   Multiplier   Usage
4471190       kWh       5100        5350       250          80           20,000 kWh
4471190       kW                    0.95                    80           76 kW
""",
        [("4471190", "20000", "kWh")],
    ),
    "days and readings in one cell": (
        """
Electricity
Meter ID         Last read              This read              Used
70012233         1 Mar 2024 12,400      1 Apr 2024 12,910      510 kWh
""",
        [("70012233", "510", "kWh")],
    ),
    "two totals that differ": (
        """
Electric service
Meter Number: 7712004
Total Usage: 512 kWh
Total Usage: 612 kWh
""",
        [("7712004", None, None)],
    ),
}


def read(text: str) -> bill.Reading:
    paper = Paper(LETTER)
    paper.page()
    lines = ["CITY OF ALDERTON UTILITIES      ALDERTON, OH 44102", *text.splitlines()]
    for place, line in enumerate(lines):
        for column, part in _parts(line):
            paper.put(30 + 5.4 * column, 60 + 12 * place, part, 9, MONO)
    document = pdfium.PdfDocument(paper.data())
    try:
        return bill.read([page_words(page, ocr="never") for page in document])
    finally:
        document.close()


def _parts(line: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for part in line.split("  "):
        if part.strip():
            found.append((at + len(part) - len(part.lstrip()), part.strip()))
        at += len(part) + 2
    return found


@pytest.mark.parametrize("form", FORMS)
def test_meters_and_their_usage_are_found_in(form: str) -> None:
    text, expected = FORMS[form]
    found = []
    for entry in read(text).document["usageData"]:
        number = next((one["value"] for one in entry["identifiers"] if one["name"] == "METER"), None)
        found.append((number, entry["usage"], entry["usageUnits"]))
    assert found == expected


def test_a_flag_beside_a_reading_says_that_it_is_an_estimate() -> None:
    text, _ = FORMS["flags beside the readings"]
    (entry,) = read(text).document["usageData"]
    assert entry["isEstimated"] is True
    (other,) = read(text.replace("     E  ", "     A  ")).document["usageData"]
    assert other["isEstimated"] is False
