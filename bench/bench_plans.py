"""Owns the comparison of the plans workflow with bare PDFium: sheets per second, one process per core.

    python -m bench.bench_plans [--sheets 500] [--rounds 3] [--processes CORES] [--job]

Both make text, words with boxes, and a thumbnail as WebP of the same size and settings. Bare is what a script
would do with pypdfium2 alone: characters with their boxes, joined to words at white space. The workflow is
check and process, as a child process of a worker calls them, with title blocks, regions, trigrams and rows for
the database on top. Rounds are interleaved; the processor's time tells more than the clock where others work,
too. `as a job` (--job) is everything through workers, thumbnails stored and synced, rows and indices written,
until the job has ended.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import io
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path
from uuid import UUID

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from uuid_utils.compat import uuid7

from bench.house import KEY, house
from postroom.core.states import ChunkKind
from postroom.db.document import NewDocument
from postroom.desk import document, job
from postroom.desk.access import authenticate
from postroom.desk.job import Order
from postroom.ports import Part, Source, Task
from postroom.readers import thumbnail
from postroom.systems.plans.sample import sheet as sample_sheet
from postroom.systems.plans.work import CHUNK
from postroom.systems.plans.workflow import Plans
from postroom.wiring.office import open_desk

_OPTIONS = {"images": "thumbnail"}
_STROKES = 10_000  # of a sheet; the real ones that this was compared with have 17,000 to 27,000 objects
Item = tuple[Path, int, int]  # a file, its first and last page


def bare(item: Item) -> int:
    """Text, words with boxes and a thumbnail of each page, by pypdfium2 alone."""
    path, first, last = item
    done = 0
    with pdfium.PdfDocument(path) as opened:
        for index in range(first - 1, last):
            page = opened[index]
            layer = page.get_textpage()
            text = layer.get_text_range()
            done += len(_words(layer, layer.count_chars())) > 0 and len(text) > 0
            picture = page.render(scale=thumbnail.EDGE / max(page.get_size())).to_pil()
            picture.save(io.BytesIO(), "WEBP", quality=thumbnail.QUALITY, method=thumbnail.METHOD)
            layer.close()
            page.close()
    return done


def _words(layer: pdfium.PdfTextPage, count: int) -> list[tuple[str, float, float, float, float]]:
    words: list[tuple[str, float, float, float, float]] = []
    edges = [ctypes.c_double() for _ in range(4)]
    word = ""
    left, right, bottom, top = 1e9, -1e9, 1e9, -1e9
    for at in range(count + 1):
        sign = chr(raw.FPDFText_GetUnicode(layer, at)) if at < count else " "
        if sign.isspace():
            if word:
                words.append((word, left, bottom, right, top))
            word, left, right, bottom, top = "", 1e9, -1e9, 1e9, -1e9
            continue
        raw.FPDFText_GetCharBox(layer, at, *edges)
        word += sign
        left, right = min(left, edges[0].value), max(right, edges[1].value)
        bottom, top = min(bottom, edges[2].value), max(top, edges[3].value)
    return words


def worked(item: Item) -> int:
    """The same by the workflow: one process chunk."""
    path, first, last = item
    workflow = Plans()
    facts = {"pages": last - first + 1}
    source = Source(
        UUID(int=1), 0, path.name, path, path.stat().st_size, None, None, "application/pdf", facts
    )
    pages = range(first, last + 1)
    part = Part({"first": first, "last": last, "drawings": list(pages)}, pages=len(pages))
    with tempfile.TemporaryDirectory() as scratch:
        options = workflow.options(_OPTIONS)
        given = Task(ChunkKind.PROCESS, UUID(int=1), "plans", None, options, Path(scratch), part, source)
        return len(pages) - workflow.process(given).pages_failed


def as_a_child() -> None:
    """As the fork server does before it makes children: what is imported is not searched for garbage."""
    gc.collect()
    gc.freeze()


def timed(work: Callable[[Item], int], item: Item) -> tuple[int, float]:
    begun = time.process_time()
    return work(item), time.process_time() - begun


def rate(pool: Pool, work: Callable[[Item], int], items: Sequence[Item], sheets: int) -> tuple[float, float]:
    """Sheets per second by the clock, and milliseconds of processor time a sheet."""
    begun = time.perf_counter()
    done, seconds = zip(*pool.imap_unordered(partial(timed, work), items), strict=True)
    assert sum(done) == sheets, (done, sheets)
    return sheets / (time.perf_counter() - begun), 1000 * sum(seconds) / sheets


async def as_job(path: Path, sheets: int, processes: int) -> float:
    async with house("postroom.wiring.system") as made, open_desk(made.settings) as desk:
        await made.workers(processes)
        access = await authenticate(desk.db, KEY)
        begun = time.perf_counter()
        opened = await job.submit(desk, access, Order("plans", options=_OPTIONS))
        key = uuid7().hex
        writer = desk.blobs.writer(f"document/{key[-2:]}/{key}")
        await writer.write(path.read_bytes())
        stored = await writer.commit()
        new = NewDocument(path.name, stored.key, stored.size, stored.sha256)
        await document.receive(desk, access, opened.id, [new])
        await job.close(desk, access, opened.id)
        while not (state := await job.get(desk, access, opened.id)).terminal:
            await asyncio.sleep(0.1)
        assert state.counts.succeeded == 1, state
        return sheets / (time.perf_counter() - begun)


def main(sheets: int, rounds: int, processes: int, job_too: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="postroom-plans-") as name:
        path = Path(name) / "set.pdf"
        sample_sheet.draw_set(path, 1, layout="labelled", sheets=sheets, strokes=_STROKES, prose=150)
        items = [(path, first, min(first + CHUNK - 1, sheets)) for first in range(1, sheets + 1, CHUNK)]
        seen: dict[str, list[tuple[float, float]]] = {"bare": [], "workflow": []}
        with multiprocessing.get_context("spawn").Pool(processes, as_a_child) as pool:
            pool.map(worked, items[:processes])
            pool.map(bare, items[:processes])
            for _ in range(rounds):
                seen["bare"].append(rate(pool, bare, items, sheets))
                seen["workflow"].append(rate(pool, worked, items, sheets))
        rates, costs = (
            {name: statistics.median(one[at] for one in rounds_) for name, rounds_ in seen.items()}
            for at in (0, 1)
        )
        print(f"{sheets} sheets, {processes} processes, {rounds} rounds")
        for name in seen:
            print(
                f"{name:<12} {rates[name]:8.1f} sheets/s   {rates[name] / rates['bare']:.2f} x"
                f"   {costs[name]:6.1f} ms of processor time a sheet   {costs['bare'] / costs[name]:.2f} x"
            )
        if job_too:
            figure = asyncio.run(as_job(path, sheets, processes))
            print(f"as a job         {figure:8.1f} sheets/s   {figure / rates['bare']:.2f} x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Sheets per second, beside bare pypdfium2.")
    parser.add_argument("--sheets", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--job", action="store_true")
    arguments = parser.parse_args()
    main(arguments.sheets, arguments.rounds, arguments.processes, arguments.job)
