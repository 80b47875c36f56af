"""Bytes that are dropped with the call that brought them, unless the rows that name them may be stored."""

from __future__ import annotations

import asyncio

import pytest

from postroom.errors import CancelledInCommit, Conflict, OutcomeUnknown, Unavailable
from postroom.intake.hold import held


async def dropped(error: BaseException | None, *, keep: bool) -> bool:
    calls = []

    async def drop() -> None:
        calls.append(1)

    async def call() -> None:
        async with held(drop) as hold:
            if keep:
                hold.keep()
            if error is not None:
                raise error

    (raised,) = await asyncio.gather(call(), return_exceptions=True)
    assert (raised is None) is (error is None)
    return bool(calls)


@pytest.mark.parametrize("error", [None, Conflict("no"), Unavailable("away"), asyncio.CancelledError()])
async def test_what_nobody_named_is_dropped_whatever_happens(error: BaseException | None) -> None:
    assert await dropped(error, keep=False)
    assert not await dropped(error, keep=True)


@pytest.mark.parametrize("error", [OutcomeUnknown("away"), CancelledInCommit()])
async def test_what_may_be_named_is_left_to_the_sweep(error: BaseException) -> None:
    assert not await dropped(error, keep=False)
