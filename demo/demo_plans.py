"""What the demo sends through the plans desk: generated drawings and papers, by form, signed PUT and signed parts.

As a client of the original API would: project, job, uploads, completion, result; then it greps what was read.
The generator knows each sheet's number, so every one is compared, not only how many there are.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from postroom.systems.plans import sample
from postroom.systems.plans.sample import sheet as sample_sheet

SEED, SHEETS = 4, 12
WORD = "Architect"  # the manual says it on several pages
_ENDED = ("complete", "completed_with_errors", "failed", "cancelled", "expired")


class Server(Protocol):
    @property
    def url(self) -> str: ...

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Work:
    """By form: a project's papers with a set of drawings. By PUT: one sheet. In parts: another set.

    numbers: of all sheets of all sets."""

    folder: Path
    by_form: Sequence[sample.Entry]
    numbers: Sequence[str]

    @property
    def documents(self) -> int:
        return len(self.by_form) + 2

    @property
    def expected(self) -> Mapping[str, int]:
        return {
            "succeeded": self.documents,
            "sheets": len(self.numbers),
            "otherwise than known": 0,
            "not found again": 0,
            "by form": len(self.by_form),
            "by signed PUT": 1,
            "in signed parts": 1,
        }

    def send(self, server: Server, show: Callable[[int, str], None]) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        with httpx.Client(
            base_url=f"{server.url}/api/open/v1",
            headers={"Authorization": f"Bearer {server.key}"},
            timeout=120,
        ) as http:
            project = _post(http, "/projects", {"name": "Demo Tower"})["project"]["id"]
            job = _post(http, f"/projects/{project}/jobs", {})["job"]["id"]
            show(0, "sending")
            counts["by form"] = self._form(http, job)
            done = [_announced(http, job, self.folder / name, counts) for name in ("sheet.pdf", "more.pdf")]
            entries = {kind: [entry for said, entry in done if said == kind] for kind, _ in done}
            _post(http, f"/jobs/{job}/uploads/complete", entries)
            while (found := http.get(f"/jobs/{job}").json()["job"])["status"] not in _ENDED:
                ended = sum(file["status"] == "completed" for file in found["files"])
                show(ended, f"{found['successfulPageCount'] or 0} of {found['pageCount'] or 0} pages")
                time.sleep(0.3)
            counts["documents"] = len(found["files"])
            for file in found["files"]:
                counts["succeeded" if file["status"] == "completed" else "failed"] += 1
            self._compare(http, project, counts)
            _grep(server, project, [*self.numbers, WORD], counts)
        return counts

    def _form(self, http: httpx.Client, job: str) -> int:
        files = [
            {"partName": f"file{n}", "fileName": entry.name, "contentType": "application/pdf"}
            for n, entry in enumerate(self.by_form)
        ]
        parts: list[tuple[str, Any]] = [("metadata", (None, json.dumps({"files": files})))]
        for n, entry in enumerate(self.by_form):
            data = (self.folder / entry.name).read_bytes()
            parts.append((f"file{n}", (entry.name, data, "application/pdf")))
        sent = http.post(f"/jobs/{job}/files", files=parts).raise_for_status()
        return len(sent.json()["uploads"])

    def _compare(self, http: httpx.Client, project: str, counts: Counter[str]) -> None:
        found = http.get(f"/projects/{project}/sheets", params={"limit": 500, "compact": "true"}).json()
        counts["sheets"] = found["total"]
        read = Counter(sheet["sheetNumber"] for sheet in found["sheets"])
        known = Counter(self.numbers)
        counts["otherwise than known"] = sum(((read - known) + (known - read)).values())


def _post(http: httpx.Client, path: str, body: object) -> dict[str, Any]:
    answer: dict[str, Any] = http.post(path, json=body).raise_for_status().json()
    return answer


def _announced(http: httpx.Client, job: str, path: Path, counts: Counter[str]) -> tuple[str, dict[str, Any]]:
    """Announce a file and send it as the server says; the list and the entry of the completion."""
    data = path.read_bytes()
    entry = {
        "fileName": path.name,
        "contentType": "application/pdf",
        "fileSize": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    (told,) = _post(http, f"/jobs/{job}/uploads", {"files": [entry]})["uploads"]
    done: dict[str, Any] = {name: told[name] for name in ("documentId", "uploadToken")}
    if told["uploadMode"] == "direct_put":
        httpx.put(told["uploadUrl"], content=data, headers=told["headers"]).raise_for_status()
        counts["by signed PUT"] += 1
        return "directUploads", done
    tags = []
    for part in told["parts"]:
        piece = data[part["startByte"] : part["endByte"] + 1]
        sent = httpx.put(part["uploadUrl"], content=piece, headers=part["headers"]).raise_for_status()
        tags.append({"partNumber": part["partNumber"], "etag": sent.headers["ETag"]})
    counts["in signed parts"] += 1
    return "multipartUploads", {**done, "multipartUploadId": told["multipartUploadId"], "parts": tags}


def _grep(server: Server, project: str, patterns: Sequence[str], counts: Counter[str]) -> None:
    """Every pattern must be found somewhere in the project."""
    headers = {"Authorization": f"Bearer {server.key}"}
    counts["not found again"] = 0
    with httpx.Client(base_url=f"{server.url}/postroom/v1/plans/{project}", headers=headers) as http:
        for pattern in patterns:
            found = http.get("/grep", params={"pattern": pattern, "fixed": "true"}).raise_for_status()
            counts["not found again"] += not found.json()["hits"]


def make(folder: Path) -> Work:
    by_form = sample.project(folder, SEED, sheets=SHEETS)
    more = sample_sheet.draw_set(folder / "more.pdf", SEED + 1, sheets=SHEETS)
    one = sample_sheet.draw_set(folder / "sheet.pdf", SEED + 2, sheets=1, strokes=20)
    drawn = [truth.number for entry in by_form for truth in entry.sheets]
    return Work(folder, by_form, [*drawn, *(truth.number for truth in (*more, *one))])
