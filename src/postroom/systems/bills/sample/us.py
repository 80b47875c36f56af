"""Owns the layouts of invented electric companies of the United States."""

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
from postroom.systems.bills.sample.paper import BOLD, LETTER, SERIF, Paper

D = Decimal


def _plain(value: Decimal | None) -> str:
    return "" if value is None else US.number(value)


# --- a large electric company: summary left, details in a box per service ------------------------------------


def power(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 33))
    peak, off = D(random.randint(90, 400)), D(random.randint(150, 800))
    one = Supply("ELECTRICITY", facts.digits(random, "10########"), peak + off, "kWh", "kWh", start, end)
    one.parts = [("Peak", "PEAK", peak), ("Off Peak", "OFF_PEAK", off)]
    one.tariff = random.choice(("E-TOU-C Residential Time-of-Use", "TOU-D-4-9PM", "Time of Use EV2-A"))
    charges = [
        charged("Peak", peak, "kWh", "0.49375"),
        charged("Off Peak", off, "kWh", "0.34117"),
        Charge("Baseline Credit", -cents(off * D("0.0741"))),
        Charge("Energy Commission Tax", cents((peak + off) * D("0.0003")), tax=True),
    ]
    charges.append(taxed("Utility Users' Tax (5.000%)", charges[:3], "5"))
    name = random.choice(
        ("Pacific Ridge Gas and Electric Company", "Sierra Coast Edison", "Golden Mesa Power")
    )
    bill = drawn(random, US, name, "##########-#", [one], charges, "invoiceId")
    bill.hide("usageData.previousReading", "usageData.currentReading", "usageData.multiplier")
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 50, bill.provider, 15, BOLD)
    paper.put(400, 42, "ENERGY STATEMENT", 14, BOLD)
    paper.put(400, 56, "www.example.com/MyEnergy", 8)
    for line, (label, value) in enumerate(
        (
            ("Account No:", bill.account),
            ("Statement Date:", US.digits(bill.issued)),
            ("Due Date:", US.digits(bill.due)),
        )
    ):
        paper.put(480, 80 + 14 * line, label, 9, BOLD, "right")
        paper.put(486, 80 + 14 * line, value, 9)
    paper.put(40, 90, "Service For:", 9, BOLD)
    paper.lines(40, 103, [bill.customer.upper(), bill.street.upper(), bill.town.upper()])
    paper.put(300, 150, "Your Account Summary", 12, BOLD)
    paper.pairs(
        300,
        570,
        170,
        (
            ("Amount Due on Previous Statement", US.money(bill.previous)),
            ("Payment(s) Received Since Last Statement", US.money(-bill.paid)),
            ("Previous Unpaid Balance", US.money(bill.previous - bill.paid)),
            ("Current Electric Charges", US.money(bill.current)),
        ),
    )
    paper.put(300, 240, f"Total Amount Due by {US.digits(bill.due)}", 11, BOLD)
    paper.put(570, 240, US.money(bill.total), 11, BOLD, "right")
    paper.lines(
        40, 170, ["Questions about your bill?", "Monday-Friday 7 a.m.-7 p.m.", "Phone: 1-800-555-0143"], 8
    )
    paper.put(40, 300, "Monthly Billing History", 10, BOLD)
    day = bill.issued
    for back in range(6):
        day -= timedelta(30)
        paper.put(60 + 80 * back, 330, US.digits(day), 7)
        paper.put(60 + 80 * back, 342, US.money(D(random.randint(5000, 30000)) / 100), 7)
    stub(paper, bill, "Please return this portion with your payment. No staples or paper clips.")
    paper.page()
    paper.put(40, 50, "Details of Electric Charges", 13, BOLD)
    paper.put(40, 66, f"{US.digits(start)} - {US.digits(end)} ({one.days} billing days)", 9)
    paper.put(40, 82, f"Service For: {bill.street.upper()} {bill.town.upper()}", 9)
    paper.put(40, 96, f"Rate Schedule: {one.tariff}", 9)
    y = listed.charges(
        paper,
        120,
        charges,
        listed.Columns(60, 180, 400),
        lambda rate, charge: f"{US.number(charge.quantity or D(0), 6)} kWh @ ${rate}",
        lambda amount: US.money(amount, sign=amount > 0),
    )
    paper.put(40, y + 6, "Total Electric Charges", 10, BOLD)
    paper.put(400, y + 6, US.money(bill.current), 10, BOLD, "right")
    paper.put(430, 120, "Service Information", 9, BOLD)
    paper.pairs(
        430,
        580,
        134,
        (
            ("Meter #", str(one.meter)),
            ("Total Usage", f"{US.number(one.usage, 6)} kWh"),
            ("Baseline Territory", "X"),
            ("Heat Source", "B - Not Electric"),
            ("Serial", "Q"),
            ("Rotating Outage Block", "50"),
        ),
        8,
        12,
    )
    paper.page()
    paper.put(40, 50, "Important Phone Numbers", 12, BOLD)
    paper.lines(40, 70, ["Rules and rates: 1-800-555-0111", "Payments: 1-877-555-0177"] * 6)
    return paper, bill


def stub(paper: Paper, bill: Bill, sentence: str) -> None:
    paper.rule(40, 640, 570)
    paper.put(306, 634, sentence, 7, align="centre")
    for number, (label, value) in enumerate(
        (
            ("Account Number:", bill.account),
            ("Due Date:", US.digits(bill.due)),
            ("Total Amount Due:", US.money(bill.total)),
            ("Amount Enclosed:", "$"),
        )
    ):
        paper.put(250 + 85 * number, 660, label, 8)
        paper.put(250 + 85 * number, 672, value, 9, BOLD)
    paper.lines(60, 690, [bill.customer.upper(), bill.street.upper(), bill.town.upper()])
    paper.lines(330, 710, [bill.provider.upper(), "PO BOX 997300", "SACRAMENTO CA 95899-7300"])


# --- readings with a multiplier and delivery beside supply ----------------------------------------------------


def edison(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (29, 33))
    multiplier = D(random.choice((1, 1, 1, 80)))
    usage = D(random.randint(180, 1200)) * multiplier
    one = Supply("ELECTRICITY", facts.digits(random, "00#######"), usage, "kWh", "kWh", start, end)
    one.previous, one.current = facts.reading(random, usage, multiplier)
    one.multiplier, one.estimated = multiplier, random.random() < 0.3
    one.tariff = random.choice(("EL1 Residential or Religious", "SC-9 General Large", "Rate 62"))
    supply = [
        charged("Supply", usage, "kWh", "0.091204"),
        Charge("Merchant function charge", D("1.87")),
    ]
    delivery = [
        Charge("Basic service charge", D("19.00")),
        charged("Delivery", usage, "kWh", "0.161180"),
        charged("System Benefit Charge", usage, "kWh", "0.005900"),
    ]
    charges = [
        *supply,
        taxed("GRT & other tax surcharges", supply, "2.4"),
        *delivery,
        taxed("Sales tax @ 4.5000%", delivery, "4.5"),
    ]
    name = random.choice(("Hudson Vale Edison", "Allegheny Light Company", "Great Lakes Power & Light"))
    bill = drawn(random, US, name, "##-####-####-####-#", [one], charges, "invoiceId")
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 46, bill.provider, 18, SERIF)
    paper.put(340, 40, f"Account number: {bill.account}", 9, BOLD)
    paper.put(340, 54, f"Billing period: {US.short(start)} to {US.short(end)}", 9)
    paper.put(340, 68, f"Service delivered to: {bill.street}, {bill.town}", 7)
    paper.put(40, 100, f"Your billing summary as of {US.short(bill.issued)}", 12, BOLD)
    paper.put(40, 120, "Your previous charges and payments", 10, BOLD)
    paper.pairs(
        40,
        300,
        136,
        (
            ("Total charges from your last bill", US.money(bill.previous)),
            ("Payments through " + US.short(end) + ", thank you", US.money(-bill.paid)),
            ("Remaining balance", US.money(bill.previous - bill.paid)),
        ),
    )
    paper.put(40, 190, f"Your new charges - details start on page 2 ({one.days} days)", 10, BOLD)
    supplied = sum((charge.amount for charge in charges[:3]), D(0))
    paper.pairs(
        40,
        300,
        206,
        (
            ("Electricity charges - supply", US.money(supplied)),
            ("Electricity charges - delivery", US.money(bill.current - supplied)),
            ("Total new charges", US.money(bill.current)),
        ),
    )
    paper.fill(40, 250, 265, 24)
    paper.put(46, 266, "Total amount due", 12, BOLD)
    paper.put(300, 266, US.money(bill.total), 12, BOLD, "right")
    paper.put(40, 292, f"Payment is due by {US.short(bill.due)}", 9)
    paper.lines(
        340, 120, ["Message center", "To avoid a late payment charge of 1.5%,", "please pay on time."], 8
    )
    stub(paper, bill, "Tear here to return this portion with a check payable to " + bill.provider)
    paper.page()
    paper.put(40, 50, "Your meter reading details", 11, BOLD)
    paper.put(40, 64, f"Rate: {one.tariff}", 9)
    paper.put(300, 64, f"Meter # {one.meter}", 9)
    kind = "Estimated" if one.estimated else "Actual"
    heads = ("Previous Reading", "", "Current Reading", "", "Difference", "Multiplier", "Total Usage")
    columns = (40, 110, 190, 260, 380, 450, 560)
    paper.row(84, list(zip(columns, heads, strict=True)), 8, BOLD, 4)
    cells = (
        f"{start:%b %d} {one.previous}",
        "Actual",
        f"{end:%b %d} {one.current}",
        kind,
        _plain(usage / multiplier),
        _plain(multiplier),
        f"{_plain(usage)} kWh",
    )
    paper.row(98, list(zip(columns, cells, strict=True)), 8, right=4)
    y = 130.0
    for title, rows in (("Your supply charges", charges[:3]), ("Your delivery charges", charges[3:])):
        paper.put(40, y, title, 10, BOLD)
        at = listed.Columns(40, 330, 420, ends=True, small=8)
        y = listed.charges(
            paper,
            y + 14,
            rows,
            at,
            lambda rate, charge: f"{_plain(charge.quantity)} kWh @ {rate * 100:.4f}¢/kWh",
            US.money,
        )
        whole = sum((charge.amount for charge in rows), D(0))
        listed.total(paper, y + 2, at, "Total " + title.removeprefix("Your "), US.money(whole))
        y += 26
    return paper, bill


# --- a large customer: two meters, demand, six pages ------------------------------------------------------------


def commercial(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (29, 33))
    supplies: list[Supply] = []
    charges: list[Charge] = []
    for number in range(2):
        multiplier = D(random.choice((120, 240, 400)))
        on, off = D(random.randint(60, 200)) * multiplier, D(random.randint(150, 400)) * multiplier
        one = Supply("ELECTRICITY", facts.digits(random, "KZD######"), on + off, "kWh", "kWh", start, end)
        one.multiplier, one.tariff = multiplier, random.choice(("LGS-TOU", "Large General Service 3B"))
        one.parts = [("On-Peak", "PEAK", on), ("Off-Peak", "OFF_PEAK", off)]
        peak = D(random.randint(300, 900)) / 1000 * multiplier
        one.demand = [("Billed Demand", peak.quantize(D("0.1")), "kW")]
        supplies.append(one)
        own = [
            Charge("Customer Charge", D("89.50")),
            charged("On-Peak Energy", on, "kWh", "0.08912"),
            charged("Off-Peak Energy", off, "kWh", "0.05137"),
            charged("Demand Charge", one.demand[0][1], "kW", "14.27"),
        ]
        own.append(taxed("State Sales Tax 6.25%", own, "6.25"))
        for charge in own:
            charge.supply = number
        charges += own
    name = random.choice(("Lone Mesa Electric Cooperative", "Ironwood Power Company", "Delta Public Service"))
    bill = drawn(random, US, name, "#######-###", supplies, charges)
    bill.hide("usageData.previousReading", "usageData.currentReading")
    paper = Paper(LETTER)
    paper.page()
    _head(paper, bill, 1)
    paper.put(40, 130, "Account Summary", 12, BOLD)
    paper.pairs(
        40,
        400,
        150,
        (
            ("Previous Balance", US.money(bill.previous)),
            ("Payments Received", US.money(bill.paid).replace("$", "$ -") if bill.paid else "$ 0.00"),
            ("Balance Forward", US.money(bill.previous - bill.paid)),
            ("Current Charges", US.money(bill.current)),
        ),
    )
    paper.put(40, 214, "Total Amount Due", 11, BOLD)
    paper.put(400, 214, US.money(bill.total), 11, BOLD, "right")
    paper.put(40, 240, "Total usage all meters", 9)
    paper.put(400, 240, f"{_plain(sum((s.usage for s in supplies), D(0)))} kWh", 9, align="right")
    stub(paper, bill, "Please return this stub with your payment")
    for number, one in enumerate(supplies):
        paper.page()
        _head(paper, bill, 2 * number + 2)
        _metered(paper, one)
        paper.page()
        _head(paper, bill, 2 * number + 3)
        paper.put(40, 130, f"Charges for meter {one.meter}", 11, BOLD)
        own = [charge for charge in charges if charge.supply == number]
        at = listed.Columns(40, 300, 400, ends=True)
        y = listed.charges(
            paper,
            150,
            own,
            at,
            lambda rate, charge: f"{_plain(charge.quantity)} {charge.unit} x ${rate}",
            lambda amount: US.number(amount, 2),
        )
        listed.total(paper, y + 4, at, "Subtotal", US.money(sum((c.amount for c in own), D(0))))
    paper.page()
    _head(paper, bill, 6)
    paper.put(40, 130, "Definitions", 11, BOLD)
    paper.lines(
        40, 150, ["kW - kilowatt, the measure of demand.", "kWh - kilowatt-hour, the measure of energy."]
    )
    return paper, bill


def _head(paper: Paper, bill: Bill, page: int) -> None:
    paper.put(40, 46, bill.provider, 14, BOLD)
    columns = (40, 150, 250, 350, 480)
    heads = ("Account Number", "Invoice Number", "Bill Date", "Due Date", f"Page {page} of 6")
    paper.row(70, list(zip(columns, heads, strict=True)), 8, BOLD)
    row = (bill.account, bill.invoice, US.short(bill.issued), US.short(bill.due), "")
    paper.row(82, list(zip(columns, row, strict=True)))
    paper.put(40, 100, f"Service Address: {bill.street}, {bill.town}", 9)


def _metered(paper: Paper, one: Supply) -> None:
    paper.put(40, 130, f"Meter Number {one.meter}", 11, BOLD)
    paper.put(40, 146, f"Service Period {US.digits(one.start)} - {US.digits(one.end)}", 9)
    paper.put(40, 160, f"Rate Schedule {one.tariff}", 9)
    columns = (40, 250, 330, 420, 540)
    heads = ("Register", "Current", "Previous", "Multiplier", "Usage")
    paper.row(184, list(zip(columns, heads, strict=True)), 8, BOLD, 1)
    y = 198.0
    old = D(20311)
    multiplier = one.multiplier or D(1)
    for label, _, usage in one.parts:
        row = (
            f"{label} kWh",
            f"{old + usage / multiplier}",
            f"{old}",
            f"{multiplier}",
            f"{_plain(usage)} kWh",
        )
        paper.row(y, list(zip(columns, row, strict=True)), 9, right=1)
        y += 13
        old += 3377
    for caption, value, unit in one.demand:
        row = (f"{caption}", "", "", f"{multiplier}", f"{value} {unit}")
        paper.row(y, list(zip(columns, row, strict=True)), 9, right=1)
        y += 13
    paper.put(40, y + 4, "Total Energy", 9, BOLD)
    paper.put(540, y + 4, f"{_plain(one.usage)} kWh", 9, BOLD, "right")


# --- a propane and fuel cooperative on a line printer ----------------------------------------------------------
