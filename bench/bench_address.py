"""Many addresses in one job of the bills desk, some of them faulty: all accounted for, fetches bounded, memory flat.

    python -m bench.bench_address [--count 1000] [--workers 2]

A server on loopback hands out generated bills (each address another one, after 20 ms); one address in twenty is
dead, refused (403), missing (404) or no document. RSS is the peak of a worker (its children not counted), after a
tenth of the addresses and after all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from bench.house import KEY, House, house
from postroom.systems.bills import sample

BILLS = 50  # distinct ones; the rest are the same with other bytes, as exported anew
DELAY = 0.02
FAULTS = ("dead", "refused", "missing", "text")


@dataclass
class Load:
    url: str = ""
    at_once: int = 0
    most: int = 0


@contextmanager
def served(bills: list[bytes]) -> Iterator[Load]:
    load, lock = Load(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                load.at_once += 1
                load.most = max(load.most, load.at_once)
            time.sleep(DELAY)
            _, kind, number = self.path.split("/")
            status = {"refused": 403, "missing": 404}.get(kind, 200)
            body = (
                bills[int(number) % len(bills)] + b"\n%% %s" % number.encode() if kind == "bill" else b"text"
            )
            with lock:
                load.at_once -= 1
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        load.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield load
        finally:
            server.shutdown()


def peak(made: House) -> float:
    """MB, of the largest worker."""
    found = []
    for process in made.processes:
        status = Path(f"/proc/{process.pid}/status").read_text()
        found += [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(found)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    os.environ |= {"POSTROOM_FETCH_ALLOW_HTTP": "1", "POSTROOM_FETCH_ALLOW_PRIVATE": "1"}
    layouts = [layout.name for layout in sample.LAYOUTS]
    bills = [sample.bill(layouts[n % len(layouts)], n)[0] for n in range(BILLS)]
    with served(bills) as load:
        async with house("postroom.wiring.system") as made:
            await made.workers(given.workers)
            workers = House(made.settings, made.module, made.folder, list(made.processes))
            url = await made.api()
            async with httpx.AsyncClient(base_url=url, headers={"X-API-KEY": KEY}, timeout=120) as http:
                await run(http, load, workers, given.count)


async def run(http: httpx.AsyncClient, load: Load, workers: House, count: int) -> None:
    company = (await http.post("/v2.2/company", json={"name": "Bench"})).json()["id"]
    urls, faulty = [], 0
    for place in range(count):
        fault = FAULTS[place // 20 % len(FAULTS)] if place % 20 == 7 else None
        faulty += fault is not None
        dead = fault == "dead"
        urls.append("http://127.0.0.1:9/dead" if dead else f"{load.url}/{fault or 'bill'}/{place}")
    began = time.monotonic()
    sent = await http.post(f"/v2.2/job/company/{company}/bulk", json={"documents": urls})
    job = sent.raise_for_status().json()["id"]
    print(f"{count} addresses accepted in {time.monotonic() - began:.2f} s")
    early = 0.0
    while (done := (await http.get(f"/v2.2/job/{job}")).json())["status"] == "PENDING":
        counts = (await http.get(f"/postroom/v1/jobs/{job}")).json()["counts"]
        if not early and counts["succeeded"] >= count / 10:
            early = peak(workers)
        await asyncio.sleep(0.5)
    taken = time.monotonic() - began
    files = (await http.get(f"/postroom/v1/bills/jobs/{job}/documents")).json()["items"]
    states = Counter(file["status"] for file in files)
    print(f"{taken:.1f} s, {count / taken:.1f} addresses per second; {done['status']}")
    print(f"documents: {dict(states)}; faulty: {faulty}; all accounted for: {len(files) == count}")
    parsed, other = len(done["parsedDocumentIds"]), len(done["nonUtilityDocumentIds"])
    print(f"read {parsed}, duplicates {done['duplicates']}, no bill {other}")
    print(
        f"fetches at once: {load.most} at most; worker RSS: {early:.0f} MB, at the end {peak(workers):.0f} MB"
    )


if __name__ == "__main__":
    asyncio.run(main())
