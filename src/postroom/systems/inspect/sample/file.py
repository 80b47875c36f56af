"""Owns how the sample's pictures, tables, texts and mails are written. Deterministic."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

_PROSE = """
    account address agreement amount annual approval balance benefit billing branch budget carrier
    charge claim client contract copy coverage credit customer date delivery deposit discount document
    due energy estimate fee form freight gas group heating holder insurance invoice item kilowatt letter
    liability meter month notice number office order page paid parcel payment period policy power
    premium price quantity rate reading receipt record refund renewal rent report request review
    schedule service signature statement storage sum supplier supply tariff tax tenant term total
    transfer unit usage valid water warehouse year
"""
_WORDS = _PROSE.split()
_PEOPLE = (
    "Anna Becker",
    "Jürgen Groß",
    "Chloé Martin",
    "Sam O'Neill",
    "Łucja Nowak",
    "Maria Peña",
    "Ravi Iyer",
)
_FIRMS = (
    "Northwind Energy",
    "Contoso Freight",
    "Müller & Söhne GmbH",
    "Café Lumière",
    "Granite Insurance Co.",
)

Table = list[list[str]]


def line(random: Random, words: int = 11) -> str:
    return " ".join(random.choices(_WORDS, k=words)).capitalize() + "."


def lines(random: Random, count: int) -> list[str]:
    return [line(random, random.randint(7, 13)) for _ in range(count)]


def person(random: Random) -> str:
    return random.choice(_PEOPLE)


def firm(random: Random) -> str:
    return random.choice(_FIRMS)


def invoice(random: Random, items: int) -> list[str]:
    """The lines of an invoice that adds up."""
    rows, total = ["Item                Quantity      Price      Amount", ""], 0
    for _ in range(items):
        quantity, price = random.randint(1, 40), random.randint(99, 9999)
        total += quantity * price
        amount = quantity * price / 100
        rows.append(f"{random.choice(_WORDS).title()}    {quantity}    {price / 100:.2f}    {amount:.2f}")
    return [*rows, "", f"Total due within 30 days: EUR {total / 100:.2f}"]


def table(random: Random, rows: int) -> Table:
    """A header and records; some cells hold delimiters, quotation marks and line breaks."""
    records = [["Number", "Customer", "City", "Usage", "Amount", "Note"]]
    for number in range(rows):
        note = random.choice(("", "paid, thank you", 'the "old" meter', "two\nlines", "a; b | c"))
        amount = f"{random.randint(1, 99999) / 100:.2f}"
        city = random.choice(("Köln", "Paris", "Austin", "Oslo"))
        records.append(
            [str(10_000 + number), person(random), city, str(random.randint(10, 900)), amount, note]
        )
    return records


def separated(records: Table, delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(records)
    return out.getvalue()


def workbook(sheets: Sequence[tuple[str, Table]]) -> bytes:
    """A small XLSX by hand: strings inline, no styles."""
    numbers = range(1, len(sheets) + 1)
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    schema = "http://schemas.openxmlformats.org"
    relation = f"{schema}/officeDocument/2006/relationships"
    package = f"{schema}/package/2006"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{main}.worksheet+xml"/>'
        for n in numbers
    )
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, (name, _) in enumerate(sheets, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{relation}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{schema}/spreadsheetml/2006/main" xmlns:r="{relation}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}'
        "</Relationships>",
    }
    for number, (_, records) in enumerate(sheets, start=1):
        cells = "".join(
            "<row>"
            + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in record)
            + "</row>"
            for record in records
        )
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{schema}/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name), '<?xml version="1.0" encoding="UTF-8"?>' + body)
    return out.getvalue()


def html(random: Random) -> str:
    paragraphs = "\n".join(f"<p>{escape(entry)}</p>" for entry in lines(random, 8))
    title = escape(firm(random))
    head = f"<head><title>{title}</title></head>"
    return f"<!DOCTYPE html>\n<html>\n{head}\n<body>\n{paragraphs}\n</body>\n</html>\n"


def record(random: Random) -> str:
    entry: dict[str, Any] = {"customer": person(random), "readings": random.sample(range(1000), 20)}
    entry["notes"] = lines(random, 4)
    return json.dumps(entry, indent=2, ensure_ascii=False) + "\n"


def mail(random: Random, number: int) -> bytes:
    message = EmailMessage()
    message["From"] = "billing@example.com"
    message["To"] = "mailroom@example.org"
    message["Subject"] = f"Statement {number}"
    message["Date"] = "Mon, 05 Jan 2026 09:00:00 +0000"
    message["Message-ID"] = f"<{number}@example.com>"
    message.set_content("\n".join(lines(random, 6)))
    return message.as_bytes()


# --- pictures ----------------------------------------------------------------------------------------


def paper(random: Random, text: Sequence[str], pixels: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A typed sheet as a scanner sees it: grey, and a little crooked."""
    sheet = Image.new("L", pixels, 246)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(max(12, pixels[0] // 56))
    step = max(16, pixels[1] // 48)
    for row, entry in enumerate(text[: pixels[1] // step - 8]):
        draw.text((pixels[0] // 10, pixels[1] // 12 + row * step), entry, fill=40, font=font)
    return sheet.rotate(random.uniform(-1.5, 1.5), fillcolor=240)


def photo(random: Random, pixels: tuple[int, int]) -> Image.Image:
    """Something colourful with soft and hard edges."""
    corners = Image.new("RGB", (4, 4))
    corners.putdata([tuple(random.randrange(256) for _ in range(3)) for _ in range(16)])
    picture = corners.resize(pixels, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y = random.randrange(pixels[0]), random.randrange(pixels[1])
        draw.ellipse((x, y, x + 60, y + 40), fill=tuple(random.randrange(256) for _ in range(3)))
    return picture


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def turned(orientation: int) -> Image.Exif:
    """EXIF that says how the picture is to be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif
