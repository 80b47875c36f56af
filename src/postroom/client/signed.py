"""Owns large files on their way out: announced, then sent in parts to signed addresses, each repeated by itself.

A line that breaks costs one part. Addresses that have expired are asked for anew; what was sent stays.
Refuses to know who gives the addresses: `call` is a POST of Postroom's own API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from postroom.client.error import NotAllowed, ServerFault
from postroom.client.form import Part
from postroom.client.transport import Transport


class Call(Protocol):
    def __call__(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST a JSON body to a path below the job; the JSON that is answered."""


class _Range:
    """Some bytes of a file as a body. Iterating sends it; each time anew."""

    def __init__(self, part: Part, offset: int, size: int, on_sent: Callable[[int], None]) -> None:
        self._part, self._offset, self._size, self._on_sent = part, offset, size, on_sent
        self._sent = 0

    def __iter__(self) -> Iterator[bytes]:
        self.take_back()
        for piece in self._part.range(self._offset, self._size):
            yield piece
            self._sent += len(piece)
            self._on_sent(len(piece))

    def take_back(self) -> None:
        """What was counted does not count: it is sent anew."""
        if self._sent:
            self._on_sent(-self._sent)
            self._sent = 0


def send(
    transport: Transport, call: Call, part: Part, on_sent: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """The document, received. The file is read twice: its digest makes a second announcement the same document."""
    announced = {
        "mode": "multipart",
        "documents": [
            {
                "name": part.name,
                "size": part.size,
                "sha256": part.sha256().hex(),
                "contentType": part.media_type,
            }
        ],
    }
    upload = call("/uploads", announced)["uploads"][0]
    etags: list[str] = []
    offset = 0
    for place in range(len(upload["parts"])):
        size = upload["parts"][place]["size"]
        body = _Range(part, offset, size, on_sent or (lambda _: None))
        try:
            etags.append(_put(transport, upload["parts"][place], body))
        except NotAllowed:  # most likely expired; if it is not, the next answer says what is wrong
            upload = call("/uploads", announced)["uploads"][0]
            etags.append(_put(transport, upload["parts"][place], body))
        offset += size
    parts = [{"partNumber": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    return call(f"/uploads/{upload['document']['id']}/complete", {"parts": parts})


def _put(transport: Transport, address: dict[str, Any], body: _Range) -> str:
    headers = {**address["headers"], "Content-Length": str(address["size"])}
    etag = transport.put(address["uploadUrl"], body, headers).headers.get("etag")
    if not etag:
        raise ServerFault("The storage did not say what it took in.", code="stranger")
    return str(etag)
