"""Owns a client of the bills desk for tests: one company; every answer is held against the contract."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import httpx

from postroom.systems.bills import sample
from tests.wire.bills import agreement

ENDED = ("COMPLETED", "TERMINATED", "FAILED")
EMPTY = {"parsedDocumentIds": [], "duplicates": 0, "duplicateDocumentIds": [], "nonUtilityDocumentIds": []}


def bill(seed: int = 1, layout: str = "us_power") -> bytes:
    return sample.bill(layout, seed)[0]


def leaflet(seed: int = 1) -> bytes:
    return sample.nonbill(sample.NONBILLS[0], seed)[0]


class Client:
    """company: one of its own, unless another is taken."""

    def __init__(self, url: str, key: str, *, version: str = "v2.2", company: str | None = None) -> None:
        self.version = version
        self.key = key
        self.http = httpx.Client(base_url=url, headers={"X-API-KEY": key}, timeout=300)
        self.company = company or self.made("/company", {"name": "Mill Holdings"})["id"]

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def call(
        self, method: str, path: str, *, version: str | None = None, checked: bool = True, **given: Any
    ) -> httpx.Response:
        """A call below the version's base, held against the contract."""
        response = self.http.request(method, f"/{version or self.version}{path}", **given)
        if checked:
            agreement.check(response)
        return response

    def get(self, path: str, **given: Any) -> dict[str, Any]:
        response = self.call("GET", path, **given)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def made(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = self.call("POST", path, json=body)
        assert response.status_code == 201, response.text
        found: dict[str, Any] = response.json()
        return found

    def own(self, method: str, path: str, **given: Any) -> httpx.Response:
        """A call of Postroom's own API."""
        return self.http.request(method, f"/postroom/v1/bills{path}", **given)

    def send(
        self, data: bytes, site: str | None = None, name: str = "bill.pdf", **given: Any
    ) -> httpx.Response:
        fields = {"siteId": site} if site is not None else {}
        files = {"document": (name, data, "application/pdf")}
        return self.call("POST", f"/job/company/{self.company}", files=files, data=fields, **given)

    def bulk(self, urls: Sequence[Any], site: str | None = None, **given: Any) -> httpx.Response:
        body = {"documents": list(urls), "siteId": site}
        return self.call("POST", f"/job/company/{self.company}/bulk", json=body, **given)

    def submit(self, data: bytes, site: str | None = None, name: str = "bill.pdf") -> str:
        response = self.send(data, site, name)
        assert response.status_code == 200, response.text
        assert response.json() == {"id": response.json()["id"], "status": "PENDING", **EMPTY}
        job: str = response.json()["id"]
        return job

    def ended(self, job: str, seconds: float = 600.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (found := self.get(f"/job/{job}"))["status"] not in ENDED:
            assert found == {"id": job, "status": "PENDING", **EMPTY}
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        assert found["duplicates"] == len(found["duplicateDocumentIds"])
        assert ("terminationReason" in found) == (found["status"] == "TERMINATED")
        return found

    def run(self, data: bytes, site: str | None = None, name: str = "bill.pdf") -> dict[str, Any]:
        return self.ended(self.submit(data, site, name))

    def parsed(self, data: bytes, site: str | None = None) -> dict[str, Any]:
        """The document of a bill that is read well."""
        found = self.run(data, site)
        assert len(found["parsedDocumentIds"]) == 1, found
        return self.get(f"/document/{found['parsedDocumentIds'][0]}")

    def files(self, job: str) -> list[dict[str, Any]]:
        """What became of every file, by Postroom's own API."""
        response = self.own("GET", f"/jobs/{job}/documents")
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()["items"]
        return found
