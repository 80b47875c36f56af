"""Owns the body of a request as a stream of bytes: where it ends, when it is cut off, when it has stopped.

Refuses to know what the bytes mean. Speaks plain ASGI, no framework.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from postroom.errors import Malformed

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


async def asgi_body(receive: Receive) -> AsyncIterator[bytes]:
    """The body of an ASGI request in pieces. Malformed if the client goes away before its end."""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed(
                "The body was cut off: the connection closed before its end.", code="body_cut_off"
            )
        if piece := message.get("body", b""):
            yield piece
        more = message.get("more_body", False)


async def watched(body: AsyncIterator[bytes], idle: float | None) -> AsyncIterator[bytes]:
    """The same pieces. Malformed if none arrives for `idle` seconds (None: wait for ever).

    Only the wait for the client counts, not the time that we take to store a piece.
    """
    while True:
        try:
            async with asyncio.timeout(idle):
                piece = await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise Malformed(
                f"The body stopped: no byte arrived for {idle:g} seconds.", code="body_stopped", cause=error
            ) from error
        yield piece
