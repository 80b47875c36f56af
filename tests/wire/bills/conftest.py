"""Fixtures for the bills desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.wire.bills.host import Host, host
from tests.wire.bills.office import Client
from tests.wire.own.conftest import _execute
from tests.wire.own.house import House, Process


@dataclass
class Office(House):
    """A house whose parts may be given settings of their own."""

    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "POSTROOM_BODY_IDLE_TIMEOUT": "20",
            "POSTROOM_FETCH_TIMEOUT": "4",
            "POSTROOM_FETCH_ATTEMPTS": "2",
            "POSTROOM_FETCH_CONCURRENCY": "8",
            **self.more,
        }


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    name = f"bills_{os.getpid()}"
    folder: Path = tmp_path_factory.mktemp("bills")
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
def server(office: Office) -> Process:
    return office.start_api()


@pytest.fixture
def client(office: Office, server: Process) -> Iterator[Client]:
    """A company of an account of its own."""
    with Client(server.url, office.key()[1]) as made:
        yield made


@pytest.fixture
def stranger(office: Office, server: Process) -> Iterator[Client]:
    with Client(server.url, office.key()[1]) as made:
        yield made


@pytest.fixture
def elsewhere() -> Iterator[Host]:
    """A server that documents are fetched from, and that webhooks are sent to."""
    with host() as made:
        yield made
