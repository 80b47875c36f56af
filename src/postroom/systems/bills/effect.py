"""Owns what follows for the desk from the engine's work: files are decided, jobs adopted, clients told.

The part of the workflow that `ports.StoresEffects`, `ports.FollowsJobs` and `ports.LimitsDocuments` ask for.
A job without a company (by our own API) only reads: nothing of it is kept here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg

from postroom.core.states import TERMINAL_JOBS, JobState
from postroom.db import document as document_rows
from postroom.db.connection import Connection, loads
from postroom.ports import Hold, Part, Problem, Processed
from postroom.settings import Settings
from postroom.systems.bills import announce, contract, store_document
from postroom.systems.bills.contract import PARSED

# What an honest child never makes the database say. The document is lost then, and nothing else is.
_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, KeyError, TypeError, ValueError)
_GONE = "The company of this document is not there any more."


class Keeps:
    """Mixed into the workflow."""

    def document_size(self, settings: Settings) -> int:
        return settings.bills_file_size

    async def store(
        self, transaction: Any, job: UUID, document: UUID, part: Part, result: Processed
    ) -> Processed:
        """Decide on a file and keep what it says. Its class goes into the core's result, too."""
        if result.problem is not None:
            return result
        place = await store_document.place(transaction, job)
        if place is None:
            options = await transaction.fetchval("SELECT options FROM job WHERE id = $1", job)
            if (loads(options) or {}).get("company") is None:
                return result
            return replace(result, problem=Problem("company_gone", _GONE))
        try:
            async with _savepoint(transaction):
                decided = await store_document.decide(transaction, place, document, result.result)
        except _REFUSED as error:
            return replace(
                result, problem=Problem("bad_result", f"The reading cannot be kept: {error}"[:500], "system")
            )
        if decided.kind == PARSED:
            await announce.changed(transaction, document, contract.CREATED)
            for older in decided.revised:
                await announce.changed(transaction, older, contract.UPDATED)
        told = {"class": decided.kind, "duplicateOf": decided.original}
        return replace(result, result={**result.result, **told})

    async def admit(self, transaction: Any, job: UUID, settings: Settings) -> Hold | None:
        """Copies of known files are not read; neither is anything of a company that may not send."""
        row = await transaction.fetchrow(
            "SELECT c.is_active FROM bill_job j JOIN bill_company c ON c.id = j.company_id WHERE j.job_id = $1",
            job,
        )
        if row is None:
            options = await transaction.fetchval("SELECT options FROM job WHERE id = $1", job)
            if (loads(options) or {}).get("company") is not None:
                await _fail(transaction, job, "company_unknown", "There is no company with this id.")
        elif not row["is_active"]:
            await _fail(transaction, job, "company_inactive", contract.INACTIVE)
        else:
            await store_document.link_known(transaction, job)
        return None

    async def moved(
        self, transaction: Any, job: UUID, left: JobState, to: JobState, settings: Settings
    ) -> None:
        if left is JobState.OPEN and to not in TERMINAL_JOBS:
            await _adopt(transaction, job)
        if to in TERMINAL_JOBS:
            await store_document.adopt_duplicates(transaction, job)


async def _adopt(connection: Connection, job: UUID) -> None:
    """The desk's row of a job that came by our own API, if its company is the caller's."""
    await connection.execute(
        "INSERT INTO bill_job (job_id, company_id, site_id) SELECT j.id, c.id, s.id FROM job j"
        " JOIN bill_company c ON c.id::text = j.options->>'company' AND c.account_id = j.account_id"
        " AND c.environment = j.environment"
        " LEFT JOIN bill_site s ON s.id::text = j.options->>'site' AND s.company_id = c.id"
        " WHERE j.id = $1 ON CONFLICT (job_id) DO NOTHING",
        job,
    )


async def _fail(connection: Connection, job: UUID, code: str, text: str) -> None:
    await document_rows.fail_ready(connection, job, {"code": code, "message": text, "cause": "input"})


@asynccontextmanager
async def _savepoint(connection: Connection) -> AsyncIterator[None]:
    """What is done within is undone if it raises, and the transaction goes on."""
    await connection.execute("SAVEPOINT bills")
    try:
        yield
    except _REFUSED:
        await connection.execute("ROLLBACK TO SAVEPOINT bills; RELEASE SAVEPOINT bills")
        raise
    await connection.execute("RELEASE SAVEPOINT bills")
