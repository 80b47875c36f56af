"""What the demo sends through the conversion desk: photos, an encrypted PDF, a web page, an invoice with its XML.

As a client of the original API would, without a key: create, add, start, wait for the result, fetch it,
delete. Of every PDF/A the verifier's verdict is kept for people to see, or which command installs the verifier.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import pikepdf
from PIL import Image, ImageDraw

from postroom.systems.conversion import need

BASE = "/conversion/v1.0/rest"
PHOTOS = 5
_PAGE = """<!doctype html><html lang="en"><head><title>A page</title><style>h1 {{ color: #a03 }}</style></head>
<body><h1>Rooms to let</h1><p>Fjord, müd, façade: {words}</p><img src="file:///etc/passwd"></body></html>"""
_INVOICE = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice><ID>INV-1</ID><Total currency="EUR">99.50</Total></Invoice>"""


class Server(Protocol):
    @property
    def url(self) -> str: ...

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Input:
    """One document of a job, with options of its own."""

    name: str
    data: bytes
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One job. options: pairs, because one name may come twice."""

    what: str
    workflow: str
    inputs: Sequence[Input]
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Work:
    """said: what is to be told to people at the end, filled by `send`."""

    jobs: Sequence[Job]
    said: list[str] = field(default_factory=list)

    @property
    def documents(self) -> int:
        return sum(len(job.inputs) for job in self.jobs)

    @property
    def expected(self) -> Mapping[str, int]:
        return {
            "documents": self.documents,
            "succeeded": self.documents,
            "results that are PDF": len(self.jobs),
            "attachments": 1,
            "verdicts missing": 0,
            "refused by the verifier": 0,
            "jobs left": 0,
        }

    def send(self, server: Server, show: Callable[[int, str], None]) -> Mapping[str, int]:
        counts: Counter[str] = Counter(dict.fromkeys(self.expected, 0))
        with httpx.Client(base_url=server.url, timeout=150) as http:
            for job in self.jobs:
                show(counts["documents"], job.what)
                self._one(http, server.key, job, counts)
            status = http.get(f"{BASE}/").raise_for_status().json()
        counts["jobs left"] = status["jobCounts"]["total"]
        return counts

    def _one(self, http: httpx.Client, key: str, job: Job, counts: Counter[str]) -> None:
        given = [{"name": name, "value": value} for name, value in job.options]
        created = http.post(f"{BASE}/jobs/", params={"workflow": job.workflow, "name": job.what}, json=given)
        path = f"{BASE}/jobs/{created.raise_for_status().json()['jobId']}"
        for one in job.inputs:
            http.post(f"{path}/data/", files=_form(one)).raise_for_status()
        http.post(f"{path}:start").raise_for_status()
        while (answer := http.get(f"{path}/result")).status_code == httpx.codes.GATEWAY_TIMEOUT:
            pass
        result = answer.raise_for_status().json()
        good = result["status"] in ("success", "warning")
        counts["documents"] += len(job.inputs)
        counts["succeeded" if good else "failed"] += len(job.inputs)
        if good:
            data = http.get(f"{path}/result/{result['dataList'][0]['resultId']}").raise_for_status().content
            with pikepdf.open(io.BytesIO(data)) as pdf:
                counts["results that are PDF"] += 1
                counts["attachments"] += len(pdf.attachments)
        own = path.replace(BASE, "/postroom/v1/conversion")
        verdict = http.get(own, headers={"X-API-Key": key}).raise_for_status().json().get("verdict")
        self._tell(job, result, verdict, counts)
        http.delete(path).raise_for_status()

    def _tell(self, job: Job, result: dict[str, Any], verdict: Any, counts: Counter[str]) -> None:
        """One line: what the verifier says, in its own words, or why it says nothing."""
        if result["status"] == "error":
            line = f"failed, {result['error']['code']}: {result['error']['message']}"
        elif not isinstance(verdict, dict) or not verdict.get("flavour"):
            counts["verdicts missing"] += 1
            line = "no verdict"
        elif verdict.get("by") != "veraPDF":
            how = (need.verifier() or "").partition(". ")[2]
            line = f"{verdict['flavour']}, not verified here. {how}"
        elif verdict.get("passed"):
            line = f"verified, {verdict['flavour']} by {verdict['by']} ({verdict.get('step')})"
        else:
            counts["refused by the verifier"] += 1
            line = f"REFUSED by {verdict['by']}: {verdict.get('failed')}"
        self.said.append(f"{job.what}: {line}")


def _form(one: Input) -> dict[str, Any]:
    given = [{"name": name, "value": value} for name, value in one.options.items()]
    return {
        "data": (one.name, one.data, "application/octet-stream"),
        "options": (None, httpx.Request("POST", "http://x", json=given).content, "application/json"),
    }


def make(folder: Path) -> Work:
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        Job("photos", "Archive PDF/A-2", [Input(f"photo-{n}.jpg", _photo(n)) for n in range(PHOTOS)]),
        Job(
            "encrypted",
            "Archive PDF/A-2",
            [Input("contract.pdf", _pdf("open sesame"))],
            [("DOC.PASSWORD", "mellon"), ("DOC.PASSWORD", "open sesame"), ("META.TITLE", "A contract")],
        ),
        Job("invoice", "Invoice", _invoice()),
    ]
    work = Work(jobs)
    if (advice := need.pango()) is None:
        page = _PAGE.format(words="word " * 300).encode()
        jobs.insert(2, Job("web page", "Archive PDF/A-2", [Input("page.html", page)]))
    else:
        work.said.append(f"web page: {advice}")
    return work


def _photo(number: int) -> bytes:
    """A picture that compresses like one."""
    picture = Image.effect_mandelbrot((1200, 800), (-1.5 + number / 10, -1, 0.5 + number / 10, 1), 100)
    picture = picture.convert("RGB")
    ImageDraw.Draw(picture).text((40, 40), f"Photo {number + 1}", fill=(200, 60, 0))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, dpi=(150, 150))
    return out.getvalue()


def _pdf(password: str | None = None) -> bytes:
    """A page with drawing on it; with a password, encrypted."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.contents_add(b"0.8 0.2 0.1 rg 100 500 300 200 re f 0 0 1 RG 4 w 80 480 340 240 re S")
        lock = pikepdf.Encryption(user=password, owner="the owner's") if password else None
        pdf.save(out, encryption=lock or False)
    return out.getvalue()


def _invoice() -> list[Input]:
    lines = {
        "DOC.ROLE": "attached",
        "AF.RELATIONSHIP": "Data",
        "AF.MODDATE": "2024-03-01T12:00:00.0000000+01:00",
        "AF.DESCRIPTION": "The invoice for machines",
    }
    main = {"DOC.ROLE": "main", "META.TITLE": "Invoice INV-1"}
    return [Input("invoice.pdf", _pdf(), main), Input("invoice.xml", _INVOICE.encode(), lines)]
