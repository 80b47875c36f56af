"""Owns the layouts of invented utilities of Germany, France, Spain and Italy."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample import listed
from postroom.systems.bills.sample.fact import (
    DE,
    ES,
    FR,
    IT,
    Bill,
    Charge,
    Supply,
    cents,
    charged,
    drawn,
    taxed,
)
from postroom.systems.bills.sample.paper import A4, BOLD, WAYS, Paper

D = Decimal


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
    bill = drawn(random, DE, name, "###.###.###", [one], charges, "previousCloseBalance")
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
    listed.charges(
        paper,
        150,
        charges[:-1],
        listed.Columns(50, 300, 545, ends=True),
        lambda rate, charge: f"{DE.number(charge.quantity or D(0))} kWh x {DE.number(rate * 100, 2)} ct",
        DE.money,
    )
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
    bill = drawn(random, FR, name, "# ### ### ###", [one], charges)
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
    listed.charges(
        paper,
        y + 30,
        charges[:-1],
        listed.Columns(50, 400, 545, ends=True),
        lambda rate, charge: f"{FR.number(charge.quantity or D(0))} kWh x {FR.number(rate, 4)} €",
        FR.money,
    )
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
    bill = drawn(random, ES, name, "#########", [one], charges)
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
    way = random.choice(WAYS)
    y = 110.0
    for label, value in (
        (random.choice(("Codice cliente", "Numero cliente", "N. cliente", "N° cliente", "Codice Cliente n.")),
         bill.account),
        (random.choice(("Bolletta n.", "Fattura n.", "Numero fattura", "N. bolletta")), bill.invoice),
        (random.choice(("Data di emissione", "Data emissione", "Emessa il")), IT.digits(bill.issued)),
        ("Codice POD" if random.random() < 0.3 else "POD", pod),
        ("Periodo di fatturazione", f"{IT.digits(start)} - {IT.digits(end)}"),
    ):  # fmt: skip
        y = paper.named(way, 40, y, label, value, right=280)
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
