"""Durable no-op documents per second, submitted to finished, and how soon a closed job starts.

    python -m bench.bench_engine [--documents 6000] [--jobs 1,100] [--peers]

Submission (bytes stored and synced, rows committed) counts; two workers. Peers, in the same run: bare
PgQueuer on the same database, and Celery on Debian's redis-server where it is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from uuid import UUID

import uvloop

from bench.house import House, house, systems
from bench.peer import celery_rate, pgqueuer_rate
from postroom.db.document import NewDocument
from postroom.desk import document, job
from postroom.desk.access import Access, authenticate
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.wiring.office import open_desk

MODULE = "bench.noop"
_FORM = 100  # documents stored together, as one form would bring them
_CONNECTIONS = 4  # forms in flight


async def _store(desk: Desk, job_id: UUID, number: int) -> NewDocument:
    name = f"{job_id.hex}-{number}"
    writer = desk.blobs.writer(f"document/{name[-2:].replace('-', '0')}/{name}")
    await writer.write(b"document %d" % number)
    stored = await writer.commit()
    return NewDocument(f"{number}.txt", stored.key, stored.size, stored.sha256)


async def _submit(desk: Desk, access: Access, documents: int, gate: asyncio.Semaphore) -> UUID:
    """One job, its documents in forms of 100; `gate`: forms in flight at once, as from so many connections."""
    made = await job.submit(desk, access, Order("noop"))

    async def form(first: int) -> None:
        async with gate:
            numbers = range(first, min(first + _FORM, documents))
            stored = await asyncio.gather(*(_store(desk, made.id, number) for number in numbers))
            await document.receive(desk, access, made.id, stored)

    await asyncio.gather(*(form(first) for first in range(0, documents, _FORM)))
    await job.close(desk, access, made.id)
    return made.id


async def throughput(desk: Desk, access: Access, documents: int, jobs: int) -> tuple[float, float]:
    """Documents per second from the first submission to the last end; and from the last close to it."""
    started = time.perf_counter()
    gate = asyncio.Semaphore(_CONNECTIONS)
    ids = await asyncio.gather(*(_submit(desk, access, documents // jobs, gate) for _ in range(jobs)))
    closed = time.perf_counter()
    left = set(ids)
    while left:
        rows = await desk.db.fetch(
            "SELECT id FROM job WHERE id = ANY($1) AND ended_at IS NOT NULL", list(left)
        )
        left -= {row["id"] for row in rows}
        await asyncio.sleep(0.02)
    ended = time.perf_counter()
    bad = await desk.db.fetchval(
        "SELECT count(*) FROM job WHERE id = ANY($1) AND (state <> 'succeeded' OR succeeded <> $2)",
        list(ids),
        documents // jobs,
    )
    assert bad == 0, f"{bad} jobs did not succeed"
    return documents / (ended - started), documents / (ended - closed)


async def latency(desk: Desk, access: Access, count: int) -> list[float]:
    """Milliseconds from the close of a job to its first chunk being taken up, on an idle server."""
    times = []
    for _ in range(count):
        job_id = await _submit(desk, access, 1, asyncio.Semaphore(1))
        while True:
            row = await desk.db.fetchrow(
                "SELECT extract(epoch FROM c.claimed_at - j.closed_at) * 1000 AS ms, j.ended_at FROM job j"
                " JOIN chunk c ON c.job_id = j.id AND c.kind = 'check' WHERE j.id = $1",
                job_id,
            )
            if row is not None and row["ended_at"] is not None:
                break
            await asyncio.sleep(0.01)
        times.append(float(row["ms"]))
        await asyncio.sleep(0.05)
    return sorted(times)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=6000)
    parser.add_argument("--jobs", default="1,100")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latencies", type=int, default=100)
    parser.add_argument("--peers", action="store_true", help="measure PgQueuer and Celery too")
    given = parser.parse_args()
    async with house(MODULE) as made:
        await _measure(made, given)


async def _measure(made: House, given: argparse.Namespace) -> None:
    await made.workers(2)
    async with open_desk(made.settings, systems(MODULE)) as desk:
        access = await authenticate(desk.db, made.settings.bootstrap_key)
        await throughput(desk, access, 500, 1)  # warm up: connections, plans, pace
        print(f"{'measured':44} {'median':>10}  all rounds")
        for jobs in (int(value) for value in given.jobs.split(",")):
            rounds = [await throughput(desk, access, given.documents, jobs) for _ in range(given.rounds)]
            _row(f"documents/s, {jobs} job(s), submitted to finished", [whole for whole, _ in rounds])
            _row(f"documents/s, {jobs} job(s), after the last close", [after for _, after in rounds])
        times = await latency(desk, access, given.latencies)
        if times:
            p50, p99 = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))]
            print(f"{'close to start, ms':44} p50 {p50:.1f}  p99 {p99:.1f}  worst {times[-1]:.1f}")
    if given.peers:
        for process in list(made.processes):
            made.stop(process)
        _row("bare PgQueuer, tasks/s", [await pgqueuer_rate(made, given.documents)])
        rate = await celery_rate(given.documents)
        print(
            f"{'Celery + redis, tasks/s':44} "
            + (f"{rate:10.0f}" if rate else "  not here (apt-get install redis-server)")
        )


def _row(name: str, values: list[float]) -> None:
    print(
        f"{name:44} {statistics.median(values):10.0f}  {', '.join(f'{value:.0f}' for value in values)}",
        flush=True,
    )


if __name__ == "__main__":
    uvloop.run(main())  # as the API does, whose part submission is
