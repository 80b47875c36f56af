"""Owns which chunks there are: checks, process chunks and the finish chunk of a job, each made once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from postroom.db.connection import Connection


async def make_checks(connection: Connection, job: UUID, system: str, workflow: str) -> None:
    """One check for every received document that has none; those that are elsewhere are fetched first."""
    await connection.execute(
        "INSERT INTO chunk (job_id, document_id, system, workflow, kind, state)"
        " SELECT job_id, id, $2, $3, CASE WHEN state = 'received' THEN 'check' ELSE 'fetch' END, 'waiting'"
        " FROM document d WHERE job_id = $1"
        " AND (state = 'received' OR (state = 'registered' AND url IS NOT NULL))"
        " AND NOT EXISTS (SELECT FROM chunk c WHERE c.document_id = d.id) ORDER BY position",
        job,
        system,
        workflow,
    )


async def make_processes(connection: Connection, job: UUID, system: str, workflow: str) -> None:
    """The process chunks that each ready document's check planned, unless it has them already."""
    await connection.execute(
        "INSERT INTO chunk (job_id, document_id, system, workflow, kind, state, range, pages, rows)"
        " SELECT d.job_id, d.id, $2, $3, 'process', 'waiting', part.value->'range',"
        "  (part.value->>'pages')::int, (part.value->>'rows')::bigint"
        " FROM document d CROSS JOIN LATERAL jsonb_array_elements(d.plan->'parts') WITH ORDINALITY AS part(value, n)"
        " WHERE d.job_id = $1 AND d.state = 'ready'"
        " AND NOT EXISTS (SELECT FROM chunk c WHERE c.document_id = d.id AND c.kind = 'process')"
        " ORDER BY d.position, part.n",
        job,
        system,
        workflow,
    )


async def make_finish(connection: Connection, job: UUID, system: str, workflow: str) -> bool:
    """The job's finish chunk, once. Returns whether it was made now."""
    done = await connection.execute(
        "INSERT INTO chunk (job_id, system, workflow, kind, state)"
        " SELECT $1, $2, $3, 'finish', 'waiting' WHERE NOT EXISTS"
        " (SELECT FROM chunk WHERE job_id = $1 AND kind = 'finish')",
        job,
        system,
        workflow,
    )
    return done.endswith(" 1")


async def make_checks_after_fetch(connection: Connection, documents: Sequence[UUID]) -> None:
    """The check of each document that has just arrived."""
    await connection.execute(
        "INSERT INTO chunk (job_id, document_id, system, workflow, kind, state)"
        " SELECT d.job_id, d.id, j.system, j.workflow, 'check', 'waiting'"
        " FROM document d JOIN job j ON j.id = d.job_id WHERE d.id = ANY($1) AND d.state = 'received'"
        " ORDER BY d.job_id, d.position",
        list(documents),
    )
