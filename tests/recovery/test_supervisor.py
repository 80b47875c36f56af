"""`postroom serve` killed outright: its parts die with it, and the next one on the folder carries on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from postroom.blobs.local import LocalBlobs
from postroom.db.connection import Database
from postroom.db.embedded import Embedded
from tests.live import free_port, until
from tests.recovery import invariant
from tests.recovery.client import Client
from tests.recovery.pile import ENDED

DOCUMENTS = 500
KEY = "pr_live_of_a_test_that_kills_its_server"


class House:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        quick = {"HEARTBEAT": "2", "RECONCILE_EVERY": "1", "IDEMPOTENCY_LEASE": "1", "BOOTSTRAP_KEY": KEY}
        env = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
        env |= {f"POSTROOM_{name}": value for name, value in quick.items()}
        argv = [sys.executable, "-m", "postroom.cli", "serve", "--data", str(self.folder)]
        with (self.folder.parent / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*argv, "--port", str(self.port), "--workers", "2"], env=env, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """kill -9 of the supervisor alone; everything below it must go by itself."""
        assert self.process is not None
        below = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait()
        await until(lambda: not any(map(_lives, below)), what="the end of what it had started")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(300)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    made.folder.mkdir()
    made.start()
    yield made
    made.stop()


async def test_a_killed_supervisor_takes_its_parts_along_and_the_next_one_carries_on(house: House) -> None:
    papers = [(f"{n}.txt", f"Letter {n}.\n") for n in range(DOCUMENTS)]
    async with httpx.AsyncClient() as http:
        client = Client(http, house.url, KEY)
        made = await client.submit("inspect")
        await client.add(made, papers[:200])
        call = asyncio.create_task(client.add(made, papers[200:]))
        await asyncio.sleep(0.1)
        await _again(house)  # in the middle of receiving
        await call
        await client.close(made)
        await _again(house)  # closed, in the middle of checking
        await until(lambda: _left(client, made, DOCUMENTS // 2), every=0.05)
        await _again(house)  # in the middle
        await until(lambda: _left(client, made, 0), 180, every=0.05, what="the end of the job")
        url = Embedded(house.folder).serving()
        assert url is not None
        db = await Database.connect(url, size=2)
        try:
            row = await invariant.check(db, made, blobs=LocalBlobs(house.folder / "blobs"))
        finally:
            await db.close()
        assert row["state"] in ENDED
        assert (row["state"], row["succeeded"]) == ("succeeded", DOCUMENTS)
    house.stop()
    assert house.process is not None and house.process.returncode in (0, -signal.SIGTERM)


async def _again(house: House) -> None:
    await house.kill()
    house.start()


async def _left(client: Client, made: object, count: int) -> bool:
    job = await client.get(f"/jobs/{made}")
    counts = job["counts"]
    left = counts["waiting"] + counts["running"]
    return bool(job["status"] in ENDED if not count else left <= count)
