"""Owns Outlook's own file of a mail: read by oxmsg, then a letter like any other (mail.py)."""

from __future__ import annotations

import struct
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import compressed_rtf
import oxmsg
from oxmsg.attachment import Attachment
from oxmsg.domain import constants as known
from oxmsg.properties import Properties

from postroom.systems.conversion import need
from postroom.systems.conversion.convert import mail
from postroom.systems.conversion.convert.work import NESTING, Work, corrupt, too_much

_SIZE = 256 << 20
_ATTACHMENTS = 1_000
_PACKED = 8 << 20  # bytes of a packed body; unpacked it is at most nine times that
_INNER = "__substg1.0_3701000D"  # where an attachment keeps a mail that is attached as a mail
_RECORD = 16  # bytes of a property
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    struct.error,
    LookupError,
)


class _Inner(oxmsg.Message):
    """A mail within a mail, which the library does not know by itself."""

    @property
    def properties(self) -> Properties:
        """They come after 24 bytes, as published; some programs write 32 as in an outermost mail."""
        odd = len(self._storage.properties_stream_bytes) % _RECORD
        return Properties(self._storage, properties_header_offset=24 if odd else 32)


def convert(work: Work, file: Path, media_type: str) -> Path:
    if file.stat().st_size > _SIZE:
        raise too_much(work.name, "the mail is too large")
    try:
        letter = _read(work, oxmsg.Message.load(str(file)), 0)
    except _DAMAGE as error:
        raise corrupt(work.name, "the mail cannot be read", error) from error
    return mail.bind(work, letter)


def _read(work: Work, message: oxmsg.Message, depth: int) -> mail.Letter:
    people = ", ".join(f"{one.name} <{one.email_address}>" for one in message.recipients)
    headers = [
        ("From", _decoded(message.sender or "")),
        ("To", people),
        ("Date", message.sent_date.isoformat(" ") if message.sent_date else ""),
        ("Subject", message.subject or ""),
    ]
    letter = mail.Letter(headers=headers, page=message.html_body or None, text=message.body)
    if not letter.page and not letter.text:
        letter.rtf = _rtf(work, message)
    for one in message.attachments[:_ATTACHMENTS]:
        _attach(work, letter, one, depth)
    return letter


def _decoded(text: str) -> str:
    """As people read it: some servers leave names as they were written for the wire."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _rtf(work: Work, message: oxmsg.Message) -> bytes | None:
    """The body of a mail that keeps it in Outlook's own form only; what cannot be shown is told."""
    packed = message.properties.binary_prop_value(known.PID_RTF_COMPRESSED)
    if packed is None:
        return None
    cause = need.office() or "It is too long."
    try:
        if need.office() is None and len(packed) <= _PACKED:
            return bytes(compressed_rtf.decompress(packed))
    except Exception:  # which is what it raises of a body that is not packed as it should be
        cause = "It is damaged."
    text = f"The body of '{work.name}' is in Outlook's own form only, and was left out."
    work.notes.warn("PartialExtraction", f"{text} {cause}")
    return None


def _attach(work: Work, letter: mail.Letter, one: Attachment, depth: int) -> None:
    name = (one.file_name or "attachment").replace("\\", "/").rpartition("/")[2][:200]
    properties: Any = one.properties
    address = f"cid:{properties.str_prop_value(known.PID_ATTACH_CONTENT_ID) or ''}"
    data = one.file_bytes
    storage: Any = one._storage
    inner = next((part for part in storage.storages if part.name == _INNER), None)
    if inner is not None:
        if depth >= NESTING:
            raise too_much(work.name, f"mails are nested deeper than {NESTING} times")
        within = _read(work, _Inner(inner), depth + 1)
        letter.letters.append((dict(within.headers)["Subject"][:200] or "mail", within))
    elif data is None:
        text = f"The attachment '{name[:100]}' of '{work.name}' is not in the mail, and was left out."
        work.notes.warn("PartialExtraction", text, dataPart=name[:250])
    elif len(address) > 4 and address in (letter.page or ""):
        letter.inline[address] = (one.mime_type or "", data)
    else:
        letter.attachments.append((name, data))
