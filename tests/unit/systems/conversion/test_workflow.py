"""What each workflow makes of its documents, from check to finish, as a child process would call it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from postroom.core.states import ChunkKind
from postroom.errors import DocumentError
from postroom.ports import Processed, Source, Task
from postroom.readers import ocr
from postroom.systems.conversion import contract, options, verify
from postroom.systems.conversion.workflow import WORKFLOWS
from tests.unit.systems.conversion import sample
from tests.unit.systems.conversion.conftest import needs_pango, needs_verifier, pages, text

BY_NAME = {workflow.name: workflow for workflow in WORKFLOWS}
Given = tuple[Path, Mapping[str, str]]
Run = Callable[..., tuple[Processed, list[Path]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A whole job; documents are files, or pairs of a file and its own options."""

    def job(core: str, documents: Sequence[Path | Given], profile: str = "default", **values: str) -> Any:
        pairs = [one if isinstance(one, tuple) else (one, {}) for one in documents]
        kept = options.of_job(
            core, values.pop("name", None), [(k.replace("_", "."), v) for k, v in values.items()]
        )
        for number, (_, own) in enumerate(pairs):
            found = options.sort_out(core, own.items(), of_document=True)
            kept = options.with_document(kept, str(UUID(int=number + 1)), found)
        workflow = BY_NAME[core]
        sources = []
        for number, (file, _) in enumerate(pairs):
            source = Source(UUID(int=number + 1), number, file.name, file, file.stat().st_size, None, None)
            scratch = tmp_path / f"work{number}"
            scratch.mkdir()
            task = Task(ChunkKind.CHECK, UUID(int=99), core, profile, kept, scratch, source=source)
            source = replace(source, media_type=workflow.check(task).media_type)
            done = workflow.process(replace(task, kind=ChunkKind.PROCESS, source=source))
            made = {artifact.name: artifact.file for artifact in done.artifacts}
            sources.append(replace(source, made=made, result=done.result))
        scratch = tmp_path / "finish"
        scratch.mkdir()
        task = Task(ChunkKind.FINISH, UUID(int=99), core, profile, kept, scratch, sources=sources)
        done = workflow.finish(task)
        assert all(
            artifact.file.is_relative_to(scratch) or artifact.file in task.stored
            for artifact in done.artifacts
        )
        return done, [artifact.file for artifact in done.artifacts]

    return job


def names(done: Processed) -> list[str]:
    return [artifact.name for artifact in done.artifacts]


def test_the_workflows_are_those_of_the_contract() -> None:
    assert set(BY_NAME) == set(contract.BY_CORE)


@needs_verifier
def test_several_documents_become_one_archive_with_a_bookmark_each(run: Run, tmp_path: Path) -> None:
    two = [sample.pdf(tmp_path / "a.pdf", "First"), sample.picture(tmp_path / "b.png", "PNG")]
    done, (file,) = run(contract.ARCHIVE_2, two, name="Both")
    assert names(done) == ["Both.pdf"]
    assert pages(file) == 2
    verdict = done.result["verdict"]
    assert verdict["passed"]
    assert verify.verify(file, verdict["flavour"].removeprefix("PDF/A-")).passed
    with pikepdf.open(file) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["a.pdf", "b.png"]


def _with_file(file: Path, name: str, data: bytes) -> Path:
    with pikepdf.open(sample.pdf(file, "Hello"), allow_overwriting_input=True) as pdf:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
        pdf.save(file)
    return file


@needs_verifier
def test_what_is_attached_to_documents_stays_attached_when_they_are_joined(run: Run, tmp_path: Path) -> None:
    two = [_with_file(tmp_path / f"{n}.pdf", "x.csv", n.encode()) for n in ("one", "two")]
    done, (file,) = run(contract.ARCHIVE_3, [sample.picture(tmp_path / "b.png", "PNG"), *two])
    assert done.result["verdict"]["passed"]
    with pikepdf.open(file) as pdf:
        kept = {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}
        assert len(pdf.Root["/AF"]) == 2
    assert kept == {"x.csv": b"one", "x.csv (2)": b"two"}


@needs_pango
def test_a_dossier_keeps_what_is_attached_to_its_documents(run: Run, tmp_path: Path) -> None:
    _, (file,) = run(contract.DOSSIER, [_with_file(tmp_path / "a.pdf", "x.csv", b"one")])
    with pikepdf.open(file) as pdf:
        assert list(pdf.attachments) == ["x.csv"]


@needs_verifier
def test_one_document_keeps_its_name_and_a_conforming_one_its_bytes(run: Run, tmp_path: Path) -> None:
    _, (first,) = run(contract.ARCHIVE_2, [sample.picture(tmp_path / "a.b.png", "PNG")])
    kept = tmp_path / "again"
    kept.mkdir()
    data = first.read_bytes()
    (kept / "x.pdf").write_bytes(data)
    for old in tmp_path.glob("*/"):
        if old.name.startswith(("work", "finish")):
            old.rename(tmp_path / f"old-{old.name}")
    done, (second,) = run(contract.ARCHIVE_2, [kept / "x.pdf"])
    assert (names(done), second.read_bytes() == data) == (["x.pdf"], True)
    assert done.result["verdict"]["step"] == "kept"


def test_conversion_gives_a_plain_pdf_with_the_jobs_title(run: Run, tmp_path: Path) -> None:
    done, (file,) = run(contract.CONVERSION, [sample.picture(tmp_path / "a.png", "PNG")], META_TITLE="Titel")
    assert names(done) == ["a.pdf"]
    with pikepdf.open(file) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Titel"


@needs_pango
@needs_verifier
def test_a_dossier_may_be_an_archive_of_its_own(run: Run, tmp_path: Path) -> None:
    done, (file,) = run(contract.DOSSIER, [sample.pdf(tmp_path / "a.pdf", "Hello")], contract.ARCHIVED)
    assert done.result["verdict"]["passed"]
    assert verify.verify(file, done.result["verdict"]["flavour"].removeprefix("PDF/A-")).passed
    with pikepdf.open(file) as pdf, pdf.open_outline() as outline:
        assert len(outline.root) == 3


@pytest.mark.skipif(ocr.available() is not None, reason=str(ocr.available()))
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_scan_gets_its_text_where_it_is_seen(run: Run, tmp_path: Path, turn: int) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(300, 200))
    canvas.setFont("Times-Roman", 24)
    canvas.drawString(40, 120, "Invoice number")
    canvas.drawString(40, 60, "Total amount")
    canvas.save()
    document = pdfium.PdfDocument(tmp_path / "a.pdf")
    picture = document[0].render(scale=300 / 72).to_pil()
    document.close()
    picture.rotate(turn, expand=True).save(tmp_path / "b.png", dpi=(300, 300))
    with pikepdf.open(run(contract.CONVERSION, [tmp_path / "b.png"])[1][0]) as pdf:
        pdf.pages[0].rotate(turn, relative=False)  # lies as it was printed again
        pdf.save(tmp_path / "c.pdf")
    for old in list(tmp_path.glob("*/")):
        old.rename(tmp_path / f"old-{old.name}")
    done, (file,) = run(contract.CONVERSION, [tmp_path / "c.pdf"], contract.OCR)
    assert not done.result["events"]
    document = pdfium.PdfDocument(file)
    page = document[0].get_textpage()
    words = page.get_text_range()
    found = page.search("Total")
    left, bottom, right, top = page.get_charbox(found.get_next()[0])
    document.close()
    assert "Invoice number" in words.replace("  ", " ")
    assert "Total" in words
    spot = {0: (40, 60), 90: (140, 40), 180: (260, 140), 270: (60, 260)}[turn]
    assert abs((left + right) / 2 - spot[0]) < 25
    assert abs((bottom + top) / 2 - spot[1]) < 25


def test_a_profile_makes_large_pictures_smaller(run: Run, tmp_path: Path) -> None:
    noise = Image.effect_noise((3000, 3000), 80).convert("RGB")
    noise.save(tmp_path / "a.jpg", quality=95)
    done, (file,) = run(contract.CONVERSION, [tmp_path / "a.jpg"], OPTIMIZEPROFILE="email")
    assert file.stat().st_size < (tmp_path / "a.jpg").stat().st_size / 4
    assert names(done) == ["a.pdf"]


@needs_pango
def test_a_dossier_has_a_title_contents_and_bookmarks_that_lead_there(run: Run, tmp_path: Path) -> None:
    one = sample.pdf(tmp_path / "one.pdf", "First", "Still first")
    two = sample.pdf(tmp_path / "two.pdf", "Second")
    values = {
        "DOSSIER-TITLE": "The case",
        "DOSSIER-SUBTITLE": "of Anna",
        "TOC-OUTLINE-TITLE": "What is in it",
    }
    done, (file,) = run(contract.DOSSIER, [(one, {"DOCUMENT-TITLE": "Letter"}), two], **values)
    assert names(done) == ["one.pdf"]
    assert pages(file) == 5
    shown = text(file)
    assert (
        shown.index("The case") < shown.index("of Anna") < shown.index("What is in it") < shown.index("First")
    )
    with pikepdf.open(file) as pdf:
        with pdf.open_outline() as outline:
            marks = [item.title for item in outline.root]
        assert marks[:3] == ["The case", "What is in it", "Letter"]
        links = [note for note in pdf.pages[1].obj["/Annots"] if "/Dest" in note]
        assert [pikepdf.Page(link["/Dest"][0]).index for link in links] == [2, 4]


@needs_verifier
def test_an_invoice_carries_its_attachments_with_their_relation(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data.xml").write_text("<a/>")
    (tmp_path / "raw.bin").write_bytes(b"\0\1\2")
    own = {"DOC.ROLE": "attached", "AF.RELATIONSHIP": "Data", "AF.DESCRIPTION": "the data"}
    own["AF.MODDATE"] = "2024-03-01T12:00:00.0000000+01:00"
    main = sample.pdf(tmp_path / "invoice.pdf", "Invoice")
    done, (file,) = run(
        contract.INVOICE,
        [(tmp_path / "data.xml", own), main, (tmp_path / "raw.bin", {"DOC.ROLE": "attached"})],
    )
    assert names(done) == ["invoice.pdf"]
    assert done.result["verdict"]["passed"]
    assert done.result["verdict"]["flavour"].startswith("PDF/A-3")
    with pikepdf.open(file) as pdf:
        assert sorted(pdf.attachments) == ["data.xml", "raw.bin"]
        spec = pdf.attachments["data.xml"]
        assert (spec.relationship, spec.description) == (pikepdf.Name.Data, "the data")
        attached = spec.get_file()
        assert (attached.mime_type, attached.read_bytes()) == ("application/xml", b"<a/>")
        assert attached.mod_date is not None
        assert attached.mod_date.isoformat() == "2024-03-01T12:00:00+01:00"
        assert len(pdf.Root["/AF"]) == 2


def test_an_invoice_without_or_with_two_main_documents_is_an_error_of_its_options(
    run: Run, tmp_path: Path
) -> None:
    two = [sample.pdf(tmp_path / "a.pdf"), sample.pdf(tmp_path / "b.pdf")]
    with pytest.raises(DocumentError) as caught:
        run(contract.INVOICE, two)
    assert caught.value.code == "option"


def test_a_tiff_has_a_frame_for_every_page_black_and_white_where_that_is_all(
    run: Run, tmp_path: Path
) -> None:
    two = [
        sample.pdf(tmp_path / "a.pdf", "One", "Two"),
        sample.picture(tmp_path / "b.png", "PNG", size=(300, 200)),
    ]
    done, (file,) = run(contract.TIFF, two)
    assert names(done) == ["a.tif"]
    with Image.open(file) as picture:
        modes = []
        for number in range(picture.n_frames):
            picture.seek(number)
            modes.append((picture.mode, picture.info["compression"], round(picture.info["dpi"][0])))
    assert modes == [("1", "group4", 200), ("1", "group4", 200), ("RGB", "tiff_adobe_deflate", 200)]


def test_extraction_tells_lines_and_where_they_stand(run: Run, tmp_path: Path) -> None:
    done, files = run(
        contract.EXTRACTION, [sample.pdf(tmp_path / "a.pdf", "Line & one"), sample.pdf(tmp_path / "b.pdf")]
    )
    assert names(done) == ["a.xml", "b.xml"]
    (line,) = ET.parse(files[0]).getroot().iter("line")
    assert line.text == "Line & one"
    assert 29 < float(line.get("left", "0")) < 34
    assert 75 < float(line.get("top", "0")) < 100


def test_a_pdf_without_text_is_an_empty_element(run: Run, tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "a.pdf")
    _, (file,) = run(contract.EXTRACTION, [tmp_path / "a.pdf"])
    root = ET.parse(file).getroot()
    assert (root.tag, len(root), root.text) == ("document", 0, None)


@pytest.mark.parametrize(
    ("core", "name", "data", "code"),
    [
        (contract.EXTRACTION, "a.txt", b"text", "unsupportedFormat"),
        (contract.ARCHIVE_2, "a.pdf", b"", "corrupt"),
        (contract.ARCHIVE_2, "a.bin", bytes(range(256)), "unsupportedFormat"),
        (contract.ARCHIVE_2, "a.pdf", b"%PDF-1.4 and nothing", "corrupt"),
        (contract.CONVERSION, "a.zip", b"PK\5\6" + bytes(18), "generic"),
        (contract.CONVERSION, "a.png", b"\x89PNG\r\n\x1a\n and nothing", "corrupt"),
        (contract.CONVERSION, "a.jpg", b"\xff\xd8\xff\xe0 and nothing", "corrupt"),
    ],
)
def test_what_cannot_be_converted_says_why(
    run: Run, tmp_path: Path, core: str, name: str, data: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        run(core, [tmp_path / name])
    assert caught.value.code == code
    assert name in caught.value.message


def test_a_picture_that_promises_gigabytes_is_refused_before_it_is_decoded(run: Run, tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        run(contract.ARCHIVE_2, [sample.tiff_bomb(tmp_path / "a.tif")])
    assert caught.value.code == "unsupportedFeature"


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        run(contract.CONVERSION, [sample.zipped(tmp_path / "a.zip", ("a.txt", bytes(60 << 20)))])
    assert caught.value.code == "unsupportedFeature"


def test_archives_within_archives_without_end_are_refused(run: Run, tmp_path: Path) -> None:
    data = sample.png()
    for _ in range(8):
        data = sample.zipped(tmp_path / "inner.zip", ("inner.zip", data)).read_bytes()
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        run(contract.CONVERSION, [tmp_path / "a.zip"])
    assert caught.value.code == "unsupportedFeature"


def test_a_polyglot_is_what_its_first_bytes_say(run: Run, tmp_path: Path) -> None:
    data = sample.png() + sample.pdf(tmp_path / "p.pdf", "Hidden").read_bytes()
    (tmp_path / "a.pdf").write_bytes(data)
    _, (file,) = run(contract.CONVERSION, [tmp_path / "a.pdf"])
    assert "Hidden" not in text(file)
    assert pages(file) == 1


def test_passwords_are_in_nothing_that_is_told(run: Run, tmp_path: Path) -> None:
    file = sample.locked_pdf(tmp_path / "a.pdf", "s3cret-word", "Inside")
    done, (made,) = run(contract.CONVERSION, [(file, {"DOC.PASSWORD": "s3cret-word"})])
    assert "Inside" in text(made)
    assert "s3cret-word" not in repr(done)
