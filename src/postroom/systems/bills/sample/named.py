"""Owns four layouts whose fields go by other names, and stand elsewhere: a British one in two columns, an Australian
tax invoice, an Italian bill, a town's combined bill with its numbers on the payment slip.

How a number is named and where its value stands is drawn anew for each bill.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import (
    AU,
    IT,
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
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, SERIF, Paper, width

D = Decimal
_WAYS = ("colon", "gap", "below", "right", "dots")


def _named(
    paper: Paper, way: str, x: float, y: float, label: str, value: str, *, right: float, size: float = 9
) -> float:
    """A label and its value in one of `_WAYS`; returns the next baseline."""
    if way == "colon":
        paper.put(x, y, f"{label}: {value}", size)
    elif way == "gap":
        paper.put(paper.put(x, y, label, size, BOLD) + 2.5 * size, y, value, size)
    elif way == "below":
        paper.put(x, y, label, size - 1.5)
        y += 1.3 * size
        paper.put(x, y, value, size, BOLD)
    else:
        paper.put(x, y, label, size)
        paper.put(right, y, value, size, align="right")
        if way == "dots":
            begin, end = x + width(label, size) + 3, right - width(value, size) - 3
            paper.put(begin, y, "." * max(0, int((end - begin) / width(".", size))), size)
    return y + 1.7 * size


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
    way = random.choice(_WAYS)
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
    y = _named(paper, way, 330, 100, label, bill.account, right=545)
    if random.random() < 0.5:
        y = _named(
            paper,
            way,
            330,
            y,
            random.choice(("Payment reference", "Your reference")),
            facts.digits(random, "9######"),
            right=545,
        )
    y = _named(
        paper,
        way,
        330,
        y,
        random.choice(("Bill number", "Bill reference", "Invoice no.")),
        bill.invoice,
        right=545,
    )
    y = _named(
        paper,
        way,
        330,
        y,
        random.choice(("Bill date", "Date of bill", "Date issued")),
        UK.long(bill.issued),
        right=545,
    )
    _named(
        paper,
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
        _named(paper, "colon", 40, 430, "Meter number", str(one.meter), right=300)
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
    for charge in charges:
        paper.put(40, y, charge.text)
        if charge.rate is not None:
            paper.put(200, y, f"{AU.number(charge.quantity or D(0))} {charge.unit}", 8)
            paper.put(300, y, f"{AU.sign}{charge.rate}", 8)
        paper.put(450, y, AU.money(charge.amount), align="right")
        y += 14
    paper.put(40, y + 3, "Total new charges", 9, BOLD)
    paper.put(450, y + 3, AU.money(bill.current), 9, BOLD, "right")
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


# --- Italy: POD, three bands, labels over values ---------------------------------------------------------------


def it_power(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (58, 62))
    bands = [D(random.randint(60, 300)) for _ in range(3)]
    usage = sum(bands, D(0))
    pod = facts.digits(random, "IT###E########")
    one = Supply("ELECTRICITY", facts.digits(random, "0##E#########"), usage, "kWh", "kWh", start, end)
    one.identifiers = {"POD": pod}
    net = [
        Charge("Spesa per la materia energia", cents(usage * D("0.1461"))),
        Charge("Spesa per il trasporto e la gestione del contatore", cents(usage * D("0.0291") + 9)),
        Charge("Spesa per oneri di sistema", cents(usage * D("0.0306"))),
    ]
    charges = [*net, Charge("Accise", cents(usage * D("0.0227")), tax=True)]
    charges.append(taxed("IVA 10%", charges, "10"))
    name = random.choice(("Valmarina Energia S.p.A.", "Lucana Luce S.p.A.", "Energia Adriatica S.r.l."))
    pattern = random.choice(("### ### ###", "1 ### ### ### ##", "##########", "@@-#######"))
    bill = drawn(random, IT, name, pattern, [one], charges, "usageData.multiplier", "usageData.tariff")
    bill.previous = bill.paid = D(0)
    bill.hide(
        "previousCloseBalance",
        "afterPreviousTotalPayment",
        "usageData.previousReading",
        "usageData.currentReading",
        "usageData.isEstimated",
    )
    paper = Paper(A4)
    paper.page()
    paper.put(40, 56, bill.provider, 16, BOLD)
    paper.put(40, 70, "Servizio energia elettrica - Mercato libero", 8)
    way = random.choice(_WAYS)
    y = 110.0
    for label, value in (
        (random.choice(("Codice cliente", "Numero cliente", "N. cliente", "N° cliente", "Codice Cliente n.")),
         bill.account),
        (random.choice(("Bolletta n.", "Fattura n.", "Numero fattura", "N. bolletta")), bill.invoice),
        (random.choice(("Data di emissione", "Data emissione", "Emessa il")), IT.digits(bill.issued)),
        ("Codice POD" if random.random() < 0.3 else "POD", pod),
        ("Periodo di fatturazione", f"{IT.digits(start)} - {IT.digits(end)}"),
    ):  # fmt: skip
        y = _named(paper, way, 40, y, label, value, right=280)
    paper.lines(340, 120, [bill.customer, bill.street, bill.town], 10)
    paper.put(340, 180, "Indirizzo di fornitura", 8, BOLD)
    paper.lines(340, 192, [bill.street, bill.town], 9)
    paper.put(40, 260, "Totale da pagare", 12, BOLD)
    paper.put(200, 260, IT.money(bill.total), 14, BOLD)
    paper.put(340, 260, f"Scadenza {IT.digits(bill.due)}", 10)
    paper.put(40, 300, "Sintesi degli importi", 12, BOLD)
    y = paper.pairs(40, 400, 318, [(c.text, IT.money(c.amount)) for c in charges], 9, 15)
    paper.put(40, y + 3, "Totale bolletta", 10, BOLD)
    paper.put(400, y + 3, IT.money(bill.total), 10, BOLD, "right")
    paper.put(40, 450, "Letture e consumi", 12, BOLD)
    paper.put(40, 466, f"Matricola contatore: {one.meter}", 9)
    paper.row(484, ((40, "Fascia"), (140, "F1"), (220, "F2"), (300, "F3"), (380, "Totale")), 8, BOLD)
    paper.row(
        498,
        (
            (40, "Consumo kWh"),
            *((140.0 + 80 * n, f"{value}") for n, value in enumerate(bands)),
            (380, f"{usage}"),
        ),
        9,
    )
    paper.put(40, 520, f"Consumo totale fatturato: {usage} kWh", 9)
    paper.put(40, 540, f"Consumo annuo: {IT.number(usage * 6)} kWh", 8)
    paper.put(
        40, 800, f"{bill.provider} - Partita IVA 0{facts.digits(random, '##########')} - REA MI 1234567", 7
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
    for y, kind, one in ((134, "Electric", power), (147, "Water", tap)):
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
