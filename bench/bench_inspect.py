"""Owns the comparison of `inspect` with bare PDFium: PDFs per second, one process per core, interleaved.

    python -m bench.bench_inspect [--documents 600] [--rounds 5] [--processes CORES]

Bare is what a script of ten lines would do: open, count the pages, text of each page, page 1 as WebP of the
same size and settings, kept in memory. `inspect` is check and process, as a child process of a worker calls
them. `as a job` is everything: bytes stored and synced, queued, checked, processed in sandboxed children,
results and both artifacts stored and synced; from the first byte to the end of the job, one worker per core.

(Not called inspect.py: beside a script of that name, the standard library's own `inspect` is not found.)
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path
from uuid import UUID

import pypdfium2 as pdfium

from bench.house import house
from postroom.core.states import ChunkKind
from postroom.db.document import NewDocument
from postroom.desk import document, job
from postroom.desk.access import Access, authenticate
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.ports import Source, Task
from postroom.readers import thumbnail
from postroom.systems.inspect import sample
from postroom.systems.inspect.workflow import Inspect
from postroom.wiring.office import open_desk

Item = tuple[Path, str]  # a PDF and its SHA-256, which intake knows already
Work = Callable[[Item], int]


def corpus(folder: Path, documents: int, seed: int = 1) -> list[Item]:
    """The sound PDFs of a generated pile of `documents` documents, without locked ones and copies."""
    manifest = sample.generate(folder, documents, seed)
    chosen = [
        folder / entry.name
        for entry in manifest.entries
        if entry.media_type == "application/pdf"
        and entry.state == "succeeded"
        and not entry.facts.get("encrypted")
    ]
    return [(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in chosen]


def bare(item: Item) -> int:
    """The pages of one PDF, by pypdfium2 alone."""
    document = pdfium.PdfDocument(item[0])
    pages = len(document)
    texts = []
    for index in range(pages):
        page = document[index]
        text_page = page.get_textpage()
        texts.append(text_page.get_text_range())
        if index == 0:
            bitmap = page.render(scale=thumbnail.EDGE / max(page.get_size()))
            out = io.BytesIO()
            bitmap.to_pil().save(out, "WEBP", quality=thumbnail.QUALITY, method=thumbnail.METHOD)
        text_page.close()
        page.close()
    document.close()
    return pages


def ours(item: Item) -> int:
    """The pages of one PDF, by the workflow: check, then process, artifacts written into a scratch folder."""
    workflow = Inspect()
    path, digest = item
    source = Source(UUID(int=0), 0, path.name, path, path.stat().st_size, digest, None)
    options = workflow.options({})
    task = Task(ChunkKind.CHECK, UUID(int=0), workflow.name, None, options, _scratch(path), source=source)
    checked = workflow.check(task)
    known = replace(source, media_type=checked.media_type, facts=checked.facts)
    done = workflow.process(replace(task, kind=ChunkKind.PROCESS, source=known, part=checked.parts[0]))
    for artifact in done.artifacts:
        artifact.file.unlink()
    return int(done.result["pages"])


def _scratch(beside: Path) -> Path:
    """One folder per process: making folders is the engine's work, and not what is measured here."""
    folder = beside.parent / f"scratch-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    return folder


def _measured(work: Work, item: Item) -> tuple[int, float]:
    start = time.process_time()
    return work(item), time.process_time() - start


def timed(pool: Pool, work: Work, items: Sequence[Item]) -> tuple[float, float, int]:
    """Seconds by the clock, seconds of processor time, and pages of one pass over `items`."""
    start = time.perf_counter()
    done = list(pool.imap_unordered(partial(_measured, work), items, chunksize=4))
    return time.perf_counter() - start, sum(cpu for _, cpu in done), sum(pages for pages, _ in done)


@dataclass(frozen=True)
class Measure:
    """Medians over all rounds. rate: PDFs per second. cpu: milliseconds of processor time per PDF."""

    rate: float
    cpu: float


def compare(
    pool: Pool, works: Sequence[tuple[str, Work]], items: Sequence[Item], rounds: int
) -> dict[str, Measure]:
    """Each in turn, many times, so that a busy machine disturbs all alike."""
    seconds: dict[str, list[float]] = {name: [] for name, _ in works}
    cpu: dict[str, list[float]] = {name: [] for name, _ in works}
    for number in range(rounds + 1):
        for name, work in works if number % 2 else reversed(works):
            taken, spent, _ = timed(pool, work, items)
            if number:  # the first round warms up
                seconds[name].append(taken)
                cpu[name].append(spent)
    median, count = statistics.median, len(items)
    return {
        name: Measure(count / median(seconds[name]), 1000 * median(cpu[name]) / count) for name, _ in works
    }


async def _job(desk: Desk, access: Access, items: Sequence[Item]) -> float:
    """Seconds from the first byte to the end of the job."""
    start = time.perf_counter()
    made = await job.submit(desk, access, Order("inspect", options={"duplicates": "process"}))

    async def store(number: int, path: Path) -> NewDocument:
        writer = desk.blobs.writer(f"document/{number % 100:02}/{made.id.hex}-{number}")
        await writer.write(path.read_bytes())
        stored = await writer.commit()
        return NewDocument(path.name, stored.key, stored.size, stored.sha256)

    documents = await asyncio.gather(*(store(number, path) for number, (path, _) in enumerate(items)))
    await document.receive(desk, access, made.id, documents)
    await job.close(desk, access, made.id)
    while not (now := await job.get(desk, access, made.id)).terminal:
        await asyncio.sleep(0.02)
    assert now.counts.succeeded == len(items), now.counts
    return time.perf_counter() - start


async def jobs(items: Sequence[Item], rounds: int, workers: int, between: Callable[[], object]) -> float:
    """PDFs per second as a job, median; `between` runs after each round, to interleave another measurement."""
    async with house("postroom.wiring.system") as made:
        await made.workers(workers)
        async with open_desk(made.settings) as desk:
            access = await authenticate(desk.db, made.settings.bootstrap_key)
            await _job(desk, access, items)  # warm up: children, plans, pace
            seconds = []
            for _ in range(rounds):
                seconds.append(await _job(desk, access, items))
                await asyncio.to_thread(between)
    return len(items) / statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        items = corpus(Path(folder), given.documents)
        with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
            found = compare(pool, (("bare PDFium", bare), ("inspect", ours)), items, given.rounds)
            again: list[float] = []

            def bare_again() -> None:
                again.append(timed(pool, bare, items)[0])

            served = asyncio.run(jobs(items, given.rounds, given.processes, bare_again))
            beside = len(items) / statistics.median(again)
    print(f"{len(items)} PDFs, {given.processes} processes, medians of {given.rounds} rounds")
    print(f"{'':12}  PDFs/s  ratio  CPU ms/PDF  ratio")
    base = found["bare PDFium"]
    for name, one in found.items():
        cells = f"{one.rate:6.0f}  {one.rate / base.rate:5.2f}  {one.cpu:10.2f}  {base.cpu / one.cpu:5.2f}"
        print(f"{name:12}  {cells}")
    print(
        f"{'as a job':12}  {served:6.0f}  {served / beside:5.2f}  beside bare PDFium at {beside:.0f} in the same rounds"
    )


if __name__ == "__main__":
    main()
