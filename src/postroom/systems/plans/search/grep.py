"""Owns true grep over a project: a substring or a regular expression, hits in order, each with its places.

The index offers pages that hold all trigrams of the pattern's literal parts; RE2 then decides, page by page, in
a thread. RE2 takes time in proportion to the text, whatever the pattern; a search that takes too long even so
gives what it has and says where to go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import re2

from postroom.db.connection import Database, Row
from postroom.errors import Invalid
from postroom.systems.plans import gram, place
from postroom.systems.plans.keep import project_gram
from postroom.systems.plans.search import shelf
from postroom.systems.plans.stage import Edges

HITS = 50  # on one page of the answer
PATTERN = 1000  # characters of a pattern
SECONDS = 5.0  # after which a search gives what it has
_MEMORY = 16 << 20  # bytes that RE2 may use for one pattern
_BATCH = (32, 1024)  # pages that are looked at in one go: at first, and at most
_PORTION = (300, 5000)  # pages that the index is asked for: at first, and then
_AROUND = 60  # characters of a snippet before and behind a match
_MATCH = 200  # characters of a match that are shown

Place = tuple[UUID, int, int]  # file, page, character: where a search goes on
_Match = tuple[Row, bytes, int, int]  # a page, its text in UTF-8, characters where a match starts and ends


@dataclass(frozen=True, slots=True)
class Hit:
    """start, end: characters of the page's text. boxes: of the words that the match touches."""

    file: UUID
    file_name: str
    page: int
    page_id: UUID
    kind: str
    sheet_number: str | None
    sheet_name: str | None
    start: int
    end: int
    match: str
    snippet: str
    boxes: Sequence[Edges]


@dataclass(frozen=True, slots=True)
class Found:
    """next: where to go on, None at the end. complete: False if time ran out before there were enough hits."""

    hits: Sequence[Hit]
    next: Place | None
    complete: bool
    pages: int  # that the index offered and that were looked at


def compiled(pattern: str, *, literal: bool, ignore_case: bool) -> Any:
    """Invalid, naming what is wrong, if RE2 does not take it."""
    if not pattern or len(pattern) > PATTERN or "\0" in pattern:
        raise Invalid(f"'pattern' must be a text of 1 to {PATTERN} characters.", field="pattern")
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.literal = literal
    try:
        # Lines are lines: ^ and $ stand at each one's ends.
        source = pattern if literal else f"(?m){pattern}"
        return re2.compile(source.encode("utf-8", "strict"), options)
    except (re2.error, UnicodeEncodeError) as error:
        told = error.args[0] if error.args else "it cannot be read"
        told = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        told = told.replace("(?m)", "", 1)
        raise Invalid(f"'pattern' is no regular expression of RE2: {told}.", field="pattern") from None


async def search(
    db: Database,
    project: UUID,
    pattern: str,
    *,
    literal: bool = False,
    ignore_case: bool = False,
    file: UUID | None = None,
    after: Place | None = None,
    limit: int = HITS,
) -> Found:
    """The first hits behind `after`, by file, page and place. file: only in this one."""
    expression = compiled(pattern, literal=literal, ignore_case=ignore_case)
    deadline = time.monotonic() + SECONDS
    pages = _Candidates(db, project, gram.needed(pattern, literal=literal), file, after)
    hits: list[_Match] = []
    looked, size = 0, _BATCH[0]
    last: Row | None = None  # the page that was looked at last
    complete = True
    while len(hits) <= limit and (batch := await pages.take(size)):
        texts = await shelf.SHELF.take(db, [row["page_id"] for row in batch])
        ordered = [(row, texts[row["page_id"]]) for row in batch if row["page_id"] in texts]
        done = await asyncio.to_thread(
            _scan, expression, ordered, after, limit + 1 - len(hits), deadline, hits
        )
        looked += done
        last = ordered[done - 1][0] if done else last
        size = min(_BATCH[1], 4 * size)
        if time.monotonic() > deadline and len(hits) <= limit:
            complete = False
            break
    shown = hits[:limit]
    further: Place | None = None
    if len(hits) > limit:
        row, _, start, _ = shown[-1]
        further = (row["file_id"], row["page"], start)
    elif not complete and last is not None:
        further = (last["file_id"], last["page"], (1 << 31) - 1)
    return Found(await _told(db, shown), further, complete, looked)


class _Candidates:
    """The pages that may hold a match, in order, a portion of them at a time."""

    def __init__(
        self,
        db: Database,
        project: UUID,
        needs: list[list[int]] | None,
        file: UUID | None,
        after: Place | None,
    ) -> None:
        self._db = db
        own = project_gram(project)
        self._given: list[object] = [[own]] if needs is None else [[own, *need] for need in needs]
        self._where = " OR ".join(f"grams @> ${number}::int[]" for number in range(1, len(self._given) + 1))
        self._file = file
        self._from: tuple[UUID, int] | None = None if after is None else after[:2]
        self._here: list[Row] = []
        self._portion = _PORTION[0]
        self._all = False

    async def take(self, count: int) -> list[Row]:
        """page_id, file_id, page of the next ones; none at the end."""
        if not self._here and not self._all:
            self._here = await self._fetch()
        taken, self._here = self._here[:count], self._here[count:]
        return taken

    async def _fetch(self) -> list[Row]:
        given, where = list(self._given), f"({self._where})"
        if self._file is not None:
            given.append(self._file)
            where += f" AND file_id = ${len(given)}"
        if self._from is not None:
            given += self._from
            where += f" AND (file_id, page) >= (${len(given) - 1}::uuid, ${len(given)}::int)"
        query = f"SELECT page_id, file_id, page FROM plan_gram WHERE {where} ORDER BY file_id, page"  # noqa: S608
        async with self._db.transaction() as connection:
            # The planner does not know that reading the table means unpacking thousands of trigrams a page.
            await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL work_mem = '32MB'")
            rows = await connection.fetch(f"{query} LIMIT {self._portion + 1}", *given)
        self._all = len(rows) <= self._portion
        if not self._all:
            further = rows.pop()
            self._from = (further["file_id"], further["page"])
            self._portion = _PORTION[1]
        return rows


def _scan(
    expression: Any,
    pages: Sequence[tuple[Row, bytes]],
    after: Place | None,
    wanted: int,
    deadline: float,
    hits: list[_Match],
) -> int:
    """Add matches to `hits` until there are `wanted` more or time is over. How many pages were looked at."""
    most = len(hits) + wanted
    for count, (row, text) in enumerate(pages, start=1):
        least = -1
        if after is not None and (row["file_id"], row["page"]) == after[:2]:
            least = after[2]
        for start, end in spans(expression, text):
            if start > least:
                hits.append((row, text, start, end))
                if len(hits) >= most:
                    return count
        if time.monotonic() > deadline:
            return count
    return len(pages)


def spans(expression: Any, data: bytes) -> Iterator[tuple[int, int]]:
    """Where the pattern matches, as characters; one after the other, never an empty one. data: UTF-8."""
    plain = data.isascii()
    at = counted = 0
    for found in expression.finditer(data):
        start, end = found.span()
        if start == end:
            continue
        if plain:
            yield start, end
        else:
            counted += len(data[at:start].decode("utf-8", "ignore"))
            at = start
            yield counted, counted + len(data[start:end].decode("utf-8", "ignore"))


async def _told(db: Database, hits: Sequence[_Match]) -> list[Hit]:
    if not hits:
        return []
    texts = {row["page_id"]: text for row, text, _, _ in hits}
    rows = await db.fetch(
        "SELECT p.id, p.kind, p.words, p.sheet_number, p.sheet_name, f.name FROM plan_page p"
        " JOIN plan_file f ON f.id = p.file_id WHERE p.id = ANY($1)",
        list(texts),
    )
    pages = {row["id"]: (row, texts[row["id"]].decode(), row["words"]) for row in rows}
    made = []
    for row, _, start, end in hits:
        if row["page_id"] not in pages:
            continue  # deleted meanwhile
        page, text, places = pages[row["page_id"]]
        made.append(
            Hit(
                row["file_id"],
                page["name"],
                row["page"],
                page["id"],
                page["kind"],
                page["sheet_number"],
                page["sheet_name"],
                start,
                end,
                text[start : min(end, start + _MATCH)],
                snippet(text, start, end),
                place.boxes(places, start, end)[:_MATCH],
            )
        )
    return made


def snippet(text: str, start: int, end: int) -> str:
    """The line of the match, cut to what is around it."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    first = max(first, start - _AROUND)
    last = min(len(text) if last < 0 else last, min(end, start + _MATCH) + _AROUND)
    return text[first:last].replace("\n", " ")
