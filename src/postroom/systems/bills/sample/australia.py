"""Owns the layouts of invented utilities of Australia."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample import listed
from postroom.systems.bills.sample.fact import (
    AU,
    UK,
    Bill,
    Charge,
    Supply,
    charged,
    drawn,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, Paper

D = Decimal


# --- Australian gas and water -----------------------------------------------------------------------------------


def au_gas(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (56, 64))
    cubic = D(random.randint(30, 400))
    used = (cubic * D("38.72")).quantize(D(1))
    one = Supply("GAS", facts.digits(random, "@@######"), used, "MJ", "MJ", start, end)
    one.previous, one.current = facts.reading(random, cubic)
    one.tariff = random.choice(("Residential Gas Plan", "Value Saver Gas"))
    one.estimated = random.random() < 0.3
    one.identifiers = {"MIRN": facts.digits(random, "5##########")}
    charges = [
        charged("Anytime usage", used, "MJ", "0.03740"),
        charged("Supply charge", D(one.days), "days", "0.80190"),
    ]
    charges.append(taxed("GST", charges, "10"))
    name = random.choice(("Murray Gas", "Otway Energy", "Kangaroo Valley Gas"))
    bill = drawn(random, AU, name, "#### ####", [one], charges)
    bill.hide("usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 56, bill.provider, 20, BOLD)
    paper.put(50, 72, f"ABN 74 115 061 375  {bill.provider} Pty Limited", 7)
    paper.lines(50, 110, [bill.customer, bill.street, bill.town], 10)
    paper.pairs(
        330,
        545,
        60,
        (
            ("Account number", bill.account),
            ("Invoice number", bill.invoice),
            ("Issue date", AU.short(bill.issued)),
            ("Supply period", f"{AU.short(start)} - {AU.short(end)}"),
        ),
    )
    paper.fill(330, 130, 220, 70)
    paper.put(340, 150, "Amount due", 10)
    paper.put(540, 150, AU.money(bill.total), 16, BOLD, "right")
    paper.put(340, 180, "Due date", 10)
    paper.put(540, 180, AU.short(bill.due), 12, BOLD, "right")
    paper.put(50, 220, "Account summary", 12, BOLD)
    paper.pairs(
        50,
        300,
        238,
        (
            ("Opening balance", AU.money(bill.previous)),
            ("Payments received", AU.money(bill.paid) + "cr" if bill.paid else AU.money(D(0))),
            ("Carried forward", AU.money(bill.previous - bill.paid)),
            ("New charges", AU.money(bill.current)),
            ("Total due", AU.money(bill.total)),
        ),
    )
    paper.page()
    paper.put(50, 60, "Your gas account in detail", 13, BOLD)
    paper.put(50, 78, f"Supply address: {bill.street}, {bill.town}", 9)
    paper.put(50, 92, f"MIRN: {one.identifiers['MIRN']}   Plan: {one.tariff}", 9)
    columns = (50, 130, 225, 320, 400, 470, 545)
    heads = ("Meter no.", "Previous read", "Current read", "Units m³", "Heating value", "Pressure", "MJ used")
    paper.row(116, list(zip(columns, heads, strict=True)), 8, BOLD, 6)
    kind = "(E)" if one.estimated else "(A)"
    row = (
        str(one.meter),
        f"{one.previous} (A)",
        f"{one.current} {kind}",
        f"{cubic}",
        "38.72",
        "1.0000",
        AU.number(used),
    )
    paper.row(130, list(zip(columns, row, strict=True)), 9, right=6)
    paper.put(50, 146, "(A) actual read  (E) estimated read", 7)
    y = 170.0
    for charge in charges[:2]:
        paper.put(50, y, charge.text)
        paper.put(300, y, f"{AU.number(charge.quantity or D(0))} {charge.unit}", align="right")
        paper.put(400, y, f"${charge.rate}", align="right")
        paper.put(545, y, AU.money(charge.amount), align="right")
        y += 14
    paper.pairs(
        50,
        545,
        y + 4,
        (("GST", AU.money(bill.tax)), ("Total new charges (inc. GST)", AU.money(bill.current))),
    )
    return paper, bill


def au_water(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (86, 95))
    used = D(random.randint(10, 130))
    one = Supply("WATER", facts.digits(random, "@@@####"), used, "kL", "kL", start, end)
    one.previous, one.current = facts.reading(random, used)
    charges = [
        Charge("Water service charge", D("19.74")),
        charged("Water usage charge", used, "kL", "2.67"),
        Charge("Wastewater service charge", D("143.11")),
    ]
    name = random.choice(("Riverina Water", "Coastal Water Corporation", "Unitywell Water"))
    bill = drawn(random, AU, name, "## ## ## #", [one], charges, "invoiceId", "taxCharges")
    bill.hide("usageData.tariff", "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(545, 56, bill.provider, 18, BOLD, "right")
    paper.lines(50, 80, [bill.customer, bill.street, bill.town], 10)
    columns = (50, 175, 300, 425)
    heads = ("Account number", "Date of issue", "Payment due", "Total amount due")
    paper.fill(45, 140, 505, 40)
    paper.row(154, list(zip(columns, heads, strict=True)), 8)
    row = (bill.account, AU.short(bill.issued), AU.short(bill.due), AU.money(bill.total))
    paper.row(170, list(zip(columns, row, strict=True)), 11, BOLD)
    paper.put(50, 200, f"Property: {bill.street}, {bill.town}", 9)
    paper.put(50, 214, f"Account period: {AU.short(start)} to {AU.short(end)}", 9)
    rows = [
        ("Previous balance", AU.money(bill.previous)),
        ("Payments", AU.money(-bill.paid)),
        *((charge.text, AU.money(charge.amount)) for charge in charges),
        ("Current charges", AU.money(bill.current)),
        ("Total balance", AU.money(bill.total)),
    ]
    y = paper.pairs(50, 330, 246, rows)
    y += 24
    paper.put(50, y, "Water meter readings", 11, BOLD)
    places = (50, 150, 250, 350, 450)
    paper.row(
        y + 16,
        list(zip(places, ("Meter number", "Last reading", "This reading", "kL used", "Days"), strict=True)),
        8,
        BOLD,
    )
    reading = (str(one.meter), f"{one.previous}", f"{one.current}", f"{used}", f"{one.days}")
    paper.row(y + 30, list(zip(places, reading, strict=True)))
    paper.put(
        50, y + 60, "Your average daily use was 412 litres. 1 kL = 1,000 litres. BPAY biller code 7773.", 8
    )
    return paper, bill


# --- Australia: a row of boxes, NMI or MIRN ----------------------------------------------------------------


def au_boxes(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 93))
    gas = random.random() < 0.5
    usage = D(random.randint(900, 9000) if gas else random.randint(200, 2400))
    unit = "MJ" if gas else "kWh"
    number = facts.digits(random, "5#########" if gas else "4#########")
    one = Supply(
        "GAS" if gas else "ELECTRICITY",
        facts.digits(random, "@#####" if gas else "0########"),
        usage,
        unit,
        unit,
        start,
        end,
        estimated=False,
        identifiers={"MIRN" if gas else "NMI": number},
    )
    if not gas:
        one.previous, one.current = facts.reading(random, usage)
    charges = [
        charged("Usage all hours", usage, unit, "0.0412" if gas else "0.2871"),
        charged("Supply charge", D(one.days), "days", "0.9934"),
    ]
    charges.append(taxed("GST", charges, "10"))
    name = random.choice(("Southern Cross Energy", "Murray Energy", "Redgum Power & Gas", "Coolabah Energy"))
    pattern = random.choice(("#### #### ####", "##########", "2 ### ### ###", "7###-####-##"))
    bill = drawn(random, AU, name, pattern, [one], charges, "usageData.multiplier", "usageData.tariff")
    paper = Paper(A4)
    paper.page()
    paper.put(40, 50, bill.provider, 18, BOLD)
    paper.put(40, 64, f"{bill.provider} Pty Ltd ABN {facts.digits(random, '## ### ### ###')}", 7)
    paper.put(545, 50, "Tax invoice", 10, align="right")
    heads = (
        (
            40.0,
            random.choice(("Account number", "Account no.", "Customer number", "Account", "Your account no")),
        ),
        (170.0, random.choice(("Issued", "Issue date", "Bill issue date"))),
        (285.0, random.choice(("Amount due", "Total amount due", "Total due"))),
        (410.0, random.choice(("Due date", "Pay by", "Payment due"))),
    )
    values = (bill.account, UK.short(bill.issued), AU.money(bill.total), UK.short(bill.due))
    for (x, head), value in zip(heads, values, strict=True):
        paper.fill(x - 4, 86, 110, 34)
        paper.put(x, 98, head, 7.5)
        paper.put(x, 112, value, 11, BOLD)
    paper.lines(40, 150, [bill.customer, bill.street, bill.town], 9)
    y = 150.0
    for label, value in (
        (random.choice(("Invoice number", "Tax invoice no.")), bill.invoice),
        ("Supply period", f"{UK.short(start)} to {UK.short(end)} ({one.days} days)"),
        ("Supply address", f"{bill.street}, {bill.town}"),
        ("MIRN" if gas else random.choice(("NMI", "National Meter Identifier (NMI)")), number),
    ):
        paper.put(300, y, label, 8, BOLD)
        y += 11
        paper.put(300, y, value, 8)
        y += 15
    paper.put(40, 290, "Account summary", 12, BOLD)
    y = paper.pairs(
        40,
        330,
        308,
        (
            ("Opening balance", AU.money(bill.previous)),
            ("Payments received", AU.money(-bill.paid)),
            ("New charges (incl. GST)", AU.money(bill.current)),
        ),
    )
    paper.put(40, y + 3, "Total amount due", 10, BOLD)
    paper.put(330, y + 3, AU.money(bill.total), 10, BOLD, "right")
    paper.put(40, 410, "Your " + ("gas" if gas else "electricity") + " usage and charges", 12, BOLD)
    if gas:
        paper.named("colon", 40, 430, "Meter number", str(one.meter), right=300)
        paper.put(300, 430, f"Total gas used: {AU.number(usage)} MJ", 9)
    else:
        row = (40.0, "Meter"), (130.0, "Previous read"), (250.0, "Current read"), (370.0, "Usage (kWh)")
        paper.row(428, row, 8, BOLD)
        paper.row(
            441,
            (
                (40, str(one.meter)),
                (130, f"{one.previous}"),
                (250, f"{one.current} (Actual)"),
                (370, f"{usage}"),
            ),
            9,
        )
    y = 465.0
    for line, charge in enumerate(charges):
        if charge.rate is not None:
            paper.put(300, y + 14 * line, f"{AU.sign}{charge.rate}", 8)
    at = listed.Columns(40, 200, 450, small=8)
    y = listed.charges(
        paper, y, charges, at, lambda _, one: f"{AU.number(one.quantity or D(0))} {one.unit}", AU.money
    )
    listed.total(paper, y + 3, at, "Total new charges", AU.money(bill.current))
    paper.rule(30, 700, 565)
    paper.put(40, 716, "How to pay", 11, BOLD)
    paper.lines(
        40,
        732,
        [
            "BPAY",
            f"Biller Code: {facts.digits(random, '######')}",
            f"Ref: {bill.account.replace(' ', '').replace('-', '')}4",
        ],
        8,
    )
    paper.lines(
        300,
        732,
        [
            "Post Billpay",
            f"Billpay Code: {random.randint(1000, 4000)}",
            f"Ref: {bill.account.replace(' ', '').replace('-', '')}4",
        ],
        8,
    )
    if gas:
        bill.hide("usageData.previousReading", "usageData.currentReading", "usageData.isEstimated")
    return paper, bill
