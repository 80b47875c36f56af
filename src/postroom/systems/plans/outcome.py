"""Owns the files that a child writes for the database: rows of pages and regions, evidence for the finish.

What stands in them is copied into tables as it is; whose it is, the transaction says and never the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from postroom.systems.plans import gram_page, stage
from postroom.systems.plans.read import classify, discipline
from postroom.systems.plans.read.evidence import Evidence
from postroom.systems.plans.read.page import Made
from postroom.systems.plans.read.titleblock import Reading

_HEAD = 1500  # characters of a page that may say what the document is
_NAME = 300  # characters of a number or a title


def save(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """As CSV for COPY: an empty cell is NULL."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def _json(value: object) -> str:
    return "" if value is None else orjson.dumps(value).decode()


def sheet_cells(reading: Reading, noted: Evidence | None) -> list[object]:
    """What a title block says, in the order of the columns from sheet_number to boxes."""
    boxes = {
        name: stage.edges(box)
        for name, box in (
            ("number", reading.number_box),
            ("title", reading.title_box),
            ("revision", noted.revision_box if noted else None),
            ("issued", noted.issued_box if noted else None),
        )
        if box is not None
    }
    return [
        (reading.number or "")[:_NAME],
        (reading.title or "")[:_NAME],
        discipline.discipline(reading.number, reading.title),
        discipline.drawing_type(reading.number, reading.title),
        noted.revision if noted else None,
        noted.issued if noted else None,
        reading.confidence if reading.number else None,
        _json(boxes),
    ]


def write_rows(made: Sequence[Made], scratch: Path) -> Mapping[str, Path]:
    """The rows of a chunk's pages, and of their regions."""
    pages = save(scratch / "pages.csv", map(_page, made))
    regions = save(scratch / "regions.csv", (row for one in made for row in _regions(one)))
    return {"pages": pages, "regions": regions}


def _page(one: Made) -> list[object]:
    code, message = one.problem or (None, None)
    return [
        *(one.number, one.kind, code, message, one.warning, one.width, one.height, one.rotation, one.source),
        one.packed.text,
        f"\\x{one.packed.words.hex()}",
        "{" + ",".join(map(str, gram_page.of_page(one.packed.text))) + "}",
        *sheet_cells(one.reading, one.evidence),
    ]


def _regions(one: Made) -> Iterable[list[object]]:
    for number, region in enumerate(one.regions, start=1):
        yield [
            *(one.number, number, region.kind, region.label, region.text),
            _json(stage.edges(region.box)),
            _json(stage.edges(region.label_box)),
        ]


def write_evidence(made: Sequence[Made], path: Path) -> Path:
    """One line of JSON per page that could be read: see `finish`."""
    with path.open("wb") as file:
        for one in made:
            if one.problem is None:
                file.write(orjson.dumps(_noted(one)) + b"\n")
    return path


def _noted(one: Made) -> dict[str, Any]:
    noted: dict[str, Any] = {"page": one.number, "kind": one.kind, "marks": dict(one.marks)}
    if one.evidence is not None:
        noted["evidence"] = one.evidence.dump()
    if one.kind == classify.DOCUMENT:
        noted |= {"head": one.packed.text[:_HEAD], "title": one.title[:_NAME]}
    return noted
