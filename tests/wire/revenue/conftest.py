"""Fixtures for the revenue desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.wire.own.conftest import _execute
from tests.wire.own.house import House, Process
from tests.wire.revenue.site import Site


@dataclass
class Office(House):
    """A house whose parts may be given settings of their own."""

    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "POSTROOM_BODY_IDLE_TIMEOUT": "20", **self.more}


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    name = f"revenue_{os.getpid()}"
    folder: Path = tmp_path_factory.mktemp("revenue")
    (folder / "blobs").mkdir()
    _execute(postgres, f"CREATE DATABASE {name} TEMPLATE postroom")
    built = Office(urlunsplit(urlsplit(postgres)._replace(path=f"/{name}")), folder)
    try:
        built.start("worker", "--slots", "2")
        yield built
    finally:
        built.stop()
        _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def desk_server(office: Office) -> Process:
    return office.start_api()


@pytest.fixture(scope="session")
def strict_server(office: Office, desk_server: Process) -> Iterator[Process]:
    """An API that refuses at upload whatever breaks a rule, and more than 50 rows, 10,000 bytes, 40 characters."""
    office.more = {
        "POSTROOM_REVENUE_CHECKS": "strict",
        "POSTROOM_REVENUE_ROWS": "50",
        "POSTROOM_REVENUE_FILE_SIZE": "10000",
        "POSTROOM_REVENUE_CELL_LENGTH": "40",
    }
    yield office.start_api()
    office.more = {}


def _site(office: Office, server: Process) -> Iterator[Site]:
    with Site(server.url, office.key()[1]) as made:
        yield made


@pytest.fixture
def site(office: Office, desk_server: Process) -> Iterator[Site]:
    """A site of an account of its own."""
    yield from _site(office, desk_server)


@pytest.fixture
def stranger(office: Office, desk_server: Process) -> Iterator[Site]:
    yield from _site(office, desk_server)


@pytest.fixture
def strict(office: Office, strict_server: Process) -> Iterator[Site]:
    yield from _site(office, strict_server)
