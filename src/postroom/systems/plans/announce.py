"""Owns the desk's webhooks: what is announced, in which words, and how it is signed.

The form is the contract's proposal, which no published page confirms; all of it stands here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson

from postroom.core.states import JobState
from postroom.db import delivery
from postroom.db.connection import Connection, Row
from postroom.ports import Event
from postroom.settings import Settings
from postroom.systems.plans import derive, view, words

TYPE = "job.status_changed"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    message = timestamp.encode() + b"." + body
    return f"sha256={hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}"


class StatusChanged:
    """See `ports.Format`."""

    def body(self, event: Event) -> bytes:
        return orjson.dumps(
            {
                "id": _event_id(event),
                "event": event.type,
                "createdAt": words.instant(event.at),
                "previousStatus": event.data["previousStatus"],
                "job": event.data["job"],
            }
        )

    def headers(self, event: Event, body: bytes, *, secret: str, sent: datetime) -> Mapping[str, str]:
        timestamp = str(int(sent.timestamp()))
        own = derive.webhook_secret(secret, event.data["job"]["id"])
        return {
            "content-type": "application/json",
            "x-plangrep-signature": signature(own, timestamp, body),
            "x-plangrep-timestamp": timestamp,
            "x-plangrep-event": event.type,
            "x-plangrep-delivery": _event_id(event),
        }


def _event_id(event: Event) -> str:
    return f"evt_{event.id.rpartition('_')[2]}"


async def status_changed(connection: Connection, job: UUID, left: JobState, settings: Settings) -> None:
    """Tell the job's client, if it wants to know and what it sees has changed. left: the state before."""
    found = await view.row(connection, job)
    if found is not None:
        await _tell(connection, found, settings, words.word(left, uploading=found["uploading"]))


async def uploading(connection: Connection, job: UUID, settings: Settings) -> None:
    """Something has arrived for the first time."""
    found = await view.row(connection, job)
    if found is not None:
        await _tell(connection, found, settings, words.AWAITING)


async def created(connection: Connection, job: UUID, settings: Settings) -> None:
    """The first change: from being set up to accepting files."""
    found = await view.row(connection, job)
    if found is not None:
        await _tell(connection, found, settings, words.PROVISIONING)


async def _tell(connection: Connection, found: Row, settings: Settings, before: str) -> None:
    if not found["webhook_url"]:
        return
    body = await view.job(connection, found, settings, found["base"])
    if body["status"] != before:
        await delivery.insert(
            connection,
            account=found["account_id"],
            job=found["id"],
            url=found["webhook_url"],
            type=TYPE,
            payload={"previousStatus": before, "job": body},
        )
