"""Owns three more layouts that the reader is never tuned on, written before any of their readings was seen: a county's
services by the month, telephones with lines of their own, an Australian water account by the quarter.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import AU, US, Bill, Charge, Supply, charged, drawn
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, MONO, Paper

D = Decimal


# --- a county's services ---------------------------------------------------------------------------------------


def county(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 33))
    gallons, kwh = D(random.randint(2, 30) * 1000), D(random.randint(300, 2600))
    water = Supply("WATER", facts.digits(random, "70######"), gallons, "gal (US)", "gal", start, end)
    water.previous, water.current = facts.reading(random, gallons)
    power = Supply("ELECTRICITY", facts.digits(random, "E####-###"), kwh, "kWh", "kWh", start, end)
    power.previous, power.current = facts.reading(random, kwh)
    charges = [
        Charge("ELECTRIC", (kwh * D("0.1143") + D(14)).quantize(D("0.01")), supply=1),
        Charge("WATER", (gallons / 1000 * D("4.12") + 11).quantize(D("0.01"))),
        Charge("SEWER", (gallons / 1000 * D("6.87") + 9).quantize(D("0.01"))),
        Charge("STORMWATER FEE", D("6.25")),
        Charge("GARBAGE", D("22.40")),
    ]
    charges.append(Charge("UTILITY TAX", (charges[0].amount * D("0.06")).quantize(D("0.01")), tax=True))
    place = random.choice(("Fallston", "Mariposa Springs", "Beecher"))
    name = random.choice(
        (f"City of {place}", f"{place} Public Utilities", f"{place} County Utility Department")
    )
    hidden = ("invoiceId", "usageData.multiplier", "usageData.tariff", "usageData.isEstimated")
    bill = drawn(random, US, name, "##-####-##", [power, water], charges, *hidden)
    bill.commodity = "ELECTRICITY"
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 44, name, 14, BOLD)
    paper.lines(
        40,
        58,
        ["100 Courthouse Square", "Utility Billing Office (555) 555-0120", "Office hours 8:00 - 4:30"],
        8,
    )
    heads = ("ACCOUNT", "SERVICE FROM", "SERVICE TO", "BILL DATE", "DUE DATE")
    cells = (bill.account, *(US.digits(day) for day in (start, end, bill.issued, bill.due)))
    at = (40, 140, 240, 340, 440)
    paper.row(110, list(zip(at, heads, strict=True)), 7)
    paper.row(122, list(zip(at, cells, strict=True)), 9, BOLD)
    paper.put(40, 140, f"SERVICE ADDRESS: {bill.street.upper()}, {bill.town.upper()}", 8)
    columns = (40, 150, 230, 300, 370, 440)
    names = ("SERVICE", "METER", "PREVIOUS", "PRESENT", "USAGE", "AMOUNT")
    paper.row(170, list(zip(columns, names, strict=True)), 8, BOLD, 2)
    y = 186.0
    metered = {"ELECTRIC": power, "WATER": water}
    for charge in charges:
        one = metered.get(charge.text)
        paper.put(40, y, charge.text, 9, MONO)
        if one is not None:
            shown = (str(one.meter), f"{one.previous}", f"{one.current}", f"{one.usage} {one.shown.upper()}")
            paper.row(y, list(zip(columns[1:5], shown, strict=True)), 9, MONO, 1)
        paper.put(440, y, US.number(charge.amount, 2), 9, MONO, "right")
        y += 13
    rows = [
        ("CURRENT CHARGES", US.number(bill.current, 2)),
        ("PREVIOUS BALANCE", US.number(bill.previous, 2)),
        ("PAYMENTS", US.number(-bill.paid, 2)),
        ("AMOUNT DUE", US.money(bill.total)),
    ]
    y = paper.pairs(300, 440, y + 8, rows, 9, 13)
    late = US.number((bill.total * D("1.1")).quantize(D("0.01")), 2)
    paper.put(300, y, f"AFTER DUE DATE PAY {late}", 8)
    paper.put(40, y + 30, "Hydrant flushing will take place the first two weeks of next month.", 8)
    paper.put(40, 690, f"Make checks payable to: {name}", 9)
    paper.row(
        706,
        [(40, f"Account {bill.account}"), (240, f"Due {US.digits(bill.due)}"), (400, US.money(bill.total))],
    )
    return paper, bill


# --- telephones -----------------------------------------------------------------------------------------------


def wireless(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (30, 31))
    none = Supply("TELECOM", None, D(0), "", "", start, end)
    lines = random.randint(2, 5)
    charges = []
    for _ in range(lines):
        charges += [Charge("Unlimited plan", D("45.00")),
                    Charge("Device installment 7 of 36", D(random.randint(900, 3300)) / 100),
                    Charge("Surcharges and fees", D(random.randint(150, 420)) / 100)]  # fmt: skip
    charges.append(Charge("Government taxes and fees", D(random.randint(300, 900)) / 100, tax=True))
    name = random.choice(("Meridian Wireless", "Copperline Mobile", "Halo Communications"))
    hidden = ("serviceAddress",)
    bill = drawn(random, US, name, "2870########", [none], charges, *hidden)
    bill.paid = bill.previous
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 50, name, 18, BOLD)
    paper.lines(40, 90, [bill.customer, bill.street, bill.town], 9)
    rows = [("Page:", f"1 of {1 + (lines > 3)}"), ("Issue Date:", US.short(bill.issued)), ("Account Number:", bill.account),
            ("Invoice:", bill.invoice)]  # fmt: skip
    y = 50.0
    for label, value in rows:
        paper.put(470, y, label, 8, align="right")
        paper.put(475, y, value, 8)
        y += 11
    paper.fill(330, 120, 245, 70, 0.9)
    paper.put(345, 138, "Total due", 10)
    paper.put(345, 166, US.money(bill.total), 20, BOLD)
    paper.put(345, 182, f"AutoPay is scheduled for: {US.short(bill.due)}", 8)
    paper.put(40, 220, "Account summary", 13, BOLD)
    rows = [
        ("Your last bill", US.money(bill.previous)),
        (f"Payment, {start:%b} {start.day} - Thank you!", US.money(-bill.paid)),
        ("Remaining balance", US.money(D(0))),
    ]
    y = paper.pairs(40, 300, 238, rows, 9, 14)
    paper.put(40, y + 12, "Service summary", 13, BOLD)
    paper.put(40, y + 26, f"Billing period {US.short(start)} - {US.short(end)}", 8)
    y += 44
    for number in range(lines):
        own = charges[3 * number : 3 * number + 3]
        phone = facts.digits(random, "555.01#.####")
        paper.put(40, y, f"Wireless {phone}", 9)
        paper.put(300, y, US.money(sum((c.amount for c in own), D(0))), align="right")
        for charge in own:
            y += 12
            paper.put(52, y, charge.text, 8)
            paper.put(250, y, US.money(charge.amount), 8, align="right")
        y += 16
    paper.put(40, y, charges[-1].text, 9)
    paper.put(300, y, US.money(charges[-1].amount), align="right")
    paper.put(40, y + 18, "Total services", 10, BOLD)
    paper.put(300, y + 18, US.money(bill.current), 10, BOLD, "right")
    paper.put(40, y + 36, "Total due", 10, BOLD)
    paper.put(300, y + 36, US.money(bill.total), 10, BOLD, "right")
    paper.lines(330, 230, ["Ways to pay and manage your account:", "Visit the app, or call 611 from your wireless phone",
                           "Data used on all lines: 41.7 GB"], 8)  # fmt: skip
    paper.put(40, 760, f"(c) {bill.issued.year} {name} Intellectual Property. All rights reserved.", 7)
    return paper, bill


# --- water by the quarter --------------------------------------------------------------------------------------


def quarter(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (86, 94))
    used = D(random.randint(14, 140))
    one = Supply("WATER", facts.digits(random, "@@@@####"), used, "kL", "kL", start, end)
    one.previous = D(random.randint(100, 3600))
    one.current = one.previous + used
    charges = [
        charged("Water usage", used, "kL", "2.5000"),
        Charge("Water service charge", D("4.02")),
        Charge("Wastewater service charge", D("152.88")),
        Charge("Stormwater service charge", D("20.11")),
    ]
    name = random.choice(("Illawarra Water", "Port Jackson Water", "Yarra Plains Water"))
    hidden = ("taxCharges", "usageData.multiplier", "usageData.tariff", "usageData.isEstimated", "invoiceId")
    bill = drawn(random, AU, name, "#### ###", [one], charges, *hidden)
    paper = Paper(A4)
    paper.page()
    paper.put(40, 50, name, 20, BOLD)
    paper.put(40, 64, f"ABN 49 776 225 038   {name.lower().replace(' ', '')}.example", 7)
    paper.put(40, 92, "Account for residential property", 12, BOLD)
    paper.lines(40, 112, [bill.customer, bill.street, bill.town], 10)
    at = (330, 450)
    named = (
        ("Account number", bill.account),
        ("Date of issue", AU.long(bill.issued)),
        ("Payment due", AU.long(bill.due)),
        ("Amount owing", AU.money(bill.total)),
    )
    for place, (label, value) in enumerate(named):
        paper.put(at[place % 2], 100 + 36 * (place // 2), label, 8)
        paper.put(at[place % 2], 113 + 36 * (place // 2), value, 11, BOLD)
    paper.put(40, 190, "Property location", 8)
    paper.put(40, 203, f"{bill.street}, {bill.town}", 9)
    paper.put(40, 240, "Account summary", 12, BOLD)
    rows = [
        ("Last account", AU.money(bill.previous)),
        ("Payments received", f"{AU.money(bill.paid)} CR"),
        ("Balance", AU.money(bill.previous - bill.paid)),
        ("Fixed charges", AU.money(sum((c.amount for c in charges[1:]), D(0)))),
        ("Usage charges", AU.money(charges[0].amount)),
        ("Current charges", AU.money(bill.current)),
        ("Total amount due", AU.money(bill.total)),
    ]
    y = paper.pairs(40, 290, 258, rows, 9, 14)
    paper.put(330, 240, "Your water use", 12, BOLD)
    paper.put(330, 256, f"{AU.short(start)} to {AU.short(end)} ({one.days} days)", 9)
    columns = (330, 420, 480, 530)
    paper.row(
        274, list(zip(columns, ("Meter number", "Reading", "Previous", "Use (kL)"), strict=True)), 7, BOLD
    )
    paper.row(
        286,
        list(zip(columns, (str(one.meter), f"{one.current}", f"{one.previous}", f"{used}"), strict=True)),
        9,
    )
    paper.put(330, 304, f"Average daily use {used * 1000 / one.days:.0f} litres", 8)
    paper.put(330, 316, "A household of two uses about 400 litres a day", 8)
    paper.put(40, y + 20, "Details of charges", 12, BOLD)
    y += 38
    for charge in charges:
        how = f"{charge.quantity} kL at ${charge.rate} per kL" if charge.rate is not None else ""
        paper.row(y, [(40, charge.text), (220, how)])
        paper.put(520, y, AU.money(charge.amount), align="right")
        y += 13
    paper.put(
        40,
        740,
        f"Biller code 45435   Ref: {facts.digits(random, '#### #### ###')}   BPAY this payment by internet or phone",
        8,
    )
    return paper, bill
