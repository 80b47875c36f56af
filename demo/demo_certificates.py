"""What the demo sends through the certificates desk: ten generated certificates, metadata for half of them.

As a client of the original API would: a requirement, a tracker, one bulk upload; then it asks until every one is
reviewed, compares what was read with what the generator wrote, and keeps the review table for the end.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx

from postroom.systems.certificates import sample
from postroom.systems.certificates.sample import Entry

SEED, COUNT = 7, 10
RULES: Sequence[Mapping[str, Any]] = (
    {
        "name": "CGL limits",
        "path": "coverages.commercial_general_liability.limits",
        "check": "min_limits",
        "value": {"each_occurrence_dollars": 1_000_000},
    },
    {
        "name": "CGL expiration",
        "path": "coverages.commercial_general_liability.policy_expiration_date",
        "check": "not_expired",
    },
    {"name": "WC statutory", "path": "coverages.workers_compensation.per_statute", "check": "is_true"},
)
_OPEN = ("pending", "processing")


class Server(Protocol):
    @property
    def url(self) -> str: ...

    @property
    def key(self) -> str: ...


@dataclass
class Work:
    folder: Path
    entries: Sequence[Entry]
    said: list[str] = field(default_factory=list)

    @property
    def documents(self) -> int:
        return len(self.entries)

    @property
    def expected(self) -> Mapping[str, int]:
        """Every rule of every certificate has its verdict; half of the contractors are made up."""
        return {
            "succeeded": len(self.entries),
            "made up": len(self.entries) - len(self.entries) // 2,
            "verdicts": len(self.entries) * len(RULES),
            "wrong values": 0,
        }

    def send(self, server: Server, show: Callable[[int, str], None]) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        with httpx.Client(base_url=f"{server.url}/api/v1", auth=(server.key, ""), timeout=120) as http:
            requirement = _post(http, "/insurance_requirements", {"name": "Standard", "rules": RULES})
            tracker = _post(
                http, "/trackers", {"name": "Demo site", "insurance_requirement": requirement["id"]}
            )
            show(0, "sending")
            sent = self._upload(http, tracker["id"])
            counts["documents"] = len(sent)
            counts["made up"] = sum(one["email_was_generated"] for one in sent)
            reviewed = _reviewed(http, [one["id"] for one in sent], show)
        truths = {entry.name: entry.truth for entry in self.entries}
        counts["wrong values"] = 0
        for one in reviewed:
            review = one["review_results"] or {}
            counts["succeeded" if review else "failed"] += 1
            counts["verdicts"] += len(review.get("audit_results", ()))
            parsed = review.get("parsed_certificate_json", {})
            judged = sample.compare(truths[one["filename"]], parsed)
            counts["wrong values"] += sum(verdict != "right" for verdict in judged.values())
        self.said = _table(reviewed)
        return counts

    def _upload(self, http: httpx.Client, tracker: str) -> list[dict[str, Any]]:
        described = [
            {
                "filename": entry.name,
                "contractor": {
                    "email": f"sub{n}@abc.example.com",
                    "first_name": "Sub",
                    "last_name": f"No. {n}",
                },
            }
            for n, entry in enumerate(self.entries[: len(self.entries) // 2])
        ]
        parts: list[tuple[str, Any]] = [
            ("certificates[]", (entry.name, (self.folder / entry.name).read_bytes(), "application/pdf"))
            for entry in self.entries
        ]
        parts.append(("tracker_id", (None, tracker)))
        parts.append(("certificates_metadata", (None, json.dumps(described))))
        answer = http.post("/files/external_certificates/tracker/placeholder/bulk", files=parts)
        certificates: list[dict[str, Any]] = answer.raise_for_status().json()["certificates"]
        return certificates


def _post(http: httpx.Client, path: str, body: object) -> dict[str, Any]:
    answer: dict[str, Any] = http.post(path, json=body).raise_for_status().json()
    return answer


def _reviewed(
    http: httpx.Client, ids: Sequence[str], show: Callable[[int, str], None]
) -> list[dict[str, Any]]:
    """Every certificate once it is decided, in the order of the upload."""
    while True:
        params = {"limit": 100, "expand[]": "review_results.full"}
        found = {one["id"]: one for one in http.get("/files/certificates", params=params).json()}
        ended = [found[one] for one in ids if found[one]["status"] not in _OPEN]
        show(len(ended), f"{len(ended)} of {len(ids)} reviewed")
        if len(ended) == len(ids):
            return ended
        time.sleep(0.3)


def _table(reviewed: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [f"{'certificate':18} {'insured':28} {'status':9} {'rules':6} failed"]
    for one in reviewed:
        review = one["review_results"] or {}
        parsed = review.get("parsed_certificate_json", {})
        insured = str((parsed.get("insured") or {}).get("name") or "-")[:28]
        summary = review.get("summary", {"passed": 0, "total_rules": 0})
        failed = [rule["rule_name"] for rule in review.get("audit_results", ()) if rule["result"] == "fail"]
        rules = f"{summary['passed']}/{summary['total_rules']}"
        lines.append(
            f"{one['filename'][:18]:18} {insured:28} {one['status']:9} {rules:6} {', '.join(failed) or '-'}"
        )
    return lines


def make(folder: Path) -> Work:
    return Work(folder, sample.generate(folder, COUNT, SEED))
