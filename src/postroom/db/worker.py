"""Owns the rows of workers: who is alive, how many slots there are, who sat in a seat before."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from postroom.db.connection import Connection, Database, Row


async def enter(
    connection: Connection,
    worker: UUID,
    host: str,
    seat: str | None,
    pid: int,
    slots: int,
    systems: Sequence[str],
) -> list[UUID]:
    """Register. Returns former holders of the same seat: their supervisor saw them die."""
    dead: list[UUID] = []
    if seat is not None:
        rows = await connection.fetch(
            "DELETE FROM worker WHERE host = $1 AND seat = $2 RETURNING id", host, seat
        )
        dead = [row["id"] for row in rows]
    await connection.execute(
        "INSERT INTO worker (id, host, seat, pid, slots, systems) VALUES ($1, $2, $3, $4, $5, $6)",
        worker,
        host,
        seat,
        pid,
        slots,
        list(systems),
    )
    return dead


async def beat(
    db: Database, worker: UUID, host: str, seat: str | None, pid: int, slots: int, systems: Sequence[str]
) -> None:
    """Alive. One that was silent so long that it was forgotten (a suspended machine) is back."""
    await db.execute(
        "INSERT INTO worker (id, host, seat, pid, slots, systems) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (id) DO UPDATE SET seen_at = now()",
        worker,
        host,
        seat,
        pid,
        slots,
        list(systems),
    )


async def leave(connection: Connection, worker: UUID) -> None:
    await connection.execute("DELETE FROM worker WHERE id = $1", worker)


async def alive(connection: Connection, silence: float) -> list[Row]:
    """Workers heard of within `silence` seconds: id, slots, systems."""
    return await connection.fetch(
        "SELECT id, slots, systems FROM worker WHERE seen_at > now() - make_interval(secs => $1)", silence
    )


async def forget_silent(db: Database, silence: float) -> None:
    await db.execute("DELETE FROM worker WHERE seen_at < now() - make_interval(secs => $1)", silence)
