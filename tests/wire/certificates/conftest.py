"""Fixtures for the certificates desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.wire.certificates.site import Site
from tests.wire.own.conftest import _execute
from tests.wire.own.house import House, Process


@dataclass
class Office(House):
    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "POSTROOM_BODY_IDLE_TIMEOUT": "20",
            "POSTROOM_IDEMPOTENCY_LEASE": "10",
            "POSTROOM_CERTIFICATES_FILES": "600",
        }


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    name = f"certificates_{os.getpid()}"
    folder: Path = tmp_path_factory.mktemp("certificates")
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


@pytest.fixture
def site(office: Office, desk_server: Process) -> Iterator[Site]:
    """A client of an account of its own."""
    with Site(desk_server.url, office.key()[1]) as made:
        yield made


@pytest.fixture
def stranger(office: Office, desk_server: Process) -> Iterator[Site]:
    with Site(desk_server.url, office.key()[1]) as made:
        yield made
