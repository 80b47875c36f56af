"""Owns events: what is kept of one, who is told, and how the webhook is written and signed.

Header and scheme of the signature are the contract's proposal, which no published page confirms; all of it
stands here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from postroom.db import delivery
from postroom.db.connection import Connection, Row
from postroom.ports import Event
from postroom.systems.certificates import contract, noun, store, view
from postroom.systems.certificates.store import Realm

HEADER = "ten99policy-signature"
PREFIX = "whsec_"


def endpoint_secret(account_secret: str, endpoint: str) -> str:
    """What the webhooks of one endpoint are signed with: follows from the account's own, so none is kept."""
    text = f"certificates webhook {endpoint}"
    return PREFIX + hmac.new(account_secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:40]


def signature(secret: str, timestamp: int, body: bytes) -> str:
    message = f"{timestamp}.".encode() + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}"


class Announcement:
    """See `ports.Format`, `ports.Paces`. The payload is the endpoint's id and the event as `GET /events/{id}` shows it."""

    # 1 min, 5 min, 30 min, 2 h, 12 h. Source: behaviour.md section 7, inferred there.
    retries = (60.0, 300.0, 1800.0, 7200.0, 43_200.0)

    def body(self, event: Event) -> bytes:
        shown = event.data["event"]
        return orjson.dumps({name: shown[name] for name in ("id", "type", "created", "data")})

    def headers(self, event: Event, body: bytes, *, secret: str, sent: datetime) -> Mapping[str, str]:
        own = endpoint_secret(secret, event.data["endpoint"])
        return {
            "content-type": "application/json",
            HEADER: signature(own, int(sent.timestamp()), body),
        }


FORMATS = dict.fromkeys((*contract.CERTIFICATE_EVENTS.values(), contract.CANCELLED), Announcement())


def wants(events: list[str], kind: str) -> bool:
    """Whether an endpoint with this list is told of an event of this type."""
    if kind in events:
        return True
    return contract.ALL_EVENTS in events and kind not in contract.NAMED_ONLY


async def certificate(connection: Connection, realm: Realm, row: Row, status: str) -> None:
    """A certificate has come to this status. row: of the certificate."""
    data = {
        "object": {
            "id": row["id"],
            "contractor": row["contractor"],
            "status": status,
            "created": view.seconds(row["created"]),
        }
    }
    kind = contract.CERTIFICATE_EVENTS[status]
    there = await connection.fetchval("SELECT id FROM job WHERE id = $1", row["job_id"])
    await _happened(connection, realm, kind, data, there)


async def cancelled(connection: Connection, realm: Realm, assignment: dict[str, Any]) -> None:
    await _happened(connection, realm, contract.CANCELLED, assignment, None)


async def _happened(connection: Connection, realm: Realm, kind: str, data: Any, job: UUID | None) -> None:
    """Kept, and told to every endpoint that wants it, in the transaction in which it happens."""
    row = await store.insert(connection, noun.EVENT, realm, {"type": kind, "data": data})
    shown = view.event(row)
    endpoints = await connection.fetch(
        "SELECT id, url, events FROM coi_endpoint WHERE realm = $1 AND deleted IS NULL ORDER BY number",
        realm.number,
    )
    for endpoint in endpoints:
        if wants(endpoint["events"], kind):
            await delivery.insert(
                connection,
                account=realm.account,
                job=job,
                url=endpoint["url"],
                type=kind,
                payload={"endpoint": endpoint["id"], "event": shown},
            )
