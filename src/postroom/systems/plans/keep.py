"""Owns writing the tables of what was read: pages, regions, sections, documents.

What a child wrote is copied into temporary tables as it is; whose it is comes from here. A statement that the
database refuses costs the chunk, and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from postroom.db.connection import Connection
from postroom.errors import NotFound
from postroom.ports import Part, Problem, Processed
from postroom.systems.plans import stage, store
from postroom.systems.plans.read import classify
from postroom.systems.plans.store import Place

log = structlog.get_logger(__name__)

# What an honest child never makes the database say.
_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)
_SEARCHED = 250_000  # characters of a page that words are looked up in; all of them are found by grep

_NAMED = (
    "sheet_number text, sheet_name text, discipline text, drawing_type text, revision text, issued text,"
    " confidence real, boxes jsonb"
)
_PAGES = (
    "CREATE TEMP TABLE plan_page_stage (page int, kind text, code text, message text, warning text,"
    " width float8, height float8, rotation int, source text, text text, words bytea, grams int[],"
    f" {_NAMED}) ON COMMIT DROP"
)
_REGIONS = (
    "CREATE TEMP TABLE plan_region_stage (page int, number int, kind text, label text, text text, box jsonb,"
    " label_box jsonb) ON COMMIT DROP"
)
_SHEETS = (
    f"CREATE TEMP TABLE plan_sheet_stage (document uuid, page int, {_NAMED}, block jsonb, block_text text)"
    " ON COMMIT DROP"
)
_SECTIONS = (
    "CREATE TEMP TABLE plan_section_stage (document uuid, place int, number text, title text, page_start int,"
    " start_at int, page_end int, end_at int) ON COMMIT DROP"
)
_FILES = (
    "CREATE TEMP TABLE plan_file_stage (document uuid, classification text, doc_type text, title text)"
    " ON COMMIT DROP"
)

_PLAIN = (
    *("page", "kind", "code", "message", "warning", "width", "height", "rotation", "source", "sheet_number"),
    *("sheet_name", "discipline", "drawing_type", "revision", "issued", "confidence", "boxes"),
)
# The names in statements are constants of this file.
# ruff: noqa: S608
# A lexeme of its own says which project a text is of: the index finds words of one project only.
_OWN = "array_to_tsvector(ARRAY['project' || replace($1::uuid::text, '-', '')])"
_INSERT_PAGES = (
    f"INSERT INTO plan_page (project_id, file_id, text, words, tsv, {', '.join(_PLAIN)})"
    f" SELECT $1::uuid, $2::uuid, coalesce(text, ''), words,"
    f"  CASE WHEN kind = 'document' AND code IS NULL THEN {_OWN} || to_tsvector('english', left(text, {_SEARCHED})) END,"
    f"  {', '.join(_PLAIN)} FROM plan_page_stage ON CONFLICT (file_id, page) DO NOTHING"
)
_INSERT_GRAMS = (
    "INSERT INTO plan_gram (page_id, file_id, page, grams)"
    " SELECT p.id, p.file_id, p.page, $2::int || s.grams FROM plan_page_stage s"
    " JOIN plan_page p ON p.file_id = $1 AND p.page = s.page WHERE cardinality(s.grams) > 0"
    " ON CONFLICT (page_id) DO NOTHING"
)
_INSERT_REGIONS = (
    "INSERT INTO plan_region (page_id, number, kind, label, text, box, label_box, tsv)"
    " SELECT p.id, s.number, s.kind, coalesce(s.label, ''), coalesce(s.text, ''), s.box, s.label_box,"
    f"  {_OWN} || to_tsvector('english', coalesce(s.text, '')) FROM plan_region_stage s"
    " JOIN plan_page p ON p.file_id = $2::uuid AND p.page = s.page ON CONFLICT (page_id, number) DO NOTHING"
)
_COUNT = (
    "SELECT count(*) FILTER (WHERE code IS NULL AND kind = 'drawing') AS drawing,"
    " count(*) FILTER (WHERE code IS NULL AND kind = 'document') AS document,"
    " count(*) FILTER (WHERE code IS NOT NULL) AS failed, count(*) AS pages,"
    " coalesce(min(page), 0) AS first, coalesce(max(page), 0) AS last FROM plan_page_stage"
)
_UPDATE_SHEETS = (
    "UPDATE plan_page p SET sheet_number = s.sheet_number, sheet_name = s.sheet_name,"
    " discipline = s.discipline, drawing_type = s.drawing_type, revision = s.revision, issued = s.issued,"
    " confidence = s.confidence, boxes = s.boxes FROM plan_sheet_stage s"
    " JOIN plan_file f ON f.id = s.document AND f.job_id = $1"
    " WHERE p.file_id = f.id AND p.page = s.page AND p.kind = 'drawing' AND p.code IS NULL"
)
_INSERT_BLOCKS = (
    "INSERT INTO plan_region (page_id, number, kind, label, text, box, tsv)"
    " SELECT p.id, 0, 'title_block', 'Title block', coalesce(s.block_text, ''), s.block,"
    "  array_to_tsvector(ARRAY['project' || replace(f.project_id::text, '-', '')])"
    "   || to_tsvector('english', coalesce(s.block_text, ''))"
    " FROM plan_sheet_stage s JOIN plan_file f ON f.id = s.document AND f.job_id = $1"
    " JOIN plan_page p ON p.file_id = f.id AND p.page = s.page AND p.kind = 'drawing' AND p.code IS NULL"
    " WHERE s.block IS NOT NULL ON CONFLICT (page_id, number) DO NOTHING"
)
_INSERT_SECTIONS = (
    "INSERT INTO plan_section (file_id, place, number, title, page_start, start_at, page_end, end_at)"
    " SELECT f.id, s.place, s.number, coalesce(s.title, ''), s.page_start, s.start_at, s.page_end, s.end_at"
    " FROM plan_section_stage s JOIN plan_file f ON f.id = s.document AND f.job_id = $1"
    " ON CONFLICT (file_id, place) DO NOTHING"
)
_INSERT_DOCS = (
    "INSERT INTO plan_doc (file_id, doc_type, title) SELECT f.id, s.doc_type, s.title FROM plan_file_stage s"
    " JOIN plan_file f ON f.id = s.document AND f.job_id = $1 WHERE s.doc_type IS NOT NULL"
    " ON CONFLICT (file_id) DO NOTHING"
)


def project_gram(project: UUID) -> int:
    """The negative number that stands for a project among trigrams."""
    return (int(project.hex[-8:], 16) | 0x80000000) - (1 << 32)


async def write(
    connection: Connection, job: UUID, document: UUID, part: Part, result: Processed
) -> Processed:
    """Store the pages of one chunk. All of them are accounted for, or all of them failed."""
    try:
        place = await store.place(connection, job, document)
    except NotFound as error:
        return replace(result, problem=Problem("project_gone", error.message))
    if result.problem is None:
        try:
            async with _savepoint(connection):
                counted = await _write_pages(connection, place, part, result)
            await store.keep(connection, document, result.kept)
            await store.debit(connection, job, drawing=counted["drawing"], document=counted["document"])
            return replace(result, pages_failed=counted["failed"])
        except _REFUSED as error:
            text = f"What was read could not be stored: {error}"[:500]
            result = replace(result, problem=Problem("bad_result", text, "system"))
    await _write_failed(connection, place, part, result)
    return result


async def _write_pages(connection: Connection, place: Place, part: Part, result: Processed) -> Any:
    await connection.execute(_PAGES)
    await connection.execute(_REGIONS)
    await _copy(connection, "plan_page_stage", result.payload["pages"], stage.PAGE)
    await _copy(connection, "plan_region_stage", result.payload["regions"], stage.REGION)
    counted = await connection.fetchrow(_COUNT)
    assert counted is not None
    told = (counted["pages"], counted["first"], counted["last"])
    if told != (part.pages, part.range["first"], part.range["last"]):
        raise asyncpg.DataError(f"{told} is not what was asked for")
    await connection.execute(_INSERT_PAGES, place.project, place.file)
    await connection.execute(_INSERT_GRAMS, place.file, project_gram(place.project))
    await connection.execute(_INSERT_REGIONS, place.project, place.file)
    return counted


async def _write_failed(connection: Connection, place: Place, part: Part, result: Processed) -> None:
    """A chunk that failed as a whole: each of its pages says why."""
    assert result.problem is not None
    drawings = set(part.range["drawings"])
    rows = [
        (
            *(place.project, place.file, page),
            classify.DRAWING if page in drawings else classify.DOCUMENT,
            *(result.problem.code, result.problem.message),
        )
        for page in range(part.range["first"], part.range["last"] + 1)
    ]
    await connection.executemany(
        "INSERT INTO plan_page (project_id, file_id, page, kind, code, message, width, height, rotation, source,"
        " text, words) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 'none', '', '')"
        " ON CONFLICT (file_id, page) DO NOTHING",
        rows,
    )


async def write_finish(connection: Connection, job: UUID, result: Processed) -> None:
    """Store what was decided over the whole set. If that is refused, what each page says alone stays."""
    if result.problem is not None or not result.payload:
        return
    try:
        async with _savepoint(connection):
            for statement in (_SHEETS, _SECTIONS, _FILES):
                await connection.execute(statement)
            for table, columns in (
                ("sheets", stage.SHEET),
                ("sections", stage.SECTION),
                ("files", stage.FILE),
            ):
                await _copy(connection, f"plan_{table[:-1]}_stage", result.payload[table], columns)
            for statement in (_UPDATE_SHEETS, _INSERT_BLOCKS, _INSERT_SECTIONS, _INSERT_DOCS):
                await connection.execute(statement, job)
            files = await connection.fetch(
                "SELECT f.id, s.classification FROM plan_file_stage s"
                " JOIN plan_file f ON f.id = s.document AND f.job_id = $1 ORDER BY f.id",
                job,
            )
            for file in files:
                await store.classify(connection, file["id"], file["classification"])
    except _REFUSED as error:
        log.warning("plans.finish_refused", job=str(job), cause=repr(error))


@asynccontextmanager
async def _savepoint(connection: Connection) -> AsyncIterator[None]:
    """What is done within is undone if it raises, and the transaction goes on."""
    await connection.execute("SAVEPOINT plans")
    try:
        yield
    except asyncpg.PostgresError:
        await connection.execute("ROLLBACK TO SAVEPOINT plans; RELEASE SAVEPOINT plans")
        raise
    await connection.execute("RELEASE SAVEPOINT plans")


async def _copy(connection: Connection, table: str, file: Path, columns: Sequence[str]) -> None:
    """Stream a file into a table. Empty cells are NULL."""
    await connection.copy_to_table(table, source=file, columns=list(columns), format="csv", null="")
