"""Fixtures for the certificates desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from tests.wire.certificates.site import Site
from tests.wire.own.house import House, Process


class Office(House):
    only: ClassVar[tuple[str, ...]] = ("certificates",)
    usual: ClassVar[Mapping[str, str]] = {
        "POSTROOM_BODY_IDLE_TIMEOUT": "20",
        "POSTROOM_IDEMPOTENCY_LEASE": "10",
        "POSTROOM_CERTIFICATES_FILES": "600",
    }


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.built(postgres, tmp_path_factory.mktemp("certificates")) as built:
        yield built


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
