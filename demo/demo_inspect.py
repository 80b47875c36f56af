"""What the demo sends through `inspect`: 300 documents of the project's own making, some of them broken.

The generator knows the truth about each document, so every one is compared by name, not only the totals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from postroom.client import Postroom
from postroom.systems.inspect.sample import Manifest, generate

COUNT, SEED = 300, 1


class Server(Protocol):
    @property
    def post(self) -> Postroom: ...


@dataclass(frozen=True)
class Work:
    """documents: how many there are. expected: every figure that must come out."""

    folder: Path
    manifest: Manifest

    @property
    def documents(self) -> int:
        return len(self.manifest.entries)

    @property
    def expected(self) -> Mapping[str, int]:
        return {**self.manifest.totals, "otherwise than known": 0, "cancelled": 0}

    def send(self, server: Server, show: Callable[[int, str], None]) -> Mapping[str, int]:
        """Send all in forms of a hundred, wait, and count what came out, document by document."""
        post = server.post
        job = post.create_job("inspect", options={"passwords": list(self.manifest.passwords)})
        post.add(job["id"], (self.folder / entry.name for entry in self.manifest.entries))
        post.close_job(job["id"])

        def tell(now: Mapping[str, Mapping[str, int]]) -> None:
            counts = now["counts"]
            show(counts["documents"] - counts["waiting"] - counts["running"], "reading")

        done = post.wait(job["id"], tell)
        known = {entry.name: (entry.state, entry.code) for entry in self.manifest.entries}
        counts: Counter[str] = Counter(cancelled=done["counts"]["cancelled"])
        for document in post.results(job["id"]):
            counts["documents"] += 1
            counts[document["status"]] += 1
            if document["status"] in ("succeeded", "partial"):
                counts["pages"] += document["pages"]
                counts["pages_failed"] += document["pagesFailed"]
            code = document["error"]["code"] if document["status"] in ("failed", "rejected") else None
            if known.pop(document["name"], None) != (document["status"], code):
                counts["otherwise than known"] += 1
        counts["otherwise than known"] += len(known)
        return counts


def make(folder: Path) -> Work:
    return Work(folder, generate(folder, COUNT, SEED))
