"""Owns the peers of the engine's measurement: bare PgQueuer and Celery, doing nothing as fast as they can."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import asyncpg

from bench.house import ROOT, House

_CELERY = """
import celery
import redis
app = celery.Celery(broker="redis://127.0.0.1:{port}/0")
app.conf.task_ignore_result = True
app.conf.task_acks_late = True

counter = redis.Redis(port={port})

@app.task
def noop(number):
    counter.incr("done")
"""


async def pgqueuer_rate(made: House, tasks: int) -> float:
    """Tasks per second, enqueued to done, two worker processes, each task committed on its own."""
    url = made.settings.database_url
    connection = await asyncpg.connect(url)
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    # As PgQueuer comes: with its log, and waking its workers itself.
    await connection.execute("ALTER TABLE pgqueuer_log DISABLE TRIGGER postroom_unlogged")
    await connection.execute("ALTER TABLE pgqueuer ENABLE TRIGGER tg_pgqueuer_changed")
    started = time.perf_counter()
    await Queries(AsyncpgDriver(connection)).enqueue(["peer"] * tasks, [b"x"] * tasks, [0] * tasks)
    workers = [
        subprocess.Popen([sys.executable, "-m", "bench.peer", url], cwd=ROOT, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        while await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'peer'"):
            await asyncio.sleep(0.02)
        return tasks / (time.perf_counter() - started)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        await connection.close()


async def _pgqueuer_worker(url: str) -> None:
    from pgqueuer import PgQueuer
    from pgqueuer.db import AsyncpgPoolDriver

    pool = await asyncpg.create_pool(url, min_size=2, max_size=4)
    queuer = PgQueuer(AsyncpgPoolDriver(pool))

    @queuer.entrypoint("peer")
    async def peer(job: object) -> None:
        return None

    await queuer.qm.run(batch_size=16, max_concurrent_tasks=64, heartbeat_timeout=timedelta(seconds=15))


async def celery_rate(tasks: int) -> float | None:
    """Tasks per second with two worker processes on a redis that syncs each write; None if it is not here."""
    server = shutil.which("redis-server")
    try:
        import celery  # noqa: F401
        import redis
    except ImportError:
        return None
    if server is None:
        return None
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        durable = ["--appendonly", "yes", "--appendfsync", "always", "--dir", folder, "--save", ""]
        redis_server = subprocess.Popen([server, "--port", str(port), *durable], stdout=subprocess.DEVNULL)
        (Path(folder) / "peer_tasks.py").write_text(_CELERY.format(port=port))
        worker = None
        try:
            client = redis.Redis(port=port)
            while True:
                with contextlib.suppress(redis.ConnectionError):
                    if client.ping():
                        break
                await asyncio.sleep(0.05)
            environment = {**os.environ, "PYTHONPATH": folder, "C_FORCE_ROOT": "1"}
            command = [sys.executable, "-m", "celery", "-A", "peer_tasks", "worker", "-c", "2", "-l", "error"]
            worker = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            sys.path.insert(0, folder)
            import peer_tasks

            peer_tasks.noop.delay(0)
            while int(client.get("done") or 0) < 1:
                await asyncio.sleep(0.05)
            started = time.perf_counter()
            for number in range(tasks):
                peer_tasks.noop.delay(number)
            while int(client.get("done") or 0) <= tasks:
                await asyncio.sleep(0.02)
            return tasks / (time.perf_counter() - started)
        finally:
            for process in (worker, redis_server):
                if process is not None:
                    process.terminate()
                    process.wait(20)


if __name__ == "__main__":
    asyncio.run(_pgqueuer_worker(sys.argv[1]))
