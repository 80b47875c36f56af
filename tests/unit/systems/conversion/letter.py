"""Owns Outlook's own mails for tests, written by another library than the one that reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import compressed_rtf
from aspose.email_foss.msg import MapiMessage, PropertyId

_RTF, _BINARY = 0x1009, 0x0102  # PidTagRtfCompressed, PtypBinary


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


def rtf_only(subject: str, rtf: bytes, *, packed: bool = True) -> MapiMessage:
    """One whose body is in Outlook's own form only."""
    made = letter(subject, "")
    made.set_property(_RTF, _BINARY, compressed_rtf.compress(rtf) if packed else rtf)
    return made


def save(made: MapiMessage, file: Path) -> Path:
    made.save(file)
    return file
