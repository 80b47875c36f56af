"""Owns the layouts of invented companies of the United States for gas, water, waste and telephone,
and of a rural cooperative."""

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
from postroom.systems.bills.sample.paper import BOLD, LETTER, MONO, Paper
from postroom.systems.bills.sample.us import stub

D = Decimal


def _plain(value: Decimal | None) -> str:
    return "" if value is None else US.number(value)


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
    bill = drawn(random, US, name, "###########", [one], charges, "invoiceId")
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
    at = listed.Columns(40, 200, 420)
    y = listed.charges(
        paper, y + 14, charges, at, lambda rate, charge: f"{charge.quantity} therms x ${rate}", US.money
    )
    listed.total(paper, y + 2, at, "Total Current Charges", US.money(bill.current))
    stub(paper, bill, "DETACH HERE AND RETURN WITH PAYMENT")
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
    bill = drawn(random, US, name, "######-######", [one], charges, "invoiceId", "taxCharges")
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
    stub(paper, bill, "Please make checks payable to " + bill.provider)
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
    bill = drawn(random, US, name, "##-#####-#####", [one], charges)
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
    stub(paper, bill, "Please detach and send the lower portion with payment")
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
    bill = drawn(random, US, name, "#### ## ### #######", [one], charges, "invoiceId")
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
    stub(paper, bill, "Detach the bottom portion of this bill and return with your payment")
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
    bill = drawn(random, US, name, "#######", [one], charges, "invoiceId", "taxCharges")
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
