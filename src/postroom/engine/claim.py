"""Owns taking chunks up: one transaction for many, and everything a child needs to know of each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postroom.core.states import ChunkKind, JobMove, JobState
from postroom.db import chunk, job
from postroom.db.chunk import Entry
from postroom.db.connection import Connection, Database, Row, loads
from postroom.desk.advance import move
from postroom.engine.batch import Batch
from postroom.ports import Followers, Part, Workflow


@dataclass(frozen=True, slots=True)
class Claimed:
    """A chunk that is ours under `epoch`. sources: rows of the documents that it works on."""

    chunk: int
    epoch: int
    attempt: int
    lost: int
    kind: ChunkKind
    job: UUID
    document: UUID | None
    workflow: str
    profile: str | None
    options: dict[str, Any]
    part: Part
    sources: Sequence[Row]


class Claims:
    """Claims for one worker. Checks and fetches touch no job row, so they are kept apart and never wait for one."""

    def __init__(
        self,
        db: Database,
        worker: UUID,
        workflows: dict[str, Workflow],
        followers: Followers | None = None,
    ) -> None:
        self._db = db
        self._worker = worker
        self._workflows = workflows
        self._followers = followers
        self._said: dict[UUID, float] = {}
        self._checks: Batch[Entry, Claimed | None] = Batch(self._claim_checks)
        self._others: Batch[Entry, Claimed | None] = Batch(self._claim_others)

    async def __call__(self, entry: Entry) -> Claimed | None:
        """The chunk, or None if it is not to be had under this entry (any more)."""
        alone = entry.kind in (ChunkKind.CHECK, ChunkKind.FETCH)
        return await (self._checks if alone else self._others)(entry)

    async def _claim_checks(self, entries: Sequence[Entry]) -> list[Claimed | None]:
        async with self._db.transaction(relaxed=True, planned=True) as connection:
            rows = await chunk.claim(connection, entries, self._worker)
            found = await chunk.check_sources(
                connection, [row["document_id"] for row in rows], list({row["job_id"] for row in rows})
            )
            source = {row["id"]: row for row in found}
            claimed = {
                row["id"]: _claimed(row, source[row["document_id"]], [source[row["document_id"]]])
                for row in rows
            }
            return [claimed.get(entry.chunk) for entry in entries]

    async def _claim_others(self, entries: Sequence[Entry]) -> list[Claimed | None]:
        async with self._db.transaction(relaxed=True, planned=True) as connection:
            jobs = await job.lock(connection, [entry.job for entry in entries])
            rows = await chunk.claim(connection, entries, self._worker)
            taken = {row["job_id"] for row in rows}
            for row in jobs:
                if row["state"] == JobState.QUEUED and row["id"] in taken:
                    # A claim may be forgotten in a crash, an event that somebody has seen may not.
                    await connection.execute("SET LOCAL synchronous_commit TO DEFAULT")
                    await move(connection, row, JobMove.START, followers=self._followers)
            started = await chunk.start_documents(
                connection, [row["document_id"] for row in rows if row["document_id"]]
            )
            source = {row["id"]: row for row in started}
            of_job = {row["id"]: row for row in jobs}
            claimed: dict[int, Claimed] = {}
            for row in rows:
                if row["document_id"]:
                    inputs = [source[row["document_id"]]]
                else:
                    inputs = await chunk.succeeded_documents(connection, row["job_id"])
                claimed[row["id"]] = _claimed(row, of_job[row["job_id"]], inputs)
            await self._say(connection, list(claimed.values()))
            return [claimed.get(entry.chunk) for entry in entries]

    async def _say(self, connection: Connection, claimed: Sequence[Claimed]) -> None:
        """Name the newest chunk of each job as its activity, once a second at most."""
        now = time.monotonic()
        newest: dict[UUID, str] = {}
        for item in claimed:
            if now - self._said.get(item.job, 0.0) >= 1.0:
                name = item.sources[0]["name"] if item.document else None
                newest[item.job] = self._workflows[item.workflow].activity(item.kind, name)
        if not newest:
            return
        if len(self._said) > 1000:
            self._said.clear()
        self._said.update(dict.fromkeys(newest, now))
        await job.say_all(connection, newest)


def _claimed(row: Row, job: Row, sources: Sequence[Row]) -> Claimed:
    """row: the chunk. job: any row with the job's profile and options."""
    return Claimed(
        row["id"],
        row["epoch"],
        row["attempt"],
        row["lost"],
        ChunkKind(row["kind"]),
        row["job_id"],
        row["document_id"],
        row["workflow"],
        job["profile"],
        loads(job["options"]),
        Part(loads(row["range"]) or {}, row["pages"], row["rows"]),
        sources,
    )
