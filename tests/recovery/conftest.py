"""Fixtures of the recovery tests: a Postgres of their own that may be killed, and the faults by name."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from postroom.db.embedded import Embedded
from postroom.settings import Settings
from postroom.wiring.office import upgrade


class Cluster:
    """A Postgres that is hurt and comes back, as it does under the supervisor."""

    def __init__(self, folder: Path) -> None:
        self._server = Embedded(folder)
        self._data = folder / "pg"

    async def start(self) -> str:
        return await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    @property
    def postmaster(self) -> int:
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    async def restart(self, number: int) -> None:
        """Send the postmaster a signal, and start it again once it is gone."""
        process = psutil.Process(self.postmaster)
        process.send_signal(number)
        await asyncio.to_thread(self._reap)
        await self._server.start()

    def _reap(self) -> None:
        if (child := self._server._process) is not None:
            child.wait()

    def kill_backend(self, database: str) -> None:
        """SIGKILL to one that serves this database: the postmaster then restarts all of them."""
        for process in psutil.Process(self.postmaster).children():
            with contextlib.suppress(psutil.Error):
                line = " ".join(process.cmdline())
                if database in line and "worker" not in line:
                    process.kill()
                    return


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("pg-to-hurt"))
    runner = asyncio.Runner()
    url = runner.run(made.start())
    try:
        runner.run(upgrade(Settings(database_url=url)))
        yield made
    finally:
        runner.run(made.stop())
        runner.close()


@pytest.fixture(scope="session")
def postgres(cluster: Cluster) -> str:
    """Instead of the session's server: everything in this folder runs on the one that is hurt."""
    return cluster._server.url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A twin in flight whose process died holds its key for a second only."""
    return settings.model_copy(update={"idempotency_lease": 1.0, "orphan_grace": 3600.0})
