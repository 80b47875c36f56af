"""Owns three layouts of the British Isles: a statement of two fuels for an account in credit or debit, water that is
paid for twice (fresh and foul), and an Irish supplier's bill with its levy.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample import listed
from postroom.systems.bills.sample.fact import IE, UK, Bill, Charge, Supply, charged, drawn, taxed
from postroom.systems.bills.sample.paper import A4, BOLD, Paper

D = Decimal
_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


def _ordinal(day: date) -> str:
    """11th Apr 2026."""
    return f"{day.day}{_ORDINALS.get(day.day, 'th')} {day:%b %Y}"


def _span(one: Supply, dash: str = "–") -> str:
    """12 Mar – 11 Apr 2026: the year once, if there is only one."""
    first = f"{one.start.day} {one.start:%b}"
    year = "" if one.start.year == one.end.year else f" {one.start.year}"
    return f"{first}{year} {dash} {one.end.day} {one.end:%b %Y}"


# --- both fuels, as rows of sentences ------------------------------------------------------------------------


def fuels(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 32))
    kwh = D(random.randint(900, 6200)) / 10
    units, value = D(random.randint(20, 140)), D(random.choice(("39.2", "39.5", "38.9")))
    heat = (units * D("1.02264") * value / D("3.6")).quantize(D("0.1"))
    power = Supply("ELECTRICITY", facts.digits(random, "2#@#######"), kwh, "kWh", "kWh", start, end)
    power.previous = D(random.randint(10000, 90000)) / 10
    power.current = power.previous + kwh
    power.identifiers = {"POD": facts.digits(random, "1############")}
    gas = Supply("GAS", facts.digits(random, "E#@###########"), heat, "kWh", "kWh", start, end)
    gas.previous = D(random.randint(1000, 9000))
    gas.current = gas.previous + units
    gas.identifiers = {"MPR": facts.digits(random, "7#########")}
    power.tariff = gas.tariff = random.choice(
        ("Tentacle 12M Fixed April v2", "Flexible Tide", "Simpler Energy")
    )
    charges: list[Charge] = []
    for place, (one, rate, day) in enumerate(((power, "0.2450", "0.5312"), (gas, "0.0624", "0.3014"))):
        own = [
            charged("Energy Charge", one.usage, "kWh", rate),
            charged("Standing Charge", D(one.days), "days", day),
        ]
        own.append(taxed("VAT @ 5.00%", own, "5"))
        for charge in own:
            charge.supply = place
        charges += own
    brand = random.choice(("Cuttlefish Energy", "Nautilus Energy", "Sea Urchin Energy"))
    bill = drawn(
        random,
        UK,
        brand,
        "A-@#@#@###",
        [power, gas],
        charges,
        "usageData.multiplier",
        "usageData.isEstimated",
    )
    paper = Paper(A4)
    paper.page()
    paper.put(40, 50, brand.lower().replace(" ", ""), 20, BOLD)
    paper.lines(40, 100, [bill.customer, bill.street, bill.town], 10)
    paper.lines(380, 100, [f"Your Account Number: {bill.account}", f"Bill Reference: {bill.invoice}",
                           f"({_ordinal(bill.issued)})"], 9)  # fmt: skip
    paper.put(40, 190, "Your energy account", 18, BOLD)
    paper.put(40, 206, f"for {_ordinal(start)} - {_ordinal(end)}", 11)
    rows = [
        ("Your previous balance was", UK.money(bill.previous)),
        ("Total electricity charges", UK.money(sum((c.amount for c in charges[:3]), D(0)))),
        ("Total gas charges", UK.money(sum((c.amount for c in charges[3:]), D(0)))),
        ("Total payments you've made - thank you", UK.money(-bill.paid)),
    ]
    y = paper.pairs(40, 555, 240, rows, 10, 18)
    paper.rule(40, y - 10, 555)
    paper.put(40, y + 6, "Your new account balance is", 11, BOLD)
    paper.put(555, y + 6, UK.money(bill.total), 11, BOLD, "right")
    paper.put(
        40, y + 40, f"We will take £{bill.total:.2f} by Direct Debit on or around {_ordinal(bill.due)}.", 9
    )
    paper.put(40, y + 70, f"Supply Address: {bill.street}, {bill.town}", 9)
    paper.put(
        40, 780, f"{brand} Limited is registered in England and Wales, number 09263424. VAT 175 567 547", 7
    )
    for place, title in enumerate(("Electricity", "Gas")):
        _fuel(paper, bill, place, title, units, value)
    return paper, bill


def _fuel(paper: Paper, bill: Bill, place: int, title: str, units: Decimal, value: Decimal) -> None:
    one = bill.supplies[place]
    own = [charge for charge in bill.charges if charge.supply == place]
    paper.page()
    paper.put(40, 60, f"{title} charges in detail", 16, BOLD)
    point = (
        ("Supply number (MPAN)", one.identifiers["POD"])
        if place == 0
        else ("Meter Point Reference", one.identifiers["MPR"])
    )
    paper.lines(40, 84, [f"{point[0]}: {point[1]}", f"Meter serial {one.meter}", f"Tariff: {one.tariff}"], 9)
    paper.put(40, 140, f"{_ordinal(one.start)}", 9)
    paper.put(300, 140, f"{one.previous}", 9, align="right")
    paper.put(320, 140, "Smart meter reading", 8)
    paper.put(40, 154, f"{_ordinal(one.end)}", 9)
    paper.put(300, 154, f"{one.current}", 9, align="right")
    paper.put(320, 154, "Smart meter reading", 8)
    y = 174.0
    if place:
        paper.put(
            40,
            y,
            f"{units} m³ x 1.02264 (volume correction) x {value} (calorific value) ÷ 3.6 = {one.usage} kWh",
            8,
        )
        y += 16
    paper.put(40, y, f"Energy Charge  {_span(one)}", 9, BOLD)
    y += 14
    paper.put(40, y, f"{one.usage} kWh @ {(own[0].rate or D(0)) * 100:.2f}p/kWh")
    paper.put(555, y, UK.money(own[0].amount), align="right")
    paper.put(40, y + 14, f"Standing Charge {one.days} days @ {(own[1].rate or D(0)) * 100:.2f}p/day")
    paper.put(555, y + 14, UK.money(own[1].amount), align="right")
    paper.put(40, y + 28, "Subtotal of charges before VAT")
    paper.put(555, y + 28, UK.money(own[0].amount + own[1].amount), align="right")
    paper.put(40, y + 42, own[2].text)
    paper.put(555, y + 42, UK.money(own[2].amount), align="right")
    paper.put(40, y + 60, f"Total {title} Charges", 10, BOLD)
    paper.put(555, y + 60, UK.money(sum((c.amount for c in own), D(0))), 10, BOLD, "right")
    paper.put(
        40,
        y + 100,
        f"Your estimated annual usage is {one.usage * 12:.0f} kWh, costing £{own[0].amount * 12:.2f} a year.",
        8,
    )


# --- fresh water and foul -----------------------------------------------------------------------------------


def foul(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (150, 190))
    used = D(random.randint(18, 160))
    one = Supply("WATER", facts.digits(random, "##@######"), used, "cubic m", "m³", start, end)
    one.previous = D(random.randint(100, 2400))
    one.current = one.previous + used
    charges = [
        charged("Water usage", used, "m³", "2.1471"),
        Charge("Water fixed charge", D("27.11")),
        charged("Wastewater usage", used, "m³", "1.2089"),
        Charge("Wastewater fixed charge", D("31.80")),
    ]
    brand = random.choice(("Medway Water", "Northern Fells Water", "Ribble & Calder Water"))
    hidden = ("taxCharges", "usageData.multiplier", "usageData.tariff", "usageData.isEstimated", "invoiceId")
    bill = drawn(random, UK, brand, "9## ### ### ##", [one], charges, *hidden)
    paper = Paper(A4)
    paper.page()
    paper.put(555, 52, brand, 20, BOLD, "right")
    paper.lines(40, 120, [bill.customer, bill.street, bill.town], 10)
    paper.put(360, 112, "Your account number", 8)
    paper.put(360, 125, bill.account, 11, BOLD)
    paper.put(360, 145, "Bill date", 8)
    paper.put(360, 158, UK.long(bill.issued), 11, BOLD)
    paper.put(360, 178, "Property supplied", 8)
    paper.put(360, 191, f"{bill.street}, {bill.town}", 9)
    paper.put(40, 230, "Your metered water bill", 16, BOLD)
    paper.put(40, 248, f"For the period {UK.long(start)} to {UK.long(end)}", 10)
    rows = [
        ("Balance from your last bill", UK.money(bill.previous)),
        ("What you've paid", UK.money(-bill.paid)),
        ("Water charges", UK.money(charges[0].amount + charges[1].amount)),
        ("Wastewater charges", UK.money(charges[2].amount + charges[3].amount)),
        ("Charges this bill", UK.money(bill.current)),
    ]
    y = paper.pairs(40, 330, 280, rows, 10, 17)
    paper.fill(34, y - 8, 305, 28, 0.88)
    paper.put(40, y + 10, "Total to pay", 12, BOLD)
    paper.put(330, y + 10, UK.money(bill.total), 12, BOLD, "right")
    paper.put(360, y + 10, f"Please pay by {UK.long(bill.due)}", 10, BOLD)
    paper.put(40, y + 60, "How much water you've used", 13, BOLD)
    paper.put(40, y + 78, f"Meter serial number {one.meter}", 9)
    at = (40, 200, 330)
    paper.row(y + 96, [(40, "Date"), (200, "Meter reading (m³)"), (330, "How read")], 8, BOLD)
    paper.row(y + 110, list(zip(at, (UK.long(end), f"{one.current}", "We read"), strict=True)))
    paper.row(y + 124, list(zip(at, (UK.long(start), f"{one.previous}", "We read"), strict=True)))
    paper.row(y + 142, [(40, "Water used"), (200, f"{used} m³")], 9, BOLD)
    paper.put(40, y + 160, "1 cubic metre (m³) is 1,000 litres. You used about 310 litres a day.", 8)
    listed.charges(
        paper,
        y + 190,
        charges,
        listed.Columns(40, 200, 555),
        lambda rate, charge: f"{charge.quantity} m³ at £{rate} per m³",
        UK.money,
    )
    paper.put(
        40,
        800,
        f"{brand} Utilities Limited. Registered office: Clear House, Reading RG1 8DB. Company 02366661",
        7,
    )
    return paper, bill


# --- Ireland --------------------------------------------------------------------------------------------------


def irish(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (55, 64))
    day, night = D(random.randint(280, 1500)), D(random.randint(60, 600))
    one = Supply("ELECTRICITY", facts.digits(random, "########"), day + night, "kWh", "kWh", start, end)
    one.parts = [("Day", "PEAK", day), ("Night", "OFF_PEAK", night)]
    one.identifiers = {"MPR": facts.digits(random, "10#########")}
    one.tariff = random.choice(("Home Electric+ NightBoost", "SmartChoice Urban", "Urban 24hr Nightsaver"))
    charges = [
        charged("Day Units", day, "kWh", "0.3528"),
        charged("Night Units", night, "kWh", "0.1864"),
        charged("Standing Charge", D(one.days), "days", "0.7291"),
        Charge("Public Service Obligation Levy", D("6.46")),
    ]
    charges.append(taxed("VAT @ 9%", charges, "9"))
    brand = random.choice(("Shannon Electric", "Claddagh Energy", "Burren Power"))
    bill = drawn(
        random, IE, brand, "9########", [one], charges, "usageData.multiplier", "usageData.isEstimated"
    )
    paper = Paper(A4)
    paper.page()
    paper.put(40, 50, brand, 19, BOLD)
    paper.put(40, 64, f"{brand.replace(' ', '').lower()}.example  |  1850 555 014", 8)
    paper.lines(40, 130, [bill.customer, bill.street, bill.town], 10)
    y = paper.pairs(
        330, 555, 110,
        [("Account Number", bill.account), ("Invoice Number", bill.invoice), ("Date of Issue", f"{bill.issued:%d %b %y}"),
         ("MPRN", one.identifiers["MPR"]), ("Billing Period", f"{start:%d %b %y} to {end:%d %b %y}")], 9, 14,
    )  # fmt: skip
    paper.put(330, y, f"Supply Address: {bill.street}, {bill.town}", 8)
    rows = [
        ("Previous Bill Amount", IE.money(bill.previous)),
        ("Payments Received", IE.money(bill.paid) + " CR"),
        ("Balance Outstanding", IE.money(bill.previous - bill.paid)),
        ("Charges For This Period (incl VAT)", IE.money(bill.current)),
    ]
    y = paper.pairs(40, 300, 240, rows, 9, 15)
    paper.put(40, y + 4, "Total Amount Due", 11, BOLD)
    paper.put(300, y + 4, IE.money(bill.total), 11, BOLD, "right")
    paper.put(330, y + 4, f"Payment Due Date {bill.due:%d %b %y}", 10, BOLD)
    paper.put(40, 350, "Electricity Usage", 11, BOLD)
    paper.put(260, 350, f"Price plan: {one.tariff}", 9)
    at = (40, 130, 260, 340, 420, 490)
    heads = ("Meter Number", "Description", "Present", "Previous", "Units", "Type")
    paper.row(366, list(zip(at, heads, strict=True)), 8, BOLD, 2)
    y, old = 380.0, D(20117)
    for label, _, units in one.parts:
        cells = (str(one.meter), label, f"{old + units}", f"{old}", f"{units}", "A")
        paper.row(y, list(zip(at, cells, strict=True)), 9, right=2)
        y, old = y + 13, D(61880)
    paper.put(40, y + 2, "Type of read: A actual, C customer, E estimate", 7)
    table = listed.Columns(40, 260, 490, lead=13)
    y = listed.charges(
        paper,
        y + 30,
        charges,
        table,
        lambda rate, charge: f"{charge.quantity} {charge.unit} @ €{rate}",
        IE.money,
    )
    listed.total(paper, y + 3, table, "Total Electricity Charges", IE.money(bill.current))
    paper.put(40, 790, f"{brand} DAC, trading as {brand}. VAT Reg No. IE 8F52100V", 7)
    return paper, bill
