"""Check and process as the engine calls them: every kind of file, whole or broken."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest

from postroom.core.states import ChunkKind
from postroom.errors import DocumentError, Invalid
from postroom.ports import Checked, Processed, Source, Task, Workflow
from postroom.systems.bills import sample
from postroom.systems.bills.workflow import Bills

BILLS: Workflow = Bills()
Run = Callable[[str, bytes], tuple[Checked, Processed | None]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def both(name: str, data: bytes) -> tuple[Checked, Processed | None]:
        file = tmp_path / name
        file.write_bytes(data)
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        source = Source(UUID(int=2), 0, name, file, len(data), None, None)
        task = Task(ChunkKind.CHECK, UUID(int=1), "bills", None, BILLS.options({}), scratch, source=source)
        checked = BILLS.check(task)
        if checked.problem is not None:
            return checked, None
        done = replace(source, media_type=checked.media_type, facts=checked.facts)
        return checked, BILLS.process(replace(task, kind=ChunkKind.PROCESS, source=done))

    return both


def test_a_bill_is_read_into_json(run: Run) -> None:
    data, truth = sample.bill("uk_power", 5)
    checked, done = run("bill.pdf", data)
    assert checked.facts["pages"] == 3 and checked.parts[0].pages == 3
    assert done is not None
    result = json.loads(json.dumps(done.result))
    assert result["utility"] is True and result["score"] > 0.9 and result["pages"] == ["text"] * 3
    assert result["document"]["totalCharges"] == truth["totalCharges"]
    assert result["fingerprint"]["end"] == truth["billDate"]
    assert {"field", "page", "box", "text", "confidence", "how"} == set(result["provenance"][0])


def test_what_is_no_bill_succeeds_without_a_document(run: Run) -> None:
    for kind in ("invoice", "blank"):
        _, done = run("other.pdf", sample.nonbill(kind, 1)[0])
        assert done is not None
        assert done.result["utility"] is False and "document" not in done.result


def test_the_name_says_nothing_about_the_type(run: Run) -> None:
    checked, done = run("bill.png", sample.bill("us_rural", 5)[0])
    assert checked.media_type == "application/pdf" and done is not None and done.result["utility"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bill.pdf", b"hello, no PDF"),
        ("bill.pdf", b""),
        ("bill.xlsx", b"PK\x03\x04rest"),
        ("x.gif", b"GIF89a..."),
    ],
)
def test_other_types_are_refused(run: Run, name: str, data: bytes) -> None:
    checked, _ = run(name, data)
    assert checked.rejected and checked.problem is not None
    assert (checked.problem.code, checked.problem.message) == ("unsupported_type", "Unsupported file type.")


def test_more_than_150_pages_are_refused(run: Run) -> None:
    pdf = pikepdf.new()
    for _ in range(151):
        pdf.add_blank_page()
    out = io.BytesIO()
    pdf.save(out)
    checked, _ = run("long.pdf", out.getvalue())
    assert checked.rejected and checked.problem is not None
    assert checked.problem.message == "PDF exceeds the 150 page limit."


def test_a_locked_or_broken_pdf_fails_alone(run: Run) -> None:
    data, _ = sample.bill("us_water", 1)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    checked, _ = run("locked.pdf", out.getvalue())
    assert checked.problem is not None and checked.problem.code == "encrypted"
    checked, _ = run("cut.pdf", data[:200])
    assert checked.problem is not None and not checked.rejected


def test_a_picture_of_a_page_is_read(run: Run) -> None:
    from random import Random

    from postroom.systems.bills.sample.scanner import jpeg, pictures

    data, truth = sample.bill("us_water", 2)
    picture = pictures(data, Random(1), 200, rough=0.0)[0]
    checked, done = run("photo.jpg", jpeg(picture, 90))
    assert checked.media_type == "image/jpeg" and done is not None
    assert done.result["utility"] and done.result["pages"] == ["ocr"]
    assert done.result["document"]["totalCharges"] == truth["totalCharges"]


def test_damaged_bytes_behind_the_check_are_the_documents_fault(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(b"%PDF-1.7 nothing")
    source = Source(UUID(int=2), 0, "x.pdf", file, 16, None, None, media_type="application/pdf")
    task = Task(ChunkKind.PROCESS, UUID(int=1), "bills", None, {}, tmp_path, source=source)
    with pytest.raises(DocumentError):
        BILLS.process(task)


@pytest.mark.parametrize("given", [{"colour": "red"}, {"site": 7}, {"company": ""}])
def test_options_are_known_ids_or_null(given: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        BILLS.options(given)
