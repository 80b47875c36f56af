"""Owns how the simple nouns look to clients. Pure: a row in, an object out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from postroom.db.connection import Row, loads
from postroom.systems.certificates.noun import Noun


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _plain(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def contractor(row: Row) -> dict[str, Any]:
    return {
        **_plain(row, "id", "email", "first_name", "last_name", "middle_name", "company_name", "phone"),
        "address": loads(row["address"]),
        "custom_metadata": loads(row["custom_metadata"]),
        "withhold_premium": row["withhold_premium"],
        "created": seconds(row["created"]),
    }


def entity(row: Row) -> dict[str, Any]:
    return {
        **_plain(row, "id", "name"),
        "address": loads(row["address"]),
        "coverage_limit": loads(row["coverage_limit"]),
        "required_coverage": list(row["required_coverage"]),
        "created": seconds(row["created"]),
    }


def job(row: Row) -> dict[str, Any]:
    return {
        **_plain(row, "id", "name", "description", "entity", "wage", "wage_type", "years_experience"),
        "address": loads(row["address"]),
        "custom_metadata": loads(row["custom_metadata"]),
        **_plain(row, "withhold_premium", "category_code"),
        "created": seconds(row["created"]),
    }


def assignment(row: Row) -> dict[str, Any]:
    shown = {
        **_plain(row, "id", "contractor", "job", "policy", "bind"),
        "coverage_type": list(row["coverage_type"]),
        # What the platform itself would have issued, judged and sold: nothing is, here.
        "certificates": {"gl_coi_pdf_url": None, "wc_coi_pdf_url": None},
        "eligible": None,
        **_plain(row, "effective_date", "end_date"),
        "net_rate": None,
        "created": seconds(row["created"]),
    }
    if row["cancellation_date"] is not None:
        shown |= {"cancelled": True, **_plain(row, "cancellation_date", "cancellation_reason")}
    return shown


def requirement(row: Row) -> dict[str, Any]:
    return {
        **_plain(row, "id", "name", "is_default"),
        "entities": list(row["entities"]),
        "category_codes": list(row["category_codes"]),
        "rules": loads(row["rules"]),
        "created": seconds(row["created"]),
        "updated": seconds(row["updated"]),
    }


def tracker(row: Row) -> dict[str, Any]:
    return {
        **_plain(row, "id", "name", "active", "insurance_requirement", "entity", "category_code"),
        "created": seconds(row["created"]),
        "updated": seconds(row["updated"]),
    }


def is_open(row: Row, now: datetime) -> bool:
    """Whether an upload or tracker session still takes files."""
    return row["expires_at"] is None or row["expires_at"] > now.timestamp()


def tracker_session(row: Row, now: datetime) -> dict[str, Any]:
    status = "open" if is_open(row, now) else "expired"
    return {
        **_plain(row, "id", "tracker"),
        "status": status,
        "expires_at": row["expires_at"],
        "created": seconds(row["created"]),
    }


def upload_session(row: Row, now: datetime) -> dict[str, Any]:
    return {
        **_plain(row, "id", "contractor", "insurance_requirement"),
        "status": "open" if is_open(row, now) else "expired",
        "expires_at": row["expires_at"],
        "created": seconds(row["created"]),
    }


def endpoint(row: Row, secret: str) -> dict[str, Any]:
    return {
        **_plain(row, "id", "url", "description"),
        "events": list(row["events"]),
        "secret": secret,
        "created": seconds(row["created"]),
    }


def event(row: Row) -> dict[str, Any]:
    return {
        **_plain(row, "id", "type"),
        "created": seconds(row["created"]),
        "data": loads(row["data"]),
    }


def deleted(noun: Noun, row: Row) -> dict[str, Any]:
    return {"id": row["id"], "object": noun.name, "deleted": True, "deleted_at": seconds(row["deleted"])}
