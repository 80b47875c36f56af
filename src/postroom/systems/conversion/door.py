"""Owns what every handler of the desk reaches for: the caller, a job, the desk's fetcher, patience.

Refuses to know what is asked for and how it is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import Request

from postroom.core.jobs import Job
from postroom.core.states import JobState
from postroom.db.connection import Connection
from postroom.db.key import account_named
from postroom.desk import job as desk_job
from postroom.desk.access import Access, authenticate
from postroom.desk.context import Desk
from postroom.desk.own import secret_in
from postroom.desk.watch import Hub
from postroom.errors import Conflict, NotFound
from postroom.front.reach import desk_of as desk_of
from postroom.ports import Fetcher
from postroom.systems.conversion import contract, store, view
from postroom.systems.conversion.contract import Kind
from postroom.systems.conversion.view import SYSTEM, Held

T = TypeVar("T")

_AT_ONCE = 0.5  # seconds that a call to delete a job waits for its processes to be stopped; inferred
_LOOK = 0.05  # seconds between two looks
_ACCOUNT = "default"  # whose jobs those are that come in without a key
_NO_KEY = UUID(int=0)


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def hub_of(request: Request) -> Hub:
    hub: Hub = request.app.state.office.hub
    return hub


def fetcher_of(request: Request) -> Fetcher:
    """One for the life of the application."""
    from postroom.intake.fetch import GuardedFetcher  # a server that is named no address needs no HTTP client

    state = request.app.state
    if not hasattr(state, "fetcher"):
        desk = desk_of(request)
        state.fetcher = GuardedFetcher(desk.settings, desk.clock)
    fetcher: Fetcher = state.fetcher
    return fetcher


async def caller(request: Request, scope: str) -> Access:
    """Who calls, if their key opens this desk with this scope. The original has no keys at all: a setting
    lets in whoever brings none."""
    desk = desk_of(request)
    secret = secret_in(request.headers)
    if secret is None and desk.settings.conversion_keyless:
        async with desk.db.transaction() as connection:
            account = await account_named(connection, _ACCOUNT)
        return Access(account, _NO_KEY, frozenset((SYSTEM,)), frozenset(("read", "write")), "production")
    access = await authenticate(desk.db, secret)
    access.require(SYSTEM, scope)
    return access


async def job_of(request: Request, access: Access, job_id: str) -> Held:
    """The job; it counts as used. NotFound if the caller has no such job."""
    try:
        number = UUID(job_id)
    except ValueError:
        raise view.no_job(job_id) from None
    desk = desk_of(request)
    held = await view.held(desk.db, access.whose, number)
    await store.touch(desk, held)
    return held


def kinds_of(request: Request) -> list[Kind]:
    """The workflows that are offered here and now."""
    offers = [offer.workflow for offer in desk_of(request).offers.values() if offer.system == SYSTEM]
    return view.offered(offers, contract.KINDS)


async def forget(desk: Desk, access: Access, held: Held) -> None:
    """The job with its data and results is gone when this returns, whatever it was doing."""
    try:
        await desk_job.delete(desk, access, held.id, at_work=True)
    except NotFound:
        raise view.no_job(str(held.id)) from None


async def dismiss(desk: Desk, access: Access, held: Held) -> bool:
    """Forget the job; one that works is cancelled first, and goes when its processes have been stopped.

    Returns whether it is gone. If not, `see_off` waits for it.
    """
    if held.leaving:
        return False
    if held.state is not JobState.RUNNING:
        await forget(desk, access, held)
        return True

    async def leave(connection: Connection, job: Job) -> None:
        await store.set_leaving(connection, job.id)

    try:
        await desk_job.cancel(desk, access, held.id, reason="Deleted by the client.", seal=leave)
    except Conflict:  # it has ended meanwhile
        await forget(desk, access, held)
        return True
    except NotFound:
        raise view.no_job(str(held.id)) from None
    if not await _wound_down(desk, held, _AT_ONCE):
        return False
    await see_off(desk, access, held)
    return True


async def see_off(desk: Desk, access: Access, held: Held) -> None:
    """Remove a job that leaves once nobody works for it, or has had time enough to stop. Should we die here,
    the sweep does it."""
    await _wound_down(desk, held, store.WIND_DOWN)
    with contextlib.suppress(NotFound):  # the sweep was quicker
        await forget(desk, access, held)


async def _wound_down(desk: Desk, held: Held, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not await store.wound_down(desk, held.id):
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(_LOOK)
    return True


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the client goes away: ClientGone.

    Only for requests whose body has been read to its end.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def until_ended(request: Request, access: Access, held: Held) -> Held:
    """The job once it has ended; NotFound if it is deleted meanwhile. Holds no worker and no connection.

    If the server stops it returns the job as it is.
    """
    db = desk_of(request).db
    async with hub_of(request).subscribe(held.id) as listener:
        while not held.ended:
            if await listener.frames.get() is None:
                return await view.held(db, access.whose, held.id)
            # Events come as they happen: a frame does not say that the job is over, the end of them does.
        return held
