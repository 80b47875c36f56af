"""Owns the desk's webhooks: who is told of a document, and how it is written and signed (Svix's scheme).

The receivers that exist verify with Svix's libraries: `svix-signature: v1,` and the Base64 HMAC-SHA256 of
`id.timestamp.body`, under the key behind `whsec_`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson

from postroom.db import delivery
from postroom.db.connection import Connection
from postroom.errors import Invalid
from postroom.ports import Event
from postroom.systems.bills import contract, link, shape, view
from postroom.systems.bills.link import Links

_PREFIX = "whsec_"
_URL_SECONDS = 7 * 86_400  # that the `url` of an announced document is good: it may be delivered late


class Svix:
    """See `ports.Format`. The document itself, flat."""

    def body(self, event: Event) -> bytes:
        return orjson.dumps(event.data)

    def headers(self, event: Event, body: bytes, *, secret: str, sent: datetime) -> Mapping[str, str]:
        timestamp = str(int(sent.timestamp()))
        return {
            "content-type": "application/json",
            "svix-id": event.id,
            "svix-timestamp": timestamp,
            "svix-signature": f"v1,{signature(secret, event.id, timestamp, body)}",
        }


def signature(secret: str, event: str, timestamp: str, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        # Without a cause: it would show the secret.
        raise Invalid(f"The webhook secret must be {_PREFIX} and base64.", code="secret_invalid") from None
    message = b".".join((event.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


async def changed(connection: Connection, document: UUID, kind: str) -> None:
    """Tell every receiver of the document's account and environment that wants to know. kind: one of contract.EVENTS.

    In the transaction of the change, so there is neither without the other.
    """
    receivers = await connection.fetch(
        "SELECT w.account_id, w.url, w.base FROM bill_document d JOIN bill_company c ON c.id = d.company_id"
        " JOIN bill_webhook w ON w.account_id = c.account_id AND w.environment = c.environment"
        " WHERE d.id = $1 AND (w.types = '{}' OR $2 = ANY(w.types)) ORDER BY w.id",
        document,
        kind,
    )
    if not receivers:
        return
    row = await connection.fetchrow("SELECT * FROM bill_document WHERE id = $1", document)
    if row is None:
        return
    entries = await view.entries(connection, [document])
    key = await link.key_of(connection)
    for receiver in receivers:
        links = Links(receiver["base"], contract.NEWEST, key, int(time.time()) + _URL_SECONDS)
        body = shape.document(row, entries[document], contract.NEWEST, links)
        await delivery.insert(
            connection,
            account=receiver["account_id"],
            job=None,
            url=receiver["url"],
            type=kind,
            payload={**body, "eventType": kind},
        )
