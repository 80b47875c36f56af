"""Outlook's own mails become PDFs like any other mail."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pikepdf
import pytest

from postroom.errors import DocumentError
from postroom.readers import sniff
from postroom.systems.conversion import need
from postroom.systems.conversion.convert import msg
from tests.unit.systems.conversion import letter, sample
from tests.unit.systems.conversion.conftest import Converter, codes, needs_office, needs_pango, pages, text

pytestmark = needs_pango


@pytest.fixture(scope="module")
def outlook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outlook's own mails, out of the source archive of a package; they are nobody's to hand on."""
    kept = Path(__file__).parents[4] / ".bench" / "outlook"
    if not kept.is_dir():
        folder = tmp_path_factory.mktemp("outlook")
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps"]
        command += ["-d", str(folder), "msg-parser==1.2.0"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"no mails of Outlook itself: the package msg-parser cannot be fetched ({error})")
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            for member in packed:
                if member.name.endswith(".msg") and (stream := packed.extractfile(member)):
                    (folder / Path(member.name).name).write_bytes(stream.read())
        kept.parent.mkdir(exist_ok=True)
        shutil.copytree(folder, kept, dirs_exist_ok=True)
    return kept


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


def test_a_sender_left_as_on_the_wire_is_shown_to_be_read(convert: Converter, tmp_path: Path) -> None:
    mail = letter.letter("Hello", "Here", sender="=?GBK?B?1cXI/Q==?=")
    assert "张三" in msg._decoded("=?GBK?B?1cXI/Q==?= <a@b.c>")
    assert "=?" not in text(convert(letter.save(mail, tmp_path / "a.msg"))[0])


def test_one_of_many_megabytes_is_known_for_what_it_is(tmp_path: Path) -> None:
    mail = letter.letter("Hello", "Here")
    for number in range(40):
        letter.attach(mail, f"{number}.bin", bytes(300_000))
    assert sniff.sniff(letter.save(mail, tmp_path / "a"), "a") == "application/vnd.ms-outlook"


def test_mails_that_outlook_wrote_are_shown_with_all_that_is_in_them(
    convert: Converter, outlook: Path
) -> None:
    made, _ = convert(outlook / "outer.msg")
    assert "test@foobar.com" in text(made)
    assert sniff.sniff(outlook / "complete.msg", "") == "application/vnd.ms-outlook"


@needs_office
def test_a_body_in_outlooks_own_form_only_is_shown(convert: Converter, tmp_path: Path) -> None:
    mail = letter.rtf_only("Hi", rb"{\rtf1\ansi Grown in {\b clay}.\par}")
    made, notes = convert(letter.save(mail, tmp_path / "a.msg"))
    assert "Grown in clay." in text(made)
    assert codes(notes) == set()


@pytest.mark.parametrize("office", [None, "Office documents are not taken here."])
def test_a_body_that_cannot_be_shown_is_told(
    convert: Converter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: str | None
) -> None:
    monkeypatch.setattr(need, "office", lambda: office)
    mail = letter.rtf_only("Hi", rb"{\rtf1\ansi not packed at all}", packed=office is not None)
    made, notes = convert(letter.save(mail, tmp_path / "a.msg"))
    assert "Hi" in text(made)
    assert codes(notes) == {"PartialExtraction"}


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
