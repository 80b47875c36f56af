"""Owns mail: its head and its body as pages, then its attachments, one after the other.

Pictures in the body that came along are shown; what would have to be fetched is not. Programs among the
attachments are left out, and that is told.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage, Message, MIMEPart
from pathlib import Path

from postroom.readers import sniff
from postroom.systems.conversion.convert import html, nest, office
from postroom.systems.conversion.convert.work import TEXT, Work, corrupt, too_much

_SIZE = 256 << 20  # bytes of a mail that is read
_DEPTH = 50  # parts within parts
_HEADERS = ("From", "To", "Cc", "Date", "Subject")


@dataclass(slots=True)
class Letter:
    """A mail, whatever it came in as. rtf: its body, if it has neither page nor text. inline: address (`cid:…`)
    -> media type and bytes. letters: mails that are attached as such, by their subjects."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    page: str | None = None
    text: str | None = None
    rtf: bytes | None = None
    inline: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    attachments: list[tuple[str, bytes]] = field(default_factory=list)
    letters: list[tuple[str, Letter]] = field(default_factory=list)


def convert(work: Work, file: Path, media_type: str) -> Path:
    if file.stat().st_size > _SIZE:
        raise too_much(work.name, "the mail is too large")
    with file.open("rb") as stream:
        message = email.message_from_binary_file(stream, policy=email.policy.default)
    letter = Letter(headers=[(name, _header(message, name)) for name in _HEADERS if name in message])
    try:
        _collect(message, letter, 0)
    except (LookupError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise corrupt(work.name, "the mail cannot be read", error) from error
    return bind(work, letter)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name])
    except (ValueError, IndexError, AttributeError, TypeError):  # the library trips over some old mails
        return ""


def _collect(part: MIMEPart, letter: Letter, depth: int) -> None:
    if depth > _DEPTH:
        raise ValueError("parts within parts without end")
    kind = part.get_content_type()
    if kind == "message/rfc822" and depth:
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            letter.attachments.append((_name(part, "mail.eml"), inner[0].as_bytes()))
        return
    if part.is_multipart():
        for inner in part.iter_parts():
            _collect(inner, letter, depth + 1)
        return
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    attached = part.get_content_disposition() == "attachment"
    if kind == "text/html" and letter.page is None and not attached:
        letter.page = _decode(part, data)
    elif kind == "text/plain" and letter.text is None and not attached:
        letter.text = _decode(part, data)
    elif (cid := part.get("Content-ID")) and kind.startswith("image/") and not attached:
        letter.inline[f"cid:{str(cid).strip(' <>')}"] = (kind, data)
    elif data:
        letter.attachments.append((_name(part, "attachment"), data))


def _decode(part: MIMEPart, data: bytes) -> str:
    codec = part.get_content_charset() or "utf-8"
    try:
        return data.decode(codec, "replace")
    except LookupError:
        return data.decode("latin-1")


def _name(part: MIMEPart, fallback: str) -> str:
    return (part.get_filename() or fallback).replace("\\", "/").rpartition("/")[2][:200] or fallback


def bind(work: Work, letter: Letter) -> Path:
    """The letter's own pages, then its attachments."""
    parts = [(work.name, html.render(work, _page(work, letter), letter.inline))]
    if letter.rtf is not None:
        body = work.file(".rtf")
        body.write_bytes(letter.rtf)
        parts.append((work.name, office.convert(work, body, "application/rtf")))
    shown = letter.page or ""
    # Pictures that the body does not show are attachments after all.
    left = [
        (f"picture-{n + 1}", data)
        for n, (cid, (_, data)) in enumerate(letter.inline.items())
        if cid not in shown
    ]
    for name, data in (*letter.attachments, *left):
        made = _attachment(work, name, data)
        if made is not None:
            parts.append((name, made))
    for name, inner in letter.letters:
        with nest.within(work, name):
            parts.append((name, bind(work.inside(name), inner)))
    return nest.bind(work, parts)


def _page(work: Work, letter: Letter) -> str:
    rows = "".join(_line(name, text) for name, text in letter.headers if text)
    names = ", ".join(name for name, _ in (*letter.attachments, *letter.letters))
    if names:
        rows += _line("Attached", names)
    head = f"<table style='margin-bottom: 1em; border-bottom: 0.5pt solid #888; width: 100%'>{rows}</table>"
    body = letter.page
    if body is None:
        body = f"<pre>{html.escape((letter.text or '')[:TEXT])}</pre>"
    if len(body) > TEXT:
        raise too_much(work.name, "the body of the mail is too long")
    return head + body


def _line(name: str, text: str) -> str:
    style = "text-align: left; padding-right: 1em; vertical-align: top"
    return f"<tr><th style='{style}'>{html.escape(name)}</th><td>{html.escape(text[:2000])}</td></tr>"


def _attachment(work: Work, name: str, data: bytes) -> Path | None:
    from postroom.systems.conversion.convert import family

    if nest.is_executable(name, data[:4]):
        work.notes.warn(
            "Generic", f"The program '{name[:100]}' was left out of '{work.name}'.", dataPart=name[:250]
        )
        return None
    work.budget.unpack(len(data), work.name)
    file = work.file(".part")
    file.write_bytes(data)
    kind = sniff.sniff(file, name)
    if not family.knows(kind):
        text = f"The attachment '{name[:100]}' of '{work.name}' was left out: it is of a kind that is not converted."
        work.notes.warn("PartialExtraction", text, dataPart=name[:250])
        return None
    return nest.part(work, name, file)
