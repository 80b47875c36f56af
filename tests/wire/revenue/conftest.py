"""Fixtures for the revenue desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from tests.wire.own.house import House, Process
from tests.wire.revenue.site import Site


class Office(House):
    """A house whose parts may be given settings of their own."""

    only: ClassVar[tuple[str, ...]] = ("revenue",)
    usual: ClassVar[Mapping[str, str]] = {"POSTROOM_BODY_IDLE_TIMEOUT": "20"}


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.built(postgres, tmp_path_factory.mktemp("revenue")) as built:
        yield built


@pytest.fixture(scope="session")
def desk_server(office: Office) -> Process:
    return office.start_api()


@pytest.fixture(scope="session")
def strict_server(office: Office, desk_server: Process) -> Process:
    """An API that refuses at upload whatever breaks a rule, and more than 50 rows, 10,000 bytes, 40 characters."""
    with office.given(
        POSTROOM_REVENUE_CHECKS="strict",
        POSTROOM_REVENUE_ROWS="50",
        POSTROOM_REVENUE_FILE_SIZE="10000",
        POSTROOM_REVENUE_CELL_LENGTH="40",
    ):
        return office.start_api()


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
