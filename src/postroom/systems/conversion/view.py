"""Owns reading what the desk shows: jobs, how they ended, what came out of them. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from postroom.core.states import TERMINAL_JOBS, JobState
from postroom.db.connection import Connection, Database, Row, loads
from postroom.desk.access import Whose
from postroom.errors import NotFound
from postroom.systems.conversion.contract import Kind

SYSTEM = "conversion"


@dataclass(frozen=True, slots=True)
class Held:
    """A job that is held. touched_at: when it was last asked for, to some minutes. leaving: it was deleted
    while it worked, and goes when that has been stopped."""

    id: UUID
    state: JobState
    core: str
    activity: str
    reason: str | None
    cause: str | None
    touched_at: datetime
    leaving: bool = False

    @property
    def ended(self) -> bool:
        return self.state in TERMINAL_JOBS


@dataclass(frozen=True, slots=True)
class Part:
    """What was found of one document, or (document is None) of the job as a whole."""

    document: str | None = None
    code: str | None = None
    message: str | None = None
    cause: str | None = None
    events: object = None
    verdict: object = None


@dataclass(frozen=True, slots=True)
class Output:
    """One result. size in bytes."""

    id: UUID
    name: str
    media_type: str
    blob: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """How a job stands, with all that came of it."""

    held: Held
    documents: Sequence[Part]
    finish: Part
    outputs: Sequence[Output] = field(default=())


_HELD = (
    "SELECT j.id, j.state, j.workflow, j.activity, j.reason, j.cause, c.touched_at,"
    " c.deleted_at IS NOT NULL AS leaving FROM job j JOIN conversion_job c ON c.job_id = j.id"
    " WHERE j.account_id = $1 AND j.environment = $2 AND j.system = 'conversion' AND j.state <> 'expired'"
)


def _held(row: Row) -> Held:
    return Held(
        row["id"],
        JobState(row["state"]),
        row["workflow"],
        row["activity"],
        row["reason"],
        row["cause"],
        row["touched_at"],
        row["leaving"],
    )


def no_job(shown: str) -> NotFound:
    return NotFound(f"No job has the ID '{shown[:100]}'.", code="jobNotFound", field="jobId")


async def held(db: Database, whose: Whose, job: UUID) -> Held:
    """NotFound if the caller has no such job."""
    row = await db.fetchrow(f"{_HELD} AND j.id = $3", *whose, job)
    if row is None:
        raise no_job(str(job))
    return _held(row)


async def all_held(db: Database, whose: Whose) -> list[Held]:
    """Every job of the caller, in the order of creation."""
    return [_held(row) for row in await db.fetch(f"{_HELD} ORDER BY j.id", *whose)]


async def count(connection: Connection, account: UUID) -> int:
    """How many jobs the account holds."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM job WHERE account_id = $1 AND system = 'conversion' AND state <> 'expired'",
            account,
        )
    )


async def found(db: Database, one: Held) -> Found:
    """A job that has ended, with what came of its documents and of itself."""
    rows = await db.fetch(
        "SELECT id, error, result->'events' AS events FROM document WHERE job_id = $1 ORDER BY position",
        one.id,
    )
    row = await db.fetchrow(
        "SELECT code, message, cause, events, verdict FROM conversion_job WHERE job_id = $1", one.id
    )
    if row is None:
        raise no_job(str(one.id))
    finish = Part(
        None, row["code"], row["message"], row["cause"], loads(row["events"]), loads(row["verdict"])
    )
    return Found(one, [_part(row) for row in rows], finish, await outputs(db, one.id))


def _part(row: Row) -> Part:
    error: dict[str, Any] = loads(row["error"]) or {}
    return Part(
        str(row["id"]), error.get("code"), error.get("message"), error.get("cause"), loads(row["events"])
    )


_OUTPUT = (
    "SELECT id, name, media_type, blob, size, sha256 FROM artifact WHERE job_id = $1 AND document_id IS NULL"
)


async def outputs(db: Database, job: UUID) -> list[Output]:
    """What the job as a whole made, in the order in which it was made."""
    return [Output(**row) for row in await db.fetch(f"{_OUTPUT} ORDER BY id", job)]


async def output(db: Database, job: UUID, result: str) -> Output:
    """NotFound if the job has no such result."""
    try:
        row = await db.fetchrow(f"{_OUTPUT} AND id = $2", job, UUID(result))
    except ValueError:
        row = None
    if row is None:
        raise NotFound(
            f"The job has no result with the ID '{result[:100]}'.", code="resultNotFound", field="resultId"
        )
    return Output(**row)


# --- the service ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """Processes that work, and tasks that wait for one."""

    workers: int
    processes: int
    queue: int


async def load(db: Database, silence: float) -> Load:
    """silence: seconds after which a worker is held for dead."""
    row: Any = await db.fetchrow(
        "SELECT count(*) AS workers, coalesce(sum(slots), 0) AS processes, (SELECT count(*) FROM chunk"
        "  WHERE system = 'conversion' AND state IN ('waiting', 'admitted')) AS queue FROM worker"
        " WHERE seen_at > now() - make_interval(secs => $1)",
        silence,
    )
    return Load(row["workers"], int(row["processes"]), row["queue"])


def offered(offers: Sequence[object], kinds: Sequence[Kind]) -> list[Kind]:
    """The workflows that can work on this machine: known to the server, and nothing is missing for them."""
    able = {getattr(one, "name", None) for one in offers if not getattr(one, "missing", lambda: None)()}
    return [kind for kind in kinds if kind.core in able]
