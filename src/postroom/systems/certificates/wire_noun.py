"""Owns the calls that are the same for every noun: list, get, delete; and asking whether ids name anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from postroom.db.connection import Connection, Database, Row
from postroom.systems.certificates import store, view
from postroom.systems.certificates.door import answer, caller, desk_of, page_of
from postroom.systems.certificates.noun import Noun
from postroom.systems.certificates.problem import UNKNOWN, Problem
from postroom.systems.certificates.store import Realm

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Show: TypeAlias = Callable[[Row], dict[str, Any]]


def lists(noun: Noun, show: Show) -> Handler:
    async def listing(request: Request) -> Response:
        """A page, newest first."""
        realm = await caller(request, "read")
        rows = await store.page(desk_of(request).db, noun, realm, page_of(request))
        return answer([show(row) for row in rows])

    return listing


def single(noun: Noun, show: Show) -> Handler:
    async def get(request: Request) -> Response:
        """One of them."""
        realm = await caller(request, "read")
        value = request.path_params[noun.name]
        return answer(show(await store.get(desk_of(request).db, noun, realm, value, field=noun.name)))

    return get


def removes(noun: Noun) -> Handler:
    async def delete(request: Request) -> Response:
        """It is gone when this is answered."""
        realm = await caller(request, "write")
        async with desk_of(request).db.transaction() as connection:
            row = await store.remove(connection, noun, realm, request.path_params[noun.name])
        return answer(view.deleted(noun, row))

    return delete


async def exist(
    db: Database | Connection, noun: Noun, realm: Realm, named: Mapping[str, str | None]
) -> list[Problem]:
    """A problem for each field whose id names nothing. named: field -> id."""
    there = await store.known(db, noun, realm, [value for value in named.values() if value is not None])
    return [
        Problem(UNKNOWN, f"No such {noun.says}: {value[:64]}.", field)
        for field, value in named.items()
        if value is not None and value not in there
    ]
