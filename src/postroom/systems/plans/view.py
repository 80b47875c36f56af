"""Owns reading projects and jobs, and how they are shown. Only reads; entities and results have files of
their own.

Works on a connection as well as on the pool, so that what an answer shows is what its transaction did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from postroom.core.states import JobState
from postroom.db.connection import Connection, Database, Row, loads
from postroom.desk.access import Whose
from postroom.errors import NotFound
from postroom.settings import Settings
from postroom.systems.plans import contract, derive, words
from postroom.systems.plans.contract import shown

# --- projects ------------------------------------------------------------------------------------------


async def project(db: Database, whose: Whose, project_id: UUID) -> Row:
    row = await db.fetchrow(
        "SELECT * FROM plan_project WHERE id = $1 AND account_id = $2 AND environment = $3",
        project_id,
        *whose,
    )
    if row is None:
        raise NotFound("There is no project with this id.", field="projectId")
    return row


async def project_id(db: Database, whose: Whose, id: UUID | None, name: str) -> UUID | None:
    """The project of that id or, if there is none, of that name."""
    found: UUID | None = await db.fetchval(
        "SELECT id FROM plan_project WHERE account_id = $1 AND environment = $2 AND (id = $3 OR name = $4)"
        " ORDER BY id = $3 DESC",
        *whose,
        id,
        name,
    )
    return found


async def indexing(db: Database, project: UUID) -> bool:
    """Whether something will be found in a project that is not yet."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM plan_job p JOIN job j ON j.id = p.job_id WHERE p.project_id = $1"
            " AND j.state IN ('checking', 'queued', 'running', 'blocked'))",
            project,
        )
    )


async def projects(db: Database, whose: Whose) -> list[Row]:
    """Newest first."""
    return await db.fetch(
        "SELECT * FROM plan_project WHERE account_id = $1 AND environment = $2 ORDER BY id DESC", *whose
    )


def ready(row: Row) -> bool:
    at: datetime = row["ready_at"]
    return at <= datetime.now(UTC)


def project_body(row: Row, *, new: bool = False) -> dict[str, Any]:
    """new: the first answer always says that the project is being set up."""
    done = ready(row) and not new
    return {
        "id": shown(contract.PROJECT, row["id"]),
        "name": row["name"],
        "projectKind": "open_api",
        "status": "ready" if done else "provisioning",
        "runtime": {"status": "running" if done else "starting", "upgradeStatus": None},
        "createdAt": words.instant(row["created_at"]),
        "updatedAt": words.instant(max(row["created_at"], row["ready_at"]) if done else row["created_at"]),
    }


# --- jobs ----------------------------------------------------------------------------------------------

_JOB = (
    "SELECT j.id, j.account_id, j.state, j.cause, j.reason, j.external_id, j.created_at, j.closed_at, j.ended_at,"
    " j.pages_succeeded, p.project_id, p.base, p.webhook_url, p.uploading, p.expires_at, p.updated_at,"
    " a.webhook_secret FROM plan_job p JOIN job j ON j.id = p.job_id JOIN account a ON a.id = j.account_id"
)
_FILES = (
    "SELECT f.id, f.job_id, f.name, f.content_type, f.size, f.sha256, f.status, d.state,"
    " coalesce(f.classification, d.facts->>'classification') AS classification,"
    " CASE WHEN f.status <> 'processing' THEN f.pages WHEN d.chunks > 0 THEN d.pages ELSE 0 END AS pages,"
    " coalesce(f.error, d.error) AS error"
    " FROM plan_file f LEFT JOIN document d ON d.id = f.id WHERE f.job_id = ANY($1)"
    " ORDER BY f.job_id, f.position"
)
_BILLING = (
    "SELECT job_id, coalesce(sum(credits) FILTER (WHERE kind = 'debit'), 0)::bigint AS debited,"
    " coalesce(sum(credits) FILTER (WHERE kind = 'reserve' AND NOT released), 0)::bigint AS reserved"
    " FROM plan_credit WHERE job_id = ANY($1) GROUP BY job_id"
)
_FILE_WORDS = {
    "registered": "registered",
    "received": "uploaded",
    "ready": "processing",
    "running": "processing",
    "succeeded": "completed",
    "partial": "completed",
    "duplicate": "completed",
    "failed": "failed",
    "rejected": "failed",
    "cancelled": "cancelled",
    # of a file whose document is gone already
    "processing": "processing",
    "complete": "completed",
}


async def row(db: Connection | Database, job_id: UUID, whose: Whose | None = None) -> Row | None:
    """The core's and the desk's facts of a job. whose: it must be."""
    return await db.fetchrow(
        f"{_JOB} WHERE j.id = $1 AND ($2::uuid IS NULL OR (j.account_id, j.environment) = ($2, $3::text))",
        job_id,
        *(whose or (None, None)),
    )


async def job_row(db: Connection | Database, whose: Whose, job_id: UUID) -> Row:
    found = await row(db, job_id, whose)
    if found is None:
        raise NotFound("There is no job with this id.", field="jobId")
    return found


async def job_rows(db: Database, project_id: UUID) -> list[Row]:
    """Newest first."""
    return await db.fetch(f"{_JOB} WHERE p.project_id = $1 ORDER BY j.id DESC", project_id)


async def job(db: Connection | Database, found: Row, settings: Settings, base: str) -> dict[str, Any]:
    (body,) = await jobs(db, [found], settings, base)
    return body


async def jobs(
    db: Connection | Database, found: Sequence[Row], settings: Settings, base: str
) -> list[dict[str, Any]]:
    """Jobs as clients see them. base: scheme and host for the addresses in them."""
    ids = [one["id"] for one in found]
    files: dict[UUID, list[Row]] = defaultdict(list)
    for file in await db.fetch(_FILES, ids):
        files[file["job_id"]].append(file)
    billing = {one["job_id"]: one for one in await db.fetch(_BILLING, ids)}
    return [_body(one, files[one["id"]], billing.get(one["id"]), settings, base) for one in found]


def _body(
    found: Row, files: Sequence[Row], billing: Row | None, settings: Settings, base: str
) -> dict[str, Any]:
    status = words.word(found["state"], uploading=found["uploading"])
    counted = found["closed_at"] is not None and found["state"] != JobState.CHECKING
    has_result = status in words.WITH_RESULT
    return {
        "id": shown(contract.JOB, found["id"]),
        "externalId": found["external_id"],
        "status": status,
        "projectId": shown(contract.PROJECT, found["project_id"]),
        "limits": {"maxDeclaredBytes": settings.plans_declared_bytes, "maxFiles": settings.plans_files},
        "pageCount": sum(file["pages"] for file in files) if counted else None,
        "successfulPageCount": found["pages_succeeded"] if counted else None,
        "billing": {
            "creditsDebited": billing["debited"] if billing else 0,
            "creditsReserved": billing["reserved"] if billing else 0,
        },
        "files": [_file(file) for file in files],
        "resultUrl": _result_url(base, found) if has_result else None,
        "error": _error(found, status, files),
        "createdAt": words.instant(found["created_at"]),
        "updatedAt": words.instant(max(found["updated_at"], found["ended_at"] or found["updated_at"])),
        "completedAt": words.instant(found["ended_at"]),
        "expiresAt": words.instant(found["expires_at"]),
    }


def _result_url(base: str, found: Row) -> str:
    job, expires = shown(contract.JOB, found["id"]), int(found["expires_at"].timestamp())
    signature = derive.result_signature(found["webhook_secret"], job, expires)
    return f"{base}{contract.BASE}/jobs/{job}/result?expires={expires}&signature={signature}"


def _file(file: Row) -> dict[str, Any]:
    body = {
        "id": shown(contract.FILE, file["id"]),
        "fileName": file["name"],
        "status": _FILE_WORDS[file["state"] or file["status"]],
        "documentId": shown(contract.DOCUMENT, file["id"]),
        "classification": file["classification"],
        "fileSize": file["size"],
        "contentType": file["content_type"],
        "error": error_body(file["error"]),
    }
    if file["sha256"]:
        body["sha256"] = file["sha256"]
    return body


# What the core calls otherwise than the contract does (section 16).
_CALLED = {"digest_mismatch": "checksum_mismatch"}


def error_body(error: str | None) -> dict[str, Any] | None:
    found = loads(error)
    if not found:
        return None
    code = found.get("code") or "failed"
    return {"code": _CALLED.get(code, code), "message": found.get("message") or "It failed."}


def _error(found: Row, status: str, files: Sequence[Row]) -> dict[str, Any] | None:
    if status == words.EXPIRED:
        return {"code": "job_expired", "message": "The job was not completed before it expired."}
    if status != words.FAILED:
        return None
    if found["reason"]:
        return {"code": "processing_failed", "message": found["reason"]}
    first = next((error for file in files if (error := error_body(file["error"]))), None)
    if first is not None and first["code"] == "page_limit_exceeded":
        return first
    message = "No document of the job could be processed."
    return {"code": "no_usable_document", "message": f"{message} {first['message']}" if first else message}


async def is_blocked(db: Connection | Database, job_id: UUID) -> bool:
    return bool(await db.fetchval("SELECT state = 'blocked' FROM job WHERE id = $1", job_id))


async def file_size(db: Database, file: UUID) -> int:
    return int(await db.fetchval("SELECT size FROM plan_file WHERE id = $1", file))
