"""Owns one layout: a Dutch supplier's note of a year, against the instalments that were paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample import listed
from postroom.systems.bills.sample.fact import Bill, Charge, Land, Supply, charged, drawn, taxed
from postroom.systems.bills.sample.paper import A4, BOLD, Paper

D = Decimal
NL = Land("NL", "EUR", "€", ".", ",")
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
    "november", "december",
)  # fmt: skip


def dutch(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (360, 366))
    high, low = D(random.randint(500, 2900)), D(random.randint(400, 2600))
    one = Supply(
        "ELECTRICITY", facts.digits(random, "E00#############"), high + low, "kWh", "kWh", start, end
    )
    one.parts = [("Normaal", "PEAK", high), ("Dal", "OFF_PEAK", low)]
    one.identifiers = {"POD": facts.digits(random, "8716############0#")}
    charges = [
        charged("Levering stroom normaal", high, "kWh", "0.2871"),
        charged("Levering stroom dal", low, "kWh", "0.2512"),
        Charge("Vaste leveringskosten", D("83.40")),
        Charge("Netbeheerkosten", D("411.22")),
    ]
    charges.append(taxed("BTW 21%", charges, "21"))
    name = random.choice(("Polder Energie", "Waddenstroom", "Noorderlicht Energie B.V."))
    hidden = ("previousCloseBalance", "usageData.tariff", "usageData.multiplier", "usageData.isEstimated")
    bill = drawn(random, NL, name, "#########", [one], charges, *hidden)
    bill.street, bill.town = (
        f"{random.choice(('Dorpsstraat', 'Kerkweg', 'Lindelaan'))} {random.randint(2, 98)}",
        "3511 AB Utrecht",
    )
    bill.previous, bill.paid = D(0), D(random.randint(30, 60) * 12)

    def long(day: date) -> str:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    paper = Paper(A4)
    paper.page()
    paper.put(40, 50, name, 19, BOLD)
    paper.put(40, 90, "Jaarnota", 15, BOLD)
    paper.lines(40, 110, [bill.customer, bill.street, bill.town], 10)
    rows = [("Klantnummer", bill.account), ("Factuurnummer", bill.invoice), ("Factuurdatum", long(bill.issued)),
            ("Vervaldatum", long(bill.due)), ("EAN-code", one.identifiers["POD"])]  # fmt: skip
    paper.pairs(320, 555, 100, rows, 9, 14)
    paper.put(40, 180, f"Leveringsadres: {bill.street}, {bill.town}", 9)
    paper.put(40, 194, f"Periode: {long(start)} t/m {long(end)}", 9)
    rows = [
        ("Totale kosten (incl. btw)", NL.money(bill.current)),
        ("In rekening gebrachte termijnbedragen", NL.money(-bill.paid)),
    ]
    y = paper.pairs(40, 330, 230, rows, 9, 15)
    paper.put(40, y + 4, "Te betalen" if bill.total > 0 else "U krijgt terug", 11, BOLD)
    paper.put(330, y + 4, NL.money(bill.total), 11, BOLD, "right")
    paper.put(40, 300, "Meterstanden", 12, BOLD)
    at = (40, 190, 300, 390, 480)
    paper.row(
        316,
        list(zip(at, ("Meternummer", "Telwerk", "Beginstand", "Eindstand", "Verbruik kWh"), strict=True)),
        8,
        BOLD,
        2,
    )
    y, old = 330.0, D(20411)
    for label, _, used in one.parts:
        cells = (str(one.meter), label, f"{old}", f"{old + used}", NL.number(used))
        paper.row(y, list(zip(at, cells, strict=True)), 9, right=2)
        y, old = y + 13, D(7112)
    paper.put(300, y + 2, "Totaal verbruik", 9, BOLD)
    paper.put(480, y + 2, f"{NL.number(one.usage)} kWh", 9, BOLD, "right")
    y += 34
    table = listed.Columns(40, 200, 480, lead=13)
    y = listed.charges(
        paper,
        y,
        charges,
        table,
        lambda rate, one: f"{NL.number(one.quantity or D(0))} kWh à {NL.money(rate)}",
        lambda amount: NL.number(amount, 2),
    )
    listed.total(paper, y + 4, table, "Totaal inclusief btw", NL.money(bill.current))
    return paper, bill
