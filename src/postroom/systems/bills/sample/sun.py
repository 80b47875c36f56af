"""Owns two layouts: an Australian bill of a house that sells its sun, and an American hauler's invoice."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import AU, US, Bill, Charge, Supply, charged, drawn, taxed
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, Paper

D = Decimal


# --- Australia: what was sold, and what was bought ------------------------------------------------------------


def solar(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (85, 93))
    peak, off = D(random.randint(3000, 12000)) / 10, D(random.randint(500, 5000)) / 10
    sold = D(random.randint(900, 9000)) / 10
    one = Supply("ELECTRICITY", facts.digits(random, "0#######"), peak + off, "kWh", "kWh", start, end)
    one.parts = [("Peak", "PEAK", peak), ("Off Peak", "OFF_PEAK", off)]
    one.identifiers = {"NMI": facts.digits(random, "41########")}
    one.tariff = random.choice(("Residential Value Saver", "Home Solar Extra", "Smart Saver Time of Use"))
    charges = [
        charged("Peak usage", peak, "kWh", "0.3851"),
        charged("Off peak usage", off, "kWh", "0.2214"),
        charged("Supply charge", D(one.days), "days", "1.0890"),
    ]
    gst = taxed("GST", charges, "10")
    charges += [
        Charge("Solar feed-in credit", -(sold * D("0.07")).quantize(D("0.01")), sold, "kWh", D("0.07")),
        gst,
    ]
    name = random.choice(("Banksia Energy", "Wattle Power", "Kookaburra Electricity"))
    bill = drawn(
        random, AU, name, "#### #### ####", [one], charges, "usageData.multiplier", "usageData.isEstimated"
    )
    paper = Paper(A4)
    paper.page()
    paper.put(40, 52, name, 20, BOLD)
    paper.put(555, 40, f"{name} Retail Pty Limited  ABN 78 002 963 650", 7, align="right")
    paper.put(40, 90, "Your electricity bill - Tax invoice", 14, BOLD)
    paper.lines(40, 112, [bill.customer, bill.street, bill.town], 10)
    y = paper.pairs(
        350, 555, 100,
        [("Account number", bill.account), ("Tax invoice no", bill.invoice), ("Date of issue", AU.short(bill.issued))],
        9, 14,
    )  # fmt: skip
    paper.fill(345, y, 215, 60, 0.9)
    paper.put(352, y + 16, "Amount due", 9)
    paper.put(352, y + 36, AU.money(bill.total), 18, BOLD)
    paper.put(352, y + 52, f"Due date {AU.short(bill.due)}", 9)
    paper.put(40, 190, f"Supply address: {bill.street}, {bill.town}", 9)
    paper.put(40, 204, f"Supply period: {AU.short(start)} - {AU.short(end)} ({one.days} days)", 9)
    paper.put(40, 218, f"NMI: {one.identifiers['NMI']}   Energy plan: {one.tariff}", 9)
    paper.put(40, 250, "Bill summary", 12, BOLD)
    rows = [
        ("Opening balance", AU.money(bill.previous)),
        ("Payments and adjustments", f"{AU.money(bill.paid)} cr"),
        ("Balance brought forward", AU.money(bill.previous - bill.paid)),
        ("Electricity charges (incl. GST)", AU.money(bill.current)),
        ("Total due", AU.money(bill.total)),
    ]
    paper.pairs(40, 300, 268, rows, 9, 14)
    paper.put(350, 250, "Average daily usage", 9, BOLD)
    paper.lines(350, 263, [f"This bill {one.usage / one.days:.2f} kWh", "Same time last year 17.03 kWh",
                           "Could you save money on another plan? Visit energymadeeasy.gov.au"], 7)  # fmt: skip
    _sold(paper, bill, peak, off, sold)
    paper.put(40, 740, "How to pay", 9, BOLD)
    paper.lines(40, 752, ["Biller Code: 130112", f"Ref: {facts.digits(random, '#### #### #### ##')}"], 9)
    return paper, bill


def _sold(paper: Paper, bill: Bill, peak: Decimal, off: Decimal, sold: Decimal) -> None:
    one = bill.supplies[0]
    paper.put(40, 360, "Meter reads", 12, BOLD)
    at = (40, 150, 270, 350, 430, 520)
    paper.row(
        376,
        list(zip(at, ("Meter", "Register", "Current", "Previous", "Total units", "Read type"), strict=True)),
        8,
        BOLD,
        2,
    )
    y = 390.0
    old = D("31210.4")
    for label, used in (("Peak", peak), ("Off Peak", off), ("Solar export", sold)):
        cells = (str(one.meter), label, f"{old + used}", f"{old}", f"{used} kWh", "Actual")
        paper.row(y, list(zip(at, cells, strict=True)), 9, right=2)
        y, old = y + 13, old / 2
    paper.put(40, y + 16, "Your charges", 12, BOLD)
    paper.row(y + 32, [(40, "Usage and supply"), (270, "Units"), (380, "Price"), (520, "Amount")], 8, BOLD, 1)
    y += 46
    for charge in bill.charges:
        paper.put(40, y, charge.text)
        if charge.rate is not None:
            paper.put(270, y, f"{charge.quantity} {charge.unit}", align="right")
            paper.put(380, y, f"${charge.rate}", align="right")
        paper.put(
            520,
            y,
            AU.money(charge.amount) if charge.amount > 0 else f"{AU.money(-charge.amount)} cr",
            align="right",
        )
        y += 13
    paper.put(40, y + 3, f"Total electricity charges {AU.short(one.start)} to {AU.short(one.end)}", 9, BOLD)
    paper.put(520, y + 3, AU.money(bill.current), 9, BOLD, "right")


# --- rubbish ---------------------------------------------------------------------------------------------------


def hauler(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 31))
    none = Supply("WASTE", None, D(0), "", "", start, end)
    lifts = D(random.randint(3, 22))
    charges = [
        Charge("8 Yd FEL Container, 2 x week service", D(random.randint(9000, 40000)) / 100),
        charged("Extra pickup", lifts, "ea", "38.75"),
        Charge("Fuel/Environmental Charge", D(random.randint(1500, 9000)) / 100),
        Charge("Administrative Fee", D("9.50")),
    ]
    charges.append(taxed("Sales Tax", charges, "7"))
    name = random.choice(
        ("Blue Heron Disposal", "Tri-County Hauling & Recycling", "Granite State Waste Services")
    )
    hidden = ["serviceAddress"] if random.random() < 0.5 else []
    bill = drawn(random, US, name, "3-0###-#######", [none], charges, *hidden)
    if random.random() < 0.5:
        bill.paid = bill.previous
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 46, name, 17, BOLD)
    paper.lines(40, 60, ["PO Box 9001099, Louisville KY 40290-1099", "Customer Service (800) 555-0133"], 8)
    paper.put(572, 46, "INVOICE", 15, BOLD, "right")
    heads = ("Account Number", "Invoice Number", "Invoice Date", "Payment Due")
    cells = (bill.account, bill.invoice, US.long(bill.issued), US.long(bill.due))
    at = (40, 190, 320, 460)
    paper.row(100, list(zip(at, heads, strict=True)), 8)
    paper.row(113, list(zip(at, cells, strict=True)), 10, BOLD)
    paper.put(40, 140, f"Service Period: {US.digits(start)} - {US.digits(end)}", 9)
    paper.lines(40, 160, ["BILL TO", bill.customer, "PO Box 4410"], 9)
    if not hidden:
        paper.put(300, 160, f"Service Location: {bill.street}, {bill.town}", 9)
    paper.put(40, 220, "Account Summary", 11, BOLD)
    rows = [
        ("Previous Balance", US.money(bill.previous)),
        ("Payments/Adjustments", US.money(-bill.paid)),
        ("Current Invoice Charges", US.money(bill.current)),
    ]
    y = paper.pairs(40, 300, 238, rows)
    paper.put(40, y + 2, "Total Account Balance Due", 10, BOLD)
    paper.put(300, y + 2, US.money(bill.total), 10, BOLD, "right")
    paper.row(
        330,
        [
            (40, "Date"),
            (110, "Description"),
            (360, "Reference"),
            (440, "Quantity"),
            (500, "Unit Price"),
            (572, "Amount"),
        ],
        8,
        BOLD,
        3,
    )
    y = 346.0
    for charge in charges:
        paper.row(y, [(40, f"{end:%m/%d}"), (110, charge.text)])
        if charge.rate is not None:
            paper.put(440, y, f"{charge.quantity:.2f}", align="right")
            paper.put(500, y, f"${charge.rate}", align="right")
        paper.put(572, y, US.money(charge.amount), align="right")
        y += 14
    paper.put(110, y + 4, "CURRENT INVOICE CHARGES", 9, BOLD)
    paper.put(572, y + 4, US.money(bill.current), 9, BOLD, "right")
    paper.put(40, 640, "Please remit to:", 8)
    paper.lines(40, 652, [name, "PO Box 9001099", "Louisville KY 40290-1099"], 9)
    paper.row(652, [(380, "Account"), (480, bill.account)])
    paper.row(665, [(380, "Total Enclosed"), (480, "$ ________")])
    return paper, bill
