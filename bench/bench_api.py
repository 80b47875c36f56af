"""Status polls per second beside the same route returning a constant, and the cost of event listeners.

    python -m bench.bench_api [--rounds 3] [--seconds 5] [--listeners 500]

One API process. Polls: 50 keep-alive connections from another process, rounds interleaved. Listeners: all on
one job, a stored event four times a second; CPU of the API process, and the delay from the event's
transaction to its arrival at every listener.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from uuid import UUID

import psutil
import uvloop

from bench.house import KEY, ROOT, House, house, systems
from postroom.core.events import EventType
from postroom.db import event
from postroom.desk import job
from postroom.desk.access import authenticate
from postroom.desk.job import Order
from postroom.wiring.office import open_desk

MODULE = "bench.noop"


async def _load(port: int, path: str, seconds: float) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", "127.0.0.1", str(port), path, KEY, "50", str(seconds),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    found: dict[str, float] = json.loads(out)
    assert found["errors"] == 0, found
    return found


async def polls(port: int, job_id: UUID, rounds: int, seconds: float) -> None:
    paths = {"status poll": f"/postroom/v1/jobs/{job_id}", "constant": f"/postroom/v1/noop/jobs/{job_id}"}
    for path in paths.values():
        await _load(port, path, 1)  # warm up
    found: dict[str, list[dict[str, float]]] = {name: [] for name in paths}
    for _ in range(rounds):
        for name, path in paths.items():
            found[name].append(await _load(port, path, seconds))
    for name, runs in found.items():
        rate, p99 = (statistics.median(run[key] for run in runs) for key in ("rate", "p99"))
        every = ", ".join(f"{run['rate']:.0f}" for run in runs)
        print(f"{name:24} {rate:8.0f} requests/s   p99 {p99:6.1f} ms   ({every})")
    ratios = [a["rate"] / b["rate"] for a, b in zip(found["status poll"], found["constant"], strict=True)]
    print(f"{'ratio':24} {statistics.median(ratios):8.2f}   (goal 0.40)", flush=True)


async def listeners(made: House, port: int, pid: int, count: int, seconds: float) -> None:
    async with open_desk(made.settings, systems(MODULE)) as desk:
        access = await authenticate(desk.db, KEY)
        watched = await job.submit(desk, access, Order("noop"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.listen", "127.0.0.1", str(port), str(watched.id), KEY, str(count),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.readline()  # all are connected
        await asyncio.sleep(1)
        server = psutil.Process(pid)
        before, started = sum(server.cpu_times()[:2]), time.perf_counter()
        sent = 0
        while time.perf_counter() - started < seconds:
            async with desk.db.transaction() as connection:
                await event.append(connection, watched.id, [(EventType.WARNING, {"sentAt": time.time()})])
            sent += 1
            await asyncio.sleep(max(0.0, started + sent * 0.25 - time.perf_counter()))
        used = (sum(server.cpu_times()[:2]) - before) / (time.perf_counter() - started)
        await job.cancel(desk, access, watched.id)
        delays = json.loads(await process.stdout.readline())
        await process.wait()
    print(f"{count} listeners, {sent} events: {delays['received']} received of {count * sent}")
    cpu = f"CPU of the API {used * 100:5.1f} % of a core (goal 25)"
    print(f"{cpu}   p50 {delays['p50']:.1f} ms  p99 {delays['p99']:.1f} ms (goal 100)")


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--listeners", type=int, default=500)
    given = parser.parse_args()
    async with house(MODULE) as made:
        url = await made.api()
        port = int(url.rpartition(":")[2])
        async with open_desk(made.settings, systems(MODULE)) as desk:
            access = await authenticate(desk.db, KEY)
            polled = await job.submit(desk, access, Order("noop"))
        await polls(port, polled.id, given.rounds, given.seconds)
        await listeners(made, port, made.processes[0].pid, given.listeners, 4 * given.seconds)


if __name__ == "__main__":
    uvloop.run(main())
