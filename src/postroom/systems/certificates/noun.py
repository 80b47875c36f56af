"""Owns the desk's simple nouns as data: their table, the prefix of their ids, which columns hold JSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noun:
    """name: as an answer to a deletion says it. says: as people do."""

    name: str
    table: str
    prefix: str
    says: str
    json: frozenset[str] = frozenset()


CONTRACTOR = Noun(
    "contractor", "coi_contractor", "cn", "contractor", frozenset(("address", "custom_metadata"))
)
ENTITY = Noun("entity", "coi_entity", "en", "entity", frozenset(("address", "coverage_limit")))
JOB = Noun("job", "coi_job", "jb", "job", frozenset(("address", "custom_metadata")))
ASSIGNMENT = Noun("assignment", "coi_assignment", "an", "assignment")
REQUIREMENT = Noun(
    "insurance_requirement", "coi_requirement", "req", "insurance requirement", frozenset(("rules",))
)
TRACKER = Noun("tracker", "coi_tracker", "tk", "tracker")
TRACKER_SESSION = Noun("tracker_session", "coi_tracker_session", "ts", "tracker session")
UPLOAD_SESSION = Noun("coi_upload_session", "coi_upload_session", "us", "COI upload session")
TASK = Noun("task", "coi_task", "task", "task")
CERTIFICATE = Noun("certificate", "coi_certificate", "ci", "certificate")
ENDPOINT = Noun("webhook_endpoint", "coi_endpoint", "whe", "webhook endpoint")
EVENT = Noun("event", "coi_event", "evt", "event", frozenset(("data",)))
