"""Owns what is decided when all pages of a job have been read: title blocks over the whole set, sections, classes.

Reads the evidence that process chunks kept, twice, page by page: a set of 10,000 sheets is never in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from postroom.ports import Source
from postroom.systems.plans import outcome, stage
from postroom.systems.plans.read import classify, section
from postroom.systems.plans.read.evidence import Evidence
from postroom.systems.plans.read.titleblock import Reading, Titleblocks
from postroom.systems.plans.stage import Edges

_FOLDER = "reading/"


def write(sources: Sequence[Source], scratch: Path) -> Mapping[str, Path]:
    """The decisions as rows: sheets, sections, files."""
    blocks = Titleblocks()
    for source in sources:
        for noted in _drawings(source):
            blocks.see(noted)
    for source in sources:
        for noted in _drawings(source):
            blocks.rank(str(source.id), noted)
    blocks.settle()
    return {
        "sheets": outcome.save(
            scratch / "sheets.csv", (row for source in sources for row in _sheets(source, blocks))
        ),
        "sections": outcome.save(
            scratch / "sections.csv", (row for source in sources for row in _sections(source))
        ),
        "files": outcome.save(scratch / "files.csv", map(_file, sources)),
    }


def _pages(source: Source) -> Iterator[dict[str, Any]]:
    """What was noted of each page, in order."""
    for name in sorted(source.made):
        if name.startswith(_FOLDER):
            with source.made[name].open("rb") as file:
                for line in file:
                    yield orjson.loads(line)


def _drawings(source: Source) -> Iterator[Evidence]:
    for noted in _pages(source):
        if "evidence" in noted:
            yield Evidence.load(noted["evidence"])


def _sheets(source: Source, blocks: Titleblocks) -> Iterator[list[object]]:
    for noted in _drawings(source):
        reading = blocks.read(str(source.id), noted)
        box = _block(reading, noted)
        text = "\n".join(
            part for part in (reading.number, reading.title, noted.revision, noted.issued) if part is not None
        )
        yield [
            *(source.id, noted.page, *outcome.sheet_cells(reading, noted)),
            orjson.dumps(stage.edges(box)).decode() if box else "",
            text,
        ]


def _block(reading: Reading, noted: Evidence) -> Edges | None:
    """The part of the title block that was understood."""
    boxes = [
        box
        for box in (reading.number_box, reading.title_box, noted.revision_box, noted.issued_box)
        if box is not None
    ]
    if reading.number_box is None:
        return None
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _marks(source: Source) -> list[tuple[int, dict[str, Any]]]:
    return [(noted["page"], noted["marks"]) for noted in _pages(source) if noted["kind"] == classify.DOCUMENT]


def _sections(source: Source) -> Iterator[list[object]]:
    if classification(source) not in (classify.SPECIFICATIONS, classify.ADDENDA, classify.MIXED):
        return
    for place, one in enumerate(section.join(_marks(source))):
        yield [
            *(source.id, place, one.number, one.title, one.page_start, one.start, one.page_end, one.end),
        ]


def classification(source: Source) -> str:
    """What the client said the file is, else what its pages say."""
    hint = source.facts.get("classification")
    return str(hint) if hint else _found(source)[0]


def _found(source: Source) -> tuple[str, str, str]:
    """What the pages say: the class; the first words and the largest line of the first document page."""
    drawings = documents = starts = 0
    head = title = ""
    for noted in _pages(source):
        if noted["kind"] == classify.DRAWING:
            drawings += 1
        else:
            if not head:
                head, title = noted["head"], noted["title"]
            documents += 1
            starts += len(noted["marks"]["starts"])
    return classify.of_file(drawings, documents, starts, addendum=classify.is_addendum(head)), head, title


def _file(source: Source) -> list[object]:
    _, head, title = _found(source)
    named = classification(source)
    doc_type = None
    if named not in (classify.PLANS, classify.SPECIFICATIONS) and head:
        doc_type = "addendum" if named == classify.ADDENDA else classify.doc_type(head) or "document"
    return [source.id, named, doc_type, title if doc_type else None]
