"""Fixtures for the plans desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from tests.wire.own.house import House, Process
from tests.wire.plans.site import Site

PART = 16 << 10  # bytes of a part
THRESHOLD = 48 << 10  # bytes above which an upload comes in parts


class Office(House):
    """A house whose parts may be given settings of their own."""

    only: ClassVar[tuple[str, ...]] = ("plans",)
    usual: ClassVar[Mapping[str, str]] = {
        "POSTROOM_BODY_IDLE_TIMEOUT": "20",
        "POSTROOM_IDEMPOTENCY_LEASE": "10",
        "POSTROOM_MULTIPART_THRESHOLD": str(THRESHOLD),
        "POSTROOM_MULTIPART_PART_SIZE": str(PART),
        "POSTROOM_PLANS_PAGE_LIMIT": "150",
    }


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.built(postgres, tmp_path_factory.mktemp("plans")) as built:
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


@pytest.fixture(scope="session")
def library(office: Office, desk_server: Process) -> Iterator[Site]:
    """A client whose project holds two sheets, a specification and a document; only to be read."""
    from tests.wire.plans.library import fill

    with Site(desk_server.url, office.key()[1]) as made:
        fill(made)
        yield made
