"""Rows per second of the revenue desk: upload to terminal, rows durably in the table, beside what comes near.

    python -m bench.bench_csv [--rows 1000000] [--rounds 3] [--peers PYTHON] [--memory] [--two]

9 columns, 5 % bad rows (and 50 % once a round). Two workers, one API, the embedded database. Interleaved:
  new        all references are new
  stored     all references were stored before, every row has another value now
  half bad   as `new`, but every second row is bad
  COPY       the good rows into an empty table of the same columns and index, one `COPY`, one connection
  peers      frictionless and pandera validating the same file alone; PYTHON is one that has both installed.
             pandera twice: `plain` keeps texts as pandas does where pyarrow is not installed, which pandera does
             not ask for; `pyarrow` as it does where it is. Both read with the default engine of read_csv.
--memory: the most memory of any process at 100 thousand, 1 and 5 million rows. --two: two jobs at once for one
site whose references overlap by half: no deadlock, exact counts.

(Not called csv.py: beside a script of that name, the standard library's own `csv` is not found.)
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import random
import statistics
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil

from bench.house import KEY, ROOT, House, house

MODULE = "postroom.wiring.system"
_HEAD = (
    "RevenueClosedDate,CurrencyCode,Value,RaId,EmailAddress,Label,Label,Reference,AdditionalDataProperties\n"
)
_BAD = ("value", "email", "date", "currency", "reference")


@dataclass(frozen=True)
class Made:
    """A file, and its good rows as `COPY` wants them for the desk's table."""

    path: Path
    rows: int
    good: int
    copy: Path


def make(folder: Path, name: str, rows: int, bad: float, *, first: int = 0, cents: int = 50) -> Made:
    """References are spread over their range, as the ids of orders from many shops are."""
    draw = random.Random(7)
    path, copy = folder / f"{name}.csv", folder / f"{name}.copy"
    good = 0
    with path.open("w", newline="") as out, copy.open("w", newline="") as plain:
        out.write(_HEAD)
        for number in range(first, first + rows):
            cells = {
                "date": f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
                "currency": ("GBP", "USD", "EUR")[number % 3],
                "value": f"{number % 9973}.{cents}",
                "email": f"user{number % 50_000}@example.org",
                "reference": f"R-{number * 2654435761 % 100_000_007:09}",
            }
            wrong = draw.random() < bad
            if wrong:
                which = _BAD[number % len(_BAD)]
                cells[which] = {"value": "12x", "date": "2024-13-01", "currency": "ZZZ"}.get(which, "")
            properties = '"Name=Source,Value=Google;Name=Campaign,Value=Spring"'
            date, currency, value, email, reference = cells.values()
            out.write(f"{date},{currency},{value},,{email},Deal,Inbound,{reference},{properties}\n")
            if not wrong:
                good += 1
                plain.write(
                    f'1,1,{reference},{date},{currency},{value},{email},"{{Deal,Inbound}}",{properties},{number}\n'
                )
    return Made(path, rows, good, copy)


# --- ours ------------------------------------------------------------------------------------------------


def _send(url: str, site: str, path: Path) -> str:
    """Upload a file as fast as a socket takes it; returns the job."""
    opening = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    closing = b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=600)
    connection.putrequest("POST", f"/v1/{site}/revenue/batch")
    connection.putheader("Authorization", f"Bearer {KEY}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(len(opening) + path.stat().st_size + len(closing)))
    connection.endheaders(opening)
    with path.open("rb") as file:
        connection.sock.sendfile(file)
    connection.send(closing)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    assert answer.status == 202, body
    job: str = body["jobId"]
    return job


def _ended(url: str, site: str, job: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=600)
    while True:
        connection.request(
            "GET", f"/v1/{site}/batch/{job}/status", headers={"Authorization": f"Bearer {KEY}"}
        )
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        if found["completedDateTime"]:
            return found
        time.sleep(0.02)


def upload(url: str, site: str, made: Made) -> float:
    """Seconds from the first byte sent to the terminal status."""
    begin = time.perf_counter()
    found = _ended(url, site, _send(url, site, made.path))
    seconds = time.perf_counter() - begin
    assert (found["successCount"], found["totalRows"]) == (made.good, made.rows), found
    return seconds


# --- beside it -------------------------------------------------------------------------------------------


async def bare_copy(database: str, made: Made) -> float:
    """Seconds of one `COPY` into an empty table like the desk's."""
    columns = [
        "ledger",
        "upload",
        "key",
        "happened_at",
        "currency",
        "value",
        "email",
        "labels",
        "properties",
        "row",
    ]
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "DROP TABLE IF EXISTS bare; CREATE TABLE bare (LIKE revenue_record INCLUDING ALL)"
        )
        begin = time.perf_counter()
        await connection.copy_to_table("bare", source=made.copy, columns=columns, format="csv")
        return time.perf_counter() - begin
    finally:
        await connection.execute("DROP TABLE bare")
        await connection.close()


# The peers apply the same rules as the desk, in their own words; neither looks for repeated references across
# files, neither keeps the text of a bad row, and neither stores anything.
_RULES = """
import sys, time
from datetime import date
sys.path.insert(0, sys.argv[2])
from postroom.systems.revenue.contract import CURRENCIES
today = date.today()
PROPERTIES = r"^(Name=[^,;]+,Value=[^;]*(;Name=[^,;]+,Value=[^;]*)*;?)?$"
"""

_FRICTIONLESS = (
    _RULES
    + """
from frictionless import Checklist, Resource, Schema, checks, fields, system
needed = {"required": True}
schema = Schema(fields=[
    fields.DateField(name="RevenueClosedDate", constraints={**needed, "maximum": today.isoformat()}),
    fields.StringField(name="CurrencyCode", constraints={**needed, "enum": sorted(CURRENCIES)}),
    fields.NumberField(name="Value", constraints=needed),
    fields.StringField(name="RaId"),
    fields.StringField(name="EmailAddress"),
    fields.StringField(name="Label"),
    fields.StringField(name="Label2"),
    fields.StringField(name="Reference", constraints={**needed, "unique": True}),
    fields.StringField(name="AdditionalDataProperties", constraints={"pattern": PROPERTIES}),
])
rules = Checklist(
    checks=[checks.row_constraint(formula="RaId or EmailAddress"), checks.row_constraint(formula="Label or Label2")],
    skip_errors=["incorrect-label", "duplicate-label"],
)
with system.use_context(trusted=True):
    begin = time.perf_counter()
    report = Resource(path=sys.argv[1], schema=schema).validate(rules, limit_errors=10**9)
    print(report.tasks[0].stats["errors"], time.perf_counter() - begin)
"""
)

_PANDERA = (
    _RULES
    + """
import pandas as pd
import pandera.pandas as pa
def real(cells):
    days = pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")
    return days.notna() & (days <= pd.Timestamp(today))
some = pa.Check.str_length(min_value=1)
schema = pa.DataFrameSchema(
    {
        "RevenueClosedDate": pa.Column(str, [some, pa.Check(real)]),
        "CurrencyCode": pa.Column(str, [some, pa.Check.isin(sorted(CURRENCIES))]),
        "Value": pa.Column(str, [some, pa.Check.str_matches(r"^-?[0-9]+([.][0-9]+)?$")]),
        "Reference": pa.Column(str, some, unique=True),
        "AdditionalDataProperties": pa.Column(str, pa.Check.str_matches(PROPERTIES)),
    },
    checks=[
        pa.Check(lambda frame: (frame["RaId"] != "") | (frame["EmailAddress"] != "")),
        pa.Check(lambda frame: (frame["Label"] != "") | (frame["Label.1"] != "")),
    ],
)
pd.options.mode.string_storage = sys.argv[3]
begin = time.perf_counter()
frame = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
frame = frame.apply(lambda column: column.str.strip())
errors = 0
try:
    schema.validate(frame, lazy=True)
except pa.errors.SchemaErrors as error:
    errors = len(error.failure_cases)
print(errors, time.perf_counter() - begin)
"""
)


_STORAGES = {"pandera plain": "python", "pandera pyarrow": "pyarrow"}


def peer(python: str, script: str, path: Path, *options: str) -> float:
    command = [python, "-c", script, str(path), str(ROOT / "src"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout.split()[-1])


# --- what is reported ------------------------------------------------------------------------------------


async def rates(made: House, url: str, folder: Path, rows: int, rounds: int, peers: str | None) -> None:
    seconds: dict[str, list[float]] = defaultdict(list)
    warm = make(folder, "warm", 50_000, 0.05)
    await asyncio.to_thread(upload, url, "warm", warm)
    await bare_copy(made.settings.database_url, warm)
    new, again = make(folder, "new", rows, 0.05), make(folder, "again", rows, 0.05, cents=75)
    half = make(folder, "half", rows, 0.5)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", flush=True)
        seconds["new"].append(await asyncio.to_thread(upload, url, f"site-{number}", new))
        seconds["COPY"].append(await bare_copy(made.settings.database_url, new))
        seconds["stored"].append(await asyncio.to_thread(upload, url, f"site-{number}", again))
        seconds["COPY"].append(await bare_copy(made.settings.database_url, new))
        seconds["half bad"].append(await asyncio.to_thread(upload, url, f"half-{number}", half))
        if peers and number == 0:
            seconds["frictionless"].append(await asyncio.to_thread(peer, peers, _FRICTIONLESS, new.path))
        if peers:
            for name, storage in _STORAGES.items():
                seconds[name].append(await asyncio.to_thread(peer, peers, _PANDERA, new.path, storage))
    counted = {"COPY": new.good}
    rate = {name: counted.get(name, rows) / statistics.median(taken) for name, taken in seconds.items()}
    print(f"{'':14}{'seconds':>9}{'rows/s':>11}   all rounds")
    for name, taken in seconds.items():
        each = " ".join(f"{one:.2f}" for one in taken)
        print(f"{name:14}{statistics.median(taken):9.2f}{rate[name]:11.0f}   {each}")
    good = {name: rate[name] * new.good / rows for name in ("new", "stored")}
    print(f"good rows, new / COPY      {good['new'] / rate['COPY']:.2f}   goal 0.7")
    print(f"good rows, stored / COPY   {good['stored'] / rate['COPY']:.2f}   goal 0.3")
    print(f"half bad / new             {rate['half bad'] / rate['new']:.2f}   goal 0.5")
    if peers:
        print(f"new / frictionless         {rate['new'] / rate['frictionless']:.1f}   goal 10")
        for name in _STORAGES:
            print(f"new / {name:20} {rate['new'] / rate[name]:.2f}   goal 1")


class Memory:
    """Watches what the processes of a house hold, from the outside."""

    def __init__(self, made: House) -> None:
        self._made = made
        self._over = threading.Event()
        self._most: dict[str, int] = defaultdict(int)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _processes(self) -> Iterator[psutil.Process]:
        for process in self._made.processes:
            own = psutil.Process(process.pid)
            yield from [own, *own.children(recursive=True)]

    def _watch(self) -> None:
        while not self._over.wait(0.03):
            try:
                for process in self._processes():
                    parent = process.ppid()
                    kind = "api or worker" if process.pid in self._pids() else "child" if parent else "?"
                    self._most[kind] = max(self._most[kind], process.memory_info().rss)
            except psutil.Error:
                continue

    def _pids(self) -> set[int]:
        return {process.pid for process in self._made.processes}

    def __str__(self) -> str:
        return ", ".join(f"{kind} {size >> 20} MB" for kind, size in sorted(self._most.items()))


async def memory(made: House, url: str, folder: Path) -> None:
    for rows in (100_000, 1_000_000, 5_000_000):
        file = make(folder, f"memory-{rows}", rows, 0.05)
        with Memory(made) as seen:
            taken = await asyncio.to_thread(upload, url, f"memory-{rows}", file)
        print(f"{rows:9} rows: most memory held: {seen}   goal 400 MB   ({taken:.1f} s)", flush=True)
        file.path.unlink()
        file.copy.unlink()


async def two(made: House, url: str, folder: Path, rows: int) -> None:
    files = [make(folder, f"two-{n}", rows, 0.05, first=n * rows // 2, cents=10 + n) for n in range(2)]
    begin = time.perf_counter()
    await asyncio.gather(*(asyncio.to_thread(upload, url, "two", file) for file in files))
    seconds = time.perf_counter() - begin
    connection = await asyncpg.connect(made.settings.database_url)
    try:
        stored = await connection.fetchval(
            "SELECT count(*) FROM revenue_record r JOIN revenue_ledger l ON l.id = r.ledger"
            " JOIN revenue_site s ON s.id = l.site_id WHERE s.name = 'two'"
        )
        names = {line.split(",")[2] for file in files for line in file.copy.open()}
        deadlocks = await connection.fetchval("SELECT sum(deadlocks) FROM pg_stat_database")
    finally:
        await connection.close()
    assert stored == len(names), (stored, len(names))
    print(
        f"two jobs of {rows} rows at once: {seconds:.1f} s, {stored} records, counts exact, {deadlocks} deadlocks"
    )


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", help="a Python that has frictionless and pandera")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--two", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postroom-csv-") as name:
        async with house(MODULE) as made:
            await made.workers(2)
            url = await made.api()
            folder = Path(name)
            if given.rounds:
                await rates(made, url, folder, given.rows, given.rounds, given.peers)
            if given.two:
                await two(made, url, folder, given.rows)
            if given.memory:
                await memory(made, url, folder)


if __name__ == "__main__":
    asyncio.run(main())
