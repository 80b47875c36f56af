"""Owns what must be true of a job at every moment, and of an ended one for ever: rule 1 as one function."""

from __future__ import annotations

import hashlib
from collections import Counter
from uuid import UUID

from postroom.blobs.local import LocalBlobs
from postroom.core.progress import BUCKETS
from postroom.core.states import TERMINAL_JOBS, WAITING_DOCUMENTS, JobState
from postroom.db.connection import Connection, Database, Row, loads
from postroom.desk.context import Desk
from postroom.engine.reconcile import Reconcile
from postroom.ports import BlobStore

_OPEN = ("waiting", "admitted", "running")
_WAITING = {state.value for state in WAITING_DOCUMENTS}
_ENDED = {state.value for state in TERMINAL_JOBS}


async def check(db: Database, job: UUID, *, blobs: BlobStore | None = None) -> Row:
    """Assert all of it; returns the job's row. blobs: also read every artifact's bytes."""
    # One snapshot: workers may be at it.
    async with db.connection() as connection, connection.transaction(isolation="repeatable_read"):
        row = await connection.fetchrow("SELECT * FROM job WHERE id = $1", job)
        assert row is not None
        documents = await connection.fetch("SELECT * FROM document WHERE job_id = $1", job)
        chunks = await connection.fetch("SELECT * FROM chunk WHERE job_id = $1", job)
        events = await connection.fetch("SELECT * FROM event WHERE job_id = $1 ORDER BY number", job)
        artifacts = await connection.fetch("SELECT * FROM artifact WHERE job_id = $1", job)
    _counters(row, documents)
    _units(row, chunks)
    _open_work(row, chunks)
    _documents_and_chunks(documents, chunks)
    _events(row, documents, events)
    keys = Counter((a["document_id"], a["name"]) for a in artifacts)
    assert not [key for key, n in keys.items() if n > 1], "an artifact twice"
    if row["state"] in _ENDED:
        _ended(row, documents, chunks, events)
    if blobs is not None:
        assert isinstance(blobs, LocalBlobs)
        for artifact in artifacts:
            data = blobs.path(artifact["blob"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == artifact["sha256"], artifact["name"]
            assert len(data) == artifact["size"]
        for document in documents:
            assert document["blob"] is None or blobs.path(document["blob"]).exists()
    return row


def _counters(row: Row, documents: list[Row]) -> None:
    real = Counter("waiting" if d["state"] in _WAITING else d["state"] for d in documents)
    assert {name: row[name] for name in BUCKETS} == {name: real[name] for name in BUCKETS}
    assert row["documents"] == len(documents) == sum(real.values())
    assert sorted(d["position"] for d in documents) == list(range(len(documents))), "a position twice or lost"
    assert row["retry_of"] or row["next_position"] == len(documents)


def _units(row: Row, chunks: list[Row]) -> None:
    """Pages and rows of the job are those of its chunks, wherever they stand."""
    for unit in ("pages", "rows"):
        real: Counter[str] = Counter()
        for chunk in chunks:
            size, failed = chunk[unit], chunk[f"{unit}_failed"]
            real["total"] += size
            if chunk["state"] == "done":
                real["succeeded"] += size - failed
                real["failed"] += failed
            else:
                real["waiting" if chunk["state"] == "admitted" else chunk["state"]] += size
        names = ("total", "waiting", "running", "succeeded", "failed", "cancelled")
        assert {name: row[f"{unit}_{name}"] for name in names} == {name: real[name] for name in names}, unit


def _open_work(row: Row, chunks: list[Row]) -> None:
    found = Counter(chunk["kind"] for chunk in chunks if chunk["state"] in _OPEN)
    assert row["checks_open"] == found["check"] + found["fetch"]
    assert row["processes_open"] == found["process"]
    assert row["finishes_open"] == found["finish"]
    assert sum(chunk["kind"] == "finish" for chunk in chunks) <= 1


def _documents_and_chunks(documents: list[Row], chunks: list[Row]) -> None:
    """What a document says of its chunks is what they say of themselves."""
    checks = Counter(c["document_id"] for c in chunks if c["kind"] == "check")
    assert all(n == 1 for n in checks.values()), "a document was checked under two chunks"
    made: dict[UUID, list[Row]] = {}
    for chunk in chunks:
        if chunk["kind"] == "process":
            made.setdefault(chunk["document_id"], []).append(chunk)
    for document in documents:
        mine = made.get(document["id"], [])
        assert len(mine) in (0, document["chunks"]), document["name"]
        assert document["chunks_done"] == sum(c["state"] == "done" for c in mine), document["name"]
        assert document["pages_failed"] == sum(c["pages_failed"] for c in mine if c["state"] == "done")
        if any(c["state"] == "running" for c in mine):
            assert document["state"] == "running", document["name"]
        if document["state"] in ("succeeded", "partial"):
            assert mine and all(c["state"] == "done" for c in mine), document["name"]
        if document["state"] in ("registered", "received", "ready", "running"):
            assert document["ended_at"] is None
        else:
            assert document["ended_at"] is not None


def _events(row: Row, documents: list[Row], events: list[Row]) -> None:
    assert [e["number"] for e in events] == list(range(1, row["last_event"] + 1)), "a gap in the events"
    told = Counter((e["type"], loads(e["data"]).get("document")) for e in events)
    for document in documents:
        for state, name in (("failed", "document.failed"), ("rejected", "document.rejected")):
            assert told[(name, str(document["id"]))] == (document["state"] == state), document["name"]
    assert sum(e["type"] == "job.created" for e in events) == 1
    state = JobState.OPEN.value
    for data in (loads(e["data"]) for e in events if e["type"] == "job.state"):
        assert data["from"] == state, "a state event that does not follow from the one before"
        state = data["to"]
    assert state == row["state"]


def _ended(row: Row, documents: list[Row], chunks: list[Row], events: list[Row]) -> None:
    assert row["ended_at"] is not None
    assert not [c["id"] for c in chunks if c["state"] in _OPEN], "an ended job has open chunks"
    assert not [d for d in documents if d["state"] in _WAITING or d["state"] == "running"]
    ends = [e for e in events if e["type"] == "job.state" and loads(e["data"])["to"] in _ENDED]
    assert len(ends) == 1, "not exactly one end"


async def nothing_unnamed(desk: Desk) -> None:
    """A sweep without grace leaves exactly the blobs that rows name. Nobody may be at work."""
    patient = desk.settings.model_copy(update={"orphan_grace": 0.0})
    await Reconcile(Desk(desk.db, desk.blobs, desk.offers, patient)).sweep()
    async with desk.db.connection() as connection:
        named = await _named(connection)
    left = {key async for key, _ in desk.blobs.keys()}  # noqa: SIM118 not a dict
    assert left == named, f"unnamed: {sorted(left - named)[:5]}, missing: {sorted(named - left)[:5]}"


async def _named(connection: Connection) -> set[str]:
    rows = await connection.fetch("SELECT blob FROM document UNION SELECT blob FROM artifact")
    return {row["blob"] for row in rows if row["blob"]}


async def all_jobs(desk: Desk) -> list[Row]:
    """Check every job there is."""
    rows = await desk.db.fetch("SELECT id FROM job ORDER BY id")
    return [await check(desk.db, row["id"], blobs=desk.blobs) for row in rows]
