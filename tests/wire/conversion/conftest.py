"""Fixtures for the conversion desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.wire.conversion.foreign import Foreign, foreign
from tests.wire.conversion.room import XML, Room
from tests.wire.own.conftest import _execute
from tests.wire.own.house import House, Process

MODULE = "tests.wire.conversion.systems"


@dataclass
class Office(House):
    """A house with placeholders for workflows, whose parts may be given settings of their own."""

    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "POSTROOM_BODY_IDLE_TIMEOUT": "20", **self.more}

    def start(self, part: str, *more: str) -> Process:
        return super().start(part, "--module", MODULE, *more)

    def log(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    name = f"conversion_{os.getpid()}"
    folder: Path = tmp_path_factory.mktemp("conversion")
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
def tight_server(office: Office, desk_server: Process) -> Process:
    """Without keys, with room for three jobs, and no patience."""
    office.more = {
        "POSTROOM_CONVERSION_KEYLESS": "1",
        "POSTROOM_CONVERSION_JOBS": "3",
        "POSTROOM_CONVERSION_RESULT_WAIT": "0.5",
        "POSTROOM_CONVERSION_JSON_SIZE": "20000",
        "POSTROOM_CONVERSION_ORIGINS": "https://page.example",
        "POSTROOM_CONVERSION_AT_ONCE": "dossier-default, repair-pdf",
        "POSTROOM_DOCUMENT_SIZE": "1000000",
        "POSTROOM_FETCH_ALLOW_PRIVATE": "0",
    }
    try:
        return office.start_api()
    finally:
        office.more = {}


@pytest.fixture
def room(office: Office, desk_server: Process) -> Iterator[Room]:
    """A client of an account of its own."""
    with Room(desk_server.url, office.key()[1]) as made:
        yield made


@pytest.fixture(params=[None, XML], ids=["json", "xml"])
def both(request: pytest.FixtureRequest, office: Office, desk_server: Process) -> Iterator[Room]:
    """A client of an account of its own that wants JSON, and one that wants XML."""
    with Room(desk_server.url, office.key()[1], request.param) as made:
        yield made


@pytest.fixture
def stranger(office: Office, desk_server: Process) -> Iterator[Room]:
    with Room(desk_server.url, office.key()[1]) as made:
        yield made


@pytest.fixture
def tight(office: Office, tight_server: Process) -> Iterator[Room]:
    """A client of the tight server, with an account of its own."""
    with Room(tight_server.url, office.key()[1]) as made:
        yield made


@pytest.fixture
def elsewhere() -> Iterator[Foreign]:
    """A server of somebody else."""
    with foreign() as made:
        yield made
