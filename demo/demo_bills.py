"""What the demo sends through the bills desk: a folder of generated bills, fetched by address from loopback.

As a client of the original API would: make a company, submit all addresses as one job, poll it, read the
documents. Copies, bills exported anew, papers that are no bills and an address where nobody answers are among
them; each file is compared by name.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

import httpx

from postroom.systems.bills.sample import generate

COUNT, SEED = 80, 1
EXPORTS = 5  # bills that are there once more, with other bytes
_LISTS = {
    "parsedDocumentIds": "read",
    "duplicateDocumentIds": "duplicate",
    "nonUtilityDocumentIds": "no bill",
}


class Server(Protocol):
    @property
    def url(self) -> str: ...

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Work:
    """known: file name -> what must become of it: read, duplicate, no bill, or nothing."""

    folder: Path
    known: Mapping[str, str]

    @property
    def documents(self) -> int:
        return len(self.known)

    @property
    def expected(self) -> Mapping[str, int]:
        counts = Counter(self.known.values())
        return {
            "documents": len(self.known),
            "read": counts["read"],
            "duplicate bills": counts["duplicate"],
            "no bill": counts["no bill"],
            "failed": 1,
            "rejected": 1,
            "with usage and total": counts["read"],
            "otherwise than known": 0,
        }

    def send(self, server: Server, show: Callable[[int, str], None]) -> Mapping[str, int]:
        with (
            served(self.folder) as address,
            httpx.Client(base_url=server.url, timeout=120, headers={"X-API-KEY": server.key}) as http,
        ):
            company = http.post("/v2.2/company", json={"name": "Demo"}).raise_for_status().json()["id"]
            urls = [f"{address}/{name}" for name in self.known]
            sent = http.post(f"/v2.2/job/company/{company}/bulk", json={"documents": urls, "siteId": None})
            job = sent.raise_for_status().json()["id"]
            while (done := http.get(f"/v2.2/job/{job}").json())["status"] == "PENDING":
                counts = http.get(f"/postroom/v1/jobs/{job}").json()["counts"]
                show(counts["documents"] - counts["waiting"] - counts["running"], "reading")
                time.sleep(0.2)
            files = http.get(f"/postroom/v1/bills/jobs/{job}/documents").json()["items"]
            complete = sum(_complete(http, document) for document in done["parsedDocumentIds"])
        became = {document: word for name, word in _LISTS.items() for document in done[name]}
        told = {file["name"]: became.get(file["id"], "nothing") for file in files}
        states = Counter(file["status"] for file in files)
        return Counter(
            {
                "documents": len(files),
                **states,
                "read": len(done["parsedDocumentIds"]),
                "duplicate bills": done["duplicates"],
                "no bill": len(done["nonUtilityDocumentIds"]),
                "with usage and total": complete,
                "otherwise than known": sum(told.get(name) != word for name, word in self.known.items()),
            }
        )


def _complete(http: httpx.Client, document: str) -> bool:
    """Whether a bill tells its total, and what was used where something is metered."""
    found = http.get(f"/v2.2/document/{document}").json()
    unmetered = {entry["datasourceType"] for entry in found["usageData"]} <= {"TELECOM", "WASTE", "MISC"}
    used = any(entry["usage"] is not None for entry in found["usageData"])
    return found["totalCharges"] is not None and (used or unmetered)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which the files of a folder can be fetched."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def make(folder: Path) -> Work:
    manifest = generate(folder, COUNT, SEED, scans=0.0)  # scans are the tests' and the bench's affair
    known = {
        entry.name: "no bill" if not entry.utility else "duplicate" if entry.duplicate_of else "read"
        for entry in manifest.entries
    }
    originals = [name for name, word in known.items() if word == "read"]
    for number, name in enumerate(originals[:EXPORTS]):
        again = f"export-{number}.pdf"
        (folder / again).write_bytes((folder / name).read_bytes() + b"\n% exported anew\n")
        known[again] = "duplicate"
    (folder / "note.pdf").write_text("No PDF at all.\n")
    return Work(folder, {**known, "note.pdf": "nothing", "missing.pdf": "nothing"})
