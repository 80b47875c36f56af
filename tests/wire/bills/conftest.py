"""Fixtures for the bills desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from tests.wire.bills.host import Host, host
from tests.wire.bills.office import Client
from tests.wire.own.house import House, Process


class Office(House):
    only: ClassVar[tuple[str, ...]] = ("bills",)
    usual: ClassVar[Mapping[str, str]] = {
        "POSTROOM_BODY_IDLE_TIMEOUT": "20",
        "POSTROOM_FETCH_TIMEOUT": "4",
        "POSTROOM_FETCH_ATTEMPTS": "2",
        "POSTROOM_FETCH_CONCURRENCY": "8",
    }


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.built(postgres, tmp_path_factory.mktemp("bills")) as built:
        yield built


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
