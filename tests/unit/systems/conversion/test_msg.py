"""Outlook's own mails become PDFs like any other mail."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from postroom.errors import DocumentError
from tests.unit.systems.conversion import letter, sample
from tests.unit.systems.conversion.conftest import Converter, codes, needs_pango, pages, text

pytestmark = needs_pango


def test_its_head_its_body_and_its_attachments_are_shown(convert: Converter, tmp_path: Path) -> None:
    mail = letter.letter("Grüße aus Köln", "The body of the letter.")
    letter.attach(mail, "note.txt", b"the attached text")
    letter.attach(mail, "b.png", sample.png(), kind="image/png")
    made, notes = convert(letter.save(mail, tmp_path / "a.msg"))
    shown = text(made)
    assert pages(made) == 3
    for words in ("Anna Ärger", "bert@example.org", "Grüße aus Köln", "2026-03-15 10:30", "The body"):
        assert words in shown
    assert "the attached text" in shown
    assert not notes.events


def test_its_name_does_not_matter(convert: Converter, tmp_path: Path) -> None:
    made, _ = convert(letter.save(letter.letter("Hello", "Here"), tmp_path / "a.doc"))
    assert "Hello" in text(made)


def test_programs_are_left_out_and_that_is_told(convert: Converter, tmp_path: Path) -> None:
    mail = letter.letter("Hello", "Here")
    letter.attach(mail, "run.exe", b"MZ\x90\0", kind="application/octet-stream")
    made, notes = convert(letter.save(mail, tmp_path / "a.msg"))
    assert pages(made) == 1
    assert [event["dataPart"] for event in notes.events] == ["run.exe"]


def test_its_page_shows_what_came_along_and_loads_nothing(convert: Converter, tmp_path: Path) -> None:
    page = "<p>Rich <b>words</b></p><img src='cid:pic'><img src='http://10.0.0.1/x.png'>"
    mail = letter.letter("Hello", "plain words", page=page)
    letter.attach(mail, "pic.png", sample.png(), kind="image/png", cid="pic")
    made, notes = convert(letter.save(mail, tmp_path / "a.msg"))
    assert "Rich words" in text(made)
    assert "plain words" not in text(made)
    assert codes(notes) == {"ExternalResourceUnavailable"}
    with pikepdf.open(made) as pdf:
        assert len(pdf.pages) == 1
        assert pdf.pages[0].get_images()


def test_a_mail_in_a_mail_is_shown_and_its_parts_are_told_by_their_way(
    convert: Converter, tmp_path: Path
) -> None:
    inner = letter.letter("The inner one", "The inner body.")
    letter.attach(inner, "run.exe", b"MZ\x90\0", kind="application/octet-stream")
    outer = letter.letter("The outer one", "The outer body.")
    outer.add_embedded_message_attachment(inner)
    made, notes = convert(letter.save(outer, tmp_path / "a.msg"))
    shown = text(made)
    assert shown.index("The outer body.") < shown.index("The inner body.")
    assert [event["dataPart"] for event in notes.events] == ["run.exe"]


def test_mails_in_mails_without_end_are_refused(convert: Converter, tmp_path: Path) -> None:
    mail = letter.letter("0", "Here")
    for number in range(6):
        outer = letter.letter(str(number), "Here")
        outer.add_embedded_message_attachment(mail)
        mail = outer
    with pytest.raises(DocumentError) as caught:
        convert(letter.save(mail, tmp_path / "a.msg"))
    assert caught.value.code == "unsupportedFeature"


def test_a_password_opens_what_is_attached(convert: Converter, tmp_path: Path) -> None:
    mail = letter.letter("Hello", "Here")
    locked = sample.locked_pdf(tmp_path / "in.pdf", "secret", "Inside").read_bytes()
    letter.attach(mail, "in.pdf", locked, kind="application/pdf")
    assert "Inside" in text(convert(letter.save(mail, tmp_path / "a.msg"), "no", "secret")[0])


def test_a_broken_one_is_damaged_and_no_defect(convert: Converter, tmp_path: Path) -> None:
    data = letter.save(letter.letter("Hello", "Here"), tmp_path / "a.msg").read_bytes()
    for at in (520, 600, 1100, 2100, len(data) // 2, len(data) - 600):
        (tmp_path / "b.msg").write_bytes(data[:at])
        with pytest.raises(DocumentError) as caught:
            convert(tmp_path / "b.msg")
        assert caught.value.code in ("corrupt", "unsupportedFormat")
