"""Owns Outlook's own mails for tests, written by another library than the one that reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from aspose.email_foss.msg import MapiMessage, PropertyId


def letter(subject: str, body: str, *, page: str | None = None, sender: str = "Anna Ärger") -> MapiMessage:
    made = MapiMessage.create(subject, body)
    made.set_property(PropertyId.SENDER_NAME, sender)
    made.set_property(PropertyId.SENDER_EMAIL_ADDRESS, "anna@example.org")
    made.set_property(PropertyId.MESSAGE_DELIVERY_TIME, datetime(2026, 3, 15, 10, 30, tzinfo=UTC))
    made.add_recipient("bert@example.org", display_name="Bert Öl")
    if page is not None:
        made.body_html = page
    return made


def attach(to: MapiMessage, name: str, data: bytes, *, kind: str = "text/plain", cid: str = "") -> None:
    to.add_attachment(name, data, mime_type=kind, content_id=cid or None)


def save(made: MapiMessage, file: Path) -> Path:
    made.save(file)
    return file
