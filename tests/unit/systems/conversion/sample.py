"""Owns the documents that the conversion tests are about. All are made here; none is anybody's."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from email.message import EmailMessage
from pathlib import Path

import pikepdf
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

_WORDS = 0xFFFFFFFF
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_DRAWING_SPACE = "http://schemas.openxmlformats.org/drawingml/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(file: Path, *lines: str, font: str = "Helvetica", cmyk: bool = False, clear: bool = False) -> Path:
    """One page for each line; a font that is not in the file; ink or glass if wanted."""
    canvas = Canvas(str(file), pagesize=(300, 400))
    for line in lines or ("Hello",):
        canvas.setFont(font, 20)
        canvas.drawString(30, 300, line)
        if cmyk:
            canvas.setFillColorCMYK(1, 0, 0, 0)
            canvas.rect(50, 50, 60, 60, fill=1)
        if clear:
            canvas.setFillAlpha(0.5)
            canvas.rect(80, 80, 60, 60, fill=1)
        canvas.showPage()
    canvas.save()
    return file


def locked_pdf(file: Path, password: str, *lines: str) -> Path:
    plain = pdf(file.with_suffix(".plain"), *lines)
    with pikepdf.open(plain) as opened:
        opened.save(file, encryption=pikepdf.Encryption(user=password, owner="owner", R=6))
    return file


def picture(
    file: Path, form: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), frames: int = 1
) -> Path:
    color = {
        "RGB": "red",
        "RGBA": (255, 0, 0, 90),
        "CMYK": (0, 255, 0, 0),
        "L": 90,
        "1": 1,
        "P": 3,
        "I;16": 900,
    }
    one = Image.new(mode, size, color[mode])
    more = [Image.new(mode, size, color[mode]) for _ in range(frames - 1)]
    one.save(file, form, **({"save_all": True, "append_images": more} if more else {}))
    return file


def tiff_bomb(file: Path, width: int = 32_768, height: int = 32_768) -> Path:
    """A header that promises gigabytes of pixels, and nothing behind it."""
    entries = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
    ]
    entries += [(278, 4, height), (279, 4, 10)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    head = b"II*\0" + struct.pack("<I", 18) + bytes(10)
    file.write_bytes(head + struct.pack("<H", len(entries)) + body + bytes(4))
    return file


def mail(file: Path, *attachments: tuple[str, bytes], html: str | None = None) -> Path:
    letter = EmailMessage()
    for name, text in (
        ("From", "a@example.org"),
        ("To", "b@example.org"),
        ("Subject", "Grüße"),
        ("Message-ID", "<1@x>"),
    ):
        letter[name] = text
    letter["Date"] = "Mon, 1 Jan 2024 10:00:00 +0000"
    letter.set_content("The body of the letter.")
    if html:
        letter.add_alternative(html, subtype="html")
    for name, data in attachments:
        letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    file.write_bytes(letter.as_bytes())
    return file


def zipped(file: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file


def locked_zip(file: Path, name: str, data: bytes, password: str) -> Path:
    """One member in the old encryption of ZIP, which the stdlib can read and not write."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def stir(byte: int) -> None:
        keys[0] = ~zlib.crc32(bytes([byte]), ~keys[0] & _WORDS) & _WORDS
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & _WORDS
        keys[2] = ~zlib.crc32(bytes([keys[1] >> 24]), ~keys[2] & _WORDS) & _WORDS

    for byte in password.encode():
        stir(byte)
    crc, packed = zlib.crc32(data), bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + data:
        mask = keys[2] | 2
        packed.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
        stir(byte)
    sizes = struct.pack("<IIIHH", crc, len(packed), len(data), len(name), 0)
    head = struct.pack("<HHHHH", 20, 1, 0, 0, 0x21) + sizes
    local = b"PK\3\4" + head + name.encode() + packed
    entry = b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name.encode()
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)
    file.write_bytes(local + entry + end)
    return file


def docx(file: Path, text: str = "Hello from Word") -> Path:
    document = (
        f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _office(file, "word/document.xml", kind, document)


def linked_docx(file: Path, address: str, text: str = "Hello from Word") -> Path:
    """With a picture that is somewhere else, and a link to there."""
    frame = f"""<pic:pic xmlns:pic="{_DRAWING_SPACE}/picture"><pic:nvPicPr><pic:cNvPr id="0" name="p"/><pic:cNvPicPr/>
    </pic:nvPicPr><pic:blipFill><a:blip xmlns:r="{_OFFICE}" r:link="rId9"/></pic:blipFill><pic:spPr><a:xfrm>
    <a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic>"""
    drawing = f"""<w:drawing><wp:inline xmlns:wp="{_DRAWING_SPACE}/wordprocessingDrawing"><wp:extent cx="900000"
    cy="900000"/><wp:docPr id="1" name="p"/><a:graphic xmlns:a="{_DRAWING}"><a:graphicData
    uri="{_DRAWING_SPACE}/picture">{frame}</a:graphicData></a:graphic></wp:inline></w:drawing>"""
    document = f"""<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r><w:r>{drawing}</w:r></w:p>
    </w:body></w:document>"""
    links = f"""<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId9" Type="{_OFFICE}/image" Target="{address}"
    TargetMode="External"/><Relationship Id="rId8" Type="{_OFFICE}/hyperlink" Target="https://link.example/"
    TargetMode="External"/></Relationships>"""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _office(file, "word/document.xml", kind, document, {"word/_rels/document.xml.rels": (None, links)})


def xlsx(file: Path) -> Path:
    sheet = f"""<worksheet xmlns="{_SHEET}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Sum</t></is></c>
    <c r="B1"><v>42</v></c></row></sheetData></worksheet>"""
    book = f"""<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>
    <sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>"""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    links = f"""<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/worksheet"
    Target="worksheets/sheet1.xml"/></Relationships>"""
    more = {
        "xl/worksheets/sheet1.xml": (f"{kind}worksheet+xml", sheet),
        "xl/_rels/workbook.xml.rels": (None, links),
    }
    return _office(file, "xl/workbook.xml", f"{kind}sheet.main+xml", book, more)


def _office(
    file: Path, main: str, kind: str, body: str, more: dict[str, tuple[str | None, str]] | None = None
) -> Path:
    parts = {main: (kind, body), **(more or {})}
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, (kind, _) in parts.items() if kind
    )
    types = f"""<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/><Default
    Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>"""
    links = f"""<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument"
    Target="{main}"/></Relationships>"""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", links)
        for name, (_, text) in parts.items():
            archive.writestr(name, text)
        # What is smaller than a page of its envelope is not encrypted soundly by the library of the tests.
        archive.writestr("docProps/filler.xml", "<!--" + "x" * 8000 + "-->")
    return file


def rtf(file: Path) -> Path:
    file.write_bytes(rb"{\rtf1\ansi Hello from \b RTF\b0 .}")
    return file


def odt(file: Path, text: str = "Hello from Writer", more: str = "") -> Path:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = f"""<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0"
    office:version="1.2"><office:body><office:text><text:p>{text}{more}</text:p></office:text></office:body>
    </office:document-content>"""
    return _odf(file, "application/vnd.oasis.opendocument.text", content)


def _odf(file: Path, kind: str, content: str) -> Path:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    manifest = f"""<manifest:manifest xmlns:manifest="{space}:manifest:1.0" manifest:version="1.2">
    <manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>
    <manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return file


def odp(file: Path, text: str = "Hello from Impress") -> Path:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = f"""<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0"
    xmlns:draw="{space}:drawing:1.0" xmlns:svg="{space}:svg-compatible:1.0" office:version="1.2"><office:body>
    <office:presentation><draw:page draw:name="one"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="15cm"
    svg:height="3cm"><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame></draw:page>
    </office:presentation></office:body></office:document-content>"""
    return _odf(file, "application/vnd.oasis.opendocument.presentation", content)


def pptx(file: Path, text: str = "Hello from PowerPoint") -> Path:
    spaces = f'xmlns:p="{_SLIDE}" xmlns:a="{_DRAWING}" xmlns:r="{_OFFICE}"'
    group = """<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>"""
    shape = f"""<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>
    <a:off x="900000" y="900000"/><a:ext cx="6000000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>
    </a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"""
    slide = f"<p:sld {spaces}><p:cSld><p:spTree>{group}{shape}</p:spTree></p:cSld></p:sld>"
    main = f"""<p:presentation {spaces}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst>
    <p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>"""
    kind = "application/vnd.openxmlformats-officedocument.presentationml."
    links = f"""<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/slide"
    Target="slides/slide1.xml"/></Relationships>"""
    more = {
        "ppt/slides/slide1.xml": (f"{kind}slide+xml", slide),
        "ppt/_rels/presentation.xml.rels": (None, links),
    }
    return _office(file, "ppt/presentation.xml", f"{kind}presentation.main+xml", main, more)


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "blue").save(out, "PNG")
    return out.getvalue()


# A red picture of 64 x 48 pixels: there is no encoder that we may ship, so this one is kept.
_HEIC = """
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA
ACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAABsAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt
AAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA
AAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5j
bHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBp
eGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAACNtZGF0AAAAFygBrxmA70mlv//ihh/5rWv+v61pj5uA
"""


def heic(file: Path) -> Path:
    file.write_bytes(base64.b64decode(_HEIC))
    return file
