"""Owns taking away a database of the tests, whoever is still in it."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit, urlunsplit

import asyncpg


async def drop(url: str, name: str) -> None:
    """url: of any database of the same server."""
    connection = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")))
    try:
        while True:
            try:
                await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            except asyncpg.InsufficientPrivilegeError:
                await asyncio.sleep(
                    0.2
                )  # the server's own autovacuum is in there, and will be gone in a moment
            else:
                return
    finally:
        await connection.close()
