"""Owns a client of the plans desk for tests; every answer is held against the contract."""

from __future__ import annotations

import json
import secrets
import time
from types import TracebackType
from typing import Any

import httpx

from tests.wire.plans import agreement
from tests.wire.plans.paper import sha256

BASE = "/api/open/v1"
ENDED = ("complete", "completed_with_errors", "failed", "cancelled", "expired")


class Site:
    """A client with one key, and a project of its own when first asked for."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=300)
        self._project: str | None = None

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def call(
        self, method: str, path: str, status: int | None = None, *, checked: bool = True, **given: Any
    ) -> httpx.Response:
        """A call below /api/open/v1, held against the contract. status: what it must answer."""
        response = self.http.request(method, f"{BASE}{path}", **given)
        if checked:
            agreement.check(response)
        assert status is None or response.status_code == status, (response.status_code, response.text[:500])
        return response

    def refused(self, method: str, path: str, status: int, code: str, **given: Any) -> dict[str, Any]:
        """The error of a call that must be refused."""
        error: dict[str, Any] = self.call(method, path, status, **given).json()["error"]
        assert error["code"] == code, error
        assert error["message"].endswith((".", "…")), error
        return error

    @property
    def project(self) -> str:
        if self._project is None:
            body = self.call(
                "POST", "/projects", 202, json={"name": f"Project {secrets.token_hex(4)}"}
            ).json()
            self._project = body["project"]["id"]
        return str(self._project)

    def job(self, project: str | None = None, **body: Any) -> str:
        answer = self.call("POST", f"/projects/{project or self.project}/jobs", 202, json=body)
        return str(answer.json()["job"]["id"])

    def get(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/jobs/{job}", 200).json()["job"]
        return found

    def form(
        self,
        job: str,
        *files: bytes,
        metadata: object = None,
        status: int | None = 200,
        names: list[str] | None = None,
    ) -> httpx.Response:
        parts: list[tuple[str, Any]] = [("metadata", (None, json.dumps(metadata or {})))]
        for n, data in enumerate(files):
            name = names[n] if names else f"set-{n}.pdf"
            parts.append((f"file{n}", (name, data, "application/pdf")))
        return self.call("POST", f"/jobs/{job}/files", status, files=parts)

    def upload(self, job: str, *files: bytes, **metadata: Any) -> list[str]:
        """Send by form; the documents' ids."""
        entries = [
            {"partName": f"file{n}", "fileName": f"set-{n}.pdf", "contentType": "application/pdf", **metadata}
            for n in range(len(files))
        ]
        body = self.form(job, *files, metadata={"files": entries}).json()
        return [one["documentId"] for one in body["uploads"]]

    def complete(
        self, job: str, status: int | None = 202, *, key: str | None = None, **body: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self.call("POST", f"/jobs/{job}/uploads/complete", status, json=body, headers=headers)

    def until(self, job: str, *words: str, seconds: float = 600.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (found := self.get(job))["status"] not in words:
            assert found["status"] not in ENDED, found
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found

    def ended(self, job: str) -> dict[str, Any]:
        return self.until(job, *ENDED)

    def run(self, *files: bytes, **metadata: Any) -> tuple[str, dict[str, Any]]:
        """A job of these files, to its end."""
        job = self.job()
        self.upload(job, *files, **metadata)
        self.complete(job)
        return job, self.ended(job)

    def result(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/jobs/{job}/result", 200).json()
        return found

    # --- announced uploads

    def announce(self, job: str, *files: bytes, status: int | None = 200, **more: Any) -> httpx.Response:
        entries = [
            {
                "fileName": f"big-{n}.pdf",
                "contentType": "application/pdf",
                "fileSize": len(data),
                "sha256": sha256(data),
                **more,
            }
            for n, data in enumerate(files)
        ]
        return self.call("POST", f"/jobs/{job}/uploads", status, json={"files": entries})

    def instruction(self, job: str, data: bytes) -> dict[str, Any]:
        (found,) = self.announce(job, data).json()["uploads"]
        return dict(found)

    def put(self, url: str, data: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        """As a client of the storage: no key."""
        return httpx.put(url, content=data, headers=headers or {}, timeout=300)

    def direct(self, job: str, data: bytes) -> dict[str, str]:
        """Announce and PUT; the entry for the completion."""
        told = self.instruction(job, data)
        assert told["uploadMode"] == "direct_put", told
        response = self.put(told["uploadUrl"], data, told["headers"])
        assert response.status_code == 200, response.text
        return {"documentId": told["documentId"], "uploadToken": told["uploadToken"]}

    def parts(self, job: str, data: bytes) -> dict[str, Any]:
        """Announce and PUT all parts, the last one first; the entry for the completion."""
        told = self.instruction(job, data)
        assert told["uploadMode"] == "multipart", told
        done = []
        for part in reversed(told["parts"]):
            piece = data[part["startByte"] : part["endByte"] + 1]
            response = self.put(part["uploadUrl"], piece, part["headers"])
            assert response.status_code == 200, response.text
            done.append({"partNumber": part["partNumber"], "etag": response.headers["ETag"]})
        return {
            "documentId": told["documentId"],
            "multipartUploadId": told["multipartUploadId"],
            "uploadToken": told["uploadToken"],
            "parts": done,
        }
