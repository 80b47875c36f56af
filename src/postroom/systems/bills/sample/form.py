"""Owns two layouts of invented utilities: a line-printer form of a city with two meters, a letter in sentences.

They were written before the reader, and held back until those of `held` took their place.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import (
    UK,
    US,
    Bill,
    Charge,
    Supply,
    cents,
    charged,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, MONO, SERIF, Paper

D = Decimal


# --- a city's line-printer form ------------------------------------------------------------------------------


def _city_facts(random: Random) -> Bill:
    start, end = facts.period(random, (28, 33))
    kwh, water = D(random.randint(280, 1900)), D(random.randint(2, 19))
    multiplier = D(random.choice((1, 1, 40)))
    kwh *= multiplier
    power = Supply("ELECTRICITY", facts.digits(random, "E#######"), kwh, "kWh", "KWH", start, end)
    power.previous, power.current = facts.reading(random, kwh, multiplier)
    power.multiplier, power.tariff = multiplier, random.choice(("RS-1", "GS-2", "R-10"))
    tap = Supply("WATER", facts.digits(random, "#######W"), water, "CCF", "CCF", start, end)
    tap.previous, tap.current = facts.reading(random, water)
    tap.multiplier, tap.tariff = D(1), random.choice(("W-5/8", "WR-2"))
    charges = [
        Charge("ELECTRIC SERVICE CHARGE", D("14.50")),
        charged("ELECTRIC ENERGY CHARGE", kwh, "KWH", "0.1124"),
        charged("POWER COST ADJUSTMENT", kwh, "KWH", "0.0185"),
        Charge("WATER BASE CHARGE", D("19.75")),
        charged("WATER CONSUMPTION", water, "CCF", "3.86"),
        Charge("SEWER SERVICE", cents(water * D("4.41") + 11)),
        Charge("REFUSE COLLECTION", D("22.40")),
    ]
    charges.append(taxed("UTILITY USERS TAX", charges[:3], "6.5"))
    previous, paid = facts.carried(random)
    issued = facts.after(random, end, 2, 6)
    city = random.choice(("BRANTWOOD", "LAKE ELMORE", "PORT SELWYN", "HARLAN MILLS"))
    return Bill(
        US,
        f"City of {city.title()} Utilities",
        facts.digits(random, "##-######-0#"),
        "",
        facts.person(random).upper(),
        facts.street(random, US).upper(),
        facts.town(random, US).upper(),
        [power, tap],
        charges,
        issued,
        facts.after(random, issued, 14, 21),
        previous,
        paid,
        "ELECTRICITY",
        {"invoiceId"},
    )


def city(random: Random) -> tuple[Paper, Bill]:
    bill = _city_facts(random)
    paper = Paper(LETTER)
    paper.page()

    def at(column: int, line: int, text: str) -> None:
        paper.put(30 + 5.4 * column, 40 + 12 * line, text, 9, MONO)

    at(0, 0, bill.provider.upper())
    at(0, 1, "UTILITY BILLING DIVISION   100 CIVIC CENTER PLAZA")
    at(0, 2, "OFFICE HOURS 8:00 AM - 4:30 PM   (555) 013-4477")
    for column, label, value in (
        (0, "ACCOUNT NUMBER", bill.account),
        (18, "BILLING DATE", US.digits(bill.issued)),
        (34, "SERVICE ADDRESS", f"{bill.street}"),
        (62, "DUE DATE", US.digits(bill.due)),
        (76, "AMOUNT DUE", US.money(bill.total)),
    ):
        at(column, 5, label)
        at(column, 6, value)
    at(34, 7, bill.town)
    at(0, 10, "SVC METER     SERVICE PERIOD        ---- METER READINGS ----  MULTI-   USAGE   UNIT RATE")
    at(0, 11, "    NUMBER    FROM       TO         PREVIOUS     PRESENT      PLIER                 CODE")
    for line, (kind, supply) in enumerate(zip(("EL", "WA"), bill.supplies, strict=True), start=12):
        at(0, line, kind)
        at(4, line, str(supply.meter))
        at(14, line, US.digits(supply.start, year="%y"))
        at(25, line, US.digits(supply.end, year="%y"))
        at(36, line, f"{supply.previous:>8}     {supply.current:>8}     {supply.multiplier:>4}")
        at(65, line, f"{supply.usage:>7}   {supply.shown}  {supply.tariff}")
    at(0, 16, "PREVIOUS BALANCE")
    at(60, 16, f"{US.number(bill.previous, 2):>12}")
    at(0, 17, "PAYMENTS RECEIVED - THANK YOU")
    at(60, 17, f"{US.number(bill.paid, 2) + ('CR' if bill.paid else ''):>12}")
    line = 19
    for charge in bill.charges:
        at(0, line, charge.text)
        if charge.rate is not None:
            at(32, line, f"{charge.quantity} {charge.unit} @ {charge.rate}")
        at(60, line, f"{US.number(charge.amount, 2):>12}")
        line += 1
    at(0, line, "TOTAL CURRENT CHARGES")
    at(60, line, f"{US.number(bill.current, 2):>12}")
    at(0, line + 2, "TOTAL AMOUNT DUE")
    at(60, line + 2, f"{US.number(bill.total, 2):>12}")
    at(0, line + 4, "A PENALTY OF 5 PERCENT IS ADDED AFTER THE DUE DATE. RETURNED CHECKS ARE CHARGED $35.00.")
    at(0, line + 5, "CONSUMPTION LAST YEAR SAME MONTH: 702 KWH, 6 CCF.  AVERAGE DAILY USE 23.4 KWH.")
    at(0, 46, "- " * 45)
    at(0, 48, "PLEASE DETACH AND RETURN THIS STUB WITH YOUR PAYMENT TO THE " + bill.provider.upper())
    at(0, 50, bill.customer)
    at(0, 51, bill.street)
    at(0, 52, bill.town)
    at(50, 50, f"ACCOUNT NUMBER         {bill.account}")
    at(50, 51, f"PAY BY {US.digits(bill.due)}      {US.money(bill.total)}")
    at(50, 52, f"IF PAID AFTER          {US.money(cents(bill.total * D('1.05')))}")
    return paper, bill


# --- a letter in sentences -----------------------------------------------------------------------------------


def _letter_facts(random: Random) -> Bill:
    start, end = facts.period(random, (84, 95))
    cubic = D(random.randint(60, 640))
    kwh = cents(cubic * D("1.02264") * D("39.4") / D("3.6"))
    gas = Supply("GAS", facts.digits(random, "G4@########"), kwh, "kWh", "kWh", start, end)
    gas.previous, gas.current = facts.reading(random, cubic)
    gas.estimated = random.random() < 0.4
    gas.tariff = random.choice(("Standard Variable", "Fixed Until May", "Simple Saver"))
    gas.identifiers = {"MPR": facts.digits(random, "##########")}
    charges = [
        charged("Gas used", kwh, "kWh", "0.0623"),
        charged("Standing charge", D(gas.days), "days", "0.3166"),
    ]
    charges.append(taxed("VAT at 5%", charges, "5"))
    previous, paid = facts.carried(random)
    issued = facts.after(random, end, 1, 5)
    name = random.choice(("Penbury Gas", "Northmoor Energy", "Ellacombe Gas & Heat", "Tarn Energy"))
    return Bill(
        UK,
        name,
        facts.digits(random, "#### #### ####"),
        facts.digits(random, "##########"),
        facts.person(random),
        facts.street(random, UK),
        facts.town(random, UK),
        [gas],
        charges,
        issued,
        facts.after(random, issued, 14, 18),
        previous,
        paid,
        "GAS",
    )


def letter(random: Random) -> tuple[Paper, Bill]:
    bill = _letter_facts(random)
    gas = bill.supplies[0]
    paper = Paper(A4)
    paper.page()
    paper.put(50, 60, bill.provider, 20, SERIF)
    paper.lines(50, 120, [bill.customer, bill.street, *bill.town.rsplit(" ", 2)[:1]], 10)
    paper.put(50, 160, " ".join(bill.town.rsplit(" ", 2)[1:]), 10)
    bill.town = " ".join(bill.town.split())
    paper.lines(
        350,
        120,
        [
            f"Your customer account number: {bill.account}",
            f"Bill number: {bill.invoice}",
            f"Bill date: {UK.long(bill.issued)}",
        ],
        9,
    )
    paper.put(50, 210, f"Your gas bill for {UK.long(bill.start)} to {UK.long(bill.end)}", 14, BOLD)
    paper.lines(
        50,
        240,
        [
            "Hello, here is your latest bill. We have worked it out from your meter readings, which are shown",
            "overleaf. If you think that a reading is wrong, please tell us within 14 days.",
        ],
        10,
    )
    paper.put(50, 290, "What was on your last bill", 10)
    paper.put(400, 290, UK.money(bill.previous), 10, align="right")
    paper.put(50, 308, "What you have paid since then", 10)
    paper.put(400, 308, UK.money(-bill.paid), 10, align="right")
    paper.put(50, 326, "Cost of the gas you have used this time (including VAT)", 10)
    paper.put(400, 326, UK.money(bill.current), 10, align="right")
    paper.rule(50, 334, 400)
    paper.put(50, 350, "Total to pay", 12, BOLD)
    paper.put(400, 350, UK.money(bill.total), 12, BOLD, "right")
    paper.put(50, 375, f"Please pay us by {UK.long(bill.due)}.", 10)
    paper.lines(
        50,
        420,
        [
            "About your tariff: our cheapest similar tariff could save you £42.10 a year. You use about",
            "11,480 kWh a year, which costs around £812.00. Remember that prices changed on 1 April 2023.",
        ],
        9,
    )
    paper.put(50, 800, f"{bill.provider} is a trading name of {bill.provider} Supply Limited.", 7)
    paper.put(50, 810, "Registered in England and Wales No. 09123456. VAT registration 123 4567 89.", 7)
    paper.page()
    paper.put(50, 60, "How we worked out your bill", 14, BOLD)
    paper.lines(
        50,
        90,
        [
            f"Supply address: {bill.street}, {bill.town}",
            f"Meter point reference number (MPRN): {gas.identifiers['MPR']}",
            f"Meter serial number: {gas.meter}",
            f"Your tariff: {gas.tariff}",
        ],
        9,
    )
    kind = "Estimated" if gas.estimated else "Actual"
    paper.row(160, [(50, "Date"), (180, "Meter reading"), (300, "How we got it")], 9, BOLD)
    paper.row(175, [(50, UK.long(bill.start)), (180, f"{gas.previous}"), (300, "Actual")])
    paper.row(190, [(50, UK.long(bill.end)), (180, f"{gas.current}"), (300, kind)])
    cubic = (gas.current or D(0)) - (gas.previous or D(0))
    paper.lines(
        50,
        215,
        [
            f"You have used {cubic} cubic metres of gas. To turn that into kilowatt hours we multiply by "
            f"1.02264",
            "(volume correction) and by 39.4 (calorific value), then divide by 3.6.",
            f"That makes {UK.number(gas.usage, 2)} kWh.",
        ],
    )
    y = 270.0
    for charge in bill.charges[:-1]:
        price = (charge.rate or D(0)) * 100
        paper.put(50, y, f"{charge.text}: {UK.number(charge.quantity or D(0))} {charge.unit} at {price:f}p")
        paper.put(400, y, UK.money(charge.amount), align="right")
        y += 15
    net = bill.current - bill.tax
    paper.put(50, y + 5, "Cost before VAT")
    paper.put(400, y + 5, UK.money(net), align="right")
    paper.put(50, y + 20, f"{bill.charges[-1].text} on {UK.money(net)}")
    paper.put(400, y + 20, UK.money(bill.tax), align="right")
    paper.put(50, y + 40, "Total cost of gas", 10, BOLD)
    paper.put(400, y + 40, UK.money(bill.current), 10, BOLD, "right")
    paper.page()
    paper.put(50, 60, "Help and complaints", 14, BOLD)
    paper.lines(
        50, 90, ["If you smell gas call 0800 555 0199.", "Write to us at PO Box 77, Leeds LS1 1AA."] * 4
    )
    return paper, bill
