"""Fixtures for the plans desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.wire.own.conftest import _execute
from tests.wire.own.house import House, Process
from tests.wire.plans.site import Site

PART = 16 << 10  # bytes of a part
THRESHOLD = 48 << 10  # bytes above which an upload comes in parts


@dataclass
class Office(House):
    """A house whose parts may be given settings of their own."""

    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "POSTROOM_BODY_IDLE_TIMEOUT": "20",
            "POSTROOM_IDEMPOTENCY_LEASE": "10",
            "POSTROOM_MULTIPART_THRESHOLD": str(THRESHOLD),
            "POSTROOM_MULTIPART_PART_SIZE": str(PART),
            "POSTROOM_PLANS_PAGE_LIMIT": "150",
            **self.more,
        }


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    name = f"plans_{os.getpid()}"
    folder: Path = tmp_path_factory.mktemp("plans")
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


@pytest.fixture(scope="session")
def library(office: Office, desk_server: Process) -> Iterator[Site]:
    """A client whose project holds two sheets, a specification and a document; only to be read."""
    from tests.wire.plans.library import fill

    with Site(desk_server.url, office.key()[1]) as made:
        fill(made)
        yield made
