"""Owns the rows of accounts and API keys. Secrets come in hashed; this file never sees one."""

from __future__ import annotations

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.db.connection import Connection, Database, Row


async def account_named(connection: Connection, name: str) -> UUID:
    """The account of that name, made if it is new. A newcomer starts at the virtual time of those at work."""
    found: UUID | None = await connection.fetchval("SELECT id FROM account WHERE name = $1", name)
    if found is None:
        found = await connection.fetchval(
            "INSERT INTO account (id, name, webhook_secret) VALUES ($1, $2, $3)"
            " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
            uuid7(),
            name,
            # Standard Webhooks: the prefix whsec_ and 24 to 64 random bytes in base64.
            "whsec_" + secrets.token_urlsafe(32).replace("-", "+").replace("_", "/") + "=",
        )
    assert found is not None
    return found


async def insert(
    connection: Connection,
    *,
    account: UUID,
    digest: bytes,
    hint: str,
    name: str | None,
    desks: list[str],
    scopes: list[str],
    environment: str,
) -> UUID:
    """Store a key; if its hash is there already (the bootstrap key), leave it as it is."""
    key = uuid7()
    await connection.execute(
        "INSERT INTO api_key (id, account_id, hash, hint, name, desks, scopes, environment)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash) DO NOTHING",
        key,
        account,
        digest,
        hint,
        name,
        desks,
        scopes,
        environment,
    )
    return UUID(str(key))


async def account(db: Database | Connection, account: UUID) -> Row:
    """name, webhook_secret: what its webhooks are signed with."""
    row = await db.fetchrow("SELECT name, webhook_secret FROM account WHERE id = $1", account)
    assert row is not None
    return row


async def webhook_secret_of(db: Database, name: str) -> str | None:
    """By the account's name; None if there is no such account."""
    secret: str | None = await db.fetchval("SELECT webhook_secret FROM account WHERE name = $1", name)
    return secret


async def by_hash(db: Database, digest: bytes) -> Row | None:
    return await db.fetchrow(
        "SELECT id AS key_id, account_id AS key_account, hash AS key_hash, desks AS key_desks,"
        " scopes AS key_scopes, environment AS key_environment FROM api_key"
        " WHERE hash = $1 AND revoked_at IS NULL",
        digest,
    )


async def listing(db: Database) -> list[Row]:
    return await db.fetch(
        "SELECT k.id, a.name AS account, k.hint, k.name, k.desks, k.scopes, k.environment,"
        " k.created_at, k.revoked_at FROM api_key k JOIN account a ON a.id = k.account_id ORDER BY k.id"
    )


async def revoke(db: Database, key: UUID) -> bool:
    done = await db.execute("UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL", key)
    return done.endswith(" 1")


async def any_key(db: Database) -> bool:
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM api_key WHERE revoked_at IS NULL)"))
