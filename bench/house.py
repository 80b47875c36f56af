"""Owns a Postroom for measurements: embedded database, workers and API as processes, in a temporary folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from postroom.db.embedded import Embedded
from postroom.ports import System
from postroom.settings import Settings
from postroom.wiring.office import upgrade

ROOT = Path(__file__).parent.parent
KEY = "bench-key"


@dataclass
class House:
    """settings: of all parts. module: the systems on offer."""

    settings: Settings
    module: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "POSTROOM_DATABASE_URL": self.settings.database_url,
            "POSTROOM_BLOBS": self.settings.blobs,
            "POSTROOM_SCRATCH": str(self.folder / "scratch"),
            "POSTROOM_LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),  # children start without the current folder on their path
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.part", *arguments, "--module", self.module],
            cwd=ROOT,
            env=environment,
        )
        self.processes.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.processes.remove(process)

    async def workers(self, count: int) -> None:
        for seat in range(count):
            self.start("worker", "--seat", str(seat))
        import asyncpg

        connection = await asyncpg.connect(self.settings.database_url)
        try:
            while await connection.fetchval("SELECT count(*) FROM worker") < count:
                if any(process.poll() is not None for process in self.processes):
                    raise RuntimeError("a worker did not start")
                await asyncio.sleep(0.05)
        finally:
            await connection.close()

    async def api(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.start("api", "--port", str(port))
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient() as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{url}/readyz")).status_code == 200:
                        return url
                await asyncio.sleep(0.05)


@asynccontextmanager
async def house(module: str) -> AsyncIterator[House]:
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as name:
        folder = Path(name)
        async with Embedded(folder) as url:
            (folder / "blobs").mkdir()
            settings = Settings(
                database_url=url,
                blobs=f"file://{folder}/blobs",
                scratch=folder / "scratch",
                bootstrap_key=KEY,
            )
            await upgrade(settings)
            made = House(settings, module, folder)
            try:
                yield made
            finally:
                for process in list(made.processes):
                    made.stop(process)


def processor_seconds(but: Collection[int] = ()) -> float:
    """Of this process and all below it, so far; without those whose ids are in `but`."""
    me = psutil.Process()
    total = 0.0
    for process in [me, *me.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            if process.pid not in but:
                used = process.cpu_times()
                # Of children that have ended only whoever waited for them knows; our own are still here.
                ended = used.children_user + used.children_system if process.pid != me.pid else 0.0
                total += used.user + used.system + ended
    return total


def systems(module: str) -> tuple[System, ...]:
    import importlib

    return tuple(importlib.import_module(module).SYSTEMS)
