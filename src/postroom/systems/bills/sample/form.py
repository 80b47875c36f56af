"""Owns four layouts of invented utilities that differ in structure from the others: a line-printer form of a city
with two meters, a letter in sentences, a German yearly account, and cards in two columns.

They were written before the reader, and held back until those of `held` took their place.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import AU, DE, UK, US, Bill, Charge, Supply, cents, charged, taxed
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, MONO, SANS, SERIF, Paper

D = Decimal


# --- a city's line-printer form ------------------------------------------------------------------------------


def _city_facts(random: Random) -> Bill:
    start, end = facts.period(random, (28, 33))
    kwh, water = D(random.randint(280, 1900)), D(random.randint(2, 19))
    multiplier = D(random.choice((1, 1, 40)))
    kwh *= multiplier
    power = Supply("ELECTRICITY", facts.digits(random, "E#######"), kwh, "kWh", "KWH", start, end)
    power.previous, power.current = facts.reading(random, kwh, multiplier)
    power.multiplier, power.tariff = multiplier, random.choice(("RS-1", "GS-2", "R-10"))
    tap = Supply("WATER", facts.digits(random, "#######W"), water, "CCF", "CCF", start, end)
    tap.previous, tap.current = facts.reading(random, water)
    tap.multiplier, tap.tariff = D(1), random.choice(("W-5/8", "WR-2"))
    charges = [
        Charge("ELECTRIC SERVICE CHARGE", D("14.50")),
        charged("ELECTRIC ENERGY CHARGE", kwh, "KWH", "0.1124"),
        charged("POWER COST ADJUSTMENT", kwh, "KWH", "0.0185"),
        Charge("WATER BASE CHARGE", D("19.75")),
        charged("WATER CONSUMPTION", water, "CCF", "3.86"),
        Charge("SEWER SERVICE", cents(water * D("4.41") + 11)),
        Charge("REFUSE COLLECTION", D("22.40")),
    ]
    charges.append(taxed("UTILITY USERS TAX", charges[:3], "6.5"))
    previous, paid = facts.carried(random)
    issued = facts.after(random, end, 2, 6)
    city = random.choice(("BRANTWOOD", "LAKE ELMORE", "PORT SELWYN", "HARLAN MILLS"))
    return Bill(
        US,
        f"City of {city.title()} Utilities",
        facts.digits(random, "##-######-0#"),
        "",
        facts.person(random).upper(),
        facts.street(random, US).upper(),
        facts.town(random, US).upper(),
        [power, tap],
        charges,
        issued,
        facts.after(random, issued, 14, 21),
        previous,
        paid,
        "ELECTRICITY",
        {"invoiceId"},
    )


def city(random: Random) -> tuple[Paper, Bill]:
    bill = _city_facts(random)
    paper = Paper(LETTER)
    paper.page()

    def at(column: int, line: int, text: str) -> None:
        paper.put(30 + 5.4 * column, 40 + 12 * line, text, 9, MONO)

    at(0, 0, bill.provider.upper())
    at(0, 1, "UTILITY BILLING DIVISION   100 CIVIC CENTER PLAZA")
    at(0, 2, "OFFICE HOURS 8:00 AM - 4:30 PM   (555) 013-4477")
    for column, label, value in (
        (0, "ACCOUNT NUMBER", bill.account),
        (18, "BILLING DATE", US.digits(bill.issued)),
        (34, "SERVICE ADDRESS", f"{bill.street}"),
        (62, "DUE DATE", US.digits(bill.due)),
        (76, "AMOUNT DUE", US.money(bill.total)),
    ):
        at(column, 5, label)
        at(column, 6, value)
    at(34, 7, bill.town)
    at(0, 10, "SVC METER     SERVICE PERIOD        ---- METER READINGS ----  MULTI-   USAGE   UNIT RATE")
    at(0, 11, "    NUMBER    FROM       TO         PREVIOUS     PRESENT      PLIER                 CODE")
    for line, (kind, supply) in enumerate(zip(("EL", "WA"), bill.supplies, strict=True), start=12):
        at(0, line, kind)
        at(4, line, str(supply.meter))
        at(14, line, US.digits(supply.start, year="%y"))
        at(25, line, US.digits(supply.end, year="%y"))
        at(36, line, f"{supply.previous:>8}     {supply.current:>8}     {supply.multiplier:>4}")
        at(65, line, f"{supply.usage:>7}   {supply.shown}  {supply.tariff}")
    at(0, 16, "PREVIOUS BALANCE")
    at(60, 16, f"{US.number(bill.previous, 2):>12}")
    at(0, 17, "PAYMENTS RECEIVED - THANK YOU")
    at(60, 17, f"{US.number(bill.paid, 2) + ('CR' if bill.paid else ''):>12}")
    line = 19
    for charge in bill.charges:
        at(0, line, charge.text)
        if charge.rate is not None:
            at(32, line, f"{charge.quantity} {charge.unit} @ {charge.rate}")
        at(60, line, f"{US.number(charge.amount, 2):>12}")
        line += 1
    at(0, line, "TOTAL CURRENT CHARGES")
    at(60, line, f"{US.number(bill.current, 2):>12}")
    at(0, line + 2, "TOTAL AMOUNT DUE")
    at(60, line + 2, f"{US.number(bill.total, 2):>12}")
    at(0, line + 4, "A PENALTY OF 5 PERCENT IS ADDED AFTER THE DUE DATE. RETURNED CHECKS ARE CHARGED $35.00.")
    at(0, line + 5, "CONSUMPTION LAST YEAR SAME MONTH: 702 KWH, 6 CCF.  AVERAGE DAILY USE 23.4 KWH.")
    at(0, 46, "- " * 45)
    at(0, 48, "PLEASE DETACH AND RETURN THIS STUB WITH YOUR PAYMENT TO THE " + bill.provider.upper())
    at(0, 50, bill.customer)
    at(0, 51, bill.street)
    at(0, 52, bill.town)
    at(50, 50, f"ACCOUNT NUMBER         {bill.account}")
    at(50, 51, f"PAY BY {US.digits(bill.due)}      {US.money(bill.total)}")
    at(50, 52, f"IF PAID AFTER          {US.money(cents(bill.total * D('1.05')))}")
    return paper, bill


# --- a letter in sentences -----------------------------------------------------------------------------------


def _letter_facts(random: Random) -> Bill:
    start, end = facts.period(random, (84, 95))
    cubic = D(random.randint(60, 640))
    kwh = cents(cubic * D("1.02264") * D("39.4") / D("3.6"))
    gas = Supply("GAS", facts.digits(random, "G4@########"), kwh, "kWh", "kWh", start, end)
    gas.previous, gas.current = facts.reading(random, cubic)
    gas.estimated = random.random() < 0.4
    gas.tariff = random.choice(("Standard Variable", "Fixed Until May", "Simple Saver"))
    gas.identifiers = {"MPR": facts.digits(random, "##########")}
    charges = [
        charged("Gas used", kwh, "kWh", "0.0623"),
        charged("Standing charge", D(gas.days), "days", "0.3166"),
    ]
    charges.append(taxed("VAT at 5%", charges, "5"))
    previous, paid = facts.carried(random)
    issued = facts.after(random, end, 1, 5)
    name = random.choice(("Penbury Gas", "Northmoor Energy", "Ellacombe Gas & Heat", "Tarn Energy"))
    return Bill(
        UK,
        name,
        facts.digits(random, "#### #### ####"),
        facts.digits(random, "##########"),
        facts.person(random),
        facts.street(random, UK),
        facts.town(random, UK),
        [gas],
        charges,
        issued,
        facts.after(random, issued, 14, 18),
        previous,
        paid,
        "GAS",
    )


def letter(random: Random) -> tuple[Paper, Bill]:
    bill = _letter_facts(random)
    gas = bill.supplies[0]
    paper = Paper(A4)
    paper.page()
    paper.put(50, 60, bill.provider, 20, SERIF)
    paper.lines(50, 120, [bill.customer, bill.street, *bill.town.rsplit(" ", 2)[:1]], 10)
    paper.put(50, 160, " ".join(bill.town.rsplit(" ", 2)[1:]), 10)
    bill.town = " ".join(bill.town.split())
    paper.lines(
        350,
        120,
        [
            f"Your customer account number: {bill.account}",
            f"Bill number: {bill.invoice}",
            f"Bill date: {UK.long(bill.issued)}",
        ],
        9,
    )
    paper.put(50, 210, f"Your gas bill for {UK.long(bill.start)} to {UK.long(bill.end)}", 14, BOLD)
    paper.lines(
        50,
        240,
        [
            "Hello, here is your latest bill. We have worked it out from your meter readings, which are shown",
            "overleaf. If you think that a reading is wrong, please tell us within 14 days.",
        ],
        10,
    )
    paper.put(50, 290, "What was on your last bill", 10)
    paper.put(400, 290, UK.money(bill.previous), 10, align="right")
    paper.put(50, 308, "What you have paid since then", 10)
    paper.put(400, 308, UK.money(-bill.paid), 10, align="right")
    paper.put(50, 326, "Cost of the gas you have used this time (including VAT)", 10)
    paper.put(400, 326, UK.money(bill.current), 10, align="right")
    paper.rule(50, 334, 400)
    paper.put(50, 350, "Total to pay", 12, BOLD)
    paper.put(400, 350, UK.money(bill.total), 12, BOLD, "right")
    paper.put(50, 375, f"Please pay us by {UK.long(bill.due)}.", 10)
    paper.lines(
        50,
        420,
        [
            "About your tariff: our cheapest similar tariff could save you £42.10 a year. You use about",
            "11,480 kWh a year, which costs around £812.00. Remember that prices changed on 1 April 2023.",
        ],
        9,
    )
    paper.put(50, 800, f"{bill.provider} is a trading name of {bill.provider} Supply Limited.", 7)
    paper.put(50, 810, "Registered in England and Wales No. 09123456. VAT registration 123 4567 89.", 7)
    paper.page()
    paper.put(50, 60, "How we worked out your bill", 14, BOLD)
    paper.lines(
        50,
        90,
        [
            f"Supply address: {bill.street}, {bill.town}",
            f"Meter point reference number (MPRN): {gas.identifiers['MPR']}",
            f"Meter serial number: {gas.meter}",
            f"Your tariff: {gas.tariff}",
        ],
        9,
    )
    kind = "Estimated" if gas.estimated else "Actual"
    paper.row(160, [(50, "Date"), (180, "Meter reading"), (300, "How we got it")], 9, BOLD)
    paper.row(175, [(50, UK.long(bill.start)), (180, f"{gas.previous}"), (300, "Actual")])
    paper.row(190, [(50, UK.long(bill.end)), (180, f"{gas.current}"), (300, kind)])
    cubic = (gas.current or D(0)) - (gas.previous or D(0))
    paper.lines(
        50,
        215,
        [
            f"You have used {cubic} cubic metres of gas. To turn that into kilowatt hours we multiply by "
            f"1.02264",
            "(volume correction) and by 39.4 (calorific value), then divide by 3.6.",
            f"That makes {UK.number(gas.usage, 2)} kWh.",
        ],
    )
    y = 270.0
    for charge in bill.charges[:-1]:
        price = (charge.rate or D(0)) * 100
        paper.put(50, y, f"{charge.text}: {UK.number(charge.quantity or D(0))} {charge.unit} at {price:f}p")
        paper.put(400, y, UK.money(charge.amount), align="right")
        y += 15
    net = bill.current - bill.tax
    paper.put(50, y + 5, "Cost before VAT")
    paper.put(400, y + 5, UK.money(net), align="right")
    paper.put(50, y + 20, f"{bill.charges[-1].text} on {UK.money(net)}")
    paper.put(400, y + 20, UK.money(bill.tax), align="right")
    paper.put(50, y + 40, "Total cost of gas", 10, BOLD)
    paper.put(400, y + 40, UK.money(bill.current), 10, BOLD, "right")
    paper.page()
    paper.put(50, 60, "Help and complaints", 14, BOLD)
    paper.lines(
        50, 90, ["If you smell gas call 0800 555 0199.", "Write to us at PO Box 77, Leeds LS1 1AA."] * 4
    )
    return paper, bill


# --- a German yearly account -----------------------------------------------------------------------------------


def _yearly_facts(random: Random) -> Bill:
    start, end = facts.period(random, (340, 366))
    high, low = D(random.randint(900, 3900)), D(random.randint(300, 1400))
    power = Supply(
        "ELECTRICITY", facts.digits(random, "1EMH00########"), high + low, "kWh", "kWh", start, end
    )
    power.parts = [("HT", "PEAK", high), ("NT", "OFF_PEAK", low)]
    power.tariff = random.choice(("Auenstrom Komfort", "Grünstrom Fix 24", "Heimvorteil Strom"))
    power.identifiers = {"POD": facts.digits(random, "DE00#####################" + "#######")}
    net = [
        charged("Arbeitspreis HT", high, "kWh", "0.2874"),
        charged("Arbeitspreis NT", low, "kWh", "0.2391"),
        Charge("Grundpreis", cents(D(power.days) * D("0.3315"))),
        charged("Stromsteuer", high + low, "kWh", "0.0205"),
    ]
    bill = Bill(
        DE,
        random.choice(("Stadtwerke Auental GmbH", "Nordlicht Energie AG", "Gemeindewerke Talheim GmbH")),
        facts.digits(random, "20########"),
        facts.digits(random, "VR-########"),
        facts.person(random),
        facts.street(random, DE),
        facts.town(random, DE),
        [power],
        [*net, taxed("Umsatzsteuer 19 %", net, "19")],
        facts.after(random, end, 10, 40),
        end,
    )
    bill.due = facts.after(random, bill.issued, 14, 20)
    bill.paid = D(12 * random.randint(20, int(bill.current / 12)))
    bill.hide("previousCloseBalance", "usageData.previousReading", "usageData.currentReading")
    bill.hide("usageData.multiplier")
    return bill


def yearly(random: Random) -> tuple[Paper, Bill]:
    bill = _yearly_facts(random)
    power = bill.supplies[0]
    paper = Paper(A4)
    paper.page()
    paper.put(545, 60, bill.provider, 16, BOLD, "right")
    paper.put(50, 110, f"{bill.provider} · Werkstraße 1 · 48143 Münster", 7)
    paper.lines(50, 130, [bill.customer, bill.street, bill.town], 10)
    for line, (label, value) in enumerate(
        (
            ("Vertragskonto", bill.account),
            ("Rechnungsnummer", bill.invoice),
            ("Rechnungsdatum", DE.digits(bill.issued, ".")),
            ("Kundentelefon", "0800 555 2200"),
        )
    ):
        paper.put(380, 130 + 14 * line, label, 9)
        paper.put(545, 130 + 14 * line, value, 9, align="right")
    paper.put(50, 230, "Ihre Stromrechnung", 16, BOLD)
    span = f"{DE.digits(bill.start, '.')} - {DE.digits(bill.end, '.')}"
    paper.put(50, 250, f"Abrechnungszeitraum {span}", 10)
    paper.put(50, 265, f"Verbrauchsstelle: {bill.street}, {bill.town}", 10)
    net = bill.current - bill.tax
    y = 310
    for label, amount, font in (
        ("Nettobetrag", net, SANS),
        (bill.charges[-1].text, bill.tax, SANS),
        ("Rechnungsbetrag (brutto)", bill.current, BOLD),
        ("abzüglich geleisteter Abschlagszahlungen", -bill.paid, SANS),
    ):
        paper.put(50, y, label, 10, font)
        paper.put(545, y, DE.money(amount), 10, font, "right")
        y += 16
    label = "Nachzahlung" if bill.total >= 0 else "Guthaben"
    paper.put(50, y + 8, label, 12, BOLD)
    paper.put(545, y + 8, DE.money(bill.total), 12, BOLD, "right")
    paper.put(50, y + 34, f"Wir buchen den Betrag am {DE.digits(bill.due, '.')} von Ihrem Konto ab.", 9)
    paper.put(50, y + 48, f"Fällig am {DE.digits(bill.due, '.')}", 9)
    monthly = cents(bill.current / 12).quantize(D(1))
    paper.put(
        50, y + 80, f"Ihr neuer monatlicher Abschlag beträgt ab dem nächsten Monat {DE.money(monthly)}.", 9
    )
    paper.put(50, 800, f"{bill.provider} · Amtsgericht Münster HRB 5512 · USt-IdNr. DE123456789", 7)
    _yearly_detail(paper, bill, power)
    paper.page()
    paper.lines(50, 60, ["Erläuterungen", "Grundpreis: fester Preis je Jahr.", "NT: Nebentarif, nachts."], 9)
    return paper, bill


def _yearly_detail(paper: Paper, bill: Bill, power: Supply) -> None:
    paper.page()
    paper.put(50, 60, "Verbrauchsermittlung", 13, BOLD)
    paper.put(50, 80, f"Zählernummer {power.meter}", 9)
    paper.put(50, 94, f"Marktlokation {power.identifiers['POD']}", 9)
    paper.put(50, 108, f"Tarif {power.tariff}", 9)
    columns = (50, 150, 255, 340, 420, 545)
    heads = ("Zählwerk", "Zeitraum", "Stand alt", "Stand neu", "Faktor", "Verbrauch")
    paper.row(140, list(zip(columns, heads, strict=True)), 8, BOLD, 5)
    old = D(10210)
    span = f"{DE.digits(bill.start, '.', year='%y')} - {DE.digits(bill.end, '.', year='%y')}"
    for line, (label, _, usage) in enumerate(power.parts):
        cells = (label, span, DE.number(old, 0), DE.number(old + usage, 0), "1", f"{DE.number(usage, 0)} kWh")
        paper.row(156 + 14 * line, list(zip(columns, cells, strict=True)), 8, right=5)
        old += 4000
    paper.put(50, 190, "Gesamtverbrauch", 9, BOLD)
    paper.put(545, 190, f"{DE.number(power.usage, 0)} kWh", 9, BOLD, "right")
    paper.put(50, 204, "Vorjahresverbrauch", 9)
    paper.put(545, 204, "4.212 kWh", 9, align="right")
    paper.page()
    paper.put(50, 60, "Kosten im Einzelnen", 13, BOLD)
    paper.row(84, [(50, "Position"), (300, "Menge"), (420, "Preis"), (545, "Betrag")], 8, BOLD, 1)
    for line, charge in enumerate(bill.charges[:-1]):
        row = [(50.0, charge.text)]
        if charge.rate is not None and charge.quantity is not None:
            rate = DE.number(charge.rate * 100, 2)
            row += [(300, f"{DE.number(charge.quantity, 0)} kWh"), (420, f"{rate} ct/kWh")]
        paper.row(100 + 14 * line, row, 8, right=1)
        paper.put(545, 100 + 14 * line, DE.money(charge.amount), 8, align="right")


# --- cards in two columns ---------------------------------------------------------------------------------------


def _cards_facts(random: Random) -> Bill:
    start, end = facts.period(random, (86, 93))
    parts = [
        ("Peak", "PEAK", D(random.randint(2000, 9000)) / 10),
        ("Shoulder", "SHOULDER", D(random.randint(1000, 7000)) / 10),
        ("Off peak", "OFF_PEAK", D(random.randint(1500, 8000)) / 10),
    ]
    usage = sum((part[2] for part in parts), D(0))
    power = Supply("ELECTRICITY", facts.digits(random, "0#######"), usage, "kWh", "kWh", start, end)
    power.parts = parts
    power.identifiers = {"NMI": facts.digits(random, "##########") + str(random.randint(0, 9))}
    power.tariff = random.choice(("Home Saver Flex", "EA025 Time of Use", "Residential Smart"))
    charges = [
        charged(f"{parts[0][0]} usage", parts[0][2], "kWh", "0.48120"),
        charged(f"{parts[1][0]} usage", parts[1][2], "kWh", "0.26950"),
        charged(f"{parts[2][0]} usage", parts[2][2], "kWh", "0.19360"),
        charged("Daily supply charge", D(power.days), "days", "1.08900"),
    ]
    charges.append(taxed("GST", charges, "10"))
    previous, paid = facts.carried(random, 150, 600)
    issued = facts.after(random, end, 2, 6)
    bill = Bill(
        AU,
        random.choice(("Bluegum Energy", "Southern Cross Power", "Wattlebird Electricity")),
        facts.digits(random, "3### ### ###"),
        facts.digits(random, "############"),
        facts.person(random),
        facts.street(random, AU),
        facts.town(random, AU),
        [power],
        charges,
        issued,
        facts.after(random, issued, 13, 21),
        previous,
        paid,
    )
    bill.hide("usageData.previousReading", "usageData.currentReading", "usageData.multiplier")
    return bill


def _card(paper: Paper, x: float, y: float, label: str, value: str, size: float = 11) -> None:
    paper.fill(x, y, 235, 42, 0.93)
    paper.put(x + 8, y + 14, label, 8)
    paper.put(x + 8, y + 32, value, size, BOLD)


def cards(random: Random) -> tuple[Paper, Bill]:
    bill = _cards_facts(random)
    power = bill.supplies[0]
    paper = Paper(A4)
    paper.page()
    paper.put(50, 56, bill.provider.lower(), 22, BOLD)
    paper.put(545, 50, "Tax invoice", 10, align="right")
    paper.put(545, 62, f"Issued {AU.short(bill.issued)}", 9, align="right")
    paper.lines(50, 95, [bill.customer, bill.street, bill.town], 10)
    _card(paper, 50, 150, "Total amount due", AU.money(bill.total), 16)
    _card(paper, 310, 150, "Due date", AU.short(bill.due), 16)
    _card(paper, 50, 200, "Account number", bill.account)
    _card(paper, 310, 200, "Tax invoice number", bill.invoice)
    _card(
        paper,
        50,
        250,
        "Billing period",
        f"{AU.short(bill.start)} to {AU.short(bill.end)} ({power.days} days)",
    )
    _card(paper, 310, 250, "NMI", power.identifiers["NMI"])
    _card(paper, 50, 300, "Supply address", f"{bill.street}, {bill.town}", 8)
    _card(paper, 310, 300, "Your plan", str(power.tariff))
    paper.put(50, 370, "Bill summary", 12, BOLD)
    y = 390
    for label, amount in (
        ("Balance from last bill", bill.previous),
        ("Payments received", -bill.paid),
        ("New charges and credits (incl. GST)", bill.current),
        ("Total amount due", bill.total),
    ):
        paper.put(50, y, label, 9)
        paper.put(285, y, AU.money(amount), 9, align="right")
        y += 15
    paper.put(310, 370, "Your usage at a glance", 12, BOLD)
    daily = power.usage / power.days
    paper.lines(
        310,
        390,
        [
            f"Average daily usage {daily:.2f} kWh",
            "Same time last year 14.31 kWh",
            "Average cost per day $4.87",
            "Households like yours 1,402 kWh",
        ],
    )
    paper.put(50, 800, f"{bill.provider} Pty Ltd ABN 12 345 678 901. www.example.com.au  Call 13 55 01", 7)
    paper.page()
    paper.put(50, 56, "Your electricity charges in detail", 13, BOLD)
    columns = (50, 150, 300, 390, 545)
    paper.row(
        80, list(zip(columns, ("Meter", "Register", "Usage", "Rate", "Amount"), strict=True)), 8, BOLD, 2
    )
    y = 96
    for charge in bill.charges[:3]:
        register = charge.text.removesuffix(" usage")
        cells = (
            str(power.meter),
            register,
            f"{charge.quantity} kWh",
            f"{(charge.rate or D(0)) * 100:.3f}c",
            AU.money(charge.amount),
        )
        paper.row(y, list(zip(columns, cells, strict=True)), 8, right=2)
        y += 13
    paper.put(150, y, "Total usage", 8, BOLD)
    paper.put(300, y, f"{power.usage} kWh", 8, BOLD, "right")
    supply = bill.charges[3]
    y += 13
    cells = ("", "Daily supply charge", f"{supply.quantity} days", "108.900c", AU.money(supply.amount))
    paper.row(y, list(zip(columns, cells, strict=True)), 8, right=2)
    for label, amount in (
        ("Total before GST", bill.current - bill.tax),
        ("GST (10%)", bill.tax),
        ("Total new charges", bill.current),
    ):
        y += 15
        paper.put(150, y, label, 8)
        paper.put(545, y, AU.money(amount), 8, align="right")
    next_read = bill.end + timedelta(90)
    paper.put(50, y + 40, f"Next scheduled read: {AU.short(next_read)} (+/- 2 business days)", 8)
    return paper, bill
