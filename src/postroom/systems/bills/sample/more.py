"""Owns further layouts: as large companies print their bills, with all that stands around the figures."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample import listed
from postroom.systems.bills.sample.fact import (
    US,
    Bill,
    Charge,
    Supply,
    cents,
    charged,
    drawn,
    taxed,
)
from postroom.systems.bills.sample.paper import BOLD, LETTER, Paper

D = Decimal


# --- sentences beside figures: readings below each other ------------------------------------------------------


def carolina(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 34))
    usage = D(random.randint(300, 2400))
    one = Supply("ELECTRICITY", facts.digits(random, "3########"), usage, "kWh", "kWh", start, end)
    one.previous, one.current = facts.reading(random, usage)
    one.tariff, one.estimated = (
        random.choice(("Residential Service (RS)", "Small General Service SGS")),
        False,
    )
    net = [
        Charge("Basic Customer Charge", D("14.00")),
        charged("Energy Charge", usage, "kWh", "0.11842"),
        Charge("Storm Recovery Charge", cents(usage * D("0.00213"))),
    ]
    charges = [*net, taxed("Sales Tax", net, "7")]
    name = random.choice(("Carolina Pines Energy", "Duchess Power", "Coastal Plain Electric"))
    bill = drawn(random, US, name, "9### #### ####", [one], charges, "invoiceId", "usageData.multiplier")
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 44, bill.provider, 17, BOLD)
    paper.put(400, 40, "Your Energy Bill", 12, BOLD)
    paper.put(560, 40, "page 1 of 2", 7)
    paper.put(40, 90, "Service address", 8, BOLD)
    paper.lines(40, 102, [bill.customer.upper(), bill.street.upper(), bill.town.upper()])
    rows = (
        ("Bill date", US.short(bill.issued)),
        ("For service", f"{start:%b} {start.day} - {end:%b} {end.day}, {end.year}"),
        ("", f"{one.days} days"),
    )
    for line, (label, value) in enumerate(rows):
        paper.put(230, 90 + 13 * line, label, 8, BOLD)
        paper.put(310, 90 + 13 * line, value, 9)
    paper.put(430, 90, "Account number", 8, BOLD)
    paper.put(510, 90, bill.account, 9)
    paper.put(40, 160, "Billing summary", 12, BOLD)
    y = paper.pairs(
        40,
        300,
        178,
        (
            ("Previous Amount Due", US.money(bill.previous)),
            (f"Payment Received {start:%b} {start.day + 0:02d}", US.number(-bill.paid, 2)),
            ("Current Electric Charges", US.number(bill.current - bill.tax, 2)),
            ("Taxes", US.number(bill.tax, 2)),
        ),
    )
    paper.put(40, y + 6, f"Total Amount Due {US.short(bill.due)}", 10, BOLD)
    paper.put(300, y + 6, US.money(bill.total), 10, BOLD, "right")
    paper.put(330, 160, "Your usage snapshot", 12, BOLD)
    paper.row(178, [(330, "Average temperature in degrees"), (500, "61°")], 8)
    paper.row(
        192,
        [(400, "Current Month"), (470, start.strftime("%b %Y")), (520, "12-Month Usage"), (570, "Avg")],
        6,
    )
    row = [(330.0, "Electric (kWh)"), (400, f"{usage}"), (470, "1,021"), (520, "13,420"), (570, "1,118")]
    paper.row(204, row, 7)
    paper.put(
        40,
        300,
        "Thank you for your payment. Bills paid after the due date are charged 1.0% on the balance.",
        8,
    )
    paper.rule(40, 600, 570)
    paper.put(40, 618, "Please return this portion with your payment. Thank you for your business.", 7)
    paper.put(400, 640, "Amount due", 8, BOLD)
    paper.put(400, 654, US.money(bill.total), 12, BOLD)
    paper.put(480, 640, "by " + US.short(bill.due), 8)
    paper.put(
        400,
        680,
        "After " + US.short(bill.due) + ", the amount due will increase to " + US.money(bill.total + 9),
        6,
    )
    paper.lines(40, 690, [bill.customer.upper(), bill.street.upper(), bill.town.upper()])
    paper.page()
    paper.put(40, 50, "Your usage details", 12, BOLD)
    paper.put(40, 70, "Current electric usage for meter number " + str(one.meter), 9, BOLD)
    paper.put(40, 84, f"Actual reading on {end:%b} {end.day}")
    paper.put(240, 84, f"{one.current}", align="right")
    paper.put(40, 97, f"Previous reading on {start:%b} {start.day}")
    paper.put(240, 97, f"- {one.previous}", align="right")
    paper.put(40, 110, "Energy Used")
    paper.put(240, 110, f"{US.number(usage)} kWh", align="right")
    paper.put(40, 140, "Billing details - Electric", 12, BOLD)
    paper.put(40, 156, f"Rate - {one.tariff}", 8)
    y = 172.0
    for charge in net:
        paper.put(40, y, charge.text)
        paper.put(
            300,
            y,
            US.money(charge.amount) if charge is net[0] else US.number(charge.amount, 2),
            align="right",
        )
        if charge.rate is not None:
            y += 11
            paper.put(50, y, f"{US.number(usage)} kWh @ ${charge.rate}", 8)
        y += 13
    paper.pairs(
        40,
        300,
        y,
        (("Total Current Charges", US.money(bill.current - bill.tax)), ("Sales Tax", US.money(bill.tax))),
    )
    return paper, bill


# --- one wide table with a billing factor ------------------------------------------------------------------


def southern_gas(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 34))
    ccf = D(random.randint(8, 120))
    factor = D(random.randint(1010, 1050)) / 1000
    therms = (ccf * factor).quantize(D(1))
    one = Supply("GAS", facts.digits(random, "1#######"), therms, "thm (US)", "Therms", start, end)
    one.previous, one.current = facts.reading(random, ccf)
    one.tariff = random.choice(("GR - Residential", "G-10 Core Commercial"))
    charges = [
        charged("Customer Charge", D(one.days), "Days", "0.16438"),
        charged("Baseline", therms, "Therms", "1.41921"),
        Charge("State Regulatory Fee", D("0.11")),
    ]
    charges.append(taxed("Los Alamos City Users Tax", charges, "5"))
    name = random.choice(("Southern Valley Gas Company", "Mission Gas Co.", "El Dorado Natural Gas"))
    bill = drawn(random, US, name, "### ### #### #", [one], charges, "invoiceId", "usageData.multiplier")
    bill.supplies[0].multiplier = None
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 44, bill.provider, 15, BOLD)
    paper.lines(330, 40, [f"ACCOUNT NUMBER  {bill.account}"], 9, BOLD)
    paper.put(330, 56, "SERVICE FOR", 8, BOLD)
    paper.lines(330, 68, [bill.customer.upper(), bill.street.upper(), bill.town.upper()], 8)
    paper.put(490, 56, "DATE MAILED", 8, BOLD)
    paper.put(490, 68, US.short(bill.issued), 8)
    paper.put(40, 120, "Account Summary", 11, BOLD)
    y = paper.pairs(
        40,
        290,
        136,
        (
            ("Amount of Last Bill", US.money(bill.previous)),
            (f"Payment Received {US.digits(end, year='%y')}", f"- {US.number(bill.paid, 2)}"),
            ("Current Charges", f"+ {US.number(bill.current, 2)}"),
        ),
    )
    paper.fill(36, y - 4, 260, 20)
    paper.put(40, y + 10, "Total Amount Due", 11, BOLD)
    paper.put(290, y + 10, US.money(bill.total), 11, BOLD, "right")
    paper.put(330, 136, "DATE DUE", 8, BOLD)
    paper.put(330, 150, US.short(bill.due), 11, BOLD)
    paper.put(40, 240, "Current Charges", 11, BOLD)
    paper.put(40, 256, f"Rate: {one.tariff}", 9)
    paper.put(200, 256, "Climate Zone: 1", 9)
    paper.put(
        330, 256, f"Meter Number: {one.meter} (Next scheduled read date {US.short(end + timedelta(31))})", 8
    )
    columns = (40, 150, 190, 265, 340, 410, 480)
    heads = (
        "Billing Period",
        "Days",
        "Current Reading",
        "Previous Reading",
        "Difference",
        "Billing Factor",
        "Total Therms",
    )
    paper.row(280, [(x, t) for x, t in zip(columns, heads, strict=True)], 7.5, BOLD)
    row = (
        f"{US.digits(start, year='%y')} - {US.digits(end, year='%y')}",
        str(one.days),
        f"{one.current}",
        f"{one.previous}",
        f"{ccf}",
        f"{factor}",
        f"{therms}",
    )
    paper.row(294, list(zip(columns, row, strict=True)), 8.5)
    y = 330.0
    paper.put(40, y - 14, "GAS CHARGES", 8, BOLD)
    paper.put(400, y - 14, "Amount($)", 8, BOLD, "right")
    at = listed.Columns(40, 170, 400, lead=13)
    y = listed.charges(
        paper,
        y,
        charges,
        at,
        lambda rate, charge: f"{charge.quantity} {charge.unit} x ${rate}",
        lambda amount: US.number(amount, 2),
    )
    listed.total(paper, y + 4, at, "Total Gas Charges", US.money(bill.current))
    paper.put(40, 480, "Gas Usage History (Total Therms used)", 9, BOLD)
    paper.row(496, [(40 + 42 * n, f"{random.randint(9, 99)}") for n in range(12)], 7)
    paper.row(
        508,
        [(40 + 42 * n, (start - timedelta(30 * n)).strftime("%b")) for n in range(12)],
        7,
    )
    return paper, bill


# --- a grid company: plus and minus, label over value ----------------------------------------------------------


def grid(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 34))
    usage = D(random.randint(250, 1700))
    one = Supply("ELECTRICITY", facts.digits(random, "0#######"), usage, "kWh", "kWh", start, end)
    one.previous, one.current = facts.reading(random, usage)
    one.estimated = random.random() < 0.3
    one.tariff = random.choice(("Residential Regular R-1", "General Service G-1"))
    delivery = [
        Charge("Customer Charge", D("10.00")),
        charged("Distribution Chg", usage, "kWh", "0.07421"),
        charged("Transmission Charge", usage, "kWh", "0.03512"),
        charged("Renewable Energy Chg", usage, "kWh", "0.0005"),
    ]
    supply = [charged("Basic Service Fixed", usage, "kWh", "0.18213")]
    charges = [*delivery, *supply]
    name = random.choice(("Northeast Grid", "Bay Colony Electric", "Merrimack Utilities"))
    bill = drawn(
        random, US, name, "#####-#####", [one], charges, "invoiceId", "taxCharges", "usageData.multiplier"
    )
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 44, bill.provider, 18, BOLD)
    paper.put(230, 34, "SERVICE FOR", 6.5, BOLD)
    paper.lines(230, 44, [bill.customer.upper(), bill.street.upper(), bill.town.upper()], 8)
    paper.put(400, 34, "BILLING PERIOD", 6.5, BOLD)
    paper.put(400, 45, f"{US.short(start)} to {US.short(end)}", 9)
    paper.put(400, 62, "ACCOUNT NUMBER", 6.5, BOLD)
    paper.put(400, 73, bill.account, 9)
    paper.put(490, 62, "PLEASE PAY BY", 6.5, BOLD)
    paper.put(490, 73, US.short(bill.due), 9)
    paper.put(490, 90, "AMOUNT DUE", 6.5, BOLD)
    paper.put(490, 104, US.money(bill.total).replace("$", "$ "), 12, BOLD)
    paper.put(230, 130, "ACCOUNT BALANCE", 9, BOLD)
    rows = (
        ("Previous Balance", US.number(bill.previous, 2)),
        (f"Payment Received on {start:%b} {start.day} (Check)", f"- {US.number(bill.paid, 2)}"),
        ("Balance Forward", US.number(bill.previous - bill.paid, 2)),
        ("Current Charges", f"+ {US.number(bill.current, 2)}"),
        ("Amount Due", US.money(bill.total).replace("$", "$ ")),
    )
    paper.pairs(230, 560, 146, rows)
    paper.put(230, 230, "DETAIL OF CURRENT CHARGES", 9, BOLD)
    paper.put(230, 244, "Delivery Services", 9, BOLD)
    for x, label, value in (
        (230, "Service Period", f"{start:%b} {start.day} - {end:%b} {end.day}"),
        (330, "No. of days", str(one.days)),
    ):
        paper.put(x, 260, label, 7)
        paper.put(x, 270, value, 8)
    paper.put(400, 260, f"METER NUMBER  {one.meter}", 7, BOLD)
    paper.put(400, 270, f"NEXT SCHEDULED READ DATE ON OR ABOUT {end + timedelta(30):%b %d}", 6)
    kind = "Estimated" if one.estimated else "Actual"
    paper.row(
        290,
        [(230, "Type of Service"), (330, "Current Reading"), (420, "Previous Reading"), (510, "Total Usage")],
        7,
    )
    row = [
        (230.0, "Energy"),
        (330, f"{one.current} {kind}"),
        (420, f"{one.previous} Actual"),
        (510, f"{usage} kWh"),
    ]
    paper.row(301, row, 8)
    paper.put(230, 316, f"RATE {one.tariff}", 8)
    y = 334.0
    for title, lines in (("Delivery", delivery), ("Supply", supply)):
        for charge in lines:
            paper.put(230, y, charge.text)
            if charge.rate is not None:
                paper.put(360, y, f"{charge.rate} x {charge.quantity} kWh", 8)
            paper.put(560, y, US.number(charge.amount, 2), align="right")
            y += 12
        whole = sum((charge.amount for charge in lines), D(0))
        paper.put(330, y + 2, f"Total {title} Services", 8, BOLD)
        paper.put(560, y + 2, US.money(whole).replace("$", "$ "), 9, BOLD, "right")
        y += 22
    paper.lines(40, 130, ["CUSTOMER SERVICE", "1-800-555-0160", "POWER OUTAGE", "1-800-555-0161"], 7)
    paper.put(40, 300, "Electric Usage History", 7, BOLD)
    for n in range(10):
        paper.put(40, 312 + 9 * n, f"{start - timedelta(30 * n):%b %y}   {random.randint(300, 900)}", 6.5)
    paper.put(230, 700, f"KEEP THIS PORTION FOR YOUR RECORDS.  {US.short(bill.issued)}", 7)
    bill.hide("issued")
    return paper, bill


# --- a wireless carrier: the amount in a sentence ---------------------------------------------------------------


def carrier(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 31))
    one = Supply("TELECOM", None, D(0), "", "", start, end)
    charges = [
        Charge("Unlimited Plus 5G, 3 lines", D(random.randint(11000, 19000)) / 100),
        Charge("Device payments", D("27.77")),
        Charge("Surcharges", D("9.41")),
        Charge("Taxes and gov fees", D("8.18"), tax=True),
    ]
    name = random.choice(("Vertex Wireless", "Northstar Mobile", "Airline Cellular"))
    bill = drawn(random, US, name, "#########-00001", [one], charges, "serviceAddress")
    bill.previous = bill.paid = D(0)
    bill.hide("previousCloseBalance", "afterPreviousTotalPayment")
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 50, bill.provider.lower(), 22, BOLD)
    paper.lines(40, 90, ["PO BOX 489", "NEWARK, NJ 07101-0489"], 8)
    paper.lines(
        380,
        44,
        [
            f"Billing period: {start:%b} {start.day} - {US.short(end)}",
            f"Account: {bill.account}",
            f"Invoice: {bill.invoice}",
            f"Bill date: {US.short(bill.issued)}",
        ],
        9,
    )
    paper.lines(40, 130, [bill.customer, bill.street, bill.town], 9)
    paper.put(40, 210, "Here's your bill.", 18, BOLD)
    paper.put(40, 232, f"Thanks for being a {bill.provider} customer.", 9)
    paper.put(380, 210, "Total due", 11)
    paper.put(380, 234, US.money(bill.total), 20, BOLD)
    paper.put(380, 252, f"Due date: {US.short(bill.due)}", 10)
    y = paper.pairs(40, 300, 270, [(c.text, US.money(c.amount)) for c in charges], 9, 15)
    paper.put(40, y + 4, "Total current charges", 10, BOLD)
    paper.put(300, y + 4, US.money(bill.current), 10, BOLD, "right")
    for page in range(3):
        paper.page()
        paper.put(
            40, 50, ("Bill details", "Talk, text and data usage", "Important information")[page], 12, BOLD
        )
        paper.lines(40, 70, ["Mobile voice and data on our wireless network.", "Late fee: $5 or 1.5%."] * 5)
    return paper, bill
