"""Owns showing rows that failed: their text as uploaded, byte for byte, and what was wrong with each.

Only places are stored; the text is read out of the document, which is kept as long as its job.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from postroom.db.connection import loads
from postroom.ports import BlobStore
from postroom.systems.revenue import contract, view
from postroom.systems.revenue.contract import KINDS, Code
from postroom.systems.revenue.door import ask, desk_of
from postroom.systems.revenue.view import Upload

_SPAN = 1 << 20  # bytes that are read at once: rows closer together than that share a read
_GAP = 64 << 10  # bytes between two rows that are read for nothing rather than apart


@dataclass(frozen=True, slots=True)
class Failed:
    """A row that failed. start, length: where its text stands in the document, bytes."""

    row: int
    start: int
    length: int
    code: int


async def as_csv(request: Request, upload: Upload) -> AsyncIterator[bytes]:
    """RowNumber, the columns as uploaded, ErrorMessage."""
    messages = {code: text.message.replace('"', '""').encode() for code, text in _texts(upload).items()}
    blobs = desk_of(request).blobs
    named = False
    for document in await view.documents(desk_of(request).db, upload.job):
        head = await _head(blobs, document["blob"], loads(document["facts"]))
        if head is None:
            continue
        if not named:
            named = True
            yield b"RowNumber," + head + b",ErrorMessage\n"
        async for rows, texts in _with_texts(request, upload, document):
            yield b"".join(
                b'%d,%b,"%b"\n' % (row.row, text, messages[Code(row.code)])
                for row, text in zip(rows, texts, strict=True)
            )
    if not named:
        yield b"RowNumber," + ",".join(KINDS[upload.kind].columns).encode() + b",ErrorMessage\n"


async def as_json(request: Request, upload: Upload) -> AsyncIterator[bytes]:
    """A bare array with an object per row."""
    messages = {int(code): text.message for code, text in _texts(upload).items()}
    first = True
    yield b"["
    for document in await view.documents(desk_of(request).db, upload.job):
        head = await _head(desk_of(request).blobs, document["blob"], loads(document["facts"]))
        if head is None:
            continue
        names = _keys((await ask(request, {"rows": [head.decode()]}))["cells"][0], upload.kind)
        async for rows, texts in _with_texts(request, upload, document):
            cells = (await ask(request, {"rows": [text.decode() for text in texts]}))["cells"]
            body = [
                _object(row.row, names, of_row, messages[row.code])
                for row, of_row in zip(rows, cells, strict=True)
            ]
            yield (b"" if first else b",") + orjson.dumps(body)[1:-1]
            first = False
    yield b"]"


def _texts(upload: Upload) -> Mapping[Code, contract.Text]:
    return contract.texts(KINDS[upload.kind])


def _keys(header: Sequence[str], kind: str) -> list[str]:
    """The members' names: known columns in camelCase, others as uploaded."""
    known = {name.casefold(): name[0].lower() + name[1:] for name in KINDS[kind].columns}
    return [known.get(cell.strip().casefold(), cell.strip()) for cell in header]


def _object(row: int, names: Sequence[str], cells: Sequence[str], message: str) -> dict[str, Any]:
    found: dict[str, Any] = {"rowNumber": row}
    for name, cell in zip(names, cells, strict=True):
        if name == "label":
            found.setdefault(name, []).append(cell)
        elif name not in ("rowNumber", "errorMessage"):  # a file of failures, sent again as it came
            found[name] = cell
    return {**found, "errorMessage": message}


async def _head(blobs: BlobStore, blob: str | None, facts: Any) -> bytes | None:
    """The header's text; None if the check did not get as far."""
    if blob is None or not facts or "head" not in facts:
        return None
    start, end = facts["head"]
    return b"".join([piece async for piece in blobs.read(blob, start=start, end=end)])


async def _with_texts(
    request: Request, upload: Upload, document: Any
) -> AsyncIterator[tuple[list[Failed], list[bytes]]]:
    """The failed rows of a document in order, with their texts, some at a time."""
    blobs = desk_of(request).blobs
    async for page in _rows(request, upload, document):
        for span in _spans(page):
            start, end = span[0].start, span[-1].start + span[-1].length
            data = b"".join([piece async for piece in blobs.read(document["blob"], start=start, end=end)])
            yield span, [data[row.start - start : row.start - start + row.length] for row in span]


def _spans(rows: Sequence[Failed]) -> Iterator[list[Failed]]:
    span: list[Failed] = []
    for row in rows:
        if span and (row.start - span[-1].start > _GAP or row.start - span[0].start > _SPAN):
            yield span
            span = []
        span.append(row)
    if span:
        yield span


async def _rows(request: Request, upload: Upload, document: Any) -> AsyncIterator[list[Failed]]:
    """Judged rows, merged with those of parts that nobody could judge."""
    unseen = await _unseen(request, upload, document)
    async for page in view.failures(desk_of(request).db, upload.number, document["id"]):
        last = page[-1]["row"]
        rows = [Failed(row["row"], row["start"], row["length"], row["code"]) for row in page]
        early = [row for row in unseen if row.row < last]
        if early:
            unseen = [row for row in unseen if row.row >= last]
            rows = sorted(rows + early, key=lambda row: row.row)
        yield rows
    if unseen:
        yield unseen


async def _unseen(request: Request, upload: Upload, document: Any) -> list[Failed]:
    found: list[Failed] = []
    desk = desk_of(request)
    for given in await view.gaps(desk.db, upload.number, document["id"]):
        for plan in given.get("stretches", [given]):
            pieces = desk.blobs.read(document["blob"], start=plan["start"], end=plan["end"])
            text = b"".join([piece async for piece in pieces]).decode()
            question = {"text": text, "stretch": plan, "rivals": "stretches" in given}
            places = (await ask(request, question))["places"]
            found += [Failed(row, start, size, int(Code.UNEXPECTED)) for row, start, size in places]
    return sorted(found, key=lambda row: row.row)
