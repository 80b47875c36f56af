"""Owns `Idempotency-Key` for our own API: remembered for 24 hours, on every POST.

Same key and same request: the first answer again, with `Idempotent-Replayed: true`. Same key and another
request: 422. A twin in flight: 409.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postroom.core.fingerprint import fingerprint
from postroom.db.connection import Connection
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.idempotency import Answer, Call, keyed
from postroom.errors import Invalid

HEADER = "Idempotency-Key"
_NAME = "postroom"


class Once:
    """One POST. Without a key it does nothing; with one it seals the answer into the effect's transaction."""

    def __init__(self, request: Request, call: Call | None) -> None:
        self._request = request
        self._call = call
        self._fingerprint = b""

    @property
    def answered(self) -> bool:
        """Whether this key has an answer already (for this request or another)."""
        return self._call is not None and self._call.past is not None

    def replay(
        self, fields: list[tuple[str, str]] | None = None, files: list[tuple[str, str, str]] | None = None
    ) -> Response | None:
        """The answer given before, if this request was answered before. To be called when all is read."""
        if self._call is None:
            return None
        # Not `request.url`: the Host header has a part in that, and is the client's.
        path = str(self._request.scope["path"])
        query = list(self._request.query_params.multi_items())
        self._fingerprint = fingerprint(
            self._request.method, path, [*query, ("", ""), *(fields or [])], files or []
        )
        past = self._call.replay(self._fingerprint)
        if past is None:
            return None
        headers = {**past.headers, "Idempotent-Replayed": "true"}
        return Response(past.body, past.status, headers=headers)

    def seal(self, render: Callable[[Any], Response]) -> Callable[[Connection, Any], Awaitable[None]] | None:
        """For the desk: stores what `render` makes of the result, in the same transaction."""
        call = self._call
        if call is None:
            return None

        async def store(connection: Connection, result: Any) -> None:
            response = render(result)
            kept = {
                name: response.headers[name]
                for name in ("content-type", "location")
                if name in response.headers
            }
            await call.seal(
                connection, self._fingerprint, Answer(response.status_code, bytes(response.body), kept)
            )

        return store


@asynccontextmanager
async def once(request: Request, desk: Desk, access: Access) -> AsyncIterator[Once]:
    key = request.headers.get(HEADER)
    if key is None:
        yield Once(request, None)
        return
    if not 1 <= len(key) <= 256 or not key.isprintable():
        raise Invalid(f"'{HEADER}' must be 1 to 256 printable characters.", field=HEADER)
    async with keyed(desk, access, _NAME, key) as call:
        yield Once(request, call)
