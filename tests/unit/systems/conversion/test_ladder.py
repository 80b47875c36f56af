"""Each step of the ladder is taken when it is needed, and nothing that it lets through is refused by veraPDF."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name

from postroom.errors import DocumentError
from postroom.systems.conversion import need, verify
from postroom.systems.conversion.event import Notes
from postroom.systems.conversion.pdfa import ladder
from postroom.systems.conversion.pdfa.ladder import Ladder, Reached
from tests.unit.systems.conversion import sample
from tests.unit.systems.conversion.conftest import codes, needs_verifier, pages, text

Climb = Callable[..., tuple[Reached, Notes]]


@pytest.fixture
def climb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Climb:
    # The same steps on every machine; the test that is about Ghostscript brings one of its own.
    monkeypatch.setattr(need, "ghostscript_program", lambda: None)
    numbers = iter(range(100))

    def run(file: Path, part: int = 2, **given: object) -> tuple[Reached, Notes]:
        scratch = tmp_path / f"climb{next(numbers)}"
        scratch.mkdir()
        notes = Notes()
        return Ladder(file.name, part, scratch, notes, **given).climb(file), notes  # type: ignore[arg-type]

    return run


def color(file: Path, page: int, x: float, y: float) -> tuple[int, ...]:
    """What is seen at a place of a page, in parts of its size from the upper left corner."""
    document = pdfium.PdfDocument(file)
    picture = document[page].render(scale=1).to_pil().convert("RGB")
    document.close()
    found = picture.getpixel((int(x * picture.width), int(y * picture.height)))
    assert isinstance(found, tuple)
    return found


@needs_verifier
@pytest.mark.parametrize("part", [1, 2, 3])
def test_a_picture_is_declared_and_then_kept_byte_for_byte(climb: Climb, tmp_path: Path, part: int) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "a.pdf")
    first, _ = climb(tmp_path / "a.pdf", part)
    assert (first.step, first.verdict.passed) == ("declared", True)
    assert first.verdict.flavour == ("1b" if part == 1 else f"{part}u")
    second, notes = climb(first.file, part)
    assert (second.step, second.file, notes.events) == ("kept", first.file, [])


@needs_verifier
def test_what_lies_about_being_pdfa_is_not_kept(climb: Climb, tmp_path: Path) -> None:
    with pikepdf.open(sample.pdf(tmp_path / "a.pdf")) as pdf:
        with pdf.open_metadata() as packet:
            packet["pdfaid:part"], packet["pdfaid:conformance"] = "2", "B"
        pdf.save(tmp_path / "b.pdf")
    reached, _ = climb(tmp_path / "b.pdf")
    assert reached.step == "repaired"
    assert verify.verify(reached.file, reached.verdict.flavour).passed


@needs_verifier
@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("font", ["Helvetica", "Times-BoldItalic", "Courier", "Symbol", "ZapfDingbats"])
def test_a_font_that_is_not_in_the_file_is_put_there_and_the_text_stays(
    climb: Climb, tmp_path: Path, font: str, part: int
) -> None:
    file = sample.pdf(tmp_path / "a.pdf", "Hello Wörld", font=font)
    reached, notes = climb(file, part)
    assert reached.step == "repaired"
    assert "FontSubstituted" in codes(notes)
    if font not in ("Symbol", "ZapfDingbats"):
        assert text(reached.file).strip() == "Hello Wörld"


@needs_verifier
def test_ink_is_given_a_meaning_and_keeps_its_looks(climb: Climb, tmp_path: Path) -> None:
    file = sample.pdf(tmp_path / "a.pdf", "Ink", cmyk=True)
    reached, _ = climb(file)
    assert reached.step == "repaired"
    before, after = (color(one, 0, 0.25, 0.8) for one in (file, reached.file))
    assert all(abs(one - other) < 40 for one, other in zip(before, after, strict=True))


@needs_verifier
def test_glass_makes_a_picture_of_its_own_page_and_of_no_other(climb: Climb, tmp_path: Path) -> None:
    clear = sample.pdf(tmp_path / "clear.pdf", "Second page", clear=True)
    with pikepdf.open(sample.pdf(tmp_path / "a.pdf", "First page")) as pdf, pikepdf.open(clear) as other:
        pdf.pages.extend(other.pages)
        pdf.save(tmp_path / "b.pdf")
    reached, notes = climb(tmp_path / "b.pdf", 1)
    assert (reached.step, reached.pictures, reached.verdict.flavour) == ("rasterized", (1,), "1b")
    assert {"ContentRasterized", "TransparencyRemoved"} <= codes(notes)
    assert reached.told()["rasterizedPages"] == [2]
    # The unseen text is there, and the page looks as it did.
    assert "Second page" in text(reached.file)
    with pikepdf.open(reached.file) as pdf:
        assert not pdf.pages[0].get_images()
    same = zip(color(tmp_path / "b.pdf", 1, 0.4, 0.72), color(reached.file, 1, 0.4, 0.72), strict=True)
    assert all(abs(one - other) < 12 for one, other in same)


@needs_verifier
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_drawn_as_it_is_seen(climb: Climb, tmp_path: Path, turn: int) -> None:
    with pikepdf.open(sample.pdf(tmp_path / "a.pdf", "Turned", clear=True)) as pdf:
        pdf.pages[0].rotate(turn, relative=False)
        pdf.pages[0].mediabox = [10, 20, 300, 400]
        pdf.save(tmp_path / "b.pdf")
    reached, _ = climb(tmp_path / "b.pdf", 1)
    assert reached.step == "rasterized"
    for place in ((0.3, 0.8), (0.8, 0.3), (0.7, 0.2), (0.2, 0.7), (0.35, 0.65)):
        pair = zip(color(tmp_path / "b.pdf", 0, *place), color(reached.file, 0, *place), strict=True)
        assert all(abs(one - other) < 40 for one, other in pair)


@needs_verifier
def test_scripts_and_attachments_go_and_that_is_told(climb: Climb, tmp_path: Path) -> None:
    with pikepdf.open(sample.pdf(tmp_path / "a.pdf")) as pdf:
        pdf.Root[Name.OpenAction] = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.attachments["a.bin"] = b"\0\1"
        note = Dictionary(Type=Name.Annot, Subtype=Name.Movie, Rect=Array([0, 0, 9, 9]))
        pdf.pages[0].obj[Name.Annots] = Array([pdf.make_indirect(note)])
        pdf.save(tmp_path / "b.pdf")
    reached, notes = climb(tmp_path / "b.pdf")
    assert reached.step == "repaired"
    assert {"ActionRemoved", "MultimediaRemoved", "Generic"} <= codes(notes)
    assert any("'a.bin'" in event["message"] for event in notes.events)
    assert all(event["severity"] == "warning" for event in notes.events if event["code"] != "FontSubstituted")


@needs_verifier
def test_mending_leaves_bookmarks_and_attributes_of_the_structure_alone(climb: Climb, tmp_path: Path) -> None:
    with pikepdf.open(sample.pdf(tmp_path / "a.pdf", "One", "Two", "Three")) as pdf:
        with pdf.open_outline() as outline:
            outline.root += [pikepdf.OutlineItem(name, page) for page, name in enumerate("abc")]
        element = pdf.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name.P, A=Dictionary(O=Name.Layout, Placement=Name.Block))
        )
        tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array([element])))
        element[Name.P] = tree
        pdf.Root[Name.StructTreeRoot] = tree
        pdf.save(tmp_path / "b.pdf")
    reached, notes = climb(tmp_path / "b.pdf")
    assert (reached.step, codes(notes)) == ("repaired", {"FontSubstituted"})
    with pikepdf.open(reached.file) as pdf:
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["a", "b", "c"]
        assert str(pdf.Root.StructTreeRoot.K[0].A.O) == "/Layout"


@needs_verifier
def test_a_verifier_that_is_killed_is_asked_again(climb: Climb, tmp_path: Path) -> None:
    climb(sample.pdf(tmp_path / "a.pdf"))
    ask, killed = verify._COMPANION._read, []

    def once(seconds: float) -> dict[str, object]:
        if not killed and verify._COMPANION._process is not None:
            killed.append(verify._COMPANION._process.pid)
            os.kill(killed[0], signal.SIGKILL)
        return ask(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify._COMPANION, "_read", once)
        reached, _ = climb(sample.pdf(tmp_path / "b.pdf"))
    assert killed
    assert (reached.step, reached.verdict.passed, reached.verdict.broken) == ("repaired", True, None)


@needs_verifier
@pytest.mark.parametrize("version", ["1.7", "2.0"])
def test_what_buttons_look_like_is_set_right(climb: Climb, tmp_path: Path, version: str) -> None:
    with pikepdf.open(sample.pdf(tmp_path / "a.pdf")) as pdf:
        look = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        looks = (look, Dictionary(Yes=Dictionary(), Off=look))
        buttons = [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Widget,
                    FT=Name.Btn,
                    T=pikepdf.String(str(number)),
                    Rect=Array([9, 9, 20, 20]),
                    F=4,
                    AP=Dictionary(N=one),
                )
            )
            for number, one in enumerate(looks)
        ]
        pdf.pages[0].obj[Name.Annots] = Array(buttons)
        pdf.Root[Name.AcroForm] = Dictionary(Fields=Array(buttons))
        pdf.save(tmp_path / "b.pdf", force_version=version)
    assert climb(tmp_path / "b.pdf")[0].step == "repaired"


@needs_verifier
def test_a_font_named_in_the_letters_of_another_machine_is_renamed(climb: Climb, tmp_path: Path) -> None:
    first, _ = climb(sample.pdf(tmp_path / "a.pdf", "Hello"))
    with pikepdf.open(first.file) as pdf:
        fonts = pdf.pages[0].obj.Resources.Font
        for _, font in fonts.items():
            font[Name.BaseFont] = font.FontDescriptor[Name.FontName] = Name("/ABCDEF+ËÎÌå")
        del pdf.Root[Name.Metadata]
        pdf.save(tmp_path / "b.pdf")
    reached, _ = climb(tmp_path / "b.pdf")
    assert reached.step == "repaired"
    assert "Hello" in text(reached.file)


@needs_verifier
def test_attachments_stay_in_part_three(climb: Climb, tmp_path: Path) -> None:
    with pikepdf.open(sample.pdf(tmp_path / "a.pdf")) as pdf:
        pdf.attachments["a.bin"] = b"\0\1"
        pdf.save(tmp_path / "b.pdf")
    reached, _ = climb(tmp_path / "b.pdf", 3)
    with pikepdf.open(reached.file) as pdf:
        assert pdf.attachments["a.bin"].get_file().read_bytes() == b"\0\1"


@needs_verifier
def test_the_jobs_metadata_is_in_both_places(climb: Climb, tmp_path: Path) -> None:
    meta = {"TITLE": "Ein Titel", "AUTHOR": "Anna", "SUBJECT": "S", "KEYWORDS": "a, b"}
    reached, _ = climb(sample.pdf(tmp_path / "a.pdf"), meta=meta)
    with pikepdf.open(reached.file) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Ein Titel"
        packet = pdf.open_metadata()
        assert (packet["dc:title"], packet["dc:creator"]) == ("Ein Titel", ["Anna"])


@needs_verifier
def test_a_page_that_no_standard_allows_is_an_honest_error(climb: Climb, tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.pages[0].mediabox = [0, 0, 3, 20_000]
        pdf.save(tmp_path / "a.pdf")
    with pytest.raises(DocumentError) as caught:
        climb(tmp_path / "a.pdf")
    assert caught.value.code == "conformance"
    assert "6.1.13" in caught.value.message


@needs_verifier
def test_ghostscript_is_asked_where_it_is_and_its_failure_is_no_end(
    climb: Climb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "gs"
    program.write_text('#!/bin/sh\necho "$@" > "$(dirname "$0")/asked"\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setattr(need, "ghostscript_program", lambda: str(program))
    reached, _ = climb(sample.pdf(tmp_path / "a.pdf", clear=True), 1)
    assert reached.step == "rasterized"
    assert "-dPDFA=1" in (tmp_path / "asked").read_text()


def test_without_a_verifier_nothing_is_called_verified(
    climb: Climb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(need, "verifier", lambda: "Install it: apt-get install something")
    reached, notes = climb(sample.pdf(tmp_path / "a.pdf"))
    assert reached.verdict.by == "pikepdf"
    (event,) = [event for event in notes.events if event["severity"] == "warning"]
    assert "nobody has verified" in event["message"]
    assert "apt-get install something" in event["message"]


@needs_verifier
def test_a_verifier_that_breaks_down_lets_nothing_through(
    climb: Climb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(file: Path, flavour: str) -> verify.Verdict:
        return verify.Verdict(flavour, False, "veraPDF", broken="it broke down")

    monkeypatch.setattr(ladder.verify, "verify", broken)
    with pytest.raises(DocumentError, match="it broke down") as caught:
        climb(sample.pdf(tmp_path / "a.pdf"))
    assert caught.value.code == "conformance"


@needs_verifier
def test_fuzzed_pdfs_come_out_verified_or_are_refused(climb: Climb, tmp_path: Path) -> None:
    data = sample.pdf(tmp_path / "a.pdf", "One", "Two", cmyk=True).read_bytes()
    chance = random.Random(7)
    good = 0
    for number in range(12):
        broken = bytearray(data)
        for _ in range(chance.randrange(1, 12)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        file = tmp_path / f"fuzz{number}.pdf"
        file.write_bytes(broken)
        try:
            reached, _ = climb(file)
        except (DocumentError, pikepdf.PasswordError) as error:
            assert getattr(error, "code", "password") in ("corrupt", "conformance", "password")  # noqa: PT017
            continue
        good += 1
        assert verify.verify(reached.file, reached.verdict.flavour).passed
        assert pages(reached.file) >= 1
    assert good
