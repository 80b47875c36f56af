"""Owns the layouts of invented utilities of the United Kingdom."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample import listed
from postroom.systems.bills.sample.fact import (
    UK,
    Bill,
    Charge,
    Supply,
    cents,
    charged,
    drawn,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, SANS, SERIF, Paper

D = Decimal


# --- British electricity: a big number up front, day and night registers ------------------------------------


def uk_power(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (85, 94))
    day, night = D(random.randint(350, 1500)), D(random.randint(120, 700))
    one = Supply("ELECTRICITY", facts.digits(random, "@##@#####"), day + night, "kWh", "kWh", start, end)
    one.parts = [("Day", "PEAK", day), ("Night", "OFF_PEAK", night)]
    one.estimated = random.random() < 0.4
    one.tariff = random.choice(("Economy 7 Standard", "Fix & Protect May 2026", "Green Day Night v3"))
    one.identifiers = {"POD": facts.digits(random, "## #### #### ###")}
    charges = [
        charged("Day units", day, "kWh", "0.2877"),
        charged("Night units", night, "kWh", "0.1344"),
        charged("Standing charge", D(one.days), "days", "0.5401"),
    ]
    charges.append(taxed("VAT @ 5.0%", charges, "5"))
    name = random.choice(("Thameside Energy", "Pennine Electric", "Cotswold Power"))
    bill = drawn(random, UK, name, "A-####@###", [one], charges)
    bill.hide("usageData.previousReading", "usageData.currentReading", "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(545, 60, bill.provider, 18, BOLD, "right")
    paper.lines(50, 110, [bill.customer, bill.street, bill.town], 10)
    paper.pairs(
        340,
        545,
        110,
        (
            ("Account number", bill.account),
            ("Bill reference", bill.invoice),
            ("Date of bill", UK.short(bill.issued)),
        ),
    )
    paper.put(50, 200, "Your electricity statement", 18, SERIF)
    paper.put(50, 218, f"Bill period: {UK.short(start)} - {UK.short(end)}", 10)
    paper.fill(50, 240, 240, 60, 0.88)
    paper.put(62, 258, "Please pay", 10)
    paper.put(62, 288, UK.money(bill.total), 22, BOLD)
    paper.put(180, 288, f"by {UK.short(bill.due)}", 10)
    paper.pairs(
        320,
        545,
        250,
        (
            ("Previous balance", UK.money(bill.previous)),
            ("Payments received", f"{UK.money(bill.paid)} CR" if bill.paid else UK.money(D(0))),
            ("Charges this period", UK.money(bill.current)),
            ("Account balance", UK.money(bill.total)),
        ),
    )
    paper.put(50, 340, "Could you pay less?", 11, BOLD)
    paper.lines(
        50,
        356,
        [
            "Our cheapest tariff is Saver Online. You could save £61.20 a year by moving to it.",
            "Your estimated annual usage is 4,310 kWh. Personal projection £1,204.77.",
        ],
    )
    paper.put(50, 380, "Emergency? Call 105. Lost supply? Call your network operator on 0800 555 0105.", 8)
    paper.put(50, 805, f"{bill.provider} Limited. Registered in England and Wales number 03782949.", 7)
    paper.page()
    paper.put(50, 60, "Your electricity in detail", 14, BOLD)
    paper.put(50, 80, f"Supply address: {bill.street}, {bill.town}", 9)
    paper.put(50, 94, f"Supply number (MPAN)  {one.identifiers['POD']}", 9)
    paper.put(50, 108, f"Tariff name  {one.tariff}", 9)
    paper.put(50, 122, f"Meter number  {one.meter}", 9)
    columns = (50, 120, 260, 400, 545)
    first, last = f"{start:%d/%m/%y}", f"{end:%d/%m/%y}"
    heads = ("Register", f"Start {first}", f"End {last}", "Units", "kWh used")
    paper.row(150, list(zip(columns, heads, strict=True)), 8, BOLD, 3)
    old = D(random.randint(2000, 40000))
    kind = "estimated by us" if one.estimated else "actual"
    y = 164.0
    for label, _, usage in one.parts:
        row = (label, f"{old} actual", f"{old + usage} {kind}", UK.number(usage), UK.number(usage))
        paper.row(y, list(zip(columns, row, strict=True)), 9, right=3)
        old += 7013
        y += 14
    paper.put(50, y, "Total units used", 9, BOLD)
    paper.put(545, y, f"{UK.number(one.usage)} kWh", 9, BOLD, "right")
    y += 30
    paper.put(50, y, "Your charges", 11, BOLD)
    for charge in charges[:3]:
        y += 15
        paper.put(50, y, charge.text)
        paper.put(
            200, y, f"{UK.number(charge.quantity or D(0))} {charge.unit} x {(charge.rate or D(0)) * 100:.2f}p"
        )
        paper.put(545, y, UK.money(charge.amount), align="right")
    paper.pairs(
        50,
        545,
        y + 18,
        (
            ("Total charges excluding VAT", UK.money(bill.current - bill.tax)),
            (charges[3].text, UK.money(bill.tax)),
            ("Total charges this period", UK.money(bill.current)),
        ),
    )
    paper.page()
    paper.put(50, 60, "About your estimates", 12, BOLD)
    paper.lines(
        50, 80, ["A reading is estimated when we could not read your meter.", "kWh: kilowatt hour."] * 4
    )
    return paper, bill


# --- British water in cubic metres --------------------------------------------------------------------------


def uk_water(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (170, 190))
    used = D(random.randint(15, 140))
    one = Supply("WATER", facts.digits(random, "##@#######"), used, "cubic m", "m³", start, end)
    one.previous, one.current = facts.reading(random, used)
    one.estimated = random.random() < 0.3
    charges = [
        charged("Water supply", used, "m³", "1.8243"),
        Charge("Water fixed charge", D("17.32")),
        charged("Wastewater", used, "m³", "1.4410"),
        Charge("Surface water drainage", D("24.11")),
    ]
    name = random.choice(("Severn Vale Water", "Mercia Water plc", "Anglian Fen Water"))
    bill = drawn(random, UK, name, "######### #", [one], charges, "invoiceId", "taxCharges")
    bill.hide("usageData.tariff", "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 60, bill.provider, 20, BOLD)
    paper.put(50, 90, "Your water services bill", 13, SANS)
    labels = (
        ("Your account number", bill.account),
        ("Date of this bill", UK.long(bill.issued)),
        ("This bill covers", f"{UK.long(start)} - {UK.long(end)}"),
        ("Property address", f"{bill.street}, {bill.town}"),
    )
    for line, (label, value) in enumerate(labels):
        paper.put(330, 60 + 26 * line, label, 8, BOLD)
        paper.put(330, 72 + 26 * line, value, 9)
    paper.lines(50, 130, [bill.customer, bill.street, bill.town], 10)
    paper.put(50, 210, "Summary", 12, BOLD)
    y = paper.pairs(
        50,
        330,
        228,
        (
            ("Balance brought forward", UK.money(bill.previous)),
            ("Less payments received", UK.money(bill.paid) + "-" if bill.paid else UK.money(D(0))),
            ("New charges", UK.money(bill.current)),
        ),
    )
    paper.put(50, y + 4, "Amount to pay", 12, BOLD)
    paper.put(330, y + 4, UK.money(bill.total), 12, BOLD, "right")
    paper.put(50, y + 22, f"Payment due by {UK.long(bill.due)}", 9)
    paper.put(50, 340, "How your charges were worked out", 12, BOLD)
    paper.put(50, 358, f"Meter serial no: {one.meter}", 9)
    flag = " E" if one.estimated else " A"
    paper.pairs(
        50,
        330,
        374,
        (
            (f"Latest meter reading {UK.short(end)}", f"{one.current}{flag}"),
            (f"Previous meter reading {UK.short(start)}", f"{one.previous} A"),
            ("Water used", f"{used} m³"),
        ),
    )
    at = listed.Columns(50, 200, 450)
    y = listed.charges(
        paper, 430, charges, at, lambda rate, one: f"{one.quantity} m³ at £{rate} per m³", UK.money
    )
    listed.total(paper, y + 4, at, "Total charges", UK.money(bill.current))
    paper.put(
        50, 600, "E means that we estimated the reading, A that we read the meter. VAT is not charged.", 8
    )
    paper.page()
    paper.put(50, 60, "Ways to pay", 12, BOLD)
    paper.lines(
        50, 80, ["By phone 0800 555 0166", "At a bank: please use the slip below.", "1 m³ is 1,000 litres."]
    )
    return paper, bill


# --- a British telephone bill ---------------------------------------------------------------------------------


def uk_telecom(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 31))
    one = Supply("TELECOM", None, D(0), "", "", start, end)
    charges = [
        Charge("Line rental and broadband", D("31.50")),
        Charge("Calls to UK landlines and mobiles", D(random.randint(100, 2900)) / 100),
        Charge("Static IP address", D("5.00")),
    ]
    charges.append(taxed("VAT at 20%", charges, "20"))
    name = random.choice(("Orwell Telecom", "Trent Mobile", "Wessex Broadband"))
    bill = drawn(random, UK, name, "@@ #### ####", [one], charges)
    bill.invoice = facts.digits(random, "M### Q#")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 60, bill.provider, 22, BOLD)
    paper.lines(50, 110, [bill.customer, bill.street, bill.town], 10)
    paper.lines(
        360,
        100,
        [
            f"Account number: {bill.account}",
            f"Invoice number: {bill.invoice}",
            f"Tax point: {UK.long(bill.issued)}",
            f"Bill period: {UK.long(start)} to {UK.long(end)}",
        ],
    )
    paper.put(50, 220, "Your phone and broadband bill", 14, BOLD)
    rows = [
        ("Last bill", UK.money(bill.previous)),
        ("Payments", UK.money(-bill.paid)),
        *((charge.text, UK.money(charge.amount)) for charge in charges),
        ("Total for this bill", UK.money(bill.current)),
    ]
    y = paper.pairs(50, 420, 245, rows, 10, 16)
    paper.put(50, y + 8, "Total due", 13, BOLD)
    paper.put(420, y + 8, UK.money(bill.total), 13, BOLD, "right")
    paper.put(50, y + 30, f"We will collect this by Direct Debit on or after {UK.long(bill.due)}.", 9)
    paper.put(50, y + 44, f"Installation address: {bill.street}, {bill.town}", 9)
    paper.page()
    paper.put(50, 60, "Itemised calls", 12, BOLD)
    for line in range(20):
        cost = D(random.randint(2, 99)) / 100
        row = [
            (50.0, f"{start:%d %b}"),
            (120, "10:42"),
            (200, facts.digits(random, "0#########")),
            (400, f"{cost}"),
        ]
        paper.row(80 + 13 * line, row, 8)
    return paper, bill


# --- British dual fuel: electricity and gas on one bill -------------------------------------------------------------


def dual(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (85, 95))
    units, cubic = D(random.randint(300, 1500)), D(random.randint(40, 500))
    kwh = cents(cubic * D("1.02264") * D("39.3") / D("3.6"))
    power = Supply("ELECTRICITY", facts.digits(random, "##K#######"), units, "kWh", "kWh", start, end)
    power.previous, power.current = facts.reading(random, units)
    power.tariff, power.identifiers = "Clear Fix v2", {"POD": facts.digits(random, "1## #### #### ###")}
    gas = Supply("GAS", facts.digits(random, "M###@########"), kwh, "kWh", "kWh", start, end)
    gas.previous, gas.current = facts.reading(random, cubic)
    gas.tariff, gas.identifiers = "Clear Fix Gas v2", {"MPR": facts.digits(random, "##########")}
    charges = [
        charged("Electricity used", units, "kWh", "0.2861"),
        charged("Electricity standing charge", D(power.days), "days", "0.5120"),
        charged("Gas used", kwh, "kWh", "0.0712"),
        charged("Gas standing charge", D(power.days), "days", "0.2911"),
    ]
    for place, charge in enumerate(charges):
        charge.supply = place // 2
    charges.append(taxed("VAT at 5%", charges, "5"))
    name = random.choice(("Heartland Energy", "Calder Energy", "Bright Hearth Gas & Power"))
    bill = drawn(random, UK, name, "85## #### ####", [power, gas], charges, "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 56, bill.provider, 18, BOLD)
    paper.lines(50, 110, [bill.customer, bill.street, bill.town], 10)
    paper.lines(
        360,
        100,
        [
            f"Account number {bill.account}",
            f"Bill number {bill.invoice}",
            f"Bill date {UK.long(bill.issued)}",
        ],
    )
    paper.put(50, 190, "Your energy bill", 16, BOLD)
    paper.put(50, 208, f"for the period {UK.short(start)} to {UK.short(end)}", 10)
    rows = (
        ("Your last balance", UK.money(bill.previous)),
        ("Your payments - thank you", UK.money(-bill.paid)),
        ("This bill's charges (including VAT)", UK.money(bill.current)),
    )
    y = paper.pairs(50, 380, 235, rows, 10, 16)
    paper.put(50, y + 6, "Total amount to pay", 12, BOLD)
    paper.put(380, y + 6, UK.money(bill.total), 12, BOLD, "right")
    paper.put(50, y + 24, f"Please pay by {UK.long(bill.due)}", 10)
    paper.put(50, 810, f"{bill.provider} Trading Limited. Registered in England and Wales No 3078711.", 7)
    for place, (title, one) in enumerate((("Your electricity charges", power), ("Your gas charges", gas))):
        paper.page()
        paper.put(50, 60, title, 14, BOLD)
        label = "Supply number (MPAN)" if place == 0 else "Meter point reference number (MPRN)"
        paper.lines(
            50,
            80,
            [
                f"Tariff: {one.tariff}",
                f"{label}: {next(iter(one.identifiers.values()))}",
                f"Meter number: {one.meter}",
                f"Supply address: {bill.street}, {bill.town}",
            ],
        )
        unit = "kWh" if place == 0 else "m³"
        paper.put(50, 140, f"{UK.short(end)} reading")
        paper.put(300, 140, f"{one.current} (actual)", align="right")
        paper.put(50, 153, f"{UK.short(start)} reading")
        paper.put(300, 153, f"{one.previous} (actual)", align="right")
        moved = units if place == 0 else cubic
        paper.put(50, 166, "Units used")
        paper.put(300, 166, f"{UK.number(moved)} {unit}", align="right")
        if place:
            paper.put(50, 179, "Converted to kWh (x 1.02264 x 39.3 / 3.6)")
            paper.put(300, 179, f"{UK.number(kwh, 2)} kWh", align="right")
        y = 210.0
        for charge in (c for c in charges[:4] if c.supply == place):
            paper.put(50, y, charge.text)
            price = (charge.rate or D(0)) * 100
            paper.put(
                380,
                y,
                f"{UK.number(charge.quantity or D(0))} {charge.unit} at {price:.2f}p",
                8,
                align="right",
            )
            paper.put(500, y, UK.money(charge.amount), align="right")
            y += 14
        if place:
            paper.put(50, y, "VAT at 5%")
            paper.put(500, y, UK.money(bill.tax), align="right")
    bill.hide("usageData.isEstimated")
    return paper, bill
