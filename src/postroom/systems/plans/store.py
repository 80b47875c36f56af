"""Owns writing the desk's tables: projects, jobs, the files of a project, what was made of them.

A file's id is its document's. The project keeps it, with bytes and all, when the core forgets the job.
Refuses to know what is in a file (the sheets have tables and a store of their own).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.core.documents import Document
from postroom.db.connection import Connection, Row, loads
from postroom.desk.access import Whose
from postroom.errors import Conflict, NotFound
from postroom.ports import Kept
from postroom.settings import Settings
from postroom.systems.plans import credit

INBOX = "Inbox"  # the project of jobs that came by our own API and named none


@dataclass(frozen=True, slots=True)
class Place:
    """Where what a chunk made belongs."""

    project: UUID
    file: UUID


@dataclass(frozen=True, slots=True)
class JobRow:
    """The desk's own facts of a new job. base: scheme and host under which the client reached us."""

    project: UUID
    base: str
    webhook_url: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewFile:
    """A document as its client describes it. size, sha256: of its bytes, or as they were announced."""

    document: Document
    content_type: str
    size: int
    sha256: str | None
    classification: str | None


# --- projects ------------------------------------------------------------------------------------------


async def create_project(connection: Connection, whose: Whose, name: str, ready_at: datetime) -> Row:
    """Conflict `project_name_taken` if there is one of that name."""
    row = await connection.fetchrow(
        "INSERT INTO plan_project (id, account_id, environment, name, ready_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (account_id, environment, name) DO NOTHING RETURNING *",
        uuid7(),
        *whose,
        name,
        ready_at,
    )
    if row is None:
        raise Conflict(
            f"There is a project '{name}' already; choose another name.",
            code="project_name_taken",
            field="name",
        )
    return row


async def project_named(connection: Connection, whose: Whose, name: str) -> UUID:
    """The project of that name, made if it is not there."""
    await connection.execute(
        "INSERT INTO plan_project (id, account_id, environment, name) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account_id, environment, name) DO NOTHING",
        uuid7(),
        *whose,
        name,
    )
    found: UUID = await connection.fetchval(
        "SELECT id FROM plan_project WHERE account_id = $1 AND environment = $2 AND name = $3", *whose, name
    )
    return found


async def delete_project(connection: Connection, whose: Whose, project: UUID) -> list[str]:
    """Forget a project and everything in it; the blobs that its files and artifacts named. Conflict while one
    of its jobs is at work."""
    row = await connection.fetchrow(
        "SELECT id FROM plan_project WHERE id = $1 AND account_id = $2 AND environment = $3 FOR UPDATE",
        project,
        *whose,
    )
    if row is None:
        raise NotFound("There is no project with this id.", field="project")
    if await connection.fetchval(
        "SELECT EXISTS (SELECT FROM plan_job p JOIN job j ON j.id = p.job_id"
        " WHERE p.project_id = $1 AND j.ended_at IS NULL)",
        project,
    ):
        raise Conflict(
            "A job of this project has not ended; cancel it before deleting the project.",
            code="not_ended",
            field="project",
        )
    blobs = await connection.fetch(
        "SELECT f.blob FROM plan_file f WHERE f.project_id = $1 AND f.blob IS NOT NULL UNION"
        " SELECT a.blob FROM plan_artifact a JOIN plan_file f ON f.id = a.file_id WHERE f.project_id = $1",
        project,
    )
    await connection.execute("DELETE FROM plan_project WHERE id = $1", project)
    return [row["blob"] for row in blobs]


# --- jobs and their files ------------------------------------------------------------------------------


async def open_job(connection: Connection, job: UUID, given: JobRow) -> None:
    await connection.execute(
        "INSERT INTO plan_job (job_id, project_id, base, webhook_url, expires_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        job,
        given.project,
        given.base,
        given.webhook_url,
        given.expires_at,
    )


async def begin_uploading(connection: Connection, job: UUID) -> bool:
    """Something has arrived, or been announced. Whether it was the first."""
    done = await connection.execute(
        "UPDATE plan_job SET uploading = true, updated_at = now() WHERE job_id = $1 AND NOT uploading", job
    )
    return done == "UPDATE 1"


async def touch(connection: Connection, job: UUID) -> None:
    await connection.execute("UPDATE plan_job SET updated_at = now() WHERE job_id = $1", job)


async def add_files(connection: Connection, job: UUID, files: Sequence[NewFile]) -> None:
    """The project's rows of new documents. One that is there already (announced again) stays as it is."""
    await connection.execute(
        "INSERT INTO plan_file (id, project_id, job_id, position, name, content_type, size, sha256, blob,"
        " classification)"
        " SELECT d.id, p.project_id, $1, d.position, d.name, d.type, d.size, d.sha256, d.blob, d.class"
        " FROM plan_job p CROSS JOIN unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::bigint[],"
        "  $7::text[], $8::text[], $9::text[])"
        "  AS d(id, position, name, type, size, sha256, blob, class)"
        " WHERE p.job_id = $1 ON CONFLICT (id) DO NOTHING",
        job,
        [file.document.id for file in files],
        [file.document.position for file in files],
        [file.document.name for file in files],
        [file.content_type for file in files],
        [file.size for file in files],
        [file.sha256 for file in files],
        [file.document.blob for file in files],
        [file.classification for file in files],
    )


async def lock_files(connection: Connection, job: UUID) -> list[Row]:
    """The job's files, with nobody else adding any until this transaction ends."""
    await connection.execute("SELECT FROM plan_job WHERE job_id = $1 FOR NO KEY UPDATE", job)
    return await connection.fetch(
        "SELECT id, name, content_type, size, sha256, blob, classification FROM plan_file"
        " WHERE job_id = $1 ORDER BY position",
        job,
    )


async def adopt(connection: Connection, job: UUID, settings: Settings) -> None:
    """When a job is closed: what it holds belongs to its project now, also if it came by another door."""
    row = await connection.fetchrow(
        "SELECT j.account_id, j.environment, j.options, j.created_at, p.project_id FROM job j"
        " LEFT JOIN plan_job p ON p.job_id = j.id WHERE j.id = $1",
        job,
    )
    if row is None:
        return
    if row["project_id"] is None:
        name = (loads(row["options"]) or {}).get("project") or INBOX
        project = await project_named(connection, (row["account_id"], row["environment"]), name)
        until = row["created_at"] + timedelta(days=settings.plans_retention_days)
        await open_job(connection, job, JobRow(project, "", None, until))
    await connection.execute(
        "INSERT INTO plan_file (id, project_id, job_id, position, name, content_type, size, sha256, blob)"
        " SELECT d.id, p.project_id, d.job_id, d.position, d.name,"
        "  coalesce(d.declared_type, 'application/octet-stream'), coalesce(d.size, 0),"
        "  coalesce(d.sha256, d.announced_sha256), d.blob"
        " FROM document d JOIN plan_job p ON p.job_id = d.job_id WHERE d.job_id = $1"
        # Where the bytes of an announced document are is known only now.
        " ON CONFLICT (id) DO UPDATE SET blob = excluded.blob",
        job,
    )


async def freeze(connection: Connection, job: UUID) -> None:
    """When a job has ended: how each of its files ended stays with the project."""
    await connection.execute(
        "UPDATE plan_file f SET status = CASE WHEN d.state IN ('succeeded', 'partial', 'duplicate')"
        "  THEN 'complete' ELSE 'failed' END,"
        " pages = CASE WHEN d.chunks > 0 THEN d.pages ELSE 0 END, pages_failed = d.pages_failed, error = d.error,"
        " classification = coalesce(f.classification, d.facts->>'classification')"
        " FROM document d WHERE d.id = f.id AND d.job_id = $1",
        job,
    )


async def place(connection: Connection, job: UUID, document: UUID) -> Place:
    """NotFound if the job or its project is gone."""
    project = await connection.fetchval(
        "SELECT project_id FROM plan_file WHERE id = $1 AND job_id = $2", document, job
    )
    if project is None:
        raise NotFound("The document's project is gone.")
    return Place(project, document)


async def keep(connection: Connection, document: UUID, kept: Sequence[Kept]) -> None:
    """What a chunk made of a file, safe to repeat."""
    await connection.executemany(
        "INSERT INTO plan_artifact (file_id, name, media_type, size, sha256, blob)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (file_id, name) DO UPDATE SET"
        " media_type = excluded.media_type, size = excluded.size, sha256 = excluded.sha256,"
        " blob = excluded.blob",
        [
            (document, one.name, one.media_type, one.stored.size, one.stored.sha256, one.stored.key)
            for one in kept
        ],
    )


async def classify(connection: Connection, document: UUID, classification: str) -> None:
    """What a file was found to be, if its client did not say. Touches the row only if that is news."""
    # The job first and its files then, as at its end: nobody waits in a circle.
    await connection.execute(
        "SELECT FROM job WHERE id = (SELECT job_id FROM plan_file WHERE id = $1) FOR NO KEY UPDATE", document
    )
    await connection.execute(
        "UPDATE plan_file SET classification = $2 WHERE id = $1 AND classification IS NULL",
        document,
        classification,
    )


debit = credit.debit
