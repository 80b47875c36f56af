"""Owns the rows of idempotency keys: take a lease, remember an answer, give up, forget."""

from __future__ import annotations

from uuid import UUID

from postroom.db.connection import Connection, Database, Row, dumps


async def take(
    db: Database, account: UUID, desk: str, key: str, lease: UUID, seconds: float, ttl: float
) -> bool:
    """Lease a key that is new, too old to count, or whose holder died. False if somebody has it."""
    return bool(
        await db.fetchval(
            "INSERT INTO idempotency (account_id, desk, key, lease, lease_until)"
            " VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))"
            " ON CONFLICT (account_id, desk, key) DO UPDATE SET lease = excluded.lease,"
            "  lease_until = excluded.lease_until, fingerprint = NULL, status = NULL, body = NULL, created_at = now()"
            " WHERE (idempotency.status IS NULL AND idempotency.lease_until < now())"
            "  OR idempotency.created_at < now() - make_interval(secs => $6)"
            " RETURNING true",
            account,
            desk,
            key,
            lease,
            seconds,
            ttl,
        )
    )


async def get(db: Database, account: UUID, desk: str, key: str) -> Row | None:
    return await db.fetchrow(
        "SELECT fingerprint, status, body, headers FROM idempotency"
        " WHERE account_id = $1 AND desk = $2 AND key = $3",
        account,
        desk,
        key,
    )


async def renew(db: Database, account: UUID, desk: str, key: str, lease: UUID, seconds: float) -> None:
    await db.execute(
        "UPDATE idempotency SET lease_until = now() + make_interval(secs => $5)"
        " WHERE account_id = $1 AND desk = $2 AND key = $3 AND lease = $4",
        account,
        desk,
        key,
        lease,
        seconds,
    )


async def remember(
    connection: Connection | Database,
    account: UUID,
    desk: str,
    key: str,
    lease: UUID,
    fingerprint: bytes,
    status: int,
    body: bytes,
    headers: dict[str, str],
) -> bool:
    """Store the answer, if the lease still holds: in the transaction that has the effect, where there is one.
    The first answer stays: a second one comes from a call that does not know that its effect is stored."""
    done = await connection.execute(
        "UPDATE idempotency SET fingerprint = $5, status = $6, body = $7, headers = $8::jsonb"
        " WHERE account_id = $1 AND desk = $2 AND key = $3 AND lease = $4 AND status IS NULL",
        account,
        desk,
        key,
        lease,
        fingerprint,
        status,
        body,
        dumps(headers),
    )
    return done.endswith(" 1")


async def release(db: Database, account: UUID, desk: str, key: str, lease: UUID) -> None:
    """The call failed and is not remembered: the key is free again."""
    await db.execute(
        "DELETE FROM idempotency WHERE account_id = $1 AND desk = $2 AND key = $3 AND lease = $4 AND status IS NULL",
        account,
        desk,
        key,
        lease,
    )


async def forget(db: Database, ttl: float) -> None:
    await db.execute("DELETE FROM idempotency WHERE created_at < now() - make_interval(secs => $1)", ttl)
