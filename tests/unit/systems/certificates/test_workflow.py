"""The workflow: what is refused, what becomes an error, and what a result holds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import jsonschema_rs
import pikepdf
import pytest
import yaml
from PIL import Image

from postroom.core.states import ChunkKind
from postroom.errors import Invalid
from postroom.ports import Checked, Processed, Source, Task
from postroom.systems.certificates import sample
from postroom.systems.certificates.sample import drawing
from postroom.systems.certificates.sample import fill as sample_fill
from postroom.systems.certificates.sample.drawing import Look
from postroom.systems.certificates.workflow import Certificates

CERTIFICATES = Certificates()
CONTRACT = Path(__file__).parents[3] / "contracts" / "policy1099.yaml"
RULE = {"name": "Insured", "path": "insured.name", "check": "present"}


def _task(folder: Path, data: bytes, options: Mapping[str, Any]) -> Task:
    file = folder / "given.pdf"
    file.write_bytes(data)
    source = Source(UUID(int=1), 0, file.name, file, len(data), None, None)
    return Task(
        ChunkKind.CHECK,
        UUID(int=2),
        "certificates",
        None,
        CERTIFICATES.options(options),
        folder,
        source=source,
    )


def _run(folder: Path, data: bytes, **options: Any) -> tuple[Checked, Processed]:
    task = _task(folder, data, options)
    checked = CERTIFICATES.check(task)
    assert checked.problem is None
    return checked, CERTIFICATES.process(replace(task, kind=ChunkKind.PROCESS, part=checked.parts[0]))


def _blank(pages: int, **save: Any) -> bytes:
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(612, 792))
    out = io.BytesIO()
    pdf.save(out, **save)
    return out.getvalue()


def test_a_certificate_is_read_reviewed_and_drawn(tmp_path: Path) -> None:
    data, entry = sample.make(Random(4), 3, "flat")
    checked, done = _run(tmp_path, data, rules=[RULE, {**RULE, "name": "Never", "path": "nothing"}])
    assert checked.facts == {"pages": 1}
    assert done.problem is None
    result = done.result
    assert (result["form"], result["edition"], result["usable"]) == ("ACORD 25", entry.edition, True)
    assert result["certificate"]["insured"]["name"] == entry.truth["insured"]["name"]
    assert result["provenance"]["insured.name"]["page"] == 1
    assert result["review"]["status"] == "flagged"
    assert result["review"]["summary"] == {"total_rules": 2, "passed": 1, "failed": 1}
    assert [each["result"] for each in result["review"]["audit_results"]] == ["pass", "fail"]
    (picture,) = done.artifacts
    assert (picture.name, picture.media_type) == ("page-1.jpg", "image/jpeg")
    with Image.open(picture.file) as drawn:
        assert drawn.size == (816, 1056)
        greens = [
            colour
            for _, colour in drawn.convert("RGB").getcolors(1 << 24) or ()
            if colour[1] > colour[0] + 60
        ]
    assert greens


def test_what_is_parsed_is_what_the_contract_says(tmp_path: Path) -> None:
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/ParsedCertificate", "components": contract["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema)
    for number in range(6):
        data, _ = sample.make(Random(number), number + 1, "flat")
        _, done = _run(tmp_path, data, overlay=False)
        validator.validate(done.result["certificate"])
        assert done.artifacts == []
        assert "review" not in done.result


@pytest.mark.parametrize(
    ("data", "code", "rejected"),
    [
        (b"", "empty", True),
        (b"hello, this is no PDF at all\n", "not_a_pdf", False),
        (b"%PDF-1.7\nnothing follows", "truncated", False),
        (_blank(1, encryption=pikepdf.Encryption(user="secret", owner="x")), "encrypted", False),
    ],
)
def test_what_cannot_be_opened_fails_its_check(
    tmp_path: Path, data: bytes, code: str, rejected: bool
) -> None:
    checked = CERTIFICATES.check(_task(tmp_path, data, {}))
    assert checked.problem is not None
    assert (checked.problem.code, checked.rejected) == (code, rejected)
    assert not checked.parts


def test_blank_pages_and_other_papers_become_errors_that_say_why(tmp_path: Path) -> None:
    _, done = _run(tmp_path, _blank(3))
    assert done.problem is not None
    assert done.problem.code == "blank"
    assert done.result["usable"] is False
    _, done = _run(tmp_path, drawing.draw(sample_fill.Fill("2016/03"), Look()))
    assert done.problem is not None
    assert done.problem.code == "nothing_usable"


def test_only_the_first_pages_count(tmp_path: Path) -> None:
    form = drawing.draw(sample_fill.fill(Random(1), "2016/03"), Look())
    with pikepdf.open(io.BytesIO(_blank(2))) as pdf, pikepdf.open(io.BytesIO(form)) as last:
        pdf.pages.extend(last.pages)
        out = io.BytesIO()
        pdf.save(out)
    checked, done = _run(tmp_path, out.getvalue())
    assert checked.parts[0].pages == 2
    assert done.problem is not None
    _, done = _run(tmp_path, out.getvalue(), pages=3)
    assert done.problem is None


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"shiny": 1}, "shiny"),
        ({"pages": 0}, "pages"),
        ({"pages": True}, "pages"),
        ({"overlay": "yes"}, "overlay"),
        ({"duplicates": "burn"}, "duplicates"),
        ({"rules": [{}]}, "rules[0].name"),
        ({"rules": None}, "rules"),
    ],
)
def test_wrong_options_are_refused_by_name(options: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        CERTIFICATES.options(options)
    assert refused.value.field == field


def test_equal_files_are_two_certificates() -> None:
    assert CERTIFICATES.options({})["duplicates"] == "process"
