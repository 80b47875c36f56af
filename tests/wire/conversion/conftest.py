"""Fixtures for the conversion desk on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import ClassVar

import asyncpg
import pytest

from tests.wire.conversion.foreign import Foreign, foreign
from tests.wire.conversion.room import XML, Room
from tests.wire.own.house import House, Process

MODULE = "tests.wire.conversion.systems"


class Office(House):
    """A house with placeholders for workflows, whose parts may be given settings of their own."""

    usual: ClassVar[Mapping[str, str]] = {"POSTROOM_BODY_IDLE_TIMEOUT": "20"}

    def start(self, part: str, *more: str) -> Process:
        return super().start(part, "--module", MODULE, *more)

    def execute(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.database)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    def log(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@pytest.fixture(scope="session")
def office(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.built(postgres, tmp_path_factory.mktemp("conversion")) as built:
        yield built


@pytest.fixture(scope="session")
def desk_server(office: Office) -> Process:
    return office.start_api()


@pytest.fixture(scope="session")
def tight_server(office: Office, desk_server: Process) -> Process:
    """Without keys, with room for three jobs, and no patience."""
    with office.given(
        POSTROOM_CONVERSION_KEYLESS="1",
        POSTROOM_CONVERSION_JOBS="3",
        POSTROOM_CONVERSION_RESULT_WAIT="0.5",
        POSTROOM_CONVERSION_JSON_SIZE="20000",
        POSTROOM_CONVERSION_ORIGINS="https://page.example",
        POSTROOM_CONVERSION_AT_ONCE="dossier-default, repair-pdf",
        POSTROOM_DOCUMENT_SIZE="1000000",
        POSTROOM_FETCH_ALLOW_PRIVATE="0",
    ):
        return office.start_api()


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
