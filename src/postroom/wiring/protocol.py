"""Owns how the bytes of a request come off a socket: in large pieces, with as few copies as uvicorn allows.

uvicorn takes what the loop has copied out of its own buffer, gathers it in a bytearray and copies it once more
for the application. Of the time that an upload costs the event loop, a quarter was that. Here the socket is
read into one buffer of this process, and a piece of a body is handed on as the parser made it.
Also owns how long a head may be: the parser has no limit of its own, and whoever can reach the port could have
it kept in memory without end, before anybody asks for a key. Refuses to know what is in a request.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

_PIECE = 512 << 10  # fits in the cache of a core, so that the next copy finds it there

# One for all connections: what was read is parsed, and copied by the parser, before anything else is read.
_BUFFER = memoryview(bytearray(_PIECE))

HEAD = 64 << 10  # bytes of a request's line and headers at most, and of what follows a chunked body
_LINGER = 2.0  # seconds until the line of a refused client is cut: cut at once, it would not read the answer


class _HeadTooLongError(Exception):
    """Raised out of a callback to stop the parser."""


class Protocol(HttpToolsProtocol, asyncio.BufferedProtocol):
    """uvicorn's, read through a buffer. Of one event loop in one thread."""

    _fruitless = 0  # bytes read since a head or a piece of a body came out of them
    _head = 0  # bytes that the parser gave out of the head (or the trailers) that it is at
    _in_body = False
    _refused = False

    def get_buffer(self, sizehint: int) -> memoryview:
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(_BUFFER[:nbytes])  # type: ignore[arg-type]  # the parser takes any buffer

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        # Whatever is read and does not come out is kept by the parser: a line that does not end, for one.
        self._fruitless += len(data)
        super().data_received(data)
        if self._fruitless > HEAD:
            self._refuse()

    def send_400_response(self, msg: str) -> None:
        if self._head > HEAD:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if self.cycle is not None and not self.cycle.response_complete:  # another answer may be under way
            self.transport.close()
            return
        text = b"The request's line and headers are too long; they may have %d bytes." % HEAD
        head = (
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(text),
            b"connection: close",
        )
        self.transport.write(STATUS_LINE[431] + b"\r\n".join((*head, b"", text)))
        self.loop.call_later(_LINGER, self.transport.close)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEAD:
            raise _HeadTooLongError

    def on_message_begin(self) -> None:
        self._head = 0
        self._in_body = False
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)  # ": " and the end of the line
        if not self._in_body:  # what follows a body is not for anybody here
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._fruitless = self._head = 0
        self._in_body = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._fruitless = 0
        cycle = self.cycle
        if (self.parser.should_upgrade() and self._should_upgrade()) or cycle.response_complete:
            return
        held: Any = cycle.body
        if not held:
            held = body  # uvicorn takes `bytes` of it, and that is itself: no copy is made
        else:  # small pieces are gathered, as uvicorn does
            held = bytearray(held) if isinstance(held, bytes) else held
            held += body
        cycle.body = held
        if len(held) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()
