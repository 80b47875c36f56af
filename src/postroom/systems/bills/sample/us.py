"""Owns the layouts of invented utilities of the United States."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import US, Bill, Charge, Supply, cents, charged, taxed
from postroom.systems.bills.sample.paper import BOLD, LETTER, MONO, SERIF, Paper

D = Decimal
_Facts = tuple[list[Supply], list[Charge]]


def _bill(
    random: Random,
    provider: str,
    account: str,
    facts_of: _Facts,
    commodity: str,
    hidden: tuple[str, ...] = (),
) -> Bill:
    supplies, charges = facts_of
    end = max(supply.end for supply in supplies)
    previous, paid = facts.carried(random)
    issued = facts.after(random, end, 1, 6)
    bill = Bill(
        US,
        provider,
        facts.digits(random, account),
        facts.digits(random, "##########"),
        facts.person(random),
        facts.street(random, US),
        facts.town(random, US),
        supplies,
        charges,
        issued,
        facts.after(random, issued, 15, 22),
        previous,
        paid,
        commodity,
    )
    bill.hide(*hidden)
    return bill


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
    bill = _bill(random, name, "##########-#", ([one], charges), "ELECTRICITY", ("invoiceId",))
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
    _stub(paper, bill, "Please return this portion with your payment. No staples or paper clips.")
    paper.page()
    paper.put(40, 50, "Details of Electric Charges", 13, BOLD)
    paper.put(40, 66, f"{US.digits(start)} - {US.digits(end)} ({one.days} billing days)", 9)
    paper.put(40, 82, f"Service For: {bill.street.upper()} {bill.town.upper()}", 9)
    paper.put(40, 96, f"Rate Schedule: {one.tariff}", 9)
    y = 120.0
    for charge in charges:
        paper.put(60, y, charge.text, 9)
        if charge.rate is not None:
            text = f"{US.number(charge.quantity or D(0), 6)} kWh @ ${charge.rate}"
            paper.put(180, y, text, 9)
        paper.put(400, y, US.money(charge.amount, sign=charge.amount > 0), 9, align="right")
        y += 14
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


def _stub(paper: Paper, bill: Bill, sentence: str) -> None:
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
    bill = _bill(random, name, "##-####-####-####-#", ([one], charges), "ELECTRICITY", ("invoiceId",))
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
    _stub(paper, bill, "Tear here to return this portion with a check payable to " + bill.provider)
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
        for charge in rows:
            y += 14
            paper.put(40, y, charge.text)
            if charge.rate is not None:
                paper.put(
                    330, y, f"{_plain(charge.quantity)} kWh @ {charge.rate * 100:.4f}¢/kWh", 8, align="right"
                )
            paper.put(420, y, US.money(charge.amount), align="right")
        y += 16
        whole = sum((charge.amount for charge in rows), D(0))
        paper.put(40, y, "Total " + title.removeprefix("Your "), 9, BOLD)
        paper.put(420, y, US.money(whole), 9, BOLD, "right")
        y += 24
    return paper, bill


# --- gas with therm factor ------------------------------------------------------------------------------------


def gas(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 33))
    ccf = D(random.randint(12, 190))
    factor = D(random.randint(1015, 1055)) / 1000
    therms = (ccf * factor).quantize(D("0.1"))
    one = Supply("GAS", facts.digits(random, "#######"), therms, "thm (US)", "therms", start, end)
    one.previous, one.current = facts.reading(random, ccf)
    one.multiplier = None
    one.tariff = random.choice(("GR - Residential", "Rate 1 Residential Heating", "GS-R"))
    charges = [
        Charge("Customer Charge", D("12.40")),
        charged("Gas Delivery", therms, "therms", "0.4621"),
        charged("Cost of Gas", therms, "therms", "0.5518"),
        Charge("Pipeline Safety Fee", D("0.83")),
    ]
    charges.append(taxed("State Tax", charges, "4.225"))
    name = random.choice(("Prairie Natural Gas", "Keystone Gas Company", "Blue Mesa Gas Corporation"))
    bill = _bill(random, name, "###########", ([one], charges), "GAS", ("invoiceId",))
    bill.hide("usageData.multiplier")
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 50, bill.provider.upper(), 16, BOLD)
    paper.put(40, 64, "P.O. Box 5407, Carol Stream, IL 60197", 8)
    for number, (label, value) in enumerate(
        (
            ("ACCOUNT NUMBER", bill.account),
            ("BILL DATE", US.short(bill.issued)),
            ("DUE DATE", US.short(bill.due)),
            ("AMOUNT DUE", US.money(bill.total)),
        )
    ):
        x = 300 + 72 * number
        paper.put(x, 46, label, 6.5, BOLD)
        paper.put(x, 60, value, 8.5)
    paper.put(40, 100, "SERVICE ADDRESS", 7, BOLD)
    paper.lines(40, 112, [bill.customer, bill.street, bill.town])
    paper.put(40, 170, "ACCOUNT SUMMARY", 10, BOLD)
    y = paper.pairs(
        40,
        300,
        186,
        (
            ("Previous Balance", US.money(bill.previous)),
            ("Payments", f"{US.money(bill.paid)}-" if bill.paid else "$0.00"),
            ("Balance Forward", US.money(bill.previous - bill.paid)),
            ("Current Charges", US.money(bill.current)),
            ("Total Amount Due", US.money(bill.total)),
        ),
    )
    paper.put(330, 170, "METER INFORMATION", 10, BOLD)
    paper.pairs(
        330,
        570,
        186,
        (
            ("Meter Number", str(one.meter)),
            ("Service Period", f"{start:%m/%d/%y} - {end:%m/%d/%y}"),
            ("Days of Service", str(one.days)),
            ("Current Reading", _plain(one.current)),
            ("Previous Reading", _plain(one.previous)),
            ("CCF Used", _plain(ccf)),
            ("Therm Factor", f"{factor}"),
            ("Therms Used", f"{therms}"),
            ("Next Meter Read", f"{end + timedelta(30):%m/%d/%y}"),
        ),
    )
    y += 60
    paper.put(40, y, "CURRENT CHARGES", 10, BOLD)
    paper.put(300, y, f"Rate: {one.tariff}", 9)
    for charge in charges:
        y += 14
        paper.put(40, y, charge.text)
        if charge.rate is not None:
            paper.put(200, y, f"{charge.quantity} therms x ${charge.rate}")
        paper.put(420, y, US.money(charge.amount), align="right")
    paper.put(40, y + 16, "Total Current Charges", 9, BOLD)
    paper.put(420, y + 16, US.money(bill.current), 9, BOLD, "right")
    _stub(paper, bill, "DETACH HERE AND RETURN WITH PAYMENT")
    paper.page()
    paper.put(40, 50, "Understanding your bill", 12, BOLD)
    paper.lines(40, 70, ["CCF - one hundred cubic feet of gas.", "Therm - 100,000 British thermal units."])
    return paper, bill


# --- a water district: one page, two months --------------------------------------------------------------------


def water(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (56, 64))
    shown, unit = random.choice((("HCF", "HCF"), ("CCF", "CCF"), ("kgal", "kgal (US)")))
    used = D(random.randint(4, 68))
    one = Supply("WATER", facts.digits(random, "########"), used, unit, shown, start, end)
    one.previous, one.current = facts.reading(random, used)
    one.tariff = random.choice(("Single Family Residential", "Tier Rate 3/4 in"))
    charges = [
        Charge("Bi-monthly Service Charge", D("48.36")),
        charged("Tier 1 Water", used, shown, "3.41"),
        Charge("Wastewater Charge", cents(used * D("2.12") + 20)),
        Charge("Stormwater Fee", D("8.25")),
    ]
    name = random.choice(
        ("Cedar Valley Water District", "Eastbay Municipal Water", "Town of Lyndale Water Department")
    )
    bill = _bill(random, name, "######-######", ([one], charges), "WATER", ("invoiceId", "taxCharges"))
    bill.hide("usageData.multiplier")
    paper = Paper(LETTER)
    paper.page()
    paper.put(306, 46, bill.provider, 16, BOLD, "centre")
    paper.put(306, 60, "1200 Reservoir Road · (555) 014-2200 · www.example.org", 8, align="centre")
    columns = (40, 140, 240, 340, 460)
    heads = ("Account No.", "Customer No.", "Statement Date", "Due Date", "Service Address")
    paper.row(90, list(zip(columns, heads, strict=True)), 8, BOLD)
    row = (bill.account, "20431", US.digits(bill.issued), US.digits(bill.due), bill.street)
    paper.row(102, list(zip(columns, row, strict=True)))
    paper.put(460, 113, bill.town, 9)
    paper.rule(40, 118, 570)
    places = (40, 120, 190, 260, 340, 420, 480, 560)
    titles = ("Meter", "Read From", "Read To", "Days", "Previous", "Current", "Consumption", "Units")
    paper.row(136, list(zip(places, titles, strict=True)), 8, BOLD)
    reading = (
        str(one.meter),
        US.digits(start),
        US.digits(end),
        str(one.days),
        _plain(one.previous),
        _plain(one.current),
        _plain(used),
        shown,
    )
    paper.row(150, list(zip(places, reading, strict=True)))
    paper.put(40, 180, f"Rate class: {one.tariff}", 9)
    rows = [
        ("Previous Balance", US.money(bill.previous)),
        ("Payments Received", US.money(-bill.paid) if bill.paid else "$0.00"),
        ("Adjustments", "$0.00"),
        *((charge.text, US.money(charge.amount)) for charge in charges),
        ("Total Current Charges", US.money(bill.current)),
        ("TOTAL AMOUNT DUE", US.money(bill.total)),
    ]
    y = paper.pairs(40, 300, 204, rows)
    paper.put(330, 204, "Water use comparison", 9, BOLD)
    paper.lines(330, 218, ["This period last year: 31", "Gallons per day: 214", "1 HCF = 748 gallons"], 8)
    paper.put(40, y + 20, "Late payments are subject to a 10% penalty. Thank you for saving water!", 8)
    _stub(paper, bill, "Please make checks payable to " + bill.provider)
    return paper, bill


# --- a waste hauler's invoice: no meter ------------------------------------------------------------------------


def waste(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 31))
    one = Supply("WASTE", None, D(0), "", "", start, end)
    yards = D(random.randint(2, 8))
    pickups = D(random.randint(4, 9))
    charges = [
        charged(f"{yards} yard dumpster front load pickup", pickups, "lifts", "38.50"),
        charged("Commingled recycling service", D(1), "mo", "64.20"),
        Charge("Fuel/environmental charge", D("31.07")),
        Charge("Regulatory cost recovery charge", D("6.18")),
    ]
    charges.append(taxed("Local sales tax", charges, "7.25"))
    name = random.choice(
        ("Greenfield Waste Services", "Tri-County Disposal, Inc.", "Summit Waste & Recycling")
    )
    bill = _bill(random, name, "##-#####-#####", ([one], charges), "WASTE")
    bill.invoice = facts.digits(random, "#######-####-#")
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 50, bill.provider, 18, BOLD)
    paper.put(570, 50, "INVOICE", 14, BOLD, "right")
    paper.pairs(
        380,
        570,
        72,
        (
            ("Customer ID:", bill.account),
            ("Customer Name:", bill.customer),
            ("Service Period:", f"{US.digits(start, year='%y')}-{US.digits(end, year='%y')}"),
            ("Invoice Date:", US.digits(bill.issued)),
            ("Invoice Number:", bill.invoice),
        ),
    )
    paper.fill(40, 150, 530, 50)
    for number, (label, value) in enumerate(
        (("Your Payment Is Due", US.short(bill.due)), ("Your Total Due", US.money(bill.total)))
    ):
        paper.put(60 + 260 * number, 166, label, 9)
        paper.put(60 + 260 * number, 190, value, 15, BOLD)
    columns = (40, 180, 310, 440, 570)
    heads = (
        "Previous Balance",
        "Payments",
        "Adjustments",
        "Current Invoice Charges",
        "Total Account Balance Due",
    )
    paper.row(220, list(zip(columns, heads, strict=True)), 7.5, right=4)
    row = [
        US.money(bill.previous),
        f"({US.number(bill.paid, 2)})",
        "0.00",
        US.money(bill.current),
        US.money(bill.total),
    ]
    paper.row(234, list(zip(columns, row, strict=True)), 9, BOLD, 4)
    paper.put(40, 270, "DETAILS OF SERVICE", 10, BOLD)
    paper.put(40, 284, f"Service Location: {bill.street}, {bill.town}", 9)
    columns = (40, 300, 380, 470, 570)
    paper.row(
        304,
        list(zip(columns, ("Description", "Date", "Ticket", "Quantity", "Amount"), strict=True)),
        8,
        BOLD,
        3,
    )
    y = 318.0
    for charge in charges:
        quantity = "" if charge.quantity is None else f"{charge.quantity:.2f}"
        row = [charge.text, US.digits(start, year="%y"), "", quantity, US.number(charge.amount, 2)]
        paper.row(y, list(zip(columns, row, strict=True)), 9, right=3)
        y += 14
    paper.put(40, y + 4, "Total Current Charges", 9, BOLD)
    paper.put(570, y + 4, US.number(bill.current, 2), 9, BOLD, "right")
    paper.put(40, 600, "Waste collection, roll-off and recycling. Please recycle this invoice.", 8)
    _stub(paper, bill, "Please detach and send the lower portion with payment")
    return paper, bill


# --- cable and telephone: no meter -----------------------------------------------------------------------------


def telecom(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 31))
    one = Supply("TELECOM", None, D(0), "", "", start, end)
    charges = [
        Charge("Internet Gigabit Extra", D(random.randint(5999, 12000)) / 100),
        Charge("Voice Unlimited, 2 lines", D("44.95")),
        Charge("Equipment rental - wireless gateway", D("14.00")),
        Charge("Federal Universal Service Fee", D("4.21"), tax=True),
        Charge("State and local taxes", D("6.37"), tax=True),
    ]
    name = random.choice(("Cascade Broadband", "Bluestar Communications", "Metro Wireless"))
    bill = _bill(random, name, "#### ## ### #######", ([one], charges), "TELECOM", ("invoiceId",))
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 50, bill.provider, 20, BOLD)
    paper.pairs(
        360,
        570,
        40,
        (
            ("Account number", bill.account),
            ("Billing date", US.short(bill.issued)),
            ("Services from", f"{US.short(start)} to {US.short(end)}"),
        ),
    )
    paper.put(40, 110, f"Hello {bill.customer},", 14)
    paper.put(40, 126, "Thanks for choosing us. Here is your bill at a glance.", 9)
    paper.put(40, 140, f"For {bill.street}, {bill.town}", 9)
    paper.pairs(
        40,
        300,
        170,
        (
            ("Previous balance", US.money(bill.previous)),
            ("Payment - thank you", US.money(-bill.paid) if bill.paid else "$0.00"),
            ("Regular monthly charges", US.money(sum((c.amount for c in charges[:3]), D(0)))),
            ("Taxes, fees and other charges", US.money(bill.tax)),
            ("New charges", US.money(bill.current)),
        ),
        10,
        16,
    )
    paper.put(40, 262, f"Amount due {US.short(bill.due)}", 12, BOLD)
    paper.put(300, 262, US.money(bill.total), 12, BOLD, "right")
    paper.lines(
        340, 170, ["Your bill explained", "Data used: 812 GB of 1,200 GB", "Auto Pay saves $10.00"], 8
    )
    _stub(paper, bill, "Detach the bottom portion of this bill and return with your payment")
    paper.page()
    paper.put(40, 50, "Regular monthly charges", 12, BOLD)
    y = paper.pairs(40, 570, 70, [(c.text, US.money(c.amount)) for c in charges[:3]])
    paper.put(40, y + 10, "Taxes, fees and other charges", 12, BOLD)
    paper.pairs(40, 570, y + 30, [(c.text, US.money(c.amount)) for c in charges[3:]])
    for title in ("Additional information", "Closed captioning and accessibility", "Terms of service"):
        paper.page()
        paper.put(40, 50, title, 12, BOLD)
        paper.lines(
            40, 70, ["Call 1-800-555-0134 about voice, internet and TV service.", "Late fee $10.00."] * 8
        )
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
    bill = _bill(random, name, "#######-###", (supplies, charges), "ELECTRICITY")
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
    _stub(paper, bill, "Please return this stub with your payment")
    for number, one in enumerate(supplies):
        paper.page()
        _head(paper, bill, 2 * number + 2)
        _metered(paper, one)
        paper.page()
        _head(paper, bill, 2 * number + 3)
        paper.put(40, 130, f"Charges for meter {one.meter}", 11, BOLD)
        y = 150.0
        own = [charge for charge in charges if charge.supply == number]
        for charge in own:
            paper.put(40, y, charge.text)
            if charge.rate is not None:
                paper.put(300, y, f"{_plain(charge.quantity)} {charge.unit} x ${charge.rate}", align="right")
            paper.put(400, y, US.number(charge.amount, 2), align="right")
            y += 14
        paper.put(40, y + 4, "Subtotal", 9, BOLD)
        paper.put(400, y + 4, US.money(sum((c.amount for c in own), D(0))), 9, BOLD, "right")
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


def rural(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 33))
    usage = D(random.randint(300, 2600))
    one = Supply("ELECTRICITY", facts.digits(random, "#####"), usage, "kWh", "KWH", start, end)
    one.previous, one.current = facts.reading(random, usage)
    one.multiplier, one.tariff = D(1), random.choice(("01", "A-1", "FARM"))
    charges = [
        Charge("BASIC CHARGE", D("32.00")),
        charged("ENERGY", usage, "KWH", "0.1049"),
        Charge("WHOLESALE POWER COST ADJ", cents(usage * D("-0.0021"))),
        Charge("OPERATION ROUND UP", D("0.61")),
    ]
    name = random.choice(
        ("Two Rivers Rural Electric Cooperative", "Prairie Winds REC", "Elk Fork Electric Co-op")
    )
    bill = _bill(random, name, "#######", ([one], charges), "ELECTRICITY", ("invoiceId", "taxCharges"))
    paper = Paper(LETTER)
    paper.page()
    paper.lines(40, 46, [bill.provider.upper(), "BOX 18  ELK FORK  NE 68701", "PHONE 555-0132"], 9, MONO)
    paper.put(330, 46, f"ACCT NO {bill.account}", 9, MONO)
    paper.put(330, 58, f"BILLED {US.digits(bill.issued, '-', year='%y')}", 9, MONO)
    paper.put(330, 70, f"SERVICE AT {bill.street.upper()}", 9, MONO)
    paper.put(396, 82, bill.town.upper(), 9, MONO)
    lines = [
        "METER    RATE   READ DATES              READINGS               KWH",
        "NO.      CODE   FROM        TO          PREVIOUS     PRESENT   USED",
        f"{one.meter:<9}{one.tariff:<7}{US.digits(start, '-', year='%y')}    {US.digits(end, '-', year='%y')}"
        f"    {one.previous:>8}    {one.current:>8}   {usage:>5}",
        "",
        f"{'PREVIOUS AMOUNT DUE':<50}{US.number(bill.previous, 2):>14}",
        f"{'PAYMENT':<50}{US.number(bill.paid, 2) + ('-' if bill.paid else ''):>15}",
        *(f"{c.text:<50}{_behind(c.amount):>15}" for c in charges),
        f"{'CURRENT BILL':<50}{US.number(bill.current, 2):>14}",
        f"{'PAY THIS AMOUNT BY ' + US.digits(bill.due, '-', year='%y'):<50}{US.number(bill.total, 2):>14}",
    ]
    paper.lines(40, 130, lines, 9, MONO, 13)
    paper.put(40, 400, "CAPITAL CREDITS WILL BE PAID TO MEMBERS IN DECEMBER.", 9, MONO)
    bill.hide("usageData.multiplier")
    return paper, bill


def _behind(amount: Decimal) -> str:
    return US.number(abs(amount), 2) + ("-" if amount < 0 else " ")
