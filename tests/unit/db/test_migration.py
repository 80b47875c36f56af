"""Owns: the migrations lead to exactly the tables of db/table.py, from nothing, again, and many at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from postroom.db import migrate
from postroom.db.table import metadata
from postroom.settings import Settings
from postroom.wiring.office import upgrade
from postroom.wiring.system import SYSTEMS
from tests.database import drop

FOLDERS = [system.migrations for system in SYSTEMS if system.migrations]


@pytest.fixture
async def empty(postgres: str) -> AsyncIterator[str]:
    """A database in which there is nothing."""
    async for url in _fresh(postgres):
        yield url


@pytest.fixture
async def modelled(postgres: str) -> AsyncIterator[str]:
    """A database made from db/table.py itself."""
    async for url in _fresh(postgres):
        await _with(url, lambda connection: metadata.create_all(connection))
        yield url


async def _fresh(postgres: str) -> AsyncIterator[str]:
    name = f"migration_{uuid4().hex[:12]}"
    admin = urlunsplit(urlsplit(postgres)._replace(path="/postgres"))
    await _execute(admin, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(postgres)._replace(path=f"/{name}"))
    finally:
        await drop(admin, name)


async def _execute(url: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


async def _with(url: str, function: Any) -> Any:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(function)
    finally:
        await engine.dispose()


def _ours(_: object, name: str | None, kind: str, reflected: bool, __: object) -> bool:
    """Tables of the queue, of systems and of Alembic itself are not the core's."""
    return kind != "table" or not reflected or name in metadata.tables


def _differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True, "include_object": _ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


# Alembic compares neither CHECK constraints nor the conditions of partial indexes; the catalogue holds all.
_CATALOGUE = {
    "columns": "SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, is_identity"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text AS table_name, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT tablename AS table_name, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


async def _catalogue(url: str) -> dict[str, set[tuple[Any, ...]]]:
    return {
        what: {tuple(row) for row in await _execute(url, query) if row["table_name"] in metadata.tables}
        for what, query in _CATALOGUE.items()
    }


async def test_migrations_lead_to_the_tables_that_the_code_knows(empty: str) -> None:
    await migrate.migrate(empty, FOLDERS)
    assert await _with(empty, _differences) == []


async def test_migrations_lead_to_the_same_catalogue_to_the_last_constraint(
    empty: str, modelled: str
) -> None:
    await migrate.migrate(empty, FOLDERS)
    migrated, wanted = await _catalogue(empty), await _catalogue(modelled)
    for what in _CATALOGUE:
        assert migrated[what] - wanted[what] == set(), f"{what} that only the migrations make"
        assert wanted[what] - migrated[what] == set(), f"{what} that no migration makes"
    assert len(migrated["columns"]) > 150


async def test_the_triggers_that_count_are_there(empty: str) -> None:
    await migrate.migrate(empty)
    rows = await _execute(
        empty,
        "SELECT tgrelid::regclass::text || ':' || tgname AS name FROM pg_trigger WHERE NOT tgisinternal",
    )
    assert {
        f"{table}:{table}_{what}"
        for table in ("document", "chunk")
        for what in ("inserted", "updated", "deleted")
    } <= {row["name"] for row in rows}


async def test_upgrading_twice_changes_nothing_and_loses_nothing(empty: str) -> None:
    await upgrade(Settings(database_url=empty, bootstrap_key="pr_live_same"))
    before = await _catalogue(empty)
    await _execute(empty, "UPDATE account SET name = 'kept'")
    await upgrade(Settings(database_url=empty))
    assert await _catalogue(empty) == before
    assert [row["name"] for row in await _execute(empty, "SELECT name FROM account")] == ["kept"]


_UPGRADE = """
import asyncio, sys
from postroom.settings import Settings
from postroom.wiring.office import upgrade
asyncio.run(upgrade(Settings(database_url=sys.argv[1], bootstrap_key="pr_live_same")))
"""


async def test_many_upgrades_at_once_are_harmless(empty: str) -> None:
    """As many processes that start together, and within one."""
    settings = Settings(database_url=empty, bootstrap_key="pr_live_same")
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", _UPGRADE, empty) for _ in range(3)
    ]
    async with asyncio.timeout(300):
        await asyncio.gather(upgrade(settings), upgrade(settings))
        assert [await process.wait() for process in processes] == [0, 0, 0]
    assert await _with(empty, _differences) == []
    assert len(await _execute(empty, "SELECT FROM api_key")) == 1
    versions = [
        row["version_num"] for row in await _execute(empty, "SELECT version_num FROM alembic_version")
    ]
    assert len(versions) == len(set(versions)) > 0


def test_no_migration_depends_on_what_the_code_is_now() -> None:
    """A version that reads db/table.py would make other tables next year than it did today."""
    script = ScriptDirectory.from_config(migrate.config("postgresql://x/y", FOLDERS))
    for version in script.walk_revisions():
        lines = Path(version.path).read_text().splitlines()
        assert not [line for line in lines if line.startswith(("import postroom", "from postroom"))]
