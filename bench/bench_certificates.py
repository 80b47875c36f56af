"""Owns the figures of the certificates' reader: right, missing and wrong by field and kind of file, and its speed.

    python -m bench.bench_certificates [--forms 200] [--scans 20] [--processes CORES] [--seed 1]

Generated certificates of three editions against their truth. Forms as fields and as flat text; scans at 300, 200
and 150 dpi, some skew, cropped, faxed or upside down. Speed is that of check and process, with the picture of
the page, as a child process of a worker calls them; forms on all cores together, scans one by one.
"""

from __future__ import annotations

import argparse
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

from postroom.core.states import ChunkKind
from postroom.ports import Source, Task
from postroom.systems.certificates import sample
from postroom.systems.certificates.workflow import Certificates

KINDS = (("fields", 0), ("flat", 0), ("scan", 300), ("scan", 200), ("scan", 150))
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
        data, entry = sample.make(random, number + 1, kind, dpi=dpi or 300)
        file = folder / f"{kind}-{dpi}-{entry.name}"
        file.write_bytes(data)
        made.append(Made(file, entry.truth))
    return made


def read(folder: Path, made: Made) -> tuple[dict[str, str], float]:
    """The verdict on every field, and the seconds that check and process took."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source = Source(UUID(int=1), 0, made.file.name, made.file, made.file.stat().st_size, None, None)
        options = _WORKFLOW.options({})
        task = Task(ChunkKind.CHECK, UUID(int=2), "certificates", None, options, Path(scratch), source=source)
        start = time.perf_counter()
        checked = _WORKFLOW.check(task)
        done = _WORKFLOW.process(replace(task, kind=ChunkKind.PROCESS, part=checked.parts[0]))
        spent = time.perf_counter() - start
    return sample.compare(made.truth, done.result["certificate"] or {}), spent


def field(path: str) -> str:
    """A path without numbers and without the kind of coverage: what is printed in the table."""
    plain = re.sub(r"\.\d+", "", path)
    return re.sub(r"^(?:coverages\.\w+|additional_policies\.policy)\.", "coverage: ", plain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--forms", type=int, default=200)
    parser.add_argument("--scans", type=int, default=20)
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
                pool.map(partial(read, folder), pile[: 2 * processes])  # warm
                start = time.perf_counter()
                found = pool.map(partial(read, folder), pile, chunksize=1)
                spent = time.perf_counter() - start
            for verdicts, _ in found:
                for path, verdict in verdicts.items():
                    fields[field(path)][column][verdict] += 1
            slowest = max(seconds for _, seconds in found)
            pace = f"{count / spent:.1f} a second on {processes} cores"
            print(f"{column}: {count} certificates, {pace}, slowest {slowest:.2f} s", flush=True)
    table(fields, columns)


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
