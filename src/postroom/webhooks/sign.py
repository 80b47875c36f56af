"""Owns what a webhook looks like: its body, its headers, its signature. Pure.

The form is that of Standard Webhooks (standardwebhooks.com, specification 1.0), which receivers verify with
its ready-made libraries. A front desk with a form of its own brings another `Format`. Refuses to know
addresses, rows and retries.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from postroom.errors import Invalid
from postroom.ports import Event, Format

__all__ = ["Event", "Format", "Standard"]

_PREFIX = "whsec_"


class Standard:
    """Standard Webhooks: `{"type", "timestamp", "data"}`, signed with HMAC-SHA256."""

    def body(self, event: Event) -> bytes:
        at = event.at.astimezone(UTC)
        return orjson.dumps(
            {"type": event.type, "timestamp": at, "data": event.data}, option=orjson.OPT_UTC_Z
        )

    def headers(self, event: Event, body: bytes, *, secret: str, sent: datetime) -> Mapping[str, str]:
        timestamp = str(int(sent.timestamp()))
        message = b".".join((event.id.encode(), timestamp.encode(), body))
        digest = hmac.new(_key(secret), message, hashlib.sha256).digest()
        return {
            "content-type": "application/json",
            "webhook-id": event.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not key:
        # Without a cause: it would show the secret.
        raise Invalid(f"The webhook secret must be {_PREFIX} and base64.", code="secret_invalid") from None
    return key
