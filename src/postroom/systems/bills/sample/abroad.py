"""Owns the layouts of invented utilities of the United Kingdom, Europe and Australia."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import (
    AU,
    DE,
    ES,
    FR,
    UK,
    Bill,
    Charge,
    Land,
    Supply,
    cents,
    charged,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, SANS, SERIF, Paper

D = Decimal


def _bill(
    random: Random,
    land: Land,
    provider: str,
    account: str,
    supply: Supply,
    charges: list[Charge],
    hidden: tuple[str, ...] = (),
) -> Bill:
    previous, paid = facts.carried(random)
    issued = facts.after(random, supply.end, 1, 8)
    bill = Bill(
        land,
        provider,
        facts.digits(random, account),
        facts.digits(random, "##########"),
        facts.person(random),
        facts.street(random, land),
        facts.town(random, land),
        [supply],
        charges,
        issued,
        facts.after(random, issued, 12, 21),
        previous,
        paid,
        supply.commodity,
    )
    bill.hide(*hidden)
    return bill


# --- British electricity: a big number up front, day and night registers ------------------------------------


def uk_power(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (85, 94))
    day, night = D(random.randint(350, 1500)), D(random.randint(120, 700))
    one = Supply("ELECTRICITY", facts.digits(random, "@##@#####"), day + night, "kWh", "kWh", start, end)
    one.parts = [("Day", "PEAK", day), ("Night", "OFF_PEAK", night)]
    one.estimated = random.random() < 0.4
    one.tariff = random.choice(("Economy 7 Standard", "Fix & Protect May 2026", "Green Day Night v3"))
    one.identifiers = {"POD": facts.digits(random, "## #### #### ###")}
    charges = [
        charged("Day units", day, "kWh", "0.2877"),
        charged("Night units", night, "kWh", "0.1344"),
        charged("Standing charge", D(one.days), "days", "0.5401"),
    ]
    charges.append(taxed("VAT @ 5.0%", charges, "5"))
    name = random.choice(("Thameside Energy", "Pennine Electric", "Cotswold Power"))
    bill = _bill(random, UK, name, "A-####@###", one, charges)
    bill.hide("usageData.previousReading", "usageData.currentReading", "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(545, 60, bill.provider, 18, BOLD, "right")
    paper.lines(50, 110, [bill.customer, bill.street, bill.town], 10)
    paper.pairs(
        340,
        545,
        110,
        (
            ("Account number", bill.account),
            ("Bill reference", bill.invoice),
            ("Date of bill", UK.short(bill.issued)),
        ),
    )
    paper.put(50, 200, "Your electricity statement", 18, SERIF)
    paper.put(50, 218, f"Bill period: {UK.short(start)} - {UK.short(end)}", 10)
    paper.fill(50, 240, 240, 60, 0.88)
    paper.put(62, 258, "Please pay", 10)
    paper.put(62, 288, UK.money(bill.total), 22, BOLD)
    paper.put(180, 288, f"by {UK.short(bill.due)}", 10)
    paper.pairs(
        320,
        545,
        250,
        (
            ("Previous balance", UK.money(bill.previous)),
            ("Payments received", f"{UK.money(bill.paid)} CR" if bill.paid else UK.money(D(0))),
            ("Charges this period", UK.money(bill.current)),
            ("Account balance", UK.money(bill.total)),
        ),
    )
    paper.put(50, 340, "Could you pay less?", 11, BOLD)
    paper.lines(
        50,
        356,
        [
            "Our cheapest tariff is Saver Online. You could save £61.20 a year by moving to it.",
            "Your estimated annual usage is 4,310 kWh. Personal projection £1,204.77.",
        ],
    )
    paper.put(50, 380, "Emergency? Call 105. Lost supply? Call your network operator on 0800 555 0105.", 8)
    paper.put(50, 805, f"{bill.provider} Limited. Registered in England and Wales number 03782949.", 7)
    paper.page()
    paper.put(50, 60, "Your electricity in detail", 14, BOLD)
    paper.put(50, 80, f"Supply address: {bill.street}, {bill.town}", 9)
    paper.put(50, 94, f"Supply number (MPAN)  {one.identifiers['POD']}", 9)
    paper.put(50, 108, f"Tariff name  {one.tariff}", 9)
    paper.put(50, 122, f"Meter number  {one.meter}", 9)
    columns = (50, 120, 260, 400, 545)
    first, last = f"{start:%d/%m/%y}", f"{end:%d/%m/%y}"
    heads = ("Register", f"Start {first}", f"End {last}", "Units", "kWh used")
    paper.row(150, list(zip(columns, heads, strict=True)), 8, BOLD, 3)
    old = D(random.randint(2000, 40000))
    kind = "estimated by us" if one.estimated else "actual"
    y = 164.0
    for label, _, usage in one.parts:
        row = (label, f"{old} actual", f"{old + usage} {kind}", UK.number(usage), UK.number(usage))
        paper.row(y, list(zip(columns, row, strict=True)), 9, right=3)
        old += 7013
        y += 14
    paper.put(50, y, "Total units used", 9, BOLD)
    paper.put(545, y, f"{UK.number(one.usage)} kWh", 9, BOLD, "right")
    y += 30
    paper.put(50, y, "Your charges", 11, BOLD)
    for charge in charges[:3]:
        y += 15
        paper.put(50, y, charge.text)
        paper.put(
            200, y, f"{UK.number(charge.quantity or D(0))} {charge.unit} x {(charge.rate or D(0)) * 100:.2f}p"
        )
        paper.put(545, y, UK.money(charge.amount), align="right")
    paper.pairs(
        50,
        545,
        y + 18,
        (
            ("Total charges excluding VAT", UK.money(bill.current - bill.tax)),
            (charges[3].text, UK.money(bill.tax)),
            ("Total charges this period", UK.money(bill.current)),
        ),
    )
    paper.page()
    paper.put(50, 60, "About your estimates", 12, BOLD)
    paper.lines(
        50, 80, ["A reading is estimated when we could not read your meter.", "kWh: kilowatt hour."] * 4
    )
    return paper, bill


# --- British water in cubic metres --------------------------------------------------------------------------


def uk_water(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (170, 190))
    used = D(random.randint(15, 140))
    one = Supply("WATER", facts.digits(random, "##@#######"), used, "cubic m", "m³", start, end)
    one.previous, one.current = facts.reading(random, used)
    one.estimated = random.random() < 0.3
    charges = [
        charged("Water supply", used, "m³", "1.8243"),
        Charge("Water fixed charge", D("17.32")),
        charged("Wastewater", used, "m³", "1.4410"),
        Charge("Surface water drainage", D("24.11")),
    ]
    name = random.choice(("Severn Vale Water", "Mercia Water plc", "Anglian Fen Water"))
    bill = _bill(random, UK, name, "######### #", one, charges, ("invoiceId", "taxCharges"))
    bill.hide("usageData.tariff", "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 60, bill.provider, 20, BOLD)
    paper.put(50, 90, "Your water services bill", 13, SANS)
    labels = (
        ("Your account number", bill.account),
        ("Date of this bill", UK.long(bill.issued)),
        ("This bill covers", f"{UK.long(start)} - {UK.long(end)}"),
        ("Property address", f"{bill.street}, {bill.town}"),
    )
    for line, (label, value) in enumerate(labels):
        paper.put(330, 60 + 26 * line, label, 8, BOLD)
        paper.put(330, 72 + 26 * line, value, 9)
    paper.lines(50, 130, [bill.customer, bill.street, bill.town], 10)
    paper.put(50, 210, "Summary", 12, BOLD)
    y = paper.pairs(
        50,
        330,
        228,
        (
            ("Balance brought forward", UK.money(bill.previous)),
            ("Less payments received", UK.money(bill.paid) + "-" if bill.paid else UK.money(D(0))),
            ("New charges", UK.money(bill.current)),
        ),
    )
    paper.put(50, y + 4, "Amount to pay", 12, BOLD)
    paper.put(330, y + 4, UK.money(bill.total), 12, BOLD, "right")
    paper.put(50, y + 22, f"Payment due by {UK.long(bill.due)}", 9)
    paper.put(50, 340, "How your charges were worked out", 12, BOLD)
    paper.put(50, 358, f"Meter serial no: {one.meter}", 9)
    flag = " E" if one.estimated else " A"
    paper.pairs(
        50,
        330,
        374,
        (
            (f"Latest meter reading {UK.short(end)}", f"{one.current}{flag}"),
            (f"Previous meter reading {UK.short(start)}", f"{one.previous} A"),
            ("Water used", f"{used} m³"),
        ),
    )
    y = 430.0
    for charge in charges:
        paper.put(50, y, charge.text)
        if charge.rate is not None:
            paper.put(200, y, f"{charge.quantity} m³ at £{charge.rate} per m³")
        paper.put(450, y, UK.money(charge.amount), align="right")
        y += 14
    paper.put(50, y + 4, "Total charges", 9, BOLD)
    paper.put(450, y + 4, UK.money(bill.current), 9, BOLD, "right")
    paper.put(
        50, 600, "E means that we estimated the reading, A that we read the meter. VAT is not charged.", 8
    )
    paper.page()
    paper.put(50, 60, "Ways to pay", 12, BOLD)
    paper.lines(
        50, 80, ["By phone 0800 555 0166", "At a bank: please use the slip below.", "1 m³ is 1,000 litres."]
    )
    return paper, bill


# --- a British telephone bill ---------------------------------------------------------------------------------


def uk_telecom(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 31))
    one = Supply("TELECOM", None, D(0), "", "", start, end)
    charges = [
        Charge("Line rental and broadband", D("31.50")),
        Charge("Calls to UK landlines and mobiles", D(random.randint(100, 2900)) / 100),
        Charge("Static IP address", D("5.00")),
    ]
    charges.append(taxed("VAT at 20%", charges, "20"))
    name = random.choice(("Orwell Telecom", "Trent Mobile", "Wessex Broadband"))
    bill = _bill(random, UK, name, "@@ #### ####", one, charges)
    bill.invoice = facts.digits(random, "M### Q#")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 60, bill.provider, 22, BOLD)
    paper.lines(50, 110, [bill.customer, bill.street, bill.town], 10)
    paper.lines(
        360,
        100,
        [
            f"Account number: {bill.account}",
            f"Invoice number: {bill.invoice}",
            f"Tax point: {UK.long(bill.issued)}",
            f"Bill period: {UK.long(start)} to {UK.long(end)}",
        ],
    )
    paper.put(50, 220, "Your phone and broadband bill", 14, BOLD)
    rows = [
        ("Last bill", UK.money(bill.previous)),
        ("Payments", UK.money(-bill.paid)),
        *((charge.text, UK.money(charge.amount)) for charge in charges),
        ("Total for this bill", UK.money(bill.current)),
    ]
    y = paper.pairs(50, 420, 245, rows, 10, 16)
    paper.put(50, y + 8, "Total due", 13, BOLD)
    paper.put(420, y + 8, UK.money(bill.total), 13, BOLD, "right")
    paper.put(50, y + 30, f"We will collect this by Direct Debit on or after {UK.long(bill.due)}.", 9)
    paper.put(50, y + 44, f"Installation address: {bill.street}, {bill.town}", 9)
    paper.page()
    paper.put(50, 60, "Itemised calls", 12, BOLD)
    for line in range(20):
        cost = D(random.randint(2, 99)) / 100
        row = [
            (50.0, f"{start:%d %b}"),
            (120, "10:42"),
            (200, facts.digits(random, "0#########")),
            (400, f"{cost}"),
        ]
        paper.row(80 + 13 * line, row, 8)
    return paper, bill


# --- German gas -------------------------------------------------------------------------------------------------


def de_gas(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (300, 366))
    cubic = D(random.randint(500, 3200))
    kwh = (cubic * D("0.9561") * D("11.284")).quantize(D(1))
    one = Supply("GAS", facts.digits(random, "7#######"), kwh, "kWh", "kWh", start, end)
    one.previous, one.current = facts.reading(random, cubic)
    one.tariff = random.choice(("Erdgas Klassik", "GasFix 24", "Wärme Plus"))
    net = [
        charged("Arbeitspreis", kwh, "kWh", "0.0891"),
        Charge("Grundpreis", cents(D(one.days) * D("0.4932"))),
        charged("CO2-Preis", kwh, "kWh", "0.0082"),
    ]
    charges = [*net, taxed("Umsatzsteuer 19 %", net, "19")]
    name = random.choice(("Stadtwerke Rheinau GmbH", "Havelgas AG", "Energieversorgung Oberland GmbH"))
    bill = _bill(random, DE, name, "###.###.###", one, charges, ("previousCloseBalance",))
    bill.previous = D(0)
    bill.paid = D(11 * random.randint(10, int(bill.current / 11) + 8))
    bill.hide("usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 50, bill.provider, 16, BOLD)
    paper.lines(50, 120, [bill.customer, bill.street, bill.town], 10)
    paper.lines(
        350,
        100,
        [
            f"Kundennummer: {bill.account}",
            f"Rechnungs-Nr.: {bill.invoice}",
            f"Datum: {DE.digits(bill.issued, '.')}",
            f"Lieferstelle: {bill.street}, {bill.town}",
        ],
    )
    paper.put(50, 210, "Jahresrechnung Gas", 15, BOLD)
    paper.put(50, 228, f"für den Zeitraum vom {DE.digits(start, '.')} bis {DE.digits(end, '.')}", 10)
    rows = [
        ("Rechnungsbetrag netto", DE.money(bill.current - bill.tax)),
        (charges[-1].text, DE.money(bill.tax)),
        ("Rechnungsbetrag brutto", DE.money(bill.current)),
        ("Geleistete Abschläge", DE.money(-bill.paid)),
        ("Zu zahlender Betrag" if bill.total >= 0 else "Ihr Guthaben", DE.money(bill.total)),
    ]
    y = paper.pairs(50, 500, 260, rows, 10, 16)
    paper.put(50, y + 10, f"Bitte überweisen Sie den Betrag bis zum {DE.digits(bill.due, '.')}.", 9)
    paper.put(50, y + 24, f"Zahlbar bis: {DE.digits(bill.due, '.')}", 9)
    paper.put(50, 805, "Sitz der Gesellschaft: Rheinau · HRB 1020 · IBAN DE12 3456 7890 1234 5678 90", 7)
    paper.page()
    paper.put(50, 60, "Ihr Verbrauch", 13, BOLD)
    columns = (50, 150, 250, 340, 430, 545)
    heads = ("Zähler-Nr.", "Zählerstand alt", "Zählerstand neu", "Differenz m³", "Brennwert", "Verbrauch kWh")
    paper.row(84, list(zip(columns, heads, strict=True)), 8, BOLD, 5)
    row = (
        str(one.meter),
        DE.number(one.previous),
        DE.number(one.current or D(0)),
        DE.number(cubic),
        "11,284",
        DE.number(kwh),
    )
    paper.row(98, list(zip(columns, row, strict=True)), 9, right=5)
    paper.put(50, 116, f"Ihr Tarif: {one.tariff}", 9)
    y = 150.0
    for charge in charges[:-1]:
        paper.put(50, y, charge.text)
        if charge.rate is not None:
            text = f"{DE.number(charge.quantity or D(0))} kWh x {DE.number(charge.rate * 100, 2)} ct"
            paper.put(300, y, text, align="right")
        paper.put(545, y, DE.money(charge.amount), align="right")
        y += 14
    paper.page()
    paper.put(50, 60, "Hinweise", 12, BOLD)
    paper.lines(50, 80, ["Brennwert: Energie je Kubikmeter.", "Vorjahr: 14.210 kWh, 1.402,11 €."] * 3)
    return paper, bill


# --- French electricity -----------------------------------------------------------------------------------------


def fr_power(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (55, 63))
    full, low = D(random.randint(150, 1200)), D(random.randint(100, 900))
    one = Supply("ELECTRICITY", facts.digits(random, "0########"), full + low, "kWh", "kWh", start, end)
    one.parts = [("Heures pleines", "PEAK", full), ("Heures creuses", "OFF_PEAK", low)]
    one.tariff = random.choice(("Tarif Bleu Heures Creuses", "Offre Vert Fixe", "Option Tempo"))
    one.identifiers = {"POD": facts.digits(random, "## ### ### ### ###")}
    net = [
        Charge("Abonnement", D("31.84")),
        charged("Consommation heures pleines", full, "kWh", "0.1841"),
        charged("Consommation heures creuses", low, "kWh", "0.1412"),
    ]
    charges = [*net, taxed("TVA 20 %", net, "20")]
    name = random.choice(("Électricité du Midi", "Lumière de Loire", "Énergie Garonne"))
    bill = _bill(random, FR, name, "# ### ### ###", one, charges)
    bill.previous = bill.paid = D(0)
    bill.hide("previousCloseBalance", "afterPreviousTotalPayment", "usageData.multiplier")
    bill.hide("usageData.previousReading", "usageData.currentReading")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 56, bill.provider, 18, BOLD)
    paper.lines(330, 100, [bill.customer, bill.street, bill.town], 10)
    paper.lines(
        50,
        90,
        [
            f"N° client : {bill.account}",
            f"Facture n° {bill.invoice}",
            f"du {FR.digits(bill.issued)}",
            f"Lieu de consommation : {bill.street}, {bill.town}",
        ],
    )
    paper.put(50, 200, "Votre facture d'électricité", 15, BOLD)
    paper.put(50, 216, f"Période du {FR.digits(start)} au {FR.digits(end)}", 10)
    rows = [
        ("Total hors TVA", FR.money(bill.current - bill.tax)),
        (charges[-1].text, FR.money(bill.tax)),
        ("Montant TTC", FR.money(bill.current)),
        ("Montant à payer", FR.money(bill.total)),
        ("À régler avant le", FR.digits(bill.due)),
    ]
    paper.pairs(50, 420, 250, rows, 10, 16)
    paper.put(50, 800, f"{bill.provider} SA au capital de 1 500 000 €. RCS Toulouse 552 081 317.", 7)
    paper.page()
    paper.put(50, 60, "Le détail de votre facture", 13, BOLD)
    paper.put(50, 80, f"Point de livraison (PDL) : {one.identifiers['POD']}", 9)
    paper.put(50, 94, f"N° de compteur : {one.meter}", 9)
    paper.put(50, 108, f"Votre offre : {one.tariff}", 9)
    columns = (50, 220, 300, 400, 545)
    heads = ("Relevés", "Ancien index", "Nouvel index", "Consommation", "")
    paper.row(130, list(zip(columns, heads, strict=True)), 8, BOLD, 1)
    old = D(random.randint(3000, 50000))
    y = 144.0
    for label, _, usage in one.parts:
        row = (label, FR.number(old), FR.number(old + usage), f"{FR.number(usage)} kWh", "")
        paper.row(y, list(zip(columns, row, strict=True)), 9, right=1)
        old += 5120
        y += 13
    paper.put(50, y, "Consommation totale", 9, BOLD)
    paper.put(400, y, f"{FR.number(one.usage)} kWh", 9, BOLD, "right")
    y += 30
    for charge in charges[:-1]:
        paper.put(50, y, charge.text)
        if charge.rate is not None:
            text = f"{FR.number(charge.quantity or D(0))} kWh x {FR.number(charge.rate, 4)} €"
            paper.put(400, y, text, align="right")
        paper.put(545, y, FR.money(charge.amount), align="right")
        y += 14
    return paper, bill


# --- Spanish electricity ------------------------------------------------------------------------------------------


def es_power(random: Random) -> tuple[Paper, Bill]:
    start, end = facts.period(random, (28, 34))
    used = D(random.randint(80, 900))
    one = Supply("ELECTRICITY", facts.digits(random, "########"), used, "kWh", "kWh", start, end)
    one.previous, one.current = facts.reading(random, used)
    one.tariff = random.choice(("2.0TD", "Tarifa Plana Hogar", "PVPC 2.0TD"))
    one.identifiers = {"POD": facts.digits(random, "ES00##############") + "XY"}
    net = [
        charged("Energía consumida", used, "kWh", "0.1634"),
        Charge("Potencia contratada", cents(D(one.days) * D("0.3921"))),
        Charge("Impuesto eléctrico", cents(used * D("0.0083")), tax=True),
        Charge("Alquiler de equipos", D("0.81")),
    ]
    charges = [*net, taxed("IVA 21%", net, "21")]
    name = random.choice(
        ("Energía Sol del Sur, S.A.", "Luz Ebro Comercializadora", "Eléctrica de Levante S.L.")
    )
    bill = _bill(random, ES, name, "#########", one, charges)
    bill.previous = bill.paid = D(0)
    bill.hide("previousCloseBalance", "afterPreviousTotalPayment", "usageData.multiplier")
    paper = Paper(A4)
    paper.page()
    paper.put(50, 56, bill.provider, 16, BOLD)
    paper.put(50, 90, "FACTURA DE ELECTRICIDAD", 12, BOLD)
    paper.pairs(
        50,
        290,
        110,
        (
            ("Nº de factura:", bill.invoice),
            ("Fecha de emisión:", ES.digits(bill.issued)),
            ("Periodo de facturación:", f"{ES.digits(start)} - {ES.digits(end)}"),
            ("Fecha de cargo:", ES.digits(bill.due)),
        ),
    )
    paper.lines(350, 110, [bill.customer, bill.street, bill.town], 10)
    paper.fill(50, 180, 240, 30)
    paper.put(58, 200, "IMPORTE TOTAL", 11, BOLD)
    paper.put(284, 200, ES.money(bill.total), 12, BOLD, "right")
    paper.put(50, 240, "DATOS DEL CONTRATO", 11, BOLD)
    paper.lines(
        50,
        256,
        [
            f"Referencia del contrato: {bill.account}",
            f"Dirección de suministro: {bill.street}, {bill.town}",
            f"CUPS: {one.identifiers['POD']}",
            f"Tarifa: {one.tariff}",
            f"Número de contador: {one.meter}",
        ],
        9,
        lead=14,
    )
    paper.put(50, 345, "LECTURAS", 11, BOLD)
    paper.pairs(
        50,
        330,
        360,
        (
            ("Lectura anterior", ES.number(one.previous or D(0), group=False)),
            ("Lectura actual", ES.number(one.current or D(0), group=False)),
            ("Consumo en el periodo", f"{ES.number(used)} kWh"),
        ),
    )
    rows = [(charge.text, ES.money(charge.amount)) for charge in charges]
    y = paper.pairs(50, 450, 430, rows)
    paper.put(50, y + 4, "TOTAL IMPORTE FACTURA", 10, BOLD)
    paper.put(450, y + 4, ES.money(bill.total), 10, BOLD, "right")
    return paper, bill


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
    bill = _bill(random, AU, name, "#### ####", one, charges)
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
    bill = _bill(random, AU, name, "## ## ## #", one, charges, ("invoiceId", "taxCharges"))
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
