"""Owns a client of the certificates desk for tests; every answer is held against the contract."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import httpx

from tests.wire.certificates import agreement
from tests.wire.certificates.paper import PASSES, hollow

BASE = "/api/v1"
BULK = "/files/external_certificates/tracker/placeholder/bulk"
OPEN = ("pending", "processing")

File = tuple[str, bytes] | tuple[str, bytes, str]


class Site:
    """A client with one key, and a tracker of its own when first asked for."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self.http = httpx.Client(base_url=url, auth=(key, ""), timeout=300)
        self._tracker: str | None = None

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def call(self, method: str, path: str, status: int | None = 200, **given: Any) -> httpx.Response:
        """A call of the desk. status: the one that is expected; None: any that the contract knows."""
        response = self.http.request(method, BASE + path, **given)
        agreement.check(response)
        assert status is None or response.status_code == status, (response.status_code, response.text[:1000])
        return response

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, 200, params=params).json()

    def post(self, path: str, body: Any, status: int = 201, **given: Any) -> Any:
        return self.call("POST", path, status, json=body, **given).json()

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        return self.call("PUT", path, status, json=body).json()

    def refused(self, method: str, path: str, status: int, code: str, **given: Any) -> dict[str, Any]:
        body: dict[str, Any] = self.call(method, path, status, **given).json()
        assert body["error_code"] == code, body
        return body

    # --- things

    def contractor(self, **given: Any) -> dict[str, Any]:
        email = f"{secrets.token_hex(5)}@abc.example.com"
        body = {"email": email, "first_name": "John", "last_name": "Doe", **given}
        return dict(self.post("/contractors", body))

    def entity(self, **given: Any) -> dict[str, Any]:
        return dict(self.post("/entities", {"name": "Client Corp", **given}))

    def job(self, **given: Any) -> dict[str, Any]:
        body = {
            "name": "Painter",
            "description": "Paints.",
            "category_code": "jc_cleaning",
            "wage": 5000,
            "wage_type": "hourly",
            **given,
        }
        if "entity" not in body:
            body["entity"] = self.entity()["id"]
        return dict(self.post("/jobs", body))

    def requirement(self, *rules: dict[str, Any], **given: Any) -> str:
        body = {"name": "Standard", "rules": list(rules) or [PASSES], **given}
        return str(self.post("/insurance_requirements", body)["id"])

    @property
    def tracker(self) -> str:
        if self._tracker is None:
            self._tracker = self.new_tracker(insurance_requirement=self.requirement())
        return self._tracker

    def new_tracker(self, **given: Any) -> str:
        return str(self.post("/trackers", {"name": "Site 7", **given})["id"])

    # --- uploads

    def upload(
        self,
        path: str,
        files: Sequence[File],
        status: int | None = 201,
        *,
        field: str = "certificates[]",
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> httpx.Response:
        """Files as triples of name, bytes and type; the type is a PDF's if it is not said."""
        parts: list[tuple[str, Any]] = [
            (field, (file[0], file[1], file[2] if len(file) > 2 else "application/pdf")) for file in files
        ]
        texts = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()
        }
        parts += [(name, (None, value)) for name, value in texts.items()]
        return self.call("POST", path, status, files=parts, headers=headers or {})

    def bulk(self, *files: File, status: int | None = 201, **fields: Any) -> dict[str, Any]:
        fields.setdefault("tracker_id", self.tracker)
        return dict(self.upload(BULK, files, status, **fields).json())

    def ended(self, certificate: str, seconds: float = 600.0) -> dict[str, Any]:
        """The certificate once it is decided, expanded in full."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(f"/files/certificates/{certificate}", **{"expand[]": "review_results.full"})
            if found["status"] not in OPEN:
                return dict(found)
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def reviewed(self, data: bytes, *rules: dict[str, Any]) -> dict[str, Any]:
        """A certificate held against rules, to its end."""
        requirement = self.requirement(*rules)
        tracker = self.new_tracker(insurance_requirement=requirement)
        (one,) = self.bulk(("a.pdf", data), tracker_id=tracker)["certificates"]
        return self.ended(one["id"])

    def counts(self) -> dict[str, int]:
        """How many of everything there are, up to a page."""
        nouns = ("contractors", "jobs", "assignments", "files/certificates")
        return {noun: len(self.get(f"/{noun}", limit=100)) for noun in nouns}


def known(site: Site) -> dict[str, str]:
    """Ids of things that are made for it, by the name of their parameter."""
    made = site.bulk(("a.pdf", hollow()))
    (one,) = made["certificates"]
    return {
        "certificate": one["id"],
        "contractor": one["contractor"],
        "assignment": one["assignment"],
        "job": made["job"],
        "entity": site.entity()["id"],
        "insurance_requirement": site.requirement(),
        "tracker": site.tracker,
        "tracker_session": site.post("/tracker_sessions", {"tracker": site.tracker})["id"],
        "coi_upload_session": site.post("/coi_upload_sessions", {})["id"],
        "webhook_endpoint": site.post("/webhook_endpoints", {"url": "https://x.example.com/"})["id"],
    }
