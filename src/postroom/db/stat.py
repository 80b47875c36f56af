"""Owns the sums over everything that metrics and the dashboard show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from postroom.core.progress import BUCKETS
from postroom.db.connection import Database


@dataclass(frozen=True, slots=True)
class Numbers:
    jobs: dict[tuple[str, str], int]
    documents: dict[str, int]
    chunks: dict[str, int]
    workers: int
    slots: int
    deliveries: int


async def workers(db: Database, silence: float) -> int:
    """How many workers were heard of within `silence` seconds."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM worker WHERE seen_at > now() - make_interval(secs => $1)", silence
        )
    )


async def numbers(db: Database, silence: float) -> Numbers:
    """From counters of jobs and partial indexes; no table of documents or chunks is scanned."""
    jobs = await db.fetch("SELECT system, state, count(*) AS n FROM job GROUP BY 1, 2")
    sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in BUCKETS)
    documents: Any = await db.fetchrow(f"SELECT {sums} FROM job")  # noqa: S608 names are ours
    chunks = await db.fetch(
        "SELECT state, count(*) AS n FROM chunk WHERE state IN ('admitted', 'running') GROUP BY 1"
    )
    alive: Any = await db.fetchrow(
        "SELECT count(*) AS n, coalesce(sum(slots), 0) AS slots FROM worker"
        " WHERE seen_at > now() - make_interval(secs => $1)",
        silence,
    )
    pending = await db.fetchval("SELECT count(*) FROM delivery WHERE state = 'pending'")
    return Numbers(
        {(row["system"], row["state"]): row["n"] for row in jobs},
        {name: int(documents[name]) for name in BUCKETS},
        {row["state"]: row["n"] for row in chunks},
        alive["n"],
        int(alive["slots"]),
        pending,
    )
