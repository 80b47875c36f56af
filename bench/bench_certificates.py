"""Owns the figures of the certificates' reader: right, missing and wrong by field and kind of file, and its speed.

    python -m bench.bench_certificates [--forms 200] [--scans 20] [--bulk 200] [--processes CORES] [--seed 1]

Generated certificates of three editions against their truth. Forms as fields and as flat text, plain, as agencies
send them, and in five house styles; scans of each, some skew, cropped, faxed or upside down. Speed is that of check
and process, with the picture of the page, as a child process of a worker calls them: a second on the clock with all
cores, and seconds of processor time each, which neighbours on the machine change least.

`--bulk`: so many certificates (fields and flat in turn) in one request to a real server with a worker a core: how
long the answer takes, how long until all are reviewed, twice in a row, and the most memory of API and workers.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

import httpx

from bench.house import KEY, House, house
from postroom.core.states import ChunkKind
from postroom.ports import Source, Task
from postroom.systems.certificates import sample
from postroom.systems.certificates.sample import agency, scan, style
from postroom.systems.certificates.workflow import Certificates

KINDS = (
    ("fields", 0),
    ("flat", 0),
    ("agency fields", 0),
    ("agency flat", 0),
    ("style", 0),
    ("scan", 300),
    ("scan", 200),
    ("scan", 150),
    ("agency scan", 300),
    ("agency scan", 200),
    ("style scan", 300),
    ("style scan", 200),
)
# Typed over a picture of the form: it takes as long as a scan, and is read as text.
STYLES = tuple(name for name, one in style.STYLES.items() if not one.under)
_WORKFLOW = Certificates()


@dataclass(frozen=True, slots=True)
class Made:
    """One certificate on disk, and its truth."""

    file: Path
    truth: Mapping[str, object]


def corpus(folder: Path, kind: str, dpi: int, count: int, seed: int) -> list[Made]:
    random = Random(seed)
    made = []
    for number in range(count):
        if kind.startswith("agency"):
            data, truth = agency.make(random, number + 1, fields=kind.endswith("fields"))
        elif kind.startswith("style"):
            data, truth = style.make(random, number + 1, STYLES[number % len(STYLES)])
        else:
            data, entry = sample.make(random, number + 1, kind, dpi=dpi or 300)
            truth = dict(entry.truth)
        if kind.endswith(" scan"):
            data = scan.scanned(data, scan.varied(random, dpi))
        file = folder / f"{kind.replace(' ', '-')}-{dpi}-{number:04}.pdf"
        file.write_bytes(data)
        made.append(Made(file, truth))
    return made


def read(folder: Path, made: Made) -> tuple[dict[str, str], float]:
    """The verdict on every field, and the seconds of processor time that check and process took."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source = Source(UUID(int=1), 0, made.file.name, made.file, made.file.stat().st_size, None, None)
        options = _WORKFLOW.options({})
        task = Task(ChunkKind.CHECK, UUID(int=2), "certificates", None, options, Path(scratch), source=source)
        start = time.process_time()
        checked = _WORKFLOW.check(task)
        done = _WORKFLOW.process(replace(task, kind=ChunkKind.PROCESS, part=checked.parts[0]))
        spent = time.process_time() - start
    return sample.compare(made.truth, done.result["certificate"] or {}), spent


def field(path: str) -> str:
    """A path without numbers and without the kind of coverage: what is printed in the table."""
    plain = re.sub(r"\.\d+", "", path)
    return re.sub(r"^(?:coverages\.\w+|additional_policies\.policy)\.", "coverage: ", plain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--forms", type=int, default=200)
    parser.add_argument("--scans", type=int, default=20)
    parser.add_argument("--bulk", type=int, default=200)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    fields: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    columns = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, dpi in KINDS:
            count = given.scans if dpi else given.forms
            if not count:
                continue
            column = f"{kind} {dpi}" if dpi else kind
            columns.append(column)
            pile = corpus(folder, kind, dpi, count, given.seed)
            processes = 1 if dpi else given.processes
            with multiprocessing.get_context("forkserver").Pool(processes) as pool:
                pool.map(partial(read, folder), pile[:processes], chunksize=1)  # warm
                start = time.perf_counter()
                found = pool.map(partial(read, folder), pile, chunksize=1)
                spent = time.perf_counter() - start
            for verdicts, _ in found:
                for path, verdict in verdicts.items():
                    fields[field(path)][column][verdict] += 1
            used = [seconds for _, seconds in found]
            pace = f"{count / spent:.1f} a second on {processes} cores"
            each = f"{sum(used) / count:.3f} s of processor time each, at most {max(used):.2f}"
            print(f"{column}: {count} certificates, {pace}, {each}", flush=True)
        if given.bulk:
            asyncio.run(bulk(folder, given.bulk, given.processes, given.seed))
    if columns:
        table(fields, columns)


# --- through a real server -----------------------------------------------------------------------------


async def bulk(folder: Path, count: int, workers: int, seed: int) -> None:
    made = [
        *corpus(folder, "fields", 0, count - count // 2, seed),
        *corpus(folder, "flat", 0, count // 2, seed),
    ]
    async with house("postroom.wiring.system") as server:
        url = await server.api()
        await server.workers(workers)
        auth = (KEY, "")
        async with httpx.AsyncClient(base_url=f"{url}/api/v1", auth=auth, timeout=300) as http:
            rules = [{"name": "Insured named", "path": "insured.name", "check": "present"}]
            await http.post(
                "/insurance_requirements", json={"name": "All", "rules": rules, "is_default": True}
            )
            tracker = (await http.post("/trackers", json={"name": "Bench"})).raise_for_status().json()["id"]
            for turn in ("first", "second"):
                answered, reviewed, states = await _sent(http, made, tracker)
                said = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
                print(
                    f"bulk request of {count}, the {turn}: answered in {answered:.2f} s, all reviewed after"
                    f" {reviewed:.1f} s on {workers} workers ({said}); most memory: {_memory(server)}",
                    flush=True,
                )


async def _sent(
    http: httpx.AsyncClient, made: Sequence[Made], tracker: str
) -> tuple[float, float, Counter[str]]:
    """Seconds to the answer, seconds until the last is decided, and the statuses."""
    files = [("certificates[]", (one.file.name, one.file.read_bytes(), "application/pdf")) for one in made]
    path = "/files/external_certificates/tracker/placeholder/bulk"
    start = time.perf_counter()
    answer = await http.post(path, files=files, data={"tracker_id": tracker})
    answered = time.perf_counter() - start
    ids = {one["id"] for one in answer.raise_for_status().json()["certificates"]}
    while True:
        states = Counter(await _states(http, ids))
        if not states["pending"] and not states["processing"]:
            return answered, time.perf_counter() - start, states
        await asyncio.sleep(0.2)


async def _states(http: httpx.AsyncClient, ids: set[str]) -> list[str]:
    """Of the newest certificates, down to the last of these."""
    found: list[str] = []
    query = "?limit=100"
    while len(found) < len(ids):
        page = (await http.get(f"/files/certificates{query}")).raise_for_status().json()
        found += [one["status"] for one in page if one["id"] in ids]
        query = f"?limit=100&starting_after={page[-1]['id']}"
    return found


def _memory(server: House) -> str:
    """MB of each process that was started, its children apart."""
    found = []
    for process in server.processes:
        status = Path(f"/proc/{process.pid}/status").read_text()
        found += [int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return f"API {found[0]} MB, workers {', '.join(map(str, found[1:]))} MB"


def table(fields: Mapping[str, Mapping[str, Counter[str]]], columns: Sequence[str]) -> None:
    """Per cent right / missing / wrong."""
    whole: dict[str, Counter[str]] = defaultdict(Counter)
    print(f"\n{'per cent right / missing / wrong':60}" + "".join(f"{column:>21}" for column in columns))
    for name in sorted(fields):
        cells = []
        for column in columns:
            whole[column].update(fields[name][column])
            cells.append(_shares(fields[name][column]))
        print(f"{name:60}" + "".join(f"{cell:>21}" for cell in cells))
    print(f"{'all':60}" + "".join(f"{_shares(whole[column]):>21}" for column in columns))


def _shares(counts: Counter[str]) -> str:
    total = counts.total()
    if not total:
        return "-"
    return " / ".join(f"{100 * counts[verdict] / total:.1f}" for verdict in ("right", "missing", "wrong"))


if __name__ == "__main__":
    main()
