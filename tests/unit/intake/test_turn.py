"""Turns: the latest takes over, the former has stopped before it begins, and a real cancellation stays one."""

from __future__ import annotations

import asyncio

import pytest

from postroom.errors import Conflict
from postroom.intake.turn import Turns


async def test_the_latest_takes_over_and_the_former_has_ended_by_then() -> None:
    turns, told = Turns(), []

    async def hold(name: str, seconds: float) -> None:
        async with turns.take("upload"):
            told.append(f"{name} begins")
            try:
                await asyncio.sleep(seconds)
            finally:
                await asyncio.sleep(0.01)  # what it still has to write
                told.append(f"{name} ends")

    tasks = []
    for name, seconds in (("a", 60), ("b", 60), ("c", 0)):
        tasks.append(asyncio.create_task(hold(name, seconds)))
        await asyncio.sleep(0.005)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results[:2]] == [Conflict, Conflict] and results[2] is None
    assert told[-2:] == ["c begins", "c ends"]
    for first, second in zip(told[::2], told[1::2], strict=True):
        assert first.split()[0] == second.split()[0], told


async def test_different_things_do_not_wait_for_each_other() -> None:
    turns = Turns()
    async with turns.take(1), turns.take(2):
        pass


async def test_a_request_that_is_really_cancelled_stays_cancelled() -> None:
    turns = Turns()

    async def hold() -> None:
        async with turns.take(1):
            await asyncio.sleep(60)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with turns.take(1):
        pass
