"""Owns the desk's way with idempotency keys, above `desk/idempotency.py`.

The first status and body are replayed for 24 hours, whatever the later call's body says, and faults of the
server as well; what was refused (400, 401, 403, 404) is not kept and may be repeated. A twin in flight is
refused. Source: behaviour.md section 1; scope and replay of another body are inferred there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import structlog
from starlette.requests import Request
from starlette.responses import Response

from postroom.db import idempotency as rows
from postroom.db.connection import Connection
from postroom.desk.idempotency import Answer, Call, keyed
from postroom.errors import Invalid, PostroomError
from postroom.systems.certificates import words
from postroom.systems.certificates.contract import DESK, KEY
from postroom.systems.certificates.door import KEY_HEADER, answer, caller, desk_of, key_of
from postroom.systems.certificates.store import Caller

log = structlog.get_logger(__name__)

# To be called inside the transaction that has the effect: remembers what is answered.
Seal: TypeAlias = Callable[[Connection, Response], Awaitable[None]]
# A POST: everything that it does, given whose things are meant.
Work: TypeAlias = Callable[[Request, Caller, Seal], Awaitable[Response]]

_HEADERS = ("content-type",)


def post(work: Work) -> Callable[[Request], Awaitable[Response]]:
    """A handler of a POST. `work` seals its answer in the transaction of its effect."""

    async def handler(request: Request) -> Response:
        realm = await caller(request, "write")
        key = key_of(request)
        if key is None:
            return await work(request, realm, _unsealed)
        if not 1 <= len(key) <= KEY or not key.isprintable():
            raise Invalid(f"'{KEY_HEADER}' must be 1 to {KEY} printable characters.", field=KEY_HEADER)
        name = f"{DESK} {realm.environment} POST {request.scope['path']}"
        async with keyed(desk_of(request), realm.access, name, key) as call:
            if call.past is not None:
                return Response(call.past.body, call.past.status, headers=dict(call.past.headers))
            return await _first(request, realm, call, work)

    handler.__name__ = work.__name__
    handler.__doc__ = work.__doc__
    return handler


async def _unsealed(_: Connection, __: Response) -> None:
    """No key: nothing is remembered."""


async def _first(request: Request, realm: Caller, call: Call, work: Work) -> Response:
    async def seal(connection: Connection, response: Response) -> None:
        await call.seal(connection, b"", _kept(response))

    try:
        return await work(request, realm, seal)
    except Exception as error:
        if isinstance(error, PostroomError):
            status, body, headers = words.told(error)
            cause: Any = repr(error.cause)
        else:
            text = "An unexpected error occurred; it has been logged."
            status, body, headers = 500, words.envelope(words.GENERAL, text), {}
            cause = None
        if status < 500:
            raise
        log.error("request.failed", path=request.url.path, cause=cause, exc_info=error)
        response = answer(body, status, headers)
        await _remember(call, response)
        return response


async def _remember(call: Call, response: Response) -> None:
    """A fault of ours is an answer, too. If even that cannot be kept, the call may be repeated."""
    kept = _kept(response)
    with contextlib.suppress(Exception):
        call.sealed = await rows.remember(
            call.desk.db,
            call.account,
            call.name,
            call.key,
            call.lease,
            b"",
            kept.status,
            kept.body,
            dict(kept.headers),
        )


def _kept(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    return Answer(response.status_code, bytes(response.body), headers)
