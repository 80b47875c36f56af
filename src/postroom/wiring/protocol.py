"""Owns how the bytes of a request come off a socket: in large pieces, with as few copies as uvicorn allows.

uvicorn takes what the loop has copied out of its own buffer, gathers it in a bytearray and copies it once more
for the application. Of the time that an upload costs the event loop, a quarter was that. Here the socket is
read into one buffer of this process, and a piece of a body is handed on as the parser made it.
Refuses to know what is in a request.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_PIECE = 512 << 10  # fits in the cache of a core, so that the next copy finds it there

# One for all connections: what was read is parsed, and copied by the parser, before anything else is read.
_BUFFER = memoryview(bytearray(_PIECE))


class Protocol(HttpToolsProtocol, asyncio.BufferedProtocol):
    """uvicorn's, read through a buffer. Of one event loop in one thread."""

    def get_buffer(self, sizehint: int) -> memoryview:
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(_BUFFER[:nbytes])  # type: ignore[arg-type]  # the parser takes any buffer

    def on_body(self, body: bytes) -> None:
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
