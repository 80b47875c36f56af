"""Owns the comparison of `inspect` with bare PDFium: PDFs per second, one process per core, interleaved.

    python -m bench.bench_inspect [--documents 600] [--rounds 5] [--processes CORES] [--pages 1,10,50]

Bare is what a script of ten lines would do: open, count the pages, text of each page, page 1 as WebP of the
same size and settings, kept in memory. `inspect` is check and process, as a child process of a worker calls
them. `as a job` is everything: bytes stored and synced, queued, checked, processed in sandboxed children,
results and both artifacts stored and synced; from the first byte to the end of the job, one worker per core.
`--pages`: the same for PDFs of that many pages of text each, which tells what a document costs and what a page.

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
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path
from random import Random
from uuid import UUID

import pypdfium2 as pdfium

from bench.house import house, processor_seconds
from postroom.core.states import ChunkKind
from postroom.db.document import NewDocument
from postroom.desk import document, job
from postroom.desk.access import Access, authenticate
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.ports import Source, Task
from postroom.readers import thumbnail
from postroom.systems.inspect import sample
from postroom.systems.inspect.sample import file
from postroom.systems.inspect.sample import pdf as sample_pdf
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


def of_pages(folder: Path, pages: int, count: int) -> list[Item]:
    """PDFs of `pages` pages of text, no two alike."""
    made = []
    for number in range(count):
        random = Random(f"{pages}-{number}")
        writer = sample_pdf.Writer("Postroom sample", f"Report {number}")
        for page in range(pages):
            writer.text(f"Page {page + 1}", [file.firm(random), *file.lines(random, random.randint(24, 44))])
        path = folder / f"{pages}-{number}.pdf"
        path.write_bytes(writer.data(packed=bool(number % 2)))
        made.append((path, hashlib.sha256(path.read_bytes()).hexdigest()))
    return made


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


async def jobs(
    piles: Sequence[Sequence[Item]], rounds: int, workers: int, between: Callable[[Sequence[Item]], object]
) -> list[Measure]:
    """Each pile as a job, medians; `between` runs after each round, to interleave another measurement."""
    async with house("postroom.wiring.system") as made:
        # The processes of the comparison wait meanwhile, or work between the rounds.
        others = {process.pid for process in multiprocessing.active_children() if process.pid}
        await made.workers(workers)
        async with open_desk(made.settings) as desk:
            access = await authenticate(desk.db, made.settings.bootstrap_key)
            await _job(desk, access, piles[0])  # warm up: children, plans, pace
            found = []
            for items in piles:
                seconds, spent = [], []
                for _ in range(rounds):
                    before = processor_seconds(others)
                    seconds.append(await _job(desk, access, items))
                    spent.append(processor_seconds(others) - before)
                    await asyncio.to_thread(between, items)
                rate = len(items) / statistics.median(seconds)
                found.append(Measure(rate, 1000 * statistics.median(spent) / len(items)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--pages", default="1,10,50", help="piles of PDFs of so many pages each, besides")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        piles = {"pile": corpus(folder, given.documents)}
        for pages in (int(word) for word in given.pages.split(",") if word):
            count = max(240, min(1500, 12000 // pages))
            piles[f"{pages} page{'s' if pages > 1 else ''}"] = of_pages(folder, pages, count)
        with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
            works = (("bare PDFium", bare), ("inspect", ours))
            found = {name: compare(pool, works, items, given.rounds) for name, items in piles.items()}
            beside: dict[int, list[float]] = defaultdict(list)

            def bare_again(items: Sequence[Item]) -> None:
                beside[id(items)].append(timed(pool, bare, items)[0])

            served = asyncio.run(jobs(list(piles.values()), given.rounds, given.processes, bare_again))
    print(f"{given.processes} processes, medians of {given.rounds} rounds")
    print(f"{'':24}  PDFs/s  ratio  CPU ms/PDF  ratio")
    for (name, items), as_job in zip(piles.items(), served, strict=True):
        base = found[name]["bare PDFium"]
        for what, one in found[name].items():
            _row(f"{name}, {what}", one, base)
        _row(
            f"{name}, as a job", as_job, replace(base, rate=len(items) / statistics.median(beside[id(items)]))
        )


def _row(name: str, one: Measure, base: Measure) -> None:
    """base: bare PDFium in the same rounds."""
    print(
        f"{name:24}  {one.rate:6.0f}  {one.rate / base.rate:5.2f}  {one.cpu:10.2f}  {base.cpu / one.cpu:5.2f}"
    )


if __name__ == "__main__":
    main()
