"""Owns three American layouts: a Texan retailer's, gas on a budget plan, and power whose registers stand in a head of
three lines. Wordings and numbers are drawn anew for each bill.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample import listed
from postroom.systems.bills.sample.fact import US, Bill, Charge, Supply, cents, charged, drawn, taxed
from postroom.systems.bills.sample.paper import BOLD, LETTER, Paper

D = Decimal


# --- a retailer whose wires are another company's -------------------------------------------------------------


def texas(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 33))
    kwh = D(random.randint(380, 3200))
    one = Supply("ELECTRICITY", facts.digits(random, "1########LG"), kwh, "kWh", "kWh", start, end)
    one.previous, one.current = facts.reading(random, kwh)
    one.multiplier = D(1)
    one.identifiers = {"ESI": facts.digits(random, "10443720########0")}
    one.tariff = random.choice(("Simple Rate 12", "Free Nights Saver 24", "Lone Star Fixed 36"))
    charges = [
        charged("Energy Charge", kwh, "kWh", "0.0948"),
        Charge("Base Charge", D("9.95")),
        charged("Lonestar Wires TDU Delivery Charges", kwh, "kWh", "0.0487"),
        Charge("PUC Assessment", D("0.31")),
    ]
    charges.append(taxed("City Sales Tax", charges[:3], "1"))
    name = random.choice(("Mesquite Energy", "Brazos Retail Power", "Lantana Electric"))
    bill = drawn(random, US, name, "#######-#", [one], charges, "usageData.isEstimated")
    paper = Paper(LETTER)
    paper.page()
    paper.put(36, 48, name.upper(), 18, BOLD)
    paper.put(36, 62, f"Contact us at care@{name.split()[0].lower()}.example or 1-866-555-0101", 8)
    paper.lines(36, 76, ["PUCT Certificate #10443", "Monday - Friday 7am - 8pm CST"], 7)
    paper.lines(36, 130, [bill.customer, bill.street, bill.town], 10)
    heads = ("Account Number", "Invoice Number", "Invoice Date", "Due Date", "Amount Due")
    values = (bill.account, bill.invoice, US.short(bill.issued), US.short(bill.due), US.money(bill.total))
    at = (36, 146, 256, 366, 476)
    paper.fill(30, 190, 545, 42, 0.92)
    paper.row(204, list(zip(at, heads, strict=True)), 8)
    paper.row(220, list(zip(at, values, strict=True)), 10, BOLD)
    late = US.money(cents(bill.total * D("1.05")))
    paper.put(476, 240, f"Amount due after {US.digits(bill.due)}: {late}", 6)
    paper.put(36, 262, "Account Activity", 12, BOLD)
    rows = [
        ("Previous Amount Due", US.money(bill.previous)),
        (f"Payment {US.digits(bill.issued)} - Thank You", US.money(-bill.paid)),
        ("Balance Forward", US.money(bill.previous - bill.paid)),
        ("Current Charges", US.money(bill.current)),
    ]
    y = paper.pairs(36, 290, 280, rows)
    paper.put(36, y + 2, "Amount Due", 9, BOLD)
    paper.put(290, y + 2, US.money(bill.total), 9, BOLD, "right")
    paper.put(320, 262, "Service Address", 9, BOLD)
    paper.lines(320, 275, [bill.street, bill.town])
    paper.put(320, 305, f"ESI ID: {one.identifiers['ESI']}", 9)
    paper.put(320, 318, f"Product: {one.tariff}", 9)
    average = (bill.current - bill.tax) / kwh * 100
    paper.put(320, 331, f"The average price you paid for electric service this month: {average:.1f}¢/kWh", 7)
    _texas_meter(paper, one)
    paper.put(36, 440, "Current Charges", 12, BOLD)
    table = listed.Columns(36, 250, 520, lead=13)
    y = listed.charges(
        paper, 456, charges, table, lambda rate, charge: f"{charge.quantity} kWh @ ${rate}", US.money
    )
    listed.total(paper, y + 2, table, "Total Current Charges", US.money(bill.current))
    paper.put(36, 640, "- - - Detach here and return with payment - - -", 8)
    paper.row(660, [(36, f"Account: {bill.account}"), (330, f"Make checks payable to {name}")])
    paper.row(676, [(36, f"Due: {US.short(bill.due)}"), (330, f"Amount Due: {US.money(bill.total)}")])
    return paper, bill


def _texas_meter(paper: Paper, one: Supply) -> None:
    paper.put(36, 380, "Meter Reading Details", 12, BOLD)
    heads = ("Meter", "Read Period", "Days", "Current Read", "Previous Read", "Multiplier", "kWh Usage")
    at = (36, 120, 260, 350, 430, 490, 560)
    cells = (
        str(one.meter), f"{US.digits(one.start)} - {US.digits(one.end)}", str(one.days), f"{one.current}",
        f"{one.previous}", "1.0", US.number(one.usage),
    )  # fmt: skip
    paper.row(396, list(zip(at, heads, strict=True)), 8, BOLD, 2)
    paper.row(410, list(zip(at, cells, strict=True)), 9, right=2)


# --- gas by volume, sold in therms, paid by a plan ---------------------------------------------------------------


def budget(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 33))
    ccf, factor = D(random.randint(18, 190)), D(random.choice(("1.0312", "1.0270", "1.0455")))
    therms = (ccf * factor).quantize(D("0.01"))
    one = Supply("GAS", facts.digits(random, "A########"), therms, "thm (US)", "therms", start, end)
    one.previous = D(random.randint(1000, 8000))
    one.current, one.estimated = one.previous + ccf, random.random() < 0.4
    one.tariff = random.choice(("Rate R - Residential Heating", "Schedule 100 Residential"))
    charges = [
        Charge("Customer Charge", D("18.40")),
        charged("Delivery Charge", therms, "therms", "0.4123"),
        charged("Gas Supply Charge", therms, "therms", "0.6019"),
    ]
    charges.append(taxed("Gross Receipts Tax", charges, "2.5"))
    town = random.choice(("Prairie State", "Keystone Valley", "Lake Michigan"))
    name = random.choice((f"{town} Gas", f"{town} Natural Gas Company"))
    bill = drawn(random, US, name, "## ## ## #### #", [one], charges, "invoiceId", "usageData.multiplier")
    bill.paid = bill.previous
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 50, name, 16, BOLD)
    paper.put(40, 64, f"www.{town.replace(' ', '').lower()}gas.example   Emergency 24/7: 1-800-555-0177", 8)
    paper.put(570, 46, "Customer name", 7, align="right")
    paper.put(570, 57, bill.customer, 9, BOLD, "right")
    paper.put(570, 70, f"Account number {bill.account}", 9, align="right")
    paper.put(570, 83, f"Issued {US.long(bill.issued)}", 9, align="right")
    paper.put(40, 112, f"Service address: {bill.street}, {bill.town}", 9)
    paper.fill(330, 120, 245, 70, 0.92)
    paper.put(340, 138, f"Amount due by {US.long(bill.due)}", 9)
    paper.put(340, 164, US.money(bill.total), 20, BOLD)
    actual, plan = D(random.randint(2000, 9000)) / 100, D(random.randint(40, 120))
    paper.put(40, 150, "Budget plan at a glance", 9, BOLD)
    paper.lines(40, 163, [f"If you join today, monthly budget amount {US.money(plan)}",
                          f"Actual cost of gas last 12 months {US.money(actual * 12)}"], 8)  # fmt: skip
    paper.put(40, 215, "Your account summary", 12, BOLD)
    rows = [
        (f"Amount of last bill dated {US.digits(facts.after(random, start, 1, 2))}", US.money(bill.previous)),
        ("Payments received through bill date - thank you", US.money(-bill.paid)),
        ("Charges for gas this period", US.money(bill.current)),
    ]
    y = paper.pairs(40, 320, 233, rows)
    paper.put(40, y + 2, "Total amount due", 10, BOLD)
    paper.put(320, y + 2, US.money(bill.total), 10, BOLD, "right")
    paper.put(40, 330, "How your gas use was measured", 12, BOLD)
    word = "(estimated)" if one.estimated else "(actual)"
    lines = [
        ("Meter number", str(one.meter)),
        (f"{US.short(one.end)} {word} reading", f"{one.current}"),
        (f"{US.short(one.start)} (actual) reading", f"{one.previous}"),
        (f"CCF used in {one.days} days", f"{ccf}"),
        ("BTU factor", f"x {factor}"),
        ("Total therms used", f"{therms}"),
    ]
    paper.pairs(40, 290, 348, lines)
    paper.put(330, 330, f"Rate: {one.tariff}", 9)
    paper.put(330, 344, f"Billing period {US.short(start)} to {US.short(end)} ({one.days} days)", 9)
    y = 364.0
    for charge in charges:
        how = f" {charge.quantity} x ${charge.rate}" if charge.rate is not None else ""
        paper.put(330, y, charge.text + how, 8)
        paper.put(572, y, US.money(charge.amount), 8, align="right")
        y += 13
    paper.put(330, y + 2, "Total gas charges", 9, BOLD)
    paper.put(572, y + 2, US.money(bill.current), 9, BOLD, "right")
    paper.put(40, 500, "Temperature comparison: this period 41°F, same period last year 44°F", 8)
    return paper, bill


# --- registers under a head of three lines --------------------------------------------------------------------


def registers(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (29, 33))
    multiplier = D(random.choice((80, 120, 200)))
    on, off = (multiplier * random.randint(60, 700) for _ in range(2))
    one = Supply("ELECTRICITY", facts.digits(random, "KZ#######"), on + off, "kWh", "kWh", start, end)
    one.parts, one.multiplier = [("On-Peak", "PEAK", on), ("Off-Peak", "OFF_PEAK", off)], multiplier
    one.demand = [("On-Peak Demand", D(random.randint(60, 480)), "kW")]
    one.tariff = random.choice(
        ("LGS-TOD Large General Service", "GP-3 General Power", "C-22 Commercial Demand")
    )
    charges = [
        Charge("Basic Service Charge", D("185.00")),
        charged("On-Peak Energy", on, "kWh", "0.08114"),
        charged("Off-Peak Energy", off, "kWh", "0.04771"),
        charged("Billing Demand", one.demand[0][1], "kW", "11.62"),
        Charge("Power Factor Adjustment", -D(random.randint(100, 2500)) / 100),
    ]
    charges.append(taxed("State Sales Tax", charges, "6.25"))
    name = random.choice(
        ("Ozark Valley Power & Light", "Tri-Rivers Electric Service Co.", "Great Bend Power")
    )
    bill = drawn(random, US, name, "#### ### ###", [one], charges, "invoiceId", "usageData.isEstimated")
    bill.customer = "Orchard Lane Bakery LLC"
    paper = Paper(LETTER)
    paper.page()
    paper.put(306, 40, name, 14, BOLD, "centre")
    paper.put(306, 53, "P.O. Box 219703, Kansas City MO 64121-9703", 8, align="centre")
    left = [("ACCOUNT NO.", bill.account), ("BILL DATE", US.digits(bill.issued, year="%y")),
            ("SERVICE AT", f"{bill.street}, {bill.town}")]  # fmt: skip
    y = 84.0
    for label, value in left:
        paper.row(y, [(40, label), (130, value)])
        y += 13
    paper.row(84, [(360, "PAST DUE AFTER"), (470, US.digits(bill.due, year="%y"))])
    paper.row(97, [(360, "PAY THIS AMOUNT"), (470, US.money(bill.total))], 9, BOLD)
    paper.put(40, 140, "METER INFORMATION", 10, BOLD)
    at = (40, 110, 180, 250, 330, 400, 460, 550)
    lines = (
        ("", "", "-- SERVICE --", "", "METER", "READINGS", "", ""),
        ("METER", "RATE", "FROM", "TO", "PREVIOUS", "PRESENT", "METER", "KWH"),
        ("NUMBER", "PERIOD", "DATE", "DATE", "", "", "CONST", "USAGE"),
    )
    for place, line in enumerate(lines):
        for x, text in ((x, text) for x, text in zip(at, line, strict=True) if text):
            paper.put(x, 154 + 9 * place, text, 7, BOLD, "right" if x > 300 else "left")
    y, old = 186.0, D(4120)
    for label, _, usage in one.parts:
        cells = (
            str(one.meter), label.upper(), US.digits(start, year="%y"), US.digits(end, year="%y"),
            f"{old}", f"{old + usage / multiplier}", f"{multiplier}", US.number(usage),
        )  # fmt: skip
        paper.row(y, list(zip(at, cells, strict=True)), 8, right=4)
        y, old = y + 11, D(7715)
    paper.row(y + 2, [(400, "TOTAL KWH"), (550, US.number(one.usage))], 8, BOLD, 0)
    paper.put(40, y + 18, f"ON-PEAK DEMAND {one.demand[0][1]} KW    POWER FACTOR 97.1%    LOAD FACTOR 48%", 8)
    paper.put(40, y + 44, f"RATE {one.tariff}", 9, BOLD)
    y += 60
    for charge in charges:
        how = (
            f"{US.number(charge.quantity or D(0))} {charge.unit.upper()} @ ${charge.rate}"
            if charge.rate
            else ""
        )
        paper.row(y, [(40, charge.text.upper()), (220, how)], 8)
        paper.put(480, y, US.number(charge.amount, 2), 8, align="right")
        y += 12
    rows = [
        ("TOTAL CURRENT CHARGES", US.money(bill.current)),
        ("PREVIOUS BALANCE", US.money(bill.previous)),
        ("PAYMENTS RECEIVED", US.money(-bill.paid)),
        ("TOTAL AMOUNT DUE", US.money(bill.total)),
    ]
    paper.pairs(260, 480, y + 10, rows, 9, 13)
    paper.put(40, 700, "RETURN THIS STUB WITH YOUR PAYMENT", 8)
    paper.row(716, [(40, f"ACCT {bill.account}"), (300, f"MAKE CHECK PAYABLE TO: {name.upper()}")], 8)
    return paper, bill
