"""Owns Outlook's own file of a mail: read by oxmsg, then a letter like any other (mail.py)."""

from __future__ import annotations

import struct
from pathlib import Path

import oxmsg

from postroom.systems.conversion.convert import mail
from postroom.systems.conversion.convert.work import Work, corrupt, too_much

_SIZE = 256 << 20
_ATTACHMENTS = 1_000
_DAMAGE = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error, LookupError)


def convert(work: Work, file: Path, media_type: str) -> Path:
    if file.stat().st_size > _SIZE:
        raise too_much(work.name, "the mail is too large")
    try:
        letter = _read(file)
    except _DAMAGE as error:
        raise corrupt(work.name, "the mail cannot be read", error) from error
    return mail.bind(work, letter)


def _read(file: Path) -> mail.Letter:
    message = oxmsg.Message.load(str(file))
    people = ", ".join(f"{one.name} <{one.email_address}>" for one in message.recipients)
    headers = [
        ("From", message.sender or ""),
        ("To", people),
        ("Date", message.sent_date.isoformat(" ") if message.sent_date else ""),
        ("Subject", message.subject or ""),
    ]
    page = message.html_body
    letter = mail.Letter(headers=headers, page=page or None, text=message.body)
    for one in message.attachments[:_ATTACHMENTS]:
        if not one.attached_by_value or one.file_bytes is None:
            continue
        name = (one.file_name or "attachment").replace("\\", "/").rpartition("/")[2][:200]
        letter.attachments.append((name, one.file_bytes))
    return letter
