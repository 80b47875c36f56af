"""Owns a client of the revenue desk for tests: one site; every answer is held against the contract."""

from __future__ import annotations

import itertools
import secrets
import time
from types import TracebackType
from typing import Any

import httpx

from tests.wire.revenue import agreement

HEAD = (
    "RevenueClosedDate,CurrencyCode,Value,RaId,EmailAddress,PhoneNumber,PayloadValue,LeadDate,Label,Reference,"
    "AdditionalDataProperties"
)
ENDED = ("complete", "partialcomplete", "failed")
_numbers = itertools.count(1)


def row(reference: str = "", **given: str) -> str:
    """A sound revenue row; what is given stands in its place as it is, spelling and all."""
    cells = {
        "date": "2024-03-01",
        "currency": "GBP",
        "value": "99.50",
        "ra": "ra-1",
        "email": "",
        "phone": "",
        "payload": "",
        "lead": "",
        "label": "Deal",
        "reference": reference or f"R-{next(_numbers)}",
        "properties": "",
        **given,
    }
    return ",".join(cells.values())


def file(*rows: str, head: str = HEAD, line_break: str = "\n") -> bytes:
    return "".join(line + line_break for line in (head, *rows)).encode()


class Site:
    """name: of a new site, unless another is taken."""

    def __init__(self, url: str, key: str, name: str | None = None) -> None:
        self.name = name or f"site-{secrets.token_hex(4)}"
        self.key = key
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=300)

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def call(self, method: str, path: str, *, checked: bool = True, **given: Any) -> httpx.Response:
        """A call below /v1/{siteId}, held against the contract."""
        response = self.http.request(method, f"/v1/{self.name}{path}", **given)
        if checked:
            agreement.check(response)
        return response

    def send(
        self, data: bytes, kind: str = "revenue", path: str | None = None, method: str = "POST", **given: Any
    ) -> httpx.Response:
        form = {given.pop("field", "file"): ("upload.csv", data, "text/csv")}
        return self.call(method, path or f"/{kind}/batch", files=form, **given)

    def submit(self, data: bytes, kind: str = "revenue") -> str:
        response = self.send(data, kind)
        assert response.status_code == 202, response.text
        job: str = response.json()["jobId"]
        return job

    def status(self, job: str) -> dict[str, Any]:
        response = self.call("GET", f"/batch/{job}/status")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        assert found["processedRows"] == found["successCount"] + found["failureCount"]
        return found

    def ended(self, job: str, seconds: float = 600.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (found := self.status(job))["status"] not in ENDED:
            assert time.monotonic() < deadline, found
            time.sleep(0.03)
        return found

    def run(self, data: bytes, kind: str = "revenue") -> tuple[str, dict[str, Any]]:
        job = self.submit(data, kind)
        return job, self.ended(job)

    def failures(self, job: str, form: str = "csv") -> httpx.Response:
        return self.call("GET", f"/batch/{job}/failures", params={"format": form})

    def refusal(self, data: bytes, kind: str = "revenue") -> list[tuple[int | None, str | None, str]]:
        """The problems for which a file is refused; no job is there afterwards that was not before."""
        before = self.call("GET", "/batch/jobs").json()
        response = self.send(data, kind)
        assert response.status_code == 400, response.text
        assert self.call("GET", "/batch/jobs").json() == before
        return [(e["rowNumber"], e["column"], e["errorMessage"]) for e in response.json()["errors"]]

    def records(self, **query: Any) -> list[dict[str, Any]]:
        """All records of the site, through every page."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            response = self.http.get(
                f"/postroom/v1/revenue/{self.name}/records", params={"limit": 1000, "cursor": cursor, **query}
            )
            assert response.status_code == 200, response.text
            found += response.json()["items"]
            cursor = response.json()["next"]
            if cursor is None:
                return found
