"""Owns two layouts whose fields go by other names and stand elsewhere: a British one in two columns, a town's combined bill
with its numbers on the payment slip. How a number is named and where its value stands is drawn anew for each bill.
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
    drawn,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, SERIF, WAYS, Paper

D = Decimal


# --- Britain: two columns, the supply number in its grid ---------------------------------------------------


def uk_columns(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 92))
    units = D(random.randint(120, 1800))
    core = facts.digits(random, "1############")
    one = Supply(
        "ELECTRICITY", facts.digits(random, "2#@#######"), units, "kWh", "kWh", start, end, estimated=False
    )
    one.previous, one.current = facts.reading(random, units)
    one.tariff, one.identifiers = (
        random.choice(("Flexible Variable", "Loyal Fix 24 Months", "Green 12M Fixed v7")),
        {"POD": core},
    )
    charges = [
        charged("Energy used", units, "kWh", random.choice(("0.2486", "0.2203", "0.3019"))),
        charged("Daily standing charge", D(one.days), "days", "0.6097"),
    ]
    charges.append(taxed("VAT at 5.00%", charges, "5"))
    name = random.choice(("Harrow & Vale Energy", "Solway Power", "Kite Energy", "British Heath Electric"))
    pattern = random.choice(
        ("6## ### ####", "8510 #### ####", "A-@#@#@###", "0############", "##########/##")
    )
    bill = drawn(random, UK, name, pattern, [one], charges, "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(545, 50, bill.provider, 17, BOLD, "right")
    paper.lines(40, 110, [bill.customer, bill.street, bill.town], 10)
    way = random.choice(WAYS)
    label = random.choice(
        (
            "Your customer number",
            "Customer reference",
            "Your account number",
            "Account no.",
            "Customer account number",
            "Account reference",
            "Your account",
            "Customer No",
        )
    )
    y = paper.named(way, 330, 100, label, bill.account, right=545)
    if random.random() < 0.5:
        y = paper.named(
            way,
            330,
            y,
            random.choice(("Payment reference", "Your reference")),
            facts.digits(random, "9######"),
            right=545,
        )
    y = paper.named(
        way,
        330,
        y,
        random.choice(("Bill number", "Bill reference", "Invoice no.")),
        bill.invoice,
        right=545,
    )
    y = paper.named(
        way,
        330,
        y,
        random.choice(("Bill date", "Date of bill", "Date issued")),
        UK.long(bill.issued),
        right=545,
    )
    paper.named(
        way,
        330,
        y,
        random.choice(("Billing period", "Bill period", "Period covered")),
        f"{UK.short(start)} - {UK.short(end)}",
        right=545,
    )
    paper.put(40, 240, "What you owe", 13, BOLD)
    rows = (
        ("Balance on your last bill", UK.money(bill.previous)),
        ("Payments received", UK.money(-bill.paid)),
        ("Charges for this period", UK.money(bill.current)),
    )
    y = paper.pairs(40, 270, 262, rows, 9, 15)
    paper.put(40, y + 4, random.choice(("Total to pay", "Balance now due", "Amount due")), 11, BOLD)
    paper.put(270, y + 4, UK.money(bill.total), 11, BOLD, "right")
    paper.put(40, y + 22, f"Please pay by {UK.long(bill.due)}", 9)
    paper.put(320, 240, "How we worked it out", 13, BOLD)
    y = paper.pairs(
        320,
        545,
        262,
        (
            ("Tariff", str(one.tariff)),
            ("Meter serial number", str(one.meter)),
            (f"Reading on {UK.short(end)}", f"{one.current} Actual"),
            (f"Reading on {UK.short(start)}", f"{one.previous} Actual"),
            ("Electricity used", f"{units} kWh"),
        ),
        9,
        15,
    )
    for charge in charges[:2]:
        paper.put(320, y, charge.text)
        price = (charge.rate or D(0)) * 100
        paper.put(320, y + 11, f"{charge.quantity} {charge.unit} x {price:.2f}p", 8)
        paper.put(545, y, UK.money(charge.amount), align="right")
        y += 27
    y = paper.pairs(
        320,
        545,
        y,
        (
            (charges[2].text, UK.money(bill.tax)),
            ("Total charges for this period", UK.money(bill.current)),
        ),
    )
    paper.put(320, y + 16, random.choice(("Your supply number", "Supply number (MPAN)", "MPAN")), 8)
    paper.put(320, y + 40, "S", 20, BOLD)
    for place, group in enumerate((f"0{random.randint(1, 4)}", "801", "902")):
        paper.put(350 + 60 * place, y + 32, group, 9)
    for place, group in enumerate((core[:2], core[2:6], core[6:10], core[10:])):
        paper.put(350 + 45 * place, y + 46, group, 9)
    paper.put(40, 440, f"Supply address: {bill.street}, {bill.town}", 8)
    paper.put(
        40, 800, f"{bill.provider} Ltd. Registered in England and Wales No 2208811. VAT no. 684 9667 62.", 7
    )
    return paper, bill


# --- America: a town's combined bill, its numbers only on the slip --------------------------------------------


def us_town(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (27, 33))
    kwh, gallons = D(random.randint(250, 2100)), D(random.randint(2, 21))
    power = Supply("ELECTRICITY", facts.digits(random, "########"), kwh, "kWh", "kWh", start, end)
    power.previous, power.current = facts.reading(random, kwh)
    tap = Supply("WATER", facts.digits(random, "########"), gallons, "kgal (US)", "kGal", start, end)
    tap.previous, tap.current = facts.reading(random, gallons)
    charges = [
        Charge("Electric", cents(kwh * D("0.1231") + D("16.5"))),
        Charge("Water", cents(gallons * D("5.12") + 18)),
        Charge("Sewer", cents(gallons * D("6.3") + 22)),
        Charge("Sanitation", D("19.85")),
        Charge("Storm Drainage", D("6.50")),
    ]
    charges.append(taxed("State Sales Tax", charges[:1], "6"))
    place = random.choice(("Alder Creek", "Bentonville Junction", "Osage Landing", "Mill Harbor"))
    name = random.choice((f"City of {place}", f"Town of {place}", f"{place} Municipal Utilities"))
    pattern = random.choice(("##-####-##", "000###-00####", "## #### #### #", "#######-######", "##########"))
    bill = drawn(
        random,
        US,
        name,
        pattern,
        [power, tap],
        charges,
        "usageData.multiplier",
        "invoiceId",
        "usageData.tariff",
        "usageData.isEstimated",
    )
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 46, bill.provider, 15, BOLD)
    paper.lines(40, 60, ["P.O. Box 1180", f"{bill.town}", "Utility Billing 8 am - 5 pm  (555) 013-2200"], 8)
    paper.put(330, 60, "Service Address", 8, BOLD)
    paper.lines(330, 72, [bill.street, bill.town], 9)
    paper.row(
        120,
        (
            (40, "Service"),
            (110, "Meter No."),
            (190, "From"),
            (255, "To"),
            (320, "Previous"),
            (385, "Present"),
            (450, "Usage"),
            (510, "Unit"),
        ),
        8,
        BOLD,
    )
    for y, kind, one in ((134.0, "Electric", power), (147.0, "Water", tap)):
        paper.row(
            y,
            (
                (40, kind),
                (110, str(one.meter)),
                (190, US.digits(start)),
                (255, US.digits(end)),
                (320, f"{one.previous}"),
                (385, f"{one.current}"),
                (450, f"{one.usage}"),
                (510, one.shown),
            ),
            8.5,
        )
    paper.put(40, 190, "Previous Balance")
    paper.put(300, 190, US.number(bill.previous, 2), align="right")
    paper.put(40, 203, "Payments")
    paper.put(300, 203, US.number(-bill.paid, 2), align="right")
    y = paper.pairs(40, 300, 225, [(c.text, US.number(c.amount, 2)) for c in charges], 9, 13)
    paper.put(40, y + 3, "Current Charges", 9, BOLD)
    paper.put(300, y + 3, US.money(bill.current), 9, BOLD, "right")
    paper.put(40, y + 20, "TOTAL DUE", 11, BOLD)
    paper.put(300, y + 20, US.money(bill.total), 11, BOLD, "right")
    paper.put(330, 230, "Message", 9, BOLD)
    paper.lines(
        330,
        244,
        [
            "Water used last month: 9 kGal",
            "A 5% penalty is added after the due date.",
            "Report leaks at any hour.",
        ],
        8,
        SERIF,
    )
    paper.put(40, 540, "PLEASE RETURN THIS PORTION WITH YOUR PAYMENT", 7)
    label = random.choice(
        (
            "Account No.",
            "Acct #",
            "Account",
            "Customer No.",
            "Utility Account",
            "ACCOUNT ID",
            "Cust/Acct No.",
            "Account Number",
        )
    )
    slip = (
        (40.0, label, bill.account),
        (170.0, "Bill Date", US.digits(bill.issued)),
        (270.0, "Due Date", US.digits(bill.due)),
        (370.0, "Amount Due", US.money(bill.total)),
    )
    if random.random() < 0.5:
        for x, head, value in slip:
            paper.put(x, 570, head, 8, BOLD)
            paper.put(x, 583, value, 9)
    else:
        paper.pairs(340, 560, 570, [(head, value) for _, head, value in slip])
    paper.lines(40, 640, [bill.customer, bill.street, bill.town])
    return paper, bill
