"""Owns the window: which chunks of the backlog may be admitted, admitting them, and what a round remembers.

Who comes first is decided elsewhere (core/fair.py); here are the numbers it needs, and virtual times and pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from postroom.core.states import CHUNK, ChunkKind, ChunkMove, sources
from postroom.db.connection import Connection, Row


async def in_flight(connection: Connection) -> list[Row]:
    """What stands in the window now: system, job_id, account_id, workflow, kind, n."""
    return await connection.fetch(
        "SELECT c.system, c.job_id, j.account_id, c.workflow, c.kind, count(*)::int AS n"
        " FROM chunk c JOIN job j ON j.id = c.job_id WHERE c.state IN ('admitted', 'running')"
        " GROUP BY 1, 2, 3, 4, 5"
    )


def _kinds(fetches: bool) -> tuple[list[str], list[str]]:
    """The kinds of chunk that a job may have admitted while it is in `checking`, and afterwards.

    A fetch waits for others' servers and takes no child, so the two are admitted apart: neither fills the
    window of the other.
    """
    return ([ChunkKind.FETCH], []) if fetches else ([ChunkKind.CHECK], [ChunkKind.PROCESS, ChunkKind.FINISH])


async def backlog(connection: Connection, systems: Sequence[str], limit: int, fetches: int) -> list[Row]:
    """Jobs with chunks that may be admitted now: `n` of those for children, counted up to `limit`, and
    `fetches`, counted up to that.

    Checks and fetches belong to `checking`, everything else to `queued` and `running`.
    """
    return await connection.fetch(
        "SELECT j.id, j.account_id, j.system, j.workflow, j.state, coalesce(s.vtime, 0) AS vtime, b.n, f.n AS fetches"
        " FROM job j LEFT JOIN share s ON s.job_id = j.id CROSS JOIN LATERAL ("
        "  SELECT count(*)::int AS n FROM (SELECT FROM chunk c WHERE c.job_id = j.id AND c.state = 'waiting'"
        "   AND c.kind = ANY(CASE WHEN j.state = 'checking' THEN $4::text[] ELSE $5::text[] END)"
        "   AND (c.not_before IS NULL OR c.not_before <= now()) LIMIT $2) x) b"
        " CROSS JOIN LATERAL ("
        "  SELECT count(*)::int AS n FROM (SELECT FROM chunk c WHERE j.state = 'checking' AND c.job_id = j.id"
        "   AND c.state = 'waiting' AND c.kind = 'fetch'"
        "   AND (c.not_before IS NULL OR c.not_before <= now()) LIMIT $3) x) f"
        " WHERE j.state IN ('checking', 'queued', 'running') AND j.system = ANY($1) AND (b.n > 0 OR f.n > 0)",
        list(systems),
        limit,
        fetches,
        *_kinds(False),
    )


async def accounts(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id, vtime, cap FROM account WHERE id = ANY($1)", list(ids))


async def admit(connection: Connection, wanted: dict[UUID, int], *, fetches: bool = False) -> list[Row]:
    """Put up to n waiting chunks of each job into the window.

    Returns id, system, job_id, workflow, kind, admission, lost.
    """
    return await connection.fetch(
        "WITH picked AS (SELECT c.id FROM unnest($1::uuid[], $2::int[]) AS w(job_id, n)"
        " JOIN job j ON j.id = w.job_id CROSS JOIN LATERAL ("
        "  SELECT id FROM chunk WHERE job_id = w.job_id AND state = 'waiting'"
        "   AND kind = ANY(CASE WHEN j.state = 'checking' THEN $4::text[] ELSE $5::text[] END)"
        "   AND (not_before IS NULL OR not_before <= now()) ORDER BY id LIMIT w.n FOR UPDATE SKIP LOCKED) c)"
        " UPDATE chunk SET state = 'admitted', admission = admission + 1, claimed_at = now() FROM picked"
        " WHERE chunk.id = picked.id AND chunk.state = ANY($3)"
        " RETURNING chunk.id, chunk.system, chunk.job_id, chunk.workflow, chunk.kind, chunk.admission, chunk.lost",
        list(wanted),
        list(wanted.values()),
        [state.value for state in sources(CHUNK, ChunkMove.ADMIT)],
        *_kinds(fetches),
    )


async def store_shares(connection: Connection, jobs: dict[UUID, float], accounts: dict[UUID, float]) -> None:
    """Virtual times after a round."""
    await connection.execute(
        "INSERT INTO share (job_id, vtime) SELECT * FROM unnest($1::uuid[], $2::float8[])"
        " ON CONFLICT (job_id) DO UPDATE SET vtime = excluded.vtime",
        list(jobs),
        list(jobs.values()),
    )
    await connection.execute(
        "UPDATE account SET vtime = v.vtime FROM unnest($1::uuid[], $2::float8[]) AS v(id, vtime)"
        " WHERE account.id = v.id",
        list(accounts),
        list(accounts.values()),
    )


async def seen_pace(connection: Connection) -> list[Row]:
    return await connection.fetch("SELECT workflow, kind, seconds FROM pace")


async def set_pace(connection: Connection, seen: dict[tuple[str, str], float]) -> None:
    """Move the estimate of a chunk's seconds towards what was seen."""
    await connection.execute(
        "INSERT INTO pace (workflow, kind, seconds) SELECT * FROM unnest($1::text[], $2::text[], $3::float8[])"
        " ON CONFLICT (workflow, kind) DO UPDATE SET seconds = 0.7 * pace.seconds + 0.3 * excluded.seconds",
        [workflow for workflow, _ in seen],
        [kind for _, kind in seen],
        list(seen.values()),
    )
