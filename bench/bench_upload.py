"""One large file by form, PUT, multipart and tus, beside what the machine can do at most.

    python -m bench.bench_upload [--megabytes 2000] [--rounds 3]

Loopback, one API process, everything fsynced. Limit: `cp` and `sync` of the file, then `openssl dgst -sha256` of
the copy. Form and PUT verify the digest on the way in; multipart (two parts at a time) is timed until it is put
together, and with the digest that is verified in `checking`. tus has its checksum off, as `@tus/server` has. Modes
are interleaved; the median of each is compared. RSS is the peak of the API process.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import uvloop

from bench.house import KEY, House, house
from bench.upload_peer import send, tus, tus_server

MODULE = "bench.noop"
AUTH = {"authorization": f"Bearer {KEY}"}
MIB = 1 << 20
BOUNDARY = "-" * 24 + "d74496d66958873e"  # as long as curl's: how fast it is found depends on that
GOALS = {"form": 0.6, "PUT": 0.7, "multipart": 0.6, "multipart + digest": 0.6}


class Upload:
    """One file, sent to one server in every way."""

    def __init__(self, url: str, file: Path) -> None:
        self.base = f"{url}/postroom/v1"
        self.file = file
        self.size = file.stat().st_size
        with file.open("rb") as opened:
            self.sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        self.api = httpx.Client(base_url=self.base, headers=AUTH, timeout=600)

    def job(self) -> str:
        made = self.api.post("/jobs", json={"workflow": "noop"})
        return str(made.json()["id"])

    def forget(self, job: str) -> None:
        self.api.post(f"/jobs/{job}/cancel")
        self.api.delete(f"/jobs/{job}")

    def register(self, job: str, mode: str) -> dict[str, Any]:
        document = {"name": "big.bin", "size": self.size, "sha256": self.sha256}
        made = self.api.post(f"/jobs/{job}/uploads", json={"mode": mode, "documents": [document]})
        one: dict[str, Any] = made.json()["uploads"][0]
        return one

    def form(self, job: str) -> None:
        digest = base64.b64encode(bytes.fromhex(self.sha256)).decode()
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n'
            f"Content-Type: application/octet-stream\r\nContent-Digest: sha-256=:{digest}:\r\n\r\n"
        )
        headers = {**AUTH, "content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        url = f"{self.base}/jobs/{job}/documents"
        done = send(
            "POST", url, headers, self.file, before=head.encode(), after=f"\r\n--{BOUNDARY}--\r\n".encode()
        )
        assert done.status == 201, done

    def put(self, job: str) -> None:
        one = self.register(job, "put")
        done = send("PUT", one["uploadUrl"], one["headers"], self.file)
        assert done.status == 200, done

    def multipart(self, job: str) -> None:
        one = self.register(job, "multipart")

        def part(address: dict[str, Any]) -> dict[str, Any]:
            start = (address["partNumber"] - 1) * one["partSize"]
            done = send("PUT", address["uploadUrl"], {}, self.file, start=start, length=address["size"])
            assert done.status == 200, done
            return {"partNumber": address["partNumber"], "etag": done.headers["etag"]}

        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(part, one["parts"]))
        document = one["document"]["id"]
        done = self.api.post(f"/jobs/{job}/uploads/{document}/complete", json={"parts": parts})
        assert done.status_code == 200, done.text

    def check(self, job: str) -> None:
        """Until the digest is verified, and the job done."""
        self.api.post(f"/jobs/{job}/close")
        while (found := self.api.get(f"/jobs/{job}").json())["endedAt"] is None:
            time.sleep(0.01)
        assert found["status"] == "succeeded", found
        (document,) = self.api.get(f"/jobs/{job}/documents").json()["items"]
        assert document["sha256"] == self.sha256

    def tus(self, job: str) -> None:
        metadata = f"job {base64.b64encode(job.encode()).decode()},filename YmlnLmJpbg=="
        tus(f"{self.base}/uploads", self.file, AUTH, metadata)


def limit(file: Path, folder: Path) -> None:
    copy = folder / "copy"
    subprocess.run(["cp", str(file), str(copy)], check=True)
    subprocess.run(["sync", str(copy)], check=True)
    subprocess.run(["openssl", "dgst", "-sha256", str(copy)], check=True, stdout=subprocess.DEVNULL)
    copy.unlink()


def peer(url: str, file: Path, folder: Path) -> None:
    tus(url, file, {}, "filename YmlnLmJpbg==")
    for stored in folder.iterdir():
        handle = os.open(stored, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        stored.unlink()


def peak(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    (kib,) = (line.split()[1] for line in text.splitlines() if line.startswith("VmHWM"))
    return int(kib) / 1024


def measure(made: House, url: str, megabytes: int, rounds: int) -> None:
    file = made.folder / "big.bin"
    with file.open("wb") as out:
        for _ in range(megabytes):
            out.write(os.urandom(1_000_000))
    upload = Upload(url, file)
    api = made.processes[0].pid
    times: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[[], None], since: float | None = None) -> None:
        began = since or time.perf_counter()
        call()
        times.setdefault(name, []).append(time.perf_counter() - began)

    with tus_server(made.folder) as other:
        for _ in range(rounds):
            timed("limit", lambda: limit(file, made.folder))
            for name, way in (("form", upload.form), ("PUT", upload.put), ("tus", upload.tus)):
                job = upload.job()
                timed(name, lambda way=way, job=job: way(job))  # type: ignore[misc]
                upload.forget(job)
            job, began = upload.job(), time.perf_counter()
            timed("multipart", lambda job=job: upload.multipart(job), began)  # type: ignore[misc]
            timed("multipart + digest", lambda job=job: upload.check(job), began)  # type: ignore[misc]
            upload.forget(job)
            if other is not None:
                timed("@tus/server", lambda: peer(other, file, made.folder / "files"))
    rates = {name: upload.size / MIB / statistics.median(found) for name, found in times.items()}
    for name, rate in rates.items():
        every = ", ".join(f"{upload.size / MIB / one:.0f}" for one in times[name])
        told = f"{rate / rates['limit']:5.2f} x limit (goal {GOALS[name]})" if name in GOALS else ""
        if name == "tus" and "@tus/server" in rates:
            told = f"{rate / rates['@tus/server']:5.2f} x @tus/server (goal 2)"
        print(f"{name:20} {rate:7.0f} MiB/s   {told}   ({every})")
    print(f"peak RSS of the API {peak(api):.0f} MB (goal 120)", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    async with house(MODULE) as made:
        url = await made.api()
        await made.workers(1)
        await asyncio.to_thread(measure, made, url, given.megabytes, given.rounds)


if __name__ == "__main__":
    uvloop.run(main())
