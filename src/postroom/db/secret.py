"""Owns the secrets of this installation: made once, at random, kept in the database, never logged."""

from __future__ import annotations

import secrets

from postroom.db.connection import Connection, Database

_BYTES = 32


async def of(db: Database | Connection, name: str) -> bytes:
    """The secret of that name; made when it is asked for first, by whoever comes first."""
    value = await db.fetchval("SELECT value FROM secret WHERE name = $1", name)
    if value is None:
        await db.execute(
            "INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            name,
            secrets.token_bytes(_BYTES),
        )
        value = await db.fetchval("SELECT value FROM secret WHERE name = $1", name)
    return bytes(value)
