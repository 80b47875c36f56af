"""A process that is killed while it stores blobs leaves whole blobs, and rubbish that a sweep removes."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from postroom.blobs.local import LocalBlobs

# Announces size and digest of each blob before it commits it, and the commit after it returned.
WRITER = """
import asyncio, hashlib, random, sys
from pathlib import Path
from postroom.blobs.local import LocalBlobs

async def lane(blobs, name, seed):
    numbers = random.Random(seed)
    for i in range(1_000_000):
        data = numbers.randbytes(numbers.choice((0, 10, 5_000, 300_000, 1_500_000, 6_000_000)))
        key = f"{name}/{seed}/{i}"
        print("begin", key, hashlib.sha256(data).hexdigest(), flush=True)
        writer = blobs.writer(key)
        for start in range(0, len(data), 65536):
            await writer.write(data[start : start + 65536])
        await writer.commit()
        print("done", key, "-", flush=True)

async def main():
    blobs = LocalBlobs(Path(sys.argv[1]))
    await asyncio.gather(*(lane(blobs, sys.argv[2], seed) for seed in range(6)))

asyncio.run(main())
"""


async def listed(blobs: LocalBlobs) -> set[str]:
    entries = blobs.keys()
    return {key async for key, _ in entries}


@pytest.mark.parametrize("round_", range(4))
async def test_after_a_kill_every_visible_blob_is_whole(tmp_path: Path, round_: int) -> None:
    folder = tmp_path / "blobs"
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder), f"r{round_}"], stdout=log)
        try:
            while not (tmp_path / "log").read_text().count("done"):
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(random.Random(round_).uniform(0.05, 0.6))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        log.seek(0)
        lines = [line.split() for line in log if line.endswith("\n")]
    announced = {key: digest for word, key, digest in lines if word == "begin"}
    committed = {key for word, key, _ in lines if word == "done"}

    blobs = LocalBlobs(folder)
    visible = await listed(blobs)
    assert committed <= visible <= announced.keys()
    for key in visible:
        assert hashlib.sha256(blobs.path(key).read_bytes()).hexdigest() == announced[key]
    left = len(list((folder / ".incoming").iterdir()))
    assert await blobs.sweep(timedelta(0)) == left
    assert list((folder / ".incoming").iterdir()) == []
    assert await listed(blobs) == visible
