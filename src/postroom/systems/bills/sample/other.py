"""Owns the sample's documents that are no utility bills: some of them talk about energy all the same."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from postroom.systems.bills.sample import fact as facts
from postroom.systems.bills.sample.fact import UK, US
from postroom.systems.bills.sample.paper import A4, BOLD, LETTER, SERIF, Paper

D = Decimal
_GOODS = (
    "Office chair",
    "Printer toner",
    "Copper cable 50 m",
    "Water pump",
    "Gas heater",
    "LED lamp",
    "Desk",
)


def invoice(random: Random) -> Paper:
    """Goods; sometimes even a gas heater or a water pump."""
    paper = Paper(LETTER)
    paper.page()
    paper.put(
        40, 50, random.choice(("Brightwater Supplies Inc.", "Acme Electrical Wholesale", "Delmar & Sons")), 16
    )
    paper.put(570, 50, "INVOICE", 16, BOLD, "right")
    rows = (
        ("Invoice number", facts.digits(random, "INV-#####")),
        ("Invoice date", US.digits(facts.period(random, (3, 9))[0])),
        ("Customer no.", facts.digits(random, "C####")),
        ("Purchase order", facts.digits(random, "PO-######")),
        ("Terms", "Net 30"),
    )
    paper.pairs(380, 570, 80, rows)
    paper.row(200, [(40, "Item"), (330, "Qty"), (430, "Unit price"), (570, "Amount")], 9, BOLD, 1)
    total = D(0)
    y = 216.0
    for _ in range(random.randint(2, 9)):
        count, price = random.randint(1, 9), D(random.randint(300, 30000)) / 100
        total += count * price
        row = [
            (40.0, random.choice(_GOODS)),
            (330, str(count)),
            (430, US.money(price)),
            (570, US.money(count * price)),
        ]
        paper.row(y, row, 9, right=1)
        y += 14
    tax = facts.cents(total * D("0.08"))
    sums = (
        ("Subtotal", US.money(total)),
        ("Sales tax 8%", US.money(tax)),
        ("Total due", US.money(total + tax)),
    )
    paper.pairs(400, 570, y + 14, sums)
    paper.put(40, 700, "Thank you for your business. Payment is due within 30 days.", 9)
    return paper


def leaflet(random: Random) -> Paper:
    """Advertisement of a utility."""
    paper = Paper(A4)
    paper.page()
    name = random.choice(("Thameside Energy", "Golden Mesa Power", "Cedar Valley Water District"))
    paper.put(50, 80, name, 24, BOLD)
    paper.put(50, 120, "Save up to £200 a year on your energy!", 18, SERIF)
    paper.lines(
        50,
        160,
        [
            "Switch to our new Green Day tariff and pay just 21.4p per kWh until 31 March 2026.",
            "No exit fees. 100% renewable electricity. Gas from only 5.9p per kWh.",
            "Insulate your loft, bleed your radiators, and take showers of four minutes.",
            "Call 0800 555 0123 today, or visit our website. Offer ends on 30 November 2025.",
            "Terms and conditions apply. Prices include VAT at 5%.",
        ],
        11,
    )
    return paper


def notice(random: Random) -> Paper:
    """A letter of a utility without usage or charges."""
    paper = Paper(A4)
    paper.page()
    paper.put(
        50, 70, random.choice(("Severn Vale Water", "Pennine Electric", "Prairie Natural Gas")), 16, BOLD
    )
    paper.lines(50, 120, [facts.person(random), facts.street(random, UK), facts.town(random, UK)], 10)
    paper.put(50, 190, f"Account number {facts.digits(random, '##########')}", 10)
    paper.put(50, 210, f"{UK.long(facts.period(random, (3, 9))[0])}", 10)
    paper.lines(
        50,
        240,
        [
            "Dear customer,",
            "we are going to replace the pipes in your street. Your supply will be off between 9 am and 3 pm.",
            "Your meter will be exchanged on the same day; somebody should be at home to let us in.",
            "We are sorry for the inconvenience. There is nothing to pay.",
            "Yours sincerely",
            "The network team",
        ],
        10,
    )
    return paper


def contract(random: Random) -> Paper:
    """Pages of clauses; a third of them for the supply of power."""
    paper = Paper(A4)
    power = random.random() < 0.4
    title = "Agreement for the supply of electricity" if power else "Lease of business premises"
    for page in range(random.randint(2, 4)):
        paper.page()
        paper.put(50, 60, title if page == 0 else f"Page {page + 1}", 14, BOLD)
        y = 90.0
        for clause in range(12):
            y = paper.lines(
                50,
                y,
                [
                    f"{page * 12 + clause + 1}. The parties agree that notices under this agreement shall be given in "
                    f"writing",
                    f"within {random.randint(5, 60)} days, and that the {'customer' if power else 'tenant'} shall pay "
                    f"each"
                    f" {'account' if power else 'rent'} of £{random.randint(100, 9000)}.00 when it falls due.",
                ],
                9,
            )
    return paper


def statement(random: Random) -> Paper:
    """Of a bank: account numbers, balances and payments to utilities, yet no bill."""
    paper = Paper(A4)
    paper.page()
    paper.put(50, 60, "Harbour Savings Bank", 18, BOLD)
    first, last = facts.period(random, (28, 31))
    paper.put(50, 90, f"Statement of account {facts.digits(random, '########')}", 11)
    paper.put(50, 105, f"{UK.long(first)} to {UK.long(last)}", 9)
    balance = D(random.randint(10000, 900000)) / 100
    paper.row(130, [(50, "Date"), (120, "Details"), (420, "Paid out"), (545, "Balance")], 9, BOLD, 2)
    for line in range(18):
        paid = D(random.randint(200, 9000)) / 100
        balance -= paid
        who = random.choice(
            ("Grocer", "Thameside Energy DD", "Rent", "Severn Vale Water DD", "Cinema", "Salary tax")
        )
        row = [(50.0, UK.digits(first)), (120, who), (420, f"{paid}"), (545, f"{balance}")]
        paper.row(146 + 14 * line, row, 9, right=2)
    return paper


def receipt(random: Random) -> Paper:
    paper = Paper((226, 500))
    paper.page()
    paper.put(113, 40, random.choice(("CORNER CAFE", "PETROL & GO", "BOOKS UNLIMITED")), 12, BOLD, "centre")
    rows = [(f"Item {n}", f"{random.randint(100, 2500) / 100:.2f}") for n in range(random.randint(2, 8))]
    y = paper.pairs(20, 206, 80, rows)
    paper.pairs(20, 206, y + 10, (("TOTAL", "£34.20"), ("CARD", "£34.20"), ("VAT", "£5.70")))
    return paper


def insurance(random: Random) -> Paper:
    paper = Paper(LETTER)
    paper.page()
    paper.put(40, 60, "Certificate of liability insurance", 15, BOLD)
    rows = (
        ("Policy number", facts.digits(random, "POL-#######")),
        ("Each occurrence", "$1,000,000"),
        ("General aggregate", "$2,000,000"),
        ("Effective", US.digits(facts.period(random, (5, 9))[0])),
        ("Premium due", US.money(D(random.randint(10000, 900000)) / 100)),
    )
    paper.pairs(40, 400, 100, rows)
    return paper


def report(random: Random) -> Paper:
    """An energy audit: units without end, and nothing to pay."""
    paper = Paper(A4)
    for page in range(3):
        paper.page()
        paper.put(50, 60, "Energy audit of the town hall" if page == 0 else "Findings", 15, BOLD)
        lines = [
            f"Room {n}: heating {random.randint(100, 900)} kWh, lighting {random.randint(10, 90)} kWh, peak "
            f"{n} kW."
            for n in range(1, 30)
        ]
        paper.lines(50, 90, lines)
    return paper


def blank(random: Random) -> Paper:
    paper = Paper(A4)
    paper.page()
    return paper


def photo(random: Random) -> bytes:
    """A picture with nothing to read: JPEG."""
    image = Image.new("RGB", (1200, 900), (random.randint(90, 200), 150, random.randint(90, 220)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, r = random.randint(0, 1200), random.randint(0, 900), random.randint(20, 300)
        colour = tuple(random.randint(0, 255) for _ in range(3))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(9)).save(out, "JPEG", quality=80)
    return out.getvalue()


PAPERS: tuple[tuple[str, Callable[[Random], Paper]], ...] = (
    ("invoice", invoice),
    ("leaflet", leaflet),
    ("notice", notice),
    ("contract", contract),
    ("statement", statement),
    ("receipt", receipt),
    ("insurance", insurance),
    ("report", report),
    ("blank", blank),
)
