"""Owns the commands that run one part of the server: api, worker, migrate. Any number, on any machine.

What they do is `wiring`'s; here are only their arguments. `serve` starts the same commands as its children.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from postroom.settings import Settings


def _settings(process: str) -> Settings:
    from postroom.wiring import log

    settings = Settings()
    log.configure(settings, process)
    return settings


def api(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8080,
    fd: Annotated[
        int | None, typer.Option(hidden=True, help="A listening socket that is open already.")
    ] = None,
) -> None:
    """Run the HTTP API alone, against POSTROOM_DATABASE_URL and POSTROOM_BLOBS.

    Any number of them, on any machines that reach the same database and blobs; `postroom migrate` comes first,
    and `postroom worker` does the work. SIGTERM answers what is under way and stops.

    Example:

    POSTROOM_DATABASE_URL=postgresql://… POSTROOM_BLOBS=file:///srv/blobs postroom api --host 0.0.0.0
    """
    from postroom.wiring.serve import serve_api

    serve_api(_settings("api"), host=host, port=port, fd=fd)


def worker(
    only: Annotated[
        list[str] | None,
        typer.Option(help="Take work of this system only (inspect, revenue, …); repeatable."),
    ] = None,
    slots: Annotated[int, typer.Option(min=0, help="Documents at a time; 0: one per core.")] = 0,
    seat: Annotated[
        str | None, typer.Option(hidden=True, help="A name that a successor of this process will have too.")
    ] = None,
) -> None:
    """Run one worker, against POSTROOM_DATABASE_URL and POSTROOM_BLOBS.

    Any number of them, on any machines; what one leaves unfinished when it dies another takes up. SIGTERM
    finishes what is under way, for POSTROOM_DRAIN_TIMEOUT seconds at most, and stops.

    Examples:

    postroom worker

    postroom worker --only inspect --only bills --slots 4
    """
    import uvloop

    from postroom.wiring.office import work

    settings = _settings(f"worker-{seat}" if seat else "worker")
    uvloop.run(work(settings, only=only or [], slots=slots or settings.slots_for(1), seat=seat))


def migrate(
    json: Annotated[bool, typer.Option("--json", help="Say on stdout what was found, as JSON.")] = False,
) -> None:
    """Bring the database at POSTROOM_DATABASE_URL up to date. Harmless when it is.

    Run it once per release, before the new parts start; `postroom serve` does it by itself.
    It also plants the key in POSTROOM_BOOTSTRAP_KEY, if there is one.

    Example: POSTROOM_DATABASE_URL=postgresql://me@db/postroom postroom migrate
    """
    from postroom.cli.say import as_json, note
    from postroom.db import key
    from postroom.db.connection import Database
    from postroom.wiring.office import upgrade

    settings = _settings("migrate")

    async def steps() -> bool:
        await upgrade(settings)
        db = await Database.connect(settings.database_url, size=1)
        try:
            return await key.any_key(db)
        finally:
            await db.close()

    keys = asyncio.run(steps())
    if json:
        as_json({"migrated": True, "keys": keys})
    else:
        note("The database is up to date.")
