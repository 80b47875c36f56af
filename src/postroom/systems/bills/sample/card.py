"""Owns two layouts of invented utilities: a German yearly account, and cards in two columns.

They were written before the reader, and held back until those of `held` took their place.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import (
    AU,
    DE,
    Bill,
    Charge,
    Supply,
    cents,
    charged,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, SANS, Paper

D = Decimal


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
