"""Owns writing the desk's tables: who owns a site, what an upload is, and the rows that chunks bring.

What a child wrote down is copied as it is, but never says whose it is: ledger and upload are defaults of the
tables, taken from settings of the transaction. Rows go in by key, and locks are taken in one order (the
upload, then records by key), so that concurrent jobs wait for each other and never in a circle.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from postroom.db.connection import Connection, dumps, loads
from postroom.desk.access import Whose
from postroom.errors import NotFound
from postroom.ports import Part, Problem, Processed
from postroom.systems.revenue import contract
from postroom.systems.revenue.contract import Code

# What an honest child never makes the database say. The rows are lost then, and nothing else is.
_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)

_NULLS = ("reference", "stage", "ra_id", "email", "phone", "payload", "lead_at", "properties")
_RECORD = (
    *("key", "reference", "happened_at", "currency", "value", "stage", "ra_id", "email", "phone", "payload"),
    *("lead_at", "labels", "properties", "row"),
)
_FAILURE = ("row", "start", "length", "code")
_NAMES = ", ".join(_RECORD)
_SET = ", ".join(f"{name} = excluded.{name}" for name in ("upload", *_RECORD[1:]))

_CASTED = _NAMES.replace("lead_at", "lead_at::timestamp")
_ON_CONFLICT = f"ON CONFLICT (ledger, key) DO UPDATE SET {_SET}"

# The names in statements are constants of this file.
# ruff: noqa: S608
_UPSERT = (
    f"INSERT INTO revenue_record ({_NAMES}) SELECT {_NAMES} FROM revenue_stage ORDER BY key {_ON_CONFLICT}"
)
_WINNERS = (
    f"INSERT INTO revenue_record ({_NAMES}) SELECT DISTINCT ON (key) {_CASTED} FROM revenue_rival"
    f" WHERE code = 0 ORDER BY key, row {_ON_CONFLICT}"
)
# The lowest row of a reference wins. Whoever comes after a winner is told so, even if a later rule fails too.
_LOSERS = (
    "INSERT INTO revenue_failure (row, start, length, code)"
    " SELECT r.row, r.start, r.length, CASE WHEN w.row IS NULL THEN r.code ELSE $1 END FROM revenue_rival r"
    " LEFT JOIN (SELECT key, min(row) AS row FROM revenue_rival WHERE code = 0 GROUP BY key) w"
    "  ON w.key = r.key AND w.row < r.row WHERE r.code <> 0 OR w.row IS NOT NULL"
)
_STAGE = (
    'CREATE TEMP TABLE revenue_stage (key text COLLATE "C", reference text, happened_at timestamp,'
    " currency text, value numeric, stage text, ra_id text, email text, phone text, payload text,"
    " lead_at timestamp, labels text[], properties text, row bigint) ON COMMIT DROP"
)
# A rival may have failed a later rule: its lead date may be no date.
_RIVALS = (
    _STAGE.replace("revenue_stage", "revenue_rival")
    .replace("lead_at timestamp", "lead_at text")
    .replace("row bigint", "row bigint, start bigint, length bigint, code smallint")
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of an upload go."""

    upload: int
    ledger: int


async def claim_site(connection: Connection, name: str, whose: Whose) -> int:
    """The number of a site, which belongs to the caller from now on. NotFound if it is another's."""
    await connection.execute(
        "INSERT INTO revenue_site (name, account_id, environment) VALUES ($1, $2, $3)"
        " ON CONFLICT (name) DO NOTHING",
        name,
        *whose,
    )
    row = await connection.fetchrow(
        "SELECT id, account_id, environment FROM revenue_site WHERE name = $1", name
    )
    if row is None or (row["account_id"], row["environment"]) != whose:
        raise NotFound("There is no site with this id.", field="siteId")
    number: int = row["id"]
    return number


async def open_upload(
    connection: Connection, job: UUID, whose: Whose, site: str, kind: str, rows: int | None
) -> None:
    """The desk's own row of a new job. rows: in the file, None if not known yet."""
    number = await claim_site(connection, site, whose)
    ledger = None
    if kind in contract.KINDS:
        await connection.execute(
            "INSERT INTO revenue_ledger (site_id, kind) VALUES ($1, $2)"
            " ON CONFLICT (site_id, kind) DO NOTHING",
            number,
            kind,
        )
        ledger = await connection.fetchval(
            "SELECT id FROM revenue_ledger WHERE site_id = $1 AND kind = $2", number, kind
        )
    await connection.execute(
        "INSERT INTO revenue_upload (job_id, site_id, ledger, kind, rows) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (job_id) DO UPDATE SET rows = coalesce(excluded.rows, revenue_upload.rows)",
        job,
        number,
        ledger,
        kind,
        rows,
    )


async def _place(connection: Connection, job: UUID) -> Place:
    """Where the job's rows go. A job that was closed before jobs were adopted may have no upload yet."""
    query = "SELECT number, ledger FROM revenue_upload WHERE job_id = $1"
    row = await connection.fetchrow(query, job)
    if row is None:
        found = await connection.fetchrow(
            "SELECT account_id, environment, options FROM job WHERE id = $1", job
        )
        if found is None:
            raise NotFound("The job is gone.")
        options = loads(found["options"])
        whose = found["account_id"], found["environment"]
        await open_upload(connection, job, whose, options["site"], options["type"], None)
        row = await connection.fetchrow(query, job)
    if row is None or row["ledger"] is None:
        raise NotFound("The job has no place for its rows.")
    return Place(row["number"], row["ledger"])


async def adopt(connection: Connection, job: UUID) -> None:
    """Give a job that came in by our own API, or by a retry, the upload under which the desk shows it: also one
    of which no row will ever be stored. One whose site is another's gets none, and comes to nothing."""
    with suppress(NotFound):
        await _place(connection, job)


async def write(
    connection: Connection, job: UUID, document: UUID, part: Part, result: Processed
) -> Processed:
    """Store what a chunk found. All of its rows are accounted for, or all of them failed."""
    try:
        place = await _place(connection, job)
    except NotFound as error:
        return replace(result, problem=Problem("site_taken", error.message))
    await connection.execute(
        "SELECT set_config('postroom.revenue_ledger', $1, true),"
        " set_config('postroom.revenue_upload', $2, true), set_config('postroom.revenue_document', $3, true)",
        str(place.ledger),
        str(place.upload),
        str(document),
    )
    if result.problem is None:
        try:
            async with _savepoint(connection):
                good, bad = await _write_rows(connection, result.payload)
                if good + bad != part.rows:
                    raise asyncpg.DataError(f"{good} + {bad} rows of {part.rows}")
                return replace(result, rows_failed=bad)
        except _REFUSED as error:
            result = replace(
                result, problem=Problem("bad_result", f"{contract.UNEXPECTED} {error}"[:500], "system")
            )
    await connection.execute(
        "INSERT INTO revenue_gap (upload, document_id, range) VALUES ($1, $2, $3)",
        place.upload,
        document,
        dumps(dict(part.range)),
    )
    return result


async def _write_rows(connection: Connection, payload: Mapping[str, Path]) -> tuple[int, int]:
    """How many rows are records now, and how many failed."""
    good = bad = 0
    if "failures" in payload:
        bad += await _copy(connection, "revenue_failure", payload["failures"], _FAILURE)
    if "rivals" in payload:
        await connection.execute(_RIVALS)
        await _copy(connection, "revenue_rival", payload["rivals"], (*_RECORD, "start", "length", "code"))
        bad += _affected(await connection.execute(_LOSERS, int(Code.REFERENCE_REPEATED)))
        good += _affected(await connection.execute(_WINNERS))
    for form, columns, file in _records_of(payload):
        good += await _write_records(connection, file, columns, simple=form == "lines")
    return good, bad


def _records_of(payload: Mapping[str, Path]) -> list[tuple[str, list[str], Path]]:
    """The file of records, if there is one, its format, and the columns that it has: only a record's own."""
    found: list[tuple[str, list[str], Path]] = []
    for name, file in payload.items():
        form, *columns = name.split(":")
        if form in ("lines", "records"):
            if found or len(columns) != len(set(columns)) or not {"key"} <= set(columns) <= set(_RECORD):
                raise asyncpg.DataError("records that no honest child writes")
            found.append((form, columns, file))
    return found


async def _write_records(connection: Connection, file: Path, columns: Sequence[str], *, simple: bool) -> int:
    """Straight into the table; if a record of the same key is there, by way of a temporary one. Columns that
    the file has not are NULL."""
    try:
        async with _savepoint(connection):
            return await _copy(connection, "revenue_record", file, columns, simple=simple)
    except asyncpg.UniqueViolationError:
        await connection.execute(_STAGE)
        await _copy(connection, "revenue_stage", file, columns, simple=simple)
        return _affected(await connection.execute(_UPSERT))


@asynccontextmanager
async def _savepoint(connection: Connection) -> AsyncIterator[None]:
    """What is done within is undone if it raises, and the transaction goes on."""
    await connection.execute("SAVEPOINT revenue")
    try:
        yield
    except asyncpg.PostgresError:
        await connection.execute("ROLLBACK TO SAVEPOINT revenue; RELEASE SAVEPOINT revenue")
        raise
    await connection.execute("RELEASE SAVEPOINT revenue")


async def _copy(
    connection: Connection, table: str, file: Path, columns: Sequence[str], *, simple: bool = False
) -> int:
    """Stream a file into a table. Empty cells are NULL, quoted or not."""
    form: dict[str, Any] = {"format": "text", "null": ""} if simple else {"format": "csv"}
    nulls = [name for name in _NULLS if name in columns]
    if nulls and not simple:
        form["force_null"] = nulls
    return _affected(await connection.copy_to_table(table, source=file, columns=list(columns), **form))


def _affected(status: str) -> int:
    """What `COPY 3` and `INSERT 0 3` say."""
    return int(status.rsplit(" ", 1)[1])
