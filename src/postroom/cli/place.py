"""Owns where a command finds its data: the folder of `serve --data`, or the database in the environment.

One rule: POSTROOM_DATABASE_URL, if set, stands for the embedded database; POSTROOM_BLOBS for DIR/blobs.
Refuses to know what is done with them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import asyncpg
import typer

from postroom.db.embedded import Embedded
from postroom.errors import Conflict, Invalid
from postroom.settings import Settings

Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="POSTROOM_DATA",
        help="Folder of the database and the documents.",
        file_okay=False,
    ),
]
DEFAULT = Path("data")
_PATIENCE = 15.0  # seconds that a server which is just starting may take


def settings_of(folder: Path, url: str = "") -> Settings:
    """Settings for the data in `folder`. url: of the database, if the environment names none."""
    folder = folder.absolute()
    given = Settings()
    return given.model_copy(
        update={
            "database_url": given.database_url or url,
            "blobs": given.blobs or f"file://{quote(str(folder / 'blobs'))}",
            "scratch": given.scratch or folder / "scratch",
        }
    )


def exists(folder: Path) -> bool:
    return (folder / "pg" / "PG_VERSION").exists()


@asynccontextmanager
async def opened(folder: Path, *, migrate: bool = True) -> AsyncIterator[Settings]:
    """Settings whose database answers: the one that runs, or else the folder's, started for the moment.

    migrate: bring a database that we start up to date first, wait for one that is being made.
    Invalid if there is no data in `folder`.
    """
    settings = settings_of(folder)
    if settings.database_url:
        yield settings
        return
    if not exists(folder):
        raise Invalid(
            f"There is no Postroom data in {folder}. Name its folder with --data, "
            f"or make one: postroom serve --data {folder}",
            field="--data",
        )
    embedded = Embedded(folder)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    while True:
        url = embedded.serving()
        # A server on its first start has no tables yet.
        if url is not None and (not migrate or loop.time() > deadline or await _has_tables(url)):
            yield settings_of(folder, url)
            return
        try:
            url = await embedded.start()
        except Conflict as error:
            # Somebody else has the folder but no database yet: a server on its way up, or down.
            if error.code != "folder_in_use" or loop.time() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            break
    try:
        settings = settings_of(folder, url)
        if migrate:
            from postroom.wiring.office import upgrade

            await upgrade(settings)
        yield settings
    finally:
        await embedded.stop()


async def _has_tables(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):  # on its way up, or down
        return False
    try:
        return await connection.fetchval("SELECT to_regclass('api_key')") is not None
    finally:
        await connection.close()


def environment(settings: Settings) -> dict[str, str]:
    """For a part of the server: ours, with what `settings` says of database, blobs and scratch."""
    return os.environ | {
        "POSTROOM_DATABASE_URL": settings.database_url,
        "POSTROOM_BLOBS": settings.blobs,
        "POSTROOM_SCRATCH": str(settings.scratch),
    }
