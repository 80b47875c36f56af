"""Owns the figures of grep and of words: the first 50 hits over thousands of sheets, in milliseconds.

    python -m bench.bench_grep [--sheets 5000] [--patterns 200] [--rounds 3] [--peers]

The sheets are generated (some 400 words each, as often as they come on real ones: `sample.note`), read by the
workflow and stored as its chunks store them; then the functions behind the API are asked, one call at a time. Half of
the patterns are words drawn as often as they come, half any that come at all. Texts stay in memory between searches,
as they do in a server; `cold` forgets them before each. cpu: of this process and its database backend together,
which a machine that others share changes less. Kinds take turns; of the rounds of each the one with the lowest p99
is shown. --peers asks Debian's pdfgrep over the same files (once: it takes half a minute or more) and ripgrep over
the extracted text, where they are installed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import os
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from uuid_utils.compat import uuid7

from bench.house import KEY, house
from postroom.core.states import ChunkKind
from postroom.db.connection import Database
from postroom.desk import job as jobs
from postroom.desk.access import authenticate
from postroom.desk.job import Order
from postroom.ports import Part, Processed, Source, Task
from postroom.systems.plans import keep
from postroom.systems.plans.sample import layout as sample_layout
from postroom.systems.plans.sample import sheet as sample_sheet
from postroom.systems.plans.search import grep, shelf
from postroom.systems.plans.search import ranked as search
from postroom.systems.plans.search.ranked import Filter
from postroom.systems.plans.workflow import Plans
from postroom.wiring.office import open_desk

_SET = 100  # sheets of a file
_OPTIONS = {"images": "none", "ocr": "never"}


@dataclass(frozen=True)
class Read:
    source: Source
    parts: Sequence[tuple[Part, Processed]]


def read(given: tuple[Path, int]) -> Read:
    """Generate one file and read it."""
    folder, seed = given
    file = folder / f"set-{seed:03}.pdf"
    layout = sorted(sample_layout.LAYOUTS)[seed % len(sample_layout.LAYOUTS)]
    sample_sheet.draw_set(file, seed, layout=layout, sheets=_SET, strokes=0, prose=250)
    workflow = Plans()
    options = workflow.options(_OPTIONS)

    def task(kind: ChunkKind, source: Source, part: Part) -> Task:
        scratch = folder / uuid7().hex
        scratch.mkdir()
        return Task(kind, UUID(int=1), "plans", None, options, scratch, part, source)

    source = Source(uuid7(), seed, file.name, file, file.stat().st_size, None, None)
    checked = workflow.check(task(ChunkKind.CHECK, source, Part()))
    source = replace(source, media_type=checked.media_type, facts=checked.facts)
    parts = [(part, workflow.process(task(ChunkKind.PROCESS, source, part))) for part in checked.parts]
    return Read(source, [(part, replace(done, artifacts=())) for part, done in parts])


async def store(db: Database, project: UUID, job: UUID, one: Read) -> None:
    await db.execute(
        "INSERT INTO plan_file (id, project_id, job_id, position, name, content_type, size)"
        " VALUES ($1, $2, $3, $4, $5, 'application/pdf', $6)",
        one.source.id,
        project,
        job,
        one.source.position,
        one.source.name,
        one.source.size,
    )
    for part, result in one.parts:
        async with db.transaction(relaxed=True) as connection:
            stored = await keep.write(connection, job, one.source.id, part, result)
            assert stored.problem is None, stored.problem


def patterns(texts: Sequence[str], count: int) -> dict[str, list[tuple[str, bool]]]:
    """Pattern and whether it is literal, of each kind; taken from the texts themselves, and some that are not."""
    pick = random.Random(1)
    seen = [word for text in texts for word in text.split() if len(word) > 4]
    kinds = sorted(set(seen))
    # Half of them as often as they come on the sheets, half of them whatever comes at all.
    words = [pick.choice(seen if at % 2 else kinds) for at in range(count)]
    pieces = [word[1 : 1 + pick.randint(3, 4)] for word in words]
    either = list(zip(words, words[::-1], strict=True))
    return {
        "words": [(word, True) for word in words],
        "substring": [(piece, True) for piece in pieces],
        "substring, absent": [(word[:4] + "QZX" + word[4:], True) for word in words],
        "regex with a literal": [(rf"{re.escape(word[:5])}\S*\s+[A-M]", False) for word in words],
        "regex, alternatives": [(f"(?:{re.escape(a)}|{re.escape(b)})\\s+[0-9]", False) for a, b in either],
        "regex without a literal": [
            (rf"[{re.escape(w[0] + w[1])}]{{2}}\d+[A-Z]Q", False) for w in words[: max(4, count // 20)]
        ],
    }


class Clock:
    """Seconds since the last look: by the clock, and of this process and its one database backend together."""

    def __init__(self, backend: int) -> None:
        self._backend = Path(f"/proc/{backend}/schedstat")
        self._seen = self._now()

    def _now(self) -> tuple[float, float]:
        return time.perf_counter(), time.process_time() + int(self._backend.read_text().split()[0]) / 1e9

    def look(self) -> tuple[float, float]:
        before, self._seen = self._seen, self._now()
        return self._seen[0] - before[0], self._seen[1] - before[1]


@dataclass(frozen=True)
class Round:
    """Milliseconds of each call, by the clock and of processors, ascending; and hits of a call."""

    wall: list[float]
    cpu: list[float]
    hits: float

    def __str__(self) -> str:
        said = [
            f"{name}p50 {statistics.median(row):7.1f}  {name}p99 {_p99(row):7.1f}"
            for name, row in (("", self.wall), ("cpu ", self.cpu))
        ]
        return f"{'  '.join(said)} ms   hits {self.hits:6.1f}"


def _p99(row: Sequence[float]) -> float:
    return row[min(len(row) - 1, int(len(row) * 0.99))]


async def timed(
    call: Callable[[str, bool], Awaitable[int]], given: Sequence[tuple[str, bool]], clock: Clock
) -> Round:
    taken: list[tuple[float, float]] = []
    hits = 0
    for pattern, literal in given:
        clock.look()
        hits += await call(pattern, literal)
        taken.append(clock.look())
    wall, cpu = (sorted(1000 * one for one in column) for column in zip(*taken, strict=True))
    return Round(wall, cpu, hits / len(given))


def peer(name: str, argv: Callable[[str], list[str]], given: Sequence[tuple[str, bool]], times: int) -> None:
    if shutil.which(argv("")[0]) is None:
        print(f"{name}: not installed")
        return
    seconds = []
    for pattern, _ in given[:times]:
        begun = time.perf_counter()
        subprocess.run(argv(pattern), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        seconds.append(time.perf_counter() - begun)
    print(f"{name:26} median {1000 * statistics.median(seconds):10.1f} ms")


async def figures(url: str, project: UUID, given: dict[str, list[tuple[str, bool]]], rounds: int) -> None:
    db = await Database.connect(url, size=1)
    clock = Clock(await db.fetchval("SELECT pg_backend_pid()"))

    async def ask(pattern: str, literal: bool) -> int:
        return len((await grep.search(db, project, pattern, literal=literal)).hits)

    async def words(pattern: str, literal: bool) -> int:
        return len(await search.find(db, [project], pattern, Filter(), limit=50))

    async def cold(pattern: str, literal: bool) -> int:
        shelf.SHELF.clear()
        return await ask(pattern, literal)

    gc.collect()
    gc.freeze()  # what the bench holds, no server does
    clock.look()
    await ask("[QZ]{3}Q", False)
    print(f"{'the first, every text':26} {1000 * clock.look()[0]:11.1f} ms")
    made: dict[str, list[Round]] = {}
    for _ in range(rounds):
        for kind, some in given.items():
            made.setdefault(kind, []).append(await timed(words if kind == "words" else ask, some, clock))
    for kind in ("substring", "regex with a literal"):
        made[f"{kind}, cold"] = [await timed(cold, given[kind][:50], clock)]
    for kind, every in made.items():
        print(f"{kind:26} {min(every, key=lambda one: _p99(one.wall))}")
    await db.close()


async def main(sheets: int, count: int, rounds: int, peers: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="postroom-grep-") as name:
        folder = Path(name)
        files = [(folder, seed) for seed in range(max(1, sheets // _SET))]
        async with house("postroom.wiring.system") as made, open_desk(made.settings) as desk:
            access = await authenticate(desk.db, KEY)
            job = await jobs.submit(desk, access, Order("plans"))
            project = uuid7()
            await desk.db.execute(
                "INSERT INTO plan_project (id, account_id, name) VALUES ($1, $2, 'bench')",
                project,
                access.account,
            )
            begun = time.perf_counter()
            with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
                for one in pool.imap_unordered(read, files):
                    await store(desk.db, project, job.id, one)
            await desk.db.execute("ANALYZE plan_page, plan_gram, plan_region")
            pages = await desk.db.fetch("SELECT file_id, page, text FROM plan_page ORDER BY file_id, page")
            texts = [row["text"] for row in pages]
            size = sum(map(len, texts))
            print(
                f"{len(texts)} sheets, {size:,} characters, read and stored in {time.perf_counter() - begun:.0f} s"
            )
            given = patterns(texts, count)
            await figures(made.settings.database_url, project, given, rounds)
            if peers:
                (folder / "text").mkdir()
                for row in pages:
                    (folder / "text" / f"{row['file_id'].hex}-{row['page']:05}.txt").write_text(row["text"])
                some = given["substring"]
                peer(
                    "ripgrep, extracted text", lambda p: ["rg", "-F", "-e", p, str(folder / "text")], some, 5
                )
                paths = [str(file) for file in sorted(folder.glob("*.pdf"))]
                peer("pdfgrep, the files", lambda p: ["pdfgrep", "-F", "-e", p, *paths], some, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Milliseconds of grep over many sheets.")
    parser.add_argument("--sheets", type=int, default=5000)
    parser.add_argument("--patterns", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.sheets, arguments.patterns, arguments.rounds, arguments.peers))
