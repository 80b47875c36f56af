"""Owns documents that stand elsewhere and are fetched by the engine once their job is closed.

What it makes goes to `document.receive` or `intake.submit_closed`, like documents whose bytes are here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from postroom.db.document import NewDocument
from postroom.desk.context import Desk
from postroom.errors import Invalid
from postroom.intake.filename import FileName
from postroom.intake.gate import Gate


@dataclass(frozen=True, slots=True)
class Remote:
    """A document at an address. name: None takes the last piece of the address. sha256: 64 lower-case hex."""

    url: str
    name: str | None = None
    sha256: str | None = None
    declared_type: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


async def remote_documents(desk: Desk, remotes: Sequence[Remote], *, field: str = "url") -> list[NewDocument]:
    """New documents of a job, in this order; nobody has been asked for them yet.

    Invalid (code `url_invalid`, `address_refused`; extra: `index`) for the first address that can be seen to
    be refused: scheme, user name in it, a private address in digits. What a name leads to is judged when it
    is fetched, and costs that document only. field: how the error names the address.
    """
    gate = Gate(desk.settings)

    def check() -> list[NewDocument]:
        return [_document(gate, remote, index, field) for index, remote in enumerate(remotes)]

    return await asyncio.to_thread(check)  # ten thousand take a moment


def _document(gate: Gate, remote: Remote, index: int, field: str) -> NewDocument:
    try:
        gate.parse(remote.url)
        if "\0" in remote.url:
            raise Invalid("The URL cannot be read.", code="url_invalid")
    except Invalid as error:
        error.field = field
        error.extra["index"] = index
        raise
    return NewDocument(
        FileName.of(remote.name or _last_piece(remote.url)).shown or f"document-{index + 1}",
        declared_type=remote.declared_type,
        meta=dict(remote.meta),
        announced_sha256=remote.sha256,
        url=remote.url,
    )


def _last_piece(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
