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


# What of a job may be admitted now: $4, $5, as of `_kinds`.
_COMPUTABLE = (
    "c.job_id = j.id AND c.state = 'waiting'"
    " AND c.kind = ANY(CASE WHEN j.state = 'checking' THEN $4::text[] ELSE $5::text[] END)"
    " AND (c.not_before IS NULL OR c.not_before <= now())"
)
_FETCHABLE = (
    "c.job_id = j.id AND c.state = 'waiting' AND c.kind = 'fetch' AND j.state = 'checking'"
    " AND (c.not_before IS NULL OR c.not_before <= now())"
)


def _first(order: str, limit: str) -> str:
    """The first jobs of a flow that have chunks for children, in the order of the index on shares."""
    return (
        "(SELECT s.job_id FROM share s CROSS JOIN LATERAL (SELECT FROM job j WHERE j.id = s.job_id"  # noqa: S608
        f" AND EXISTS (SELECT FROM chunk c WHERE {_COMPUTABLE})) w"
        f" WHERE s.system = flow.system AND s.account_id = flow.account_id ORDER BY {order} LIMIT {limit})"
    )


# Flows, the accounts with waiting jobs in each system, are found one after the other in the index. Fetches have
# an index of their own: most jobs have none.
_BACKLOG = (
    "WITH RECURSIVE flow(system, account_id) AS ("  # noqa: S608
    "  SELECT n, (SELECT account_id FROM share WHERE system = n ORDER BY account_id LIMIT 1) FROM unnest($1::text[]) n"
    "  UNION ALL SELECT f.system, (SELECT s.account_id FROM share s"
    "   WHERE s.system = f.system AND s.account_id > f.account_id ORDER BY s.account_id LIMIT 1)"
    "  FROM flow f WHERE f.account_id IS NOT NULL)"
    " SELECT j.id, j.account_id, j.system, j.workflow, j.state, s.vtime, b.n, f.n AS fetches FROM ("
    "  SELECT w.job_id FROM flow CROSS JOIN LATERAL ("
    + _first("s.vtime, s.job_id", "$2")
    + " UNION ALL "
    + _first("s.vtime DESC, s.job_id DESC", "least($2, 1)")
    + ") w WHERE flow.account_id IS NOT NULL"  # noqa: S608
    "  UNION SELECT c.job_id FROM chunk c WHERE $3 > 0 AND c.state = 'waiting' AND c.kind = 'fetch'"
    "   AND c.system = ANY($1)"
    " ) p JOIN share s ON s.job_id = p.job_id JOIN job j ON j.id = p.job_id"
    f" CROSS JOIN LATERAL (SELECT count(*)::int AS n FROM (SELECT FROM chunk c WHERE {_COMPUTABLE} LIMIT $2) x) b"
    f" CROSS JOIN LATERAL (SELECT count(*)::int AS n FROM (SELECT FROM chunk c WHERE {_FETCHABLE} LIMIT $3) x) f"
    " WHERE b.n > 0 OR f.n > 0"
)


async def backlog(connection: Connection, systems: Sequence[str], limit: int, fetches: int) -> list[Row]:
    """Jobs with chunks that may be admitted now: `n` of those for children, counted up to `limit`, and
    `fetches`, counted up to that. Checks and fetches belong to `checking`, all else to `queued` and `running`.

    Of each account those with the lowest virtual times, as many as there is room for: whoever waits behind
    them cannot have a turn. And the one with the highest, by which core/fair.py tells the time.
    """
    return await connection.fetch(_BACKLOG, list(systems), limit, fetches, *_kinds(False))


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
    # One that is locked is being deleted, as its job has just been cancelled; we do not wait for that.
    await connection.execute(
        "WITH mine AS (SELECT s.job_id, v.vtime FROM unnest($1::uuid[], $2::float8[]) AS v(job_id, vtime)"
        " JOIN share s ON s.job_id = v.job_id FOR UPDATE OF s SKIP LOCKED)"
        " UPDATE share SET vtime = mine.vtime FROM mine WHERE share.job_id = mine.job_id",
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
