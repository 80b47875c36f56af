"""Each family of documents becomes a PDF that shows what was in it."""

from __future__ import annotations

import base64
import html
import zipfile
from pathlib import Path

import msoffcrypto.format.ooxml
import olefile
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from postroom.errors import DocumentError
from tests.unit.systems.conversion import sample
from tests.unit.systems.conversion.conftest import Converter, codes, needs_office, needs_pango, pages, text

FORMATS = [
    ("JPEG", "RGB", ".jpg"),
    ("JPEG", "CMYK", ".jpg"),
    ("PNG", "RGBA", ".png"),
    ("PNG", "P", ".png"),
    ("PNG", "1", ".png"),
    ("PNG", "I;16", ".png"),
    ("BMP", "RGB", ".bmp"),
    ("GIF", "P", ".gif"),
    ("WEBP", "RGBA", ".webp"),
    ("JPEG2000", "RGB", ".jp2"),
]


@pytest.mark.parametrize(("form", "mode", "ending"), FORMATS)
def test_a_picture_is_one_page(convert: Converter, tmp_path: Path, form: str, mode: str, ending: str) -> None:
    made, _ = convert(sample.picture(tmp_path / f"a{ending}", form, mode))
    assert pages(made) == 1


def test_a_jpeg_keeps_its_very_bytes(convert: Converter, tmp_path: Path) -> None:
    file = sample.picture(tmp_path / "a.jpg", "JPEG")
    made, _ = convert(file)
    with pikepdf.open(made) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert image.read_raw_bytes() == file.read_bytes()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_plain_png_keeps_its_very_pixels_and_is_not_packed_anew(
    convert: Converter, tmp_path: Path, mode: str
) -> None:
    drawn = Image.effect_noise((90, 70), 80).convert(mode)
    drawn.save(tmp_path / "a.png")
    with pikepdf.open(convert(tmp_path / "a.png")[0]) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        kept = pikepdf.PdfImage(image).as_pil_image()
        assert image.read_raw_bytes() in (tmp_path / "a.png").read_bytes()
    assert kept.convert("RGB").tobytes() == drawn.convert("RGB").tobytes()


def test_a_png_that_says_how_it_is_turned_is_turned(convert: Converter, tmp_path: Path) -> None:
    drawn = Image.new("RGB", (200, 100), "white")
    drawn.paste("red", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    drawn.save(tmp_path / "a.png", exif=exif)
    document = pdfium.PdfDocument(convert(tmp_path / "a.png")[0])
    shown = document[0].render().to_pil().convert("RGB")
    document.close()
    picture = shown.point(lambda value: 255 - value).getbbox()
    assert picture is not None
    red, green, _ = shown.getpixel((shown.width // 2, picture[1] + 5))
    assert red > green + 100


@pytest.mark.parametrize("at", [60, 0.5, 0.95])
def test_a_png_whose_bytes_are_not_those_that_were_written_is_damaged(
    convert: Converter, tmp_path: Path, at: float
) -> None:
    Image.effect_noise((90, 70), 80).save(tmp_path / "a.png")
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[int(at if at > 1 else at * len(data))] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        convert(tmp_path / "a.png")
    assert caught.value.code == "corrupt"


def test_every_frame_of_a_tiff_is_a_page(convert: Converter, tmp_path: Path) -> None:
    made, _ = convert(sample.picture(tmp_path / "a.tif", "TIFF", "1", frames=5))
    assert pages(made) == 5


def test_a_scan_keeps_its_size_and_a_photo_is_fitted_into_a4(convert: Converter, tmp_path: Path) -> None:
    Image.new("L", (1000, 2000)).save(tmp_path / "scan.png", dpi=(200, 200))
    Image.new("L", (4000, 3000)).save(tmp_path / "photo.png")
    with pikepdf.open(convert(tmp_path / "scan.png")[0]) as pdf:
        assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [360, 720]
    with pikepdf.open(convert(tmp_path / "photo.png")[0]) as pdf:
        assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [842, 595]


def test_a_heic_picture_is_decoded(convert: Converter, tmp_path: Path) -> None:
    made, _ = convert(sample.heic(tmp_path / "a.heic"))
    document = pdfium.PdfDocument(made)
    red, green, blue = document[0].render().to_pil().convert("RGB").resize((1, 1)).getpixel((0, 0))
    document.close()
    assert red > green
    assert red > blue


@needs_pango
def test_text_shows_its_lines_whatever_its_encoding(convert: Converter, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Grüße aus Köln\n".encode("cp1252"))
    assert "Grüße aus Köln" in text(convert(tmp_path / "a.txt")[0])


@needs_pango
def test_a_long_text_goes_on_over_many_pages(convert: Converter, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join(f"line {n}" for n in range(3000)))
    made, _ = convert(tmp_path / "a.txt")
    assert pages(made) > 20
    assert "line 2999" in text(made)


@needs_pango
def test_a_table_of_text_shows_its_cells(convert: Converter, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name;value\nAnna;1\nBert;2\n")
    shown = text(convert(tmp_path / "a.csv")[0])
    assert "Anna" in shown
    assert ";" not in shown


@needs_pango
def test_xml_is_shown_and_its_entities_are_not_resolved(convert: Converter, tmp_path: Path) -> None:
    evil = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    (tmp_path / "a.xml").write_text(evil)
    shown = text(convert(tmp_path / "a.xml")[0])
    assert "&x;" in shown
    assert "root:" not in shown


@needs_pango
@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://10.0.0.1/a.png", "http://localhost/a.css", "a.png"]
)
def test_html_loads_nothing_from_elsewhere_and_says_so(
    convert: Converter, tmp_path: Path, address: str
) -> None:
    page = f'<p>Text</p><img src="{address}"><object data="{address}"></object><link rel=stylesheet href="{address}">'
    (tmp_path / "a.html").write_text(f"<html><body>{page}</body></html>")
    made, notes = convert(tmp_path / "a.html")
    assert text(made).strip() == "Text"
    assert codes(notes) == {"ExternalResourceUnavailable"}


@needs_pango
def test_a_drawing_that_names_a_file_does_not_get_it(convert: Converter, tmp_path: Path) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
    (tmp_path / "a.svg").write_text(drawing)
    made, notes = convert(tmp_path / "a.svg")
    assert "root:" not in text(made)
    assert codes(notes) == {"ExternalResourceUnavailable"}


@needs_pango
def test_a_mail_is_its_head_its_body_and_its_attachments(convert: Converter, tmp_path: Path) -> None:
    file = sample.mail(tmp_path / "a.eml", ("b.png", sample.png()), ("c.txt", b"the attached text"))
    made, notes = convert(file)
    shown = text(made)
    assert pages(made) == 3
    for words in ("a@example.org", "Grüße", "The body of the letter.", "the attached text"):
        assert words in shown
    assert not notes.events


@needs_pango
def test_programs_in_a_mail_are_left_out_and_that_is_told(convert: Converter, tmp_path: Path) -> None:
    file = sample.mail(tmp_path / "a.eml", ("run.exe", b"MZ\x90"), ("harmless.txt", b"MZ too"))
    made, notes = convert(file)
    assert pages(made) == 1
    assert [event["dataPart"] for event in notes.events] == ["run.exe", "harmless.txt"]


@needs_pango
def _with_attachments(file: Path, **files: Path) -> Path:
    with pikepdf.open(sample.pdf(file, "The outer one"), allow_overwriting_input=True) as pdf:
        for name, one in files.items():
            pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, one.read_bytes(), filename=name)
        pdf.save(file)
    return file


def test_passwords_open_what_is_attached_to_a_pdf(convert: Converter, tmp_path: Path) -> None:
    locked = sample.locked_pdf(tmp_path / "in.pdf", "secret", "Inside")
    with sample.docx(tmp_path / "a.docx").open("rb") as plain, (tmp_path / "in.docx").open("wb") as out:
        msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt("other", out)
    (tmp_path / "note").write_bytes(b"left as it is")
    files = {"in.pdf": locked, "in.docx": tmp_path / "in.docx", "note": tmp_path / "note"}
    file = _with_attachments(tmp_path / "a.pdf", **files)
    made, notes = convert(file, "no", "secret", "other")
    with pikepdf.open(made) as pdf:
        kept = {name: spec.get_file() for name, spec in pdf.attachments.items()}
        (tmp_path / "out.pdf").write_bytes(kept["in.pdf"].read_bytes())
        assert kept["in.pdf"].size == len(kept["in.pdf"].read_bytes())
        assert kept["in.docx"].read_bytes().startswith(b"PK")
        assert kept["note"].read_bytes() == b"left as it is"
    assert text(tmp_path / "out.pdf") == "Inside"
    assert codes(notes) == set()


def test_what_is_attached_to_a_pdf_and_stays_locked_is_told_and_fails_nothing(
    convert: Converter, tmp_path: Path
) -> None:
    locked = sample.locked_pdf(tmp_path / "in.pdf", "secret", "Inside")
    file = _with_attachments(tmp_path / "a.pdf", **{"in.pdf": locked})
    made, notes = convert(file, "no", "neither")
    assert made == file
    (event,) = notes.events
    assert (event["severity"], event["dataPart"]) == ("warning", "in.pdf")
    assert "none of the 2 given passwords" in event["message"]
    assert not convert(file)[1].events


def test_passwords_are_tried_on_what_is_attached(convert: Converter, tmp_path: Path) -> None:
    locked = sample.locked_pdf(tmp_path / "in.pdf", "secret", "Inside").read_bytes()
    file = sample.mail(tmp_path / "a.eml", ("in.pdf", locked))
    assert "Inside" in text(convert(file, "wrong", "secret")[0])
    with pytest.raises(DocumentError) as caught:
        convert(file, "wrong")
    assert caught.value.code == "password"
    assert "'in.pdf' in 'a.eml' is protected" in caught.value.message


def test_the_members_of_an_archive_come_in_their_order(convert: Converter, tmp_path: Path) -> None:
    one = sample.pdf(tmp_path / "1.pdf", "First").read_bytes()
    two = sample.pdf(tmp_path / "2.pdf", "Second").read_bytes()
    made, _ = convert(
        sample.zipped(tmp_path / "a.zip", ("z.pdf", one), ("sub/a.pdf", two), ("p.png", sample.png()))
    )
    assert text(made).split()[:2] == ["First", "Second"]
    with pikepdf.open(made) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["z.pdf", "a.pdf", "p.png"]


@pytest.mark.parametrize("name", ["../../etc/cron.d/x.png", "/etc/x.png", "..\\x.png", "a\\..\\..\\x.png"])
def test_a_members_name_leads_nowhere(convert: Converter, tmp_path: Path, name: str) -> None:
    before = set(tmp_path.parent.rglob("*"))
    made, _ = convert(sample.zipped(tmp_path / "a.zip", (name, sample.png())))
    assert pages(made) == 1
    assert {path.parent for path in set(tmp_path.parent.rglob("*")) - before} <= {
        tmp_path,
        tmp_path / "scratch",
    }


def test_a_locked_member_is_opened_by_the_right_password(convert: Converter, tmp_path: Path) -> None:
    locked = sample.locked_pdf(tmp_path / "in.pdf", "secret", "Inside").read_bytes()
    file = sample.zipped(tmp_path / "a.zip", ("in.pdf", locked))
    assert "Inside" in text(convert(file, "no", "secret")[0])


def test_a_member_that_is_locked_itself_is_opened_by_the_right_password(
    convert: Converter, tmp_path: Path
) -> None:
    inside = sample.pdf(tmp_path / "in.pdf", "Inside").read_bytes()
    file = sample.locked_zip(tmp_path / "a.zip", "in.pdf", inside, "secret")
    wrong = [f"wrong-{n}" for n in range(40)]
    assert "Inside" in text(convert(file, *wrong, "secret")[0])
    for words in ((), wrong):
        with pytest.raises(DocumentError) as caught:
            convert(file, *words)
        assert caught.value.code == "password"


def test_a_locked_pdf_opens_with_any_of_forty_passwords_and_with_none_of_forty_wrong_ones(
    convert: Converter, tmp_path: Path
) -> None:
    file = sample.locked_pdf(tmp_path / "a.pdf", "right", "Inside")
    wrong = [f"wrong-{n}" for n in range(40)]
    made, _ = convert(file, *wrong, "right")
    assert "Inside" in text(made)
    with pytest.raises(DocumentError, match="none of the 40") as caught:
        convert(file, *wrong)
    assert caught.value.code == "password"
    assert "wrong-" not in str(caught.value)


def test_a_sound_pdf_is_passed_on_as_it_is(convert: Converter, tmp_path: Path) -> None:
    file = sample.pdf(tmp_path / "a.pdf")
    assert convert(file)[0] == file


@needs_office
@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (sample.docx, "a.docx", "Hello from Word"),
        (sample.xlsx, "a.xlsx", "42"),
        (sample.rtf, "a.rtf", "Hello from RTF"),
        (sample.odt, "a.odt", "Hello from Writer"),
        (sample.pptx, "a.pptx", "Hello from PowerPoint"),
        (sample.odp, "a.odp", "Hello from Impress"),
        (sample.docx, "a name that lies.pdf", "Hello from Word"),
    ],
)
def test_an_office_document_shows_its_words(
    convert: Converter, tmp_path: Path, make: object, name: str, words: str
) -> None:
    assert callable(make)
    assert words in text(convert(make(tmp_path / name))[0])


@needs_office
def test_one_office_does_many_documents_and_a_broken_one_harms_no_other(
    convert: Converter, tmp_path: Path
) -> None:
    good = sample.docx(tmp_path / "good.docx")
    with zipfile.ZipFile(tmp_path / "bad.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document")
    for _ in range(2):
        assert pages(convert(good)[0]) == 1
        with pytest.raises(DocumentError) as caught:
            convert(tmp_path / "bad.docx")
        assert caught.value.code == "corrupt"
    assert pages(convert(good)[0]) == 1


@needs_office
def test_a_locked_office_document_is_opened_by_the_right_password(convert: Converter, tmp_path: Path) -> None:
    plain = sample.docx(tmp_path / "a.docx", "Locked words")
    with plain.open("rb") as stream, (tmp_path / "b.docx").open("wb") as out:
        msoffcrypto.format.ooxml.OOXMLFile(stream).encrypt("secret", out)
    assert "Locked words" in text(convert(tmp_path / "b.docx", "no", "secret")[0])
    with pytest.raises(DocumentError) as caught:
        convert(tmp_path / "b.docx", "no")
    assert caught.value.code == "password"


@needs_office
@pytest.mark.parametrize("ending", ["doc", "xls"])
def test_a_locked_document_of_the_old_formats_is_opened_by_the_right_password(
    convert: Converter, ending: str
) -> None:
    """Saved by LibreOffice with a password; nothing that a test could run writes them without a display."""
    file = Path(__file__).parent / "locked" / f"locked.{ending}"
    assert "Locked words" in text(convert(file, "no", "secret")[0])
    for words in ((), ("no",)):
        with pytest.raises(DocumentError) as caught:
            convert(file, *words)
        assert caught.value.code == "password"


@needs_pango
def test_pictures_in_a_mail_that_came_along_are_shown(convert: Converter, tmp_path: Path) -> None:
    file = sample.mail(tmp_path / "a.eml", html='<p>See <img src="cid:pic"></p>')
    raw = file.read_bytes().decode()
    boundary = raw.partition('boundary="')[2].partition('"')[0]
    part = f"--{boundary}\nContent-Type: image/png\nContent-ID: <pic>\nContent-Transfer-Encoding: base64\n\n"
    part += base64.b64encode(sample.png()).decode() + "\n"
    file.write_text(raw.replace(f"--{boundary}--", part + f"--{boundary}--"))
    made, notes = convert(file)
    assert not notes.events
    with pikepdf.open(made) as pdf:
        assert len(pdf.pages) == 1
        assert pdf.pages[0].get_images()


@pytest.mark.parametrize(
    ("place", "patch"),
    [(0, b"\x04\x00\x04\xa6"), (8, b"<no xml>"), (8, b"\xff\xff\xff\xff")],
    ids=["version", "markup", "bytes"],
)
def test_an_office_document_locked_in_an_unknown_way_is_damaged_and_no_defect(
    convert: Converter, tmp_path: Path, place: int, patch: bytes
) -> None:
    with sample.docx(tmp_path / "plain.docx").open("rb") as plain, (tmp_path / "a.docx").open("wb") as out:
        msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt("secret", out)
    with olefile.OleFileIO(str(tmp_path / "a.docx"), write_mode=True) as ole:
        told = bytearray(ole.openstream("EncryptionInfo").read())
        told[place : place + len(patch)] = patch
        ole.write_stream("EncryptionInfo", bytes(told))
    with pytest.raises(DocumentError) as caught:
        convert(tmp_path / "a.docx", "secret")
    assert caught.value.code == "corrupt"


@needs_office
@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.png?b=1&amp;c=2", "file:///etc/hostname"])
def test_pictures_that_an_office_document_only_names_are_not_loaded_and_that_is_told(
    convert: Converter, tmp_path: Path, address: str
) -> None:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    frame = f"""<draw:frame xmlns:draw="{space}:drawing:1.0" xmlns:svg="{space}:svg-compatible:1.0" svg:width="2cm"
    svg:height="2cm"><draw:image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{address}"/></draw:frame>"""
    for file in (
        sample.linked_docx(tmp_path / "a.docx", address, "Words"),
        sample.odt(tmp_path / "b.odt", "Words", frame),
    ):
        made, notes = convert(file)
        assert "Words" in text(made)
        (event,) = notes.events
        assert event["code"] == "ExternalResourceUnavailable"
        assert f"'{html.unescape(address)}'" in event["message"]
