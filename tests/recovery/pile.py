"""Owns piles of probe documents for recovery tests: what is handed in, and what must come out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.core.jobs import Job
from postroom.core.states import TERMINAL_JOBS
from postroom.db.connection import Row
from postroom.db.document import NewDocument
from postroom.desk import document, job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from tests.live import until

ENDED = {state.value for state in TERMINAL_JOBS}

Paper = tuple[str, str]  # (name, bytes as text), see tests/probe.py for the words

# Every way in which a document can end, beside many that succeed.
_SPECIAL = ("fail", "parts:3", "parts:5", "artifact", "reject", "bad", "artifact", "sleep:0.05")
_FATE = {"fail": "failed", "bad": "failed", "reject": "rejected", "parts:3": "partial", "crash": "failed"}


def mixed(count: int, word: str = "ok", *, special: bool = True) -> list[Paper]:
    """`count` documents; every fifth is special. The number makes each one's bytes its own."""
    out = []
    for n in range(count):
        text = _SPECIAL[n // 5 % len(_SPECIAL)] if special and n % 5 == 0 else word
        out.append((f"{n:05}.txt", f"{text}#{n}"))
    return out


def fates(papers: Sequence[Paper]) -> Counter[str]:
    """How many of them must end in which state."""
    return Counter(_FATE.get(text.partition("#")[0], "succeeded") for _, text in papers)


async def hand_in(desk: Desk, access: Access, made: UUID, papers: Sequence[Paper]) -> None:
    """Store the bytes and receive the documents, in order, all or none."""

    async def store(paper: Paper) -> NewDocument:
        key = uuid7().hex
        writer = desk.blobs.writer(f"document/{key[-2:]}/{key}")
        await writer.write(paper[1].encode())
        stored = await writer.commit()
        return NewDocument(paper[0], stored.key, stored.size, stored.sha256, "text/plain")

    await document.receive(desk, access, made, await asyncio.gather(*map(store, papers)))


async def submitted(desk: Desk, access: Access, papers: Sequence[Paper], workflow: str = "probe") -> Job:
    """A closed job of these documents."""
    made = await job.submit(desk, access, Order(workflow))
    await hand_in(desk, access, made.id, papers)
    return await job.close(desk, access, made.id)


async def row_of(desk: Desk, made: UUID) -> Row:
    row = await desk.db.fetchrow("SELECT * FROM job WHERE id = $1", made)
    assert row is not None
    return row


async def ended(desk: Desk, made: UUID, seconds: float = 600.0) -> Row:
    """The job's row once it has ended."""

    async def look() -> Row | None:
        row = await row_of(desk, made)
        return row if row["state"] in ENDED else None

    try:
        row: Row = await until(look, seconds, what=f"end of job {made}")
    except AssertionError as error:
        error.add_note(await _stuck(desk, made))
        raise
    return row


async def _stuck(desk: Desk, made: UUID) -> str:
    """Where an unfinished job stands: for whoever reads the failure."""
    queries = (
        "SELECT state, waiting, running, checks_open, processes_open, finishes_open FROM job WHERE id = $1",
        "SELECT kind, state, worker, admission, epoch, lost, not_before, claimed_at, now(), id FROM chunk"
        " WHERE job_id = $1 AND state NOT IN ('done', 'cancelled') LIMIT 5",
        "SELECT id, seat, pid, seen_at, now() FROM worker WHERE $1::uuid IS NOT NULL",
        "SELECT entrypoint, status, count(*), min(heartbeat) FROM pgqueuer"
        " WHERE $1::uuid IS NOT NULL GROUP BY 1, 2",
    )
    found = [[dict(row) for row in await desk.db.fetch(query, made)] for query in queries]
    return "\n".join(map(str, found))


async def states(desk: Desk, made: UUID) -> dict[str, str]:
    """Name of each document -> its state."""
    rows = await desk.db.fetch("SELECT name, state FROM document WHERE job_id = $1", made)
    return {row["name"]: row["state"] for row in rows}
