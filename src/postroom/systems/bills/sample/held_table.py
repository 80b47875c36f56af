"""Owns the other two layouts that the reader is never tuned on: Australian registers, a city's services in one table.

Written before the reader was tuned, not looked at while tuning; only scored. See `held`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import (
    AU,
    US,
    Bill,
    Charge,
    Supply,
    cents,
    charged,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, SANS, SERIF, Paper

D = Decimal


# --- Australian reads and registers, with a controlled load on a meter of its own -------------------------------


def _registers_facts(random: Random) -> Bill:
    start, end = facts.period(random, (86, 93))
    parts = [
        ("Peak", "PEAK", D(random.randint(180, 900))),
        ("Shoulder", "SHOULDER", D(random.randint(90, 600))),
        ("Off-peak", "OFF_PEAK", D(random.randint(120, 800))),
    ]
    usage = sum((part[2] for part in parts), D(0))
    main = Supply("ELECTRICITY", facts.digits(random, "70#####"), usage, "kWh", "kWh", start, end)
    main.parts = parts
    main.estimated = random.random() < 0.3
    main.identifiers = {"NMI": facts.digits(random, "4#########") + str(random.randint(0, 9))}
    load = D(random.randint(150, 1100))
    boiler = Supply("ELECTRICITY", facts.digits(random, "88#####"), load, "kWh", "kWh", start, end)
    boiler.previous, boiler.current = facts.reading(random, load)
    boiler.estimated = main.estimated
    charges = [
        charged("Peak", parts[0][2], "kWh", "0.51700"),
        charged("Shoulder", parts[1][2], "kWh", "0.30910"),
        charged("Off-peak", parts[2][2], "kWh", "0.22440"),
        charged("Controlled load 1", load, "kWh", "0.17930", supply=1),
        charged("Supply charge", D(main.days), "days", "0.99770"),
        Charge("Seniors rebate", D("-60.00")),
    ]
    charges.append(taxed("Total GST", charges, "10"))
    previous, paid = facts.carried(random, 150, 600)
    issued = facts.after(random, end, 2, 6)
    bill = Bill(
        AU, random.choice(("Banksia Energy", "Origami Power Australia", "Lyrebird Retail Electricity")),
        facts.digits(random, "5## ### ###"), facts.digits(random, "T##########"), facts.person(random),
        facts.street(random, AU), facts.town(random, AU), [main, boiler], charges, issued,
        facts.after(random, issued, 13, 21), previous, paid,
    )  # fmt: skip
    bill.hide("usageData.tariff")
    return bill


def registers(random: Random) -> tuple[Paper, Bill]:
    bill = _registers_facts(random)
    paper = Paper(A4)
    paper.page()
    paper.fill(0, 0, 595, 70, 0.85)
    paper.put(40, 44, bill.provider, 20, BOLD)
    paper.put(555, 36, "Electricity account", 11, BOLD, "right")
    paper.put(555, 52, "TAX INVOICE", 9, SANS, "right")
    paper.lines(40, 104, [bill.customer, bill.street, bill.town], 10)
    for line, (label, value) in enumerate(
        (
            ("Account number", bill.account),
            ("Invoice number", bill.invoice),
            ("Issue date", AU.short(bill.issued)),
            ("Bill period", f"{AU.short(bill.start)} - {AU.short(bill.end)}"),
        )
    ):
        paper.put(330, 100 + 14 * line, label, 9)
        paper.put(430, 100 + 14 * line, value, 9, BOLD)
    paper.put(40, 190, "Amount due", 10)
    paper.put(40, 216, AU.money(bill.total), 24, BOLD)
    paper.put(220, 190, "Due by", 10)
    paper.put(220, 216, AU.short(bill.due), 18, BOLD)
    paper.put(40, 260, "Account summary", 12, BOLD)
    rows = (
        ("Previous balance", AU.money(bill.previous)),
        ("Payments received", f"{AU.money(bill.paid)}cr" if bill.paid else AU.money(D(0))),
        ("Balance carried forward", AU.money(bill.previous - bill.paid)),
        ("This bill (including GST)", AU.money(bill.current)),
    )
    paper.pairs(40, 330, 280, rows)
    paper.put(360, 260, "Compare your home", 12, BOLD)
    paper.lines(360, 280, ["1 person 8.4 kWh a day", "2 people 12.0 kWh a day", "You 15.1 kWh a day"])
    paper.put(40, 360, "Supply address", 9, BOLD)
    paper.put(40, 373, f"{bill.street}, {bill.town}", 9)
    paper.put(40, 810, f"{bill.provider} Pty Limited ABN 71 008 441 992  PO Box 4100 Sydney NSW 2001", 7)
    _registers_detail(paper, bill)
    return paper, bill


def _registers_detail(paper: Paper, bill: Bill) -> None:
    main, boiler = bill.supplies
    paper.page()
    paper.put(40, 50, "How we worked out this bill", 13, BOLD)
    paper.put(40, 68, f"National Metering Identifier (NMI): {main.identifiers['NMI']}", 9)
    paper.put(40, 80, f"Next meter read due {AU.short(bill.end + timedelta(91))}", 9)
    columns = (40, 110, 205, 300, 380, 470)
    heads = ("Meter number", "Register", "Read type", "Start read", "End read", "Usage (kWh)")
    paper.row(104, list(zip(columns, heads, strict=True)), 8, BOLD, 3)
    kind = "Estimate" if main.estimated else "Actual"
    y, old = 118.0, D(4107)
    rows: list[tuple[Supply, str, D, D | None]] = [
        (main, label, usage, None) for label, _, usage in main.parts
    ]
    rows.append((boiler, "Controlled load", boiler.usage, boiler.previous))
    for one, label, usage, previous in rows:
        begin = old if previous is None else previous
        cells = (str(one.meter), label, kind, f"{begin}", f"{begin + usage}", f"{usage}")
        paper.row(y, list(zip(columns, cells, strict=True)), 8, right=3)
        y, old = y + 12, old + 12251
    y += 24
    places = (40, 300, 380, 470)
    paper.row(y, list(zip(places, ("Charges", "Units", "Price", "Amount"), strict=True)), 8, BOLD, 1)
    for charge in bill.charges[:-1]:
        y += 13
        line = [(40.0, charge.text), (470.0, AU.money(charge.amount))]
        if charge.rate is not None:
            line[1:1] = [(300, f"{charge.quantity} {charge.unit}"), (380, f"${charge.rate}")]
        paper.row(y, line, 8, right=1)
    for label, amount in (
        ("Total charges excluding GST", bill.current - bill.tax),
        ("Total GST", bill.tax),
        ("Total charges", bill.current),
    ):
        y += 15
        paper.put(40, y, label, 9, BOLD)
        paper.put(470, y, AU.money(amount), 9, BOLD, "right")
    paper.put(40, y + 40, "Your average daily usage", 9, BOLD)
    whole = main.usage + boiler.usage
    paper.put(40, y + 53, f"{whole / main.days:.1f} kWh this bill, 14.2 kWh same time last year", 8)


# --- a city's water bill, its services in one table --------------------------------------------------------------


def _services_facts(random: Random) -> Bill:
    start, end = facts.period(random, (28, 33))
    used = D(random.randint(2, 24))
    water = Supply("WATER", facts.digits(random, "4#######"), used, "kgal (US)", "1,000 GAL", start, end)
    water.previous, water.current = facts.reading(random, used)
    supplies = [water]
    charges = [Charge("Water", cents(D("18.20") + used * D("4.67")))]
    if random.random() < 0.5:
        sprayed = D(random.randint(1, 30))
        lawn = Supply(
            "WATER", facts.digits(random, "9#######"), sprayed, "kgal (US)", "1,000 GAL", start, end
        )
        lawn.previous, lawn.current = facts.reading(random, sprayed)
        supplies.append(lawn)
        charges.append(Charge("Irrigation", cents(sprayed * D("5.90")), supply=1))
    charges += [
        Charge("Sewer", cents(D("12.85") + used * D("5.12"))),
        Charge("Storm Water", D("6.50")),
        Charge("Solid Waste", D("19.75")),
    ]
    previous, paid = facts.carried(random)
    issued = facts.after(random, end, 3, 8)
    city = random.choice(("Ashgrove", "Cold Spring", "Mirror Lake", "Tuckerton"))
    bill = Bill(
        US, random.choice((f"City of {city}", f"Town of {city}", f"{city} Municipal Utilities")),
        facts.digits(random, "###-#####-##"), "", facts.person(random), facts.street(random, US),
        facts.town(random, US), supplies, charges, issued, facts.after(random, issued, 18, 22), previous, paid,
        "WATER",
    )  # fmt: skip
    bill.hide("invoiceId", "taxCharges", "usageData.tariff", "usageData.multiplier", "usageData.isEstimated")
    return bill


def services(random: Random) -> tuple[Paper, Bill]:
    bill = _services_facts(random)
    paper = Paper(LETTER)
    paper.page()
    paper.put(306, 50, bill.provider, 16, SERIF, "centre")
    paper.put(306, 64, "Water & Sewer Department - 12 Main Street - (555) 014-7731", 8, SERIF, "centre")
    paper.lines(40, 100, [bill.customer, bill.street, bill.town], 10)
    boxes = (
        ("Account Number", bill.account),
        ("Bill Date", US.digits(bill.issued)),
        ("Due Date", US.digits(bill.due)),
        ("Total Due", US.money(bill.total)),
    )
    for place, (label, value) in enumerate(boxes):
        x = 300 + 138 * (place % 2)
        y = 92 + 40 * (place // 2)
        paper.fill(x, y, 130, 34, 0.9)
        paper.put(x + 65, y + 12, label, 8, BOLD, "centre")
        paper.put(x + 65, y + 27, value, 10, SANS, "centre")
    paper.put(40, 190, f"Service Location: {bill.street}, {bill.town}", 9)
    span = f"{US.digits(bill.start)} to {US.digits(bill.end)}"
    paper.put(40, 204, f"For service from {span} ({bill.supplies[0].days} days)", 9)
    _services_table(paper, bill)
    paper.put(
        40, 520, "Water use is measured in thousands of gallons. Average household: 5,000 gallons a month.", 8
    )
    paper.put(
        40, 532, "A $10.00 fee is added to bills paid after the due date. Shut-off follows after 30 days.", 8
    )
    paper.rule(40, 600, 572)
    paper.put(306, 614, "Detach and return with payment", 8, SERIF, "centre")
    paper.put(40, 640, f"Account: {bill.account}", 9)
    paper.put(40, 654, f"Service Location: {bill.street}, {bill.town}", 9)
    paper.put(400, 640, "Total Due", 9, BOLD)
    paper.put(572, 640, US.money(bill.total), 9, BOLD, "right")
    paper.put(400, 654, f"Due {US.digits(bill.due)}", 9)
    return paper, bill


def _services_table(paper: Paper, bill: Bill) -> None:
    columns = (40, 290, 370, 450, 572)
    paper.fill(40, 222, 532, 28, 0.85)
    paper.row(
        234,
        list(zip(columns, ("Service", "Previous", "Present", "Usage", "Amount"), strict=True)),
        9,
        BOLD,
        1,
    )
    paper.row(245, [(290, "Reading"), (370, "Reading"), (450, "(1,000 gal)")], 8, SANS, 0)
    y = 266.0
    for charge in bill.charges:
        one = bill.supplies[charge.supply]
        paper.put(40, y, charge.text, 9, BOLD)
        if charge.text in ("Water", "Irrigation"):
            cells = ((290.0, f"{one.previous}"), (370.0, f"{one.current}"), (450.0, f"{one.usage}"))
            paper.row(y, list(cells), 9, right=0)
        paper.put(572, y, US.number(charge.amount, 2), align="right")
        if charge.text in ("Water", "Irrigation"):
            y += 12
            paper.put(52, y, f"Meter {one.meter}", 8)
        y += 15
    paper.rule(370, y - 6, 572)
    rows = (
        ("Current Charges", US.number(bill.current, 2)),
        ("Previous Balance", US.number(bill.previous, 2)),
        ("Payments", US.number(-bill.paid, 2)),
        ("Total Due", US.money(bill.total)),
    )
    paper.pairs(370, 572, y + 8, rows)
