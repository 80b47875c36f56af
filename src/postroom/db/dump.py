"""Owns a database as a file: pg_dump and pg_restore of the bundled Postgres, against any server's address.

Refuses to know where blobs are; it says which ones the rows name.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from postroom.db import table
from postroom.db.cluster import ENV, tool
from postroom.db.connection import Database
from postroom.errors import Conflict, Unavailable


async def dump(url: str, to: Path) -> None:
    """Everything in the database as of one moment, in Postgres's custom format. Others go on."""
    await _run([tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={to}"], url)


async def load(url: str, file: Path) -> None:
    """Fill an empty database, all or nothing. Conflict if there is something in it already."""
    db = await Database.connect(url, size=1)
    try:
        if await db.fetchval("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')"):
            raise Conflict("The database is not empty; restore into a new one.", code="database_not_empty")
    finally:
        await db.close()
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    await _run([tool("pg_restore"), *options, file], url)


async def named_blobs(db: Database, page: int = 5000) -> AsyncIterator[list[str]]:
    """The keys of all blobs that rows, finished uploads among them, name."""
    async with db.transaction() as connection:
        rows: list[str] = []
        query = " UNION ".join(
            [
                "SELECT u.blob FROM upload u JOIN document d ON d.id = u.document_id"
                " WHERE u.stored_at IS NOT NULL AND d.state = 'registered'",
                *(
                    f"SELECT blob FROM {name} WHERE blob IS NOT NULL"  # noqa: S608 names are ours
                    for name in table.NAME_BLOBS
                ),
            ]
        )
        async for row in connection.cursor(query, prefetch=page):
            rows.append(row["blob"])
            if len(rows) >= page:
                yield rows
                rows = []
        yield rows


async def _run(argv: Sequence[object], url: str) -> None:
    # A command line is for all to read; the environment is not.
    parts = urlsplit(url)
    words = [
        *map(str, argv),
        f"--dbname={urlunsplit(parts._replace(netloc=_without_password(parts.netloc)))}",
    ]
    env = {**ENV, **({"PGPASSWORD": unquote(parts.password)} if parts.password else {})}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: ASYNC220, S603
            words, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            while process.poll() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        said.seek(0)
        output = said.read().decode(errors="replace")
    if process.returncode != 0:
        raise Unavailable(f"{Path(words[0]).name} failed.", code="dump_failed", cause=output)


def _without_password(netloc: str) -> str:
    who, at, where = netloc.rpartition("@")
    return who.partition(":")[0] + at + where
