"""Owns four layouts of invented utilities that the reader was never tuned on. They are only scored.

They were written before the reader was mended for the four before them (`form`), and differ in structure
from those and from each other: charges in text with the meter in a box beside them, a European business invoice
with its supply number in a grid, Australian reads and registers of two meters, and a city's services in one table.
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
    charged,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, SERIF, Paper

D = Decimal


# --- electricity and gas, the meters in boxes beside the charges ------------------------------------------------


def _sidebar_facts(random: Random) -> Bill:
    start, end = facts.period(random, (28, 33))
    days = (end - start).days + 1
    kwh = D(random.randint(240, 1400)) + D(random.randint(0, 999)) / 1000
    base = (D("9.8") * days).quantize(D("0.001"))
    low = min(base, kwh)
    power = Supply("ELECTRICITY", facts.digits(random, "10########"), kwh, "kWh", "kWh", start, end)
    power.tariff = random.choice(
        ("E1 X Residential Service", "E-TOU-C Residential Service", "A1 Small General")
    )
    difference, factor = D(random.randint(9, 90)), D(random.choice(("1.045", "1.038", "1.051")))
    gas = Supply(
        "GAS", facts.digits(random, "5#######"), difference * factor, "thm (US)", "Therms", start, end
    )
    gas.previous = D(random.randint(1200, 8800))
    gas.current, gas.multiplier = gas.previous + difference, factor
    gas.tariff = random.choice(("G1 X Residential Service", "GNR1 Gas Service to Small Commercial"))
    charges = [charged("Tier 1 Usage", low, "kWh", "0.38917")]
    if kwh > low:
        charges.append(charged("Tier 2 Usage", kwh - low, "kWh", "0.48766"))
    charges.append(Charge("Clean Climate Credit", D("-55.17")))
    charges.append(taxed("Energy Commission Tax", charges[:1], "0.3"))
    gases = [
        charged("Gas Usage", gas.usage, "Therms", "2.08140"),
        charged("Gas Public Purpose Surcharge", gas.usage, "Therms", "0.08123"),
    ]
    gases.append(taxed("City Utility Users' Tax (7.000%)", gases[:1], "7"))
    for charge in gases:
        charge.supply = 1
    previous, paid = facts.carried(random)
    issued = facts.after(random, end, 2, 5)
    name = random.choice(
        ("Sierra Coast Gas & Electric Company", "Redwood Gas and Electric", "Bay Valley Gas & Power")
    )
    return Bill(
        US, name, facts.digits(random, "##########-#"), "", facts.person(random), facts.street(random, US),
        facts.town(random, US), [power, gas], [*charges, *gases], issued, facts.after(random, issued, 17, 21),
        previous, paid, "ELECTRICITY", {"invoiceId"},
    )  # fmt: skip


def _sidebar_head(paper: Paper, bill: Bill, page: int) -> None:
    paper.page()
    paper.put(40, 44, bill.provider, 15, BOLD)
    paper.put(400, 40, "ENERGY STATEMENT", 12, BOLD)
    paper.lines(
        400, 56,
        [f"Account No: {bill.account}", f"Statement Date: {US.digits(bill.issued)}",
         f"Due Date: {US.digits(bill.due)}"], 9, BOLD, 12,
    )  # fmt: skip
    paper.put(560, 770, f"Page {page} of 3", 8, align="right")


def sidebar(random: Random) -> tuple[Paper, Bill]:
    bill = _sidebar_facts(random)
    paper = Paper(LETTER)
    _sidebar_head(paper, bill, 1)
    paper.put(40, 110, "Service For:", 9, BOLD)
    paper.lines(40, 123, [bill.customer.upper(), bill.street, bill.town])
    paper.put(40, 190, "Questions about your bill?", 9, BOLD)
    paper.lines(40, 203, ["Monday-Friday 7 a.m.-9 p.m.", "Phone: 1-800-555-0148", "www.example.com/myenergy"])
    paper.put(260, 110, "Your Account Summary", 13, BOLD)
    sums = [sum((c.amount for c in bill.charges if c.supply == place), D(0)) for place in (0, 1)]
    rows = [
        ("Amount Due on Previous Statement", US.money(bill.previous)),
        ("Payment(s) Received Since Last Statement", US.money(-bill.paid)),
        ("Previous Unpaid Balance", US.money(bill.previous - bill.paid)),
        ("Current Electric Charges", US.money(sums[0])),
        ("Current Gas Charges", US.money(sums[1])),
    ]
    y = paper.pairs(260, 560, 132, rows)
    paper.rule(260, y - 8, 560)
    paper.put(260, y + 8, f"Total Amount Due by {US.digits(bill.due)}", 11, BOLD)
    paper.put(560, y + 8, US.money(bill.total), 11, BOLD, "right")
    paper.put(260, y + 50, "Your Monthly Billing History", 10, BOLD)
    paper.lines(260, y + 64, ["Daily usage comparison:  1 year ago 19.1 kWh   last period 22.4 kWh"], 8)
    paper.put(40, 700, "Please return this portion with your payment. No staples or paper clips.", 8)
    columns = (40, 190, 300, 420)
    heads = ("Account Number:", "Due Date:", "Total Amount Due:", "Amount Enclosed:")
    paper.row(718, list(zip(columns, heads, strict=True)), 8, BOLD)
    cells = (bill.account, US.digits(bill.due), US.money(bill.total), "$")
    paper.row(732, list(zip(columns, cells, strict=True)))
    for place, title in enumerate(("Electric", "Gas")):
        _sidebar_head(paper, bill, 2 + place)
        _sidebar_detail(paper, bill, place, title, sums[place])
    return paper, bill


def _sidebar_detail(paper: Paper, bill: Bill, place: int, title: str, amount: Decimal) -> None:
    one = bill.supplies[place]
    paper.put(40, 120, f"Details of {title} Charges", 14, BOLD)
    paper.put(40, 136, f"{US.digits(one.start)} - {US.digits(one.end)} ({one.days} billing days)", 9)
    paper.put(40, 149, f"Service For: {bill.street}", 9)
    if place == 0:
        paper.put(40, 162, "Service Agreement ID: 4418273305", 9)
    paper.put(40, 175, f"Rate Schedule: {one.tariff}", 9)
    paper.put(40, 196, f"{US.digits(one.start)} - {US.digits(one.end)}", 9, BOLD)
    y = 212.0
    for charge in (c for c in bill.charges if c.supply == place):
        paper.put(48, y, charge.text)
        if charge.rate is not None:
            paper.put(170, y, f"{charge.quantity:.6f} {charge.unit}")
            paper.put(275, y, f"@ ${charge.rate}")
        paper.put(395, y, US.number(charge.amount, 2) if y > 212 else US.money(charge.amount), align="right")
        y += 14
    paper.put(40, y + 8, f"Total {title} Charges", 10, BOLD)
    paper.put(395, y + 8, US.money(amount), 10, BOLD, "right")
    paper.fill(420, 108, 150, 122, 0.93)
    paper.put(428, 122, "Service Information", 9, BOLD)
    rows = [("Meter #", str(one.meter))]
    if one.current is not None and one.previous is not None:
        rows += [
            ("Current Meter Reading", US.number(one.current)),
            ("Prior Meter Reading", US.number(one.previous)),
            ("Difference", US.number(one.current - one.previous)),
            ("Multiplier", f"{one.multiplier:.6f}"),
        ]
    rows.append(("Total Usage", f"{one.usage:.6f} {one.shown}"))
    rows.append(("Baseline Territory", "X") if place == 0 else ("Serial", "M"))
    paper.pairs(428, 564, 138, rows, 7.5, 12)
    paper.put(420, 252, f"Average Daily Usage ({one.shown} / day)", 8, BOLD)
    paper.row(264, [(420, "Last Year"), (470, "Last Period"), (525, "Current Period")], 7)
    paper.row(275, [(420, "11.20"), (470, "12.80"), (525, f"{one.usage / one.days:.2f}")], 7)


# --- a business invoice with the supply number in a grid ---------------------------------------------------------


def _grid_facts(random: Random) -> Bill:
    start, end = facts.period(random, (28, 31))
    multiplier = D(random.choice((1, 10, 40)))
    parts = [
        ("Day", "PEAK", multiplier * random.randint(210, 1900)),
        ("Night", "OFF_PEAK", multiplier * random.randint(60, 700)),
    ]
    usage = parts[0][2] + parts[1][2]
    one = Supply("ELECTRICITY", facts.digits(random, "K##@0####"), usage, "kWh", "kWh", start, end)
    one.parts, one.multiplier = parts, multiplier
    one.estimated = random.random() < 0.4
    one.identifiers = {"POD": facts.digits(random, "1# #### #### ###")}
    one.tariff = random.choice(("Business Secure 24", "Fixed Plus Oct 2026", "Flexible Business"))
    one.demand = [("Maximum demand", D(random.randint(18, 140)), "kVA")]
    net = [
        charged("Day units", parts[0][2], "kWh", "0.2311"),
        charged("Night units", parts[1][2], "kWh", "0.1467"),
        charged("Standing charge", D(one.days), "days", "0.8520"),
        charged("Climate Change Levy", usage, "kWh", "0.00775"),
        charged("Availability", one.demand[0][1], "kVA", "1.34"),
    ]
    previous, paid = facts.carried(random, 300, 900)
    issued = facts.after(random, end, 3, 9)
    bill = Bill(
        UK, random.choice(("Harrowgate Business Energy", "Britannic Power Supply Ltd", "Westmarch Energy")),
        facts.digits(random, "6########"), facts.digits(random, "INV-#######"), facts.person(random),
        facts.street(random, UK), facts.town(random, UK), [one], [*net, taxed("VAT @ 20.00%", net, "20")],
        issued, facts.after(random, issued, 14, 14), previous, paid,
    )  # fmt: skip
    bill.hide("usageData.previousReading", "usageData.currentReading")
    return bill


def grid(random: Random) -> tuple[Paper, Bill]:
    bill = _grid_facts(random)
    paper = Paper(A4)
    paper.page()
    paper.put(40, 56, bill.provider, 17, SERIF)
    paper.put(555, 50, "VAT INVOICE", 14, BOLD, "right")
    paper.lines(40, 100, [bill.customer, bill.street, bill.town], 10)
    paper.fill(330, 84, 225, 84, 0.92)
    labels = (
        ("Customer account", bill.account),
        ("Invoice number", bill.invoice),
        ("Invoice date (tax point)", UK.digits(bill.issued)),
        ("Billing period from", UK.digits(bill.start)),
        ("Billing period to", UK.digits(bill.end)),
    )
    paper.pairs(338, 548, 100, labels, 9, 15)
    paper.put(40, 200, "Statement of account", 11, BOLD)
    net = bill.current - bill.tax
    rows = (
        ("Balance from previous invoice", UK.money(bill.previous)),
        ("Payments received - thank you", f"{UK.money(bill.paid)} CR" if bill.paid else UK.money(D(0))),
        ("Electricity charges this invoice", UK.money(net)),
        ("VAT @ 20.00%", UK.money(bill.tax)),
        ("Total this invoice", UK.money(bill.current)),
    )
    y = paper.pairs(40, 555, 218, rows, 10, 16)
    paper.fill(40, y - 6, 515, 26, 0.88)
    paper.put(48, y + 11, "TOTAL AMOUNT PAYABLE", 11, BOLD)
    paper.put(548, y + 11, UK.money(bill.total), 11, BOLD, "right")
    paper.put(40, y + 42, f"Payment terms: 14 days. Payment is due by {UK.digits(bill.due)}.", 9)
    paper.put(
        40,
        y + 56,
        "Bank: Lombard & Shire  Sort code 20-11-44  Account 30441299 (quote your account number)",
        8,
    )
    paper.put(40, 812, f"{bill.provider}. Registered in England No. 04418821. VAT No. GB 441 2201 77", 7)
    _grid_detail(paper, bill)
    return paper, bill


def _grid_detail(paper: Paper, bill: Bill) -> None:
    one = bill.supplies[0]
    paper.page()
    paper.put(40, 56, "Supply details", 13, BOLD)
    paper.put(40, 76, f"Site address: {bill.street}, {bill.town}", 9)
    paper.put(40, 90, f"Contract: {one.tariff}", 9)
    paper.put(380, 76, "Supply number", 8, BOLD)
    for x, text in ((402, "03"), (442, "845"), (492, "501")):
        paper.put(x, 92, text, 10, BOLD)
    paper.put(386, 100, "S", 16, BOLD)
    core = one.identifiers["POD"].split()
    for x, text in zip((402, 432, 472, 517), core, strict=True):
        paper.put(x, 108, text, 10, BOLD)
    for edge in (82, 96, 112):
        paper.rule(398, edge, 548)
    paper.put(40, 140, "Meter readings and consumption", 11, BOLD)
    columns = (40, 116, 222, 246, 330, 354, 408, 448, 555)
    heads = ("Meter", "Register", "Previous", "", "Present", "", "Advance", "Multi-", "Consumption")
    second = (
        "serial no",
        "",
        UK.digits(one.start, year="%y"),
        "",
        UK.digits(one.end, year="%y"),
        "",
        "",
        "plier",
        "kWh",
    )
    paper.row(158, list(zip(columns, heads, strict=True)), 8, BOLD, 2)
    paper.row(168, list(zip(columns, second, strict=True)), 8, BOLD, 2)
    paper.rule(40, 172, 555)
    y, old = 185.0, D(10418)
    multiplier = one.multiplier or D(1)
    for label, _, usage in one.parts:
        step = usage / multiplier
        cells = (str(one.meter), label, f"{old}", "A", f"{old + step}", "E" if one.estimated else "A", f"{step}",
                 f"{multiplier}", UK.number(usage))  # fmt: skip
        paper.row(y, list(zip(columns, cells, strict=True)), 9, right=2)
        y, old = y + 14, old + 30557
    paper.put(222, y, "Total consumption", 9, BOLD)
    paper.put(555, y, UK.number(one.usage), 9, BOLD, "right")
    caption, demand, unit = one.demand[0]
    paper.put(40, y + 18, f"{caption}: {demand} {unit}   Agreed capacity: 200 {unit}", 9)
    paper.put(40, y + 32, "A = actual reading, E = estimated reading, C = customer reading", 7)
    y += 58
    paper.row(y, [(40, "Charge"), (330, "Quantity"), (440, "Rate"), (555, "Amount")], 8, BOLD, 1)
    for charge in bill.charges[:-1]:
        y += 14
        paper.put(40, y, charge.text)
        paper.put(330, y, f"{UK.number(charge.quantity or D(0))} {charge.unit}", align="right")
        paper.put(440, y, f"{(charge.rate or D(0)) * 100:.3f} p", align="right")
        paper.put(555, y, UK.number(charge.amount, 2), align="right")
    for label, amount in (("Net charges", bill.current - bill.tax), ("VAT @ 20.00%", bill.tax)):
        y += 16
        paper.put(330, y, label, 9, BOLD)
        paper.put(555, y, UK.number(amount, 2), 9, BOLD, "right")
