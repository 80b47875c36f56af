"""Owns natural batching: calls that arrive while one batch is under way become the next batch.

An idle worker's single call goes through at once; a busy worker's calls share one transaction, which is what
lets one job's row keep up with many workers. Under load a batch waits a moment for more to join it: most of
what a transaction costs is the same for one chunk and for fifty.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

I = TypeVar("I")  # one item  # noqa: E741
O = TypeVar("O")  # its outcome  # noqa: E741


_SHORT, _LONG = 0.01, 0.03  # seconds that a batch waits when it follows upon another
_LONGEST = 0.2  # seconds that one waits, first or not, where it is known that more is to come
_ENOUGH = 8  # items for which it waits so long: many more make none of them cheaper
_WORTH = 2  # items that must be expected to join for a wait of these
_SPAN = 0.5  # seconds over which the rate of items is smoothed


class Batch(Generic[I, O]):
    """run: handles many items in one transaction and returns one outcome for each, in order.

    If a batch fails, each of its items is tried alone, so that one bad item costs only itself.
    limit: items in one batch. Under lasting load a batch waits longer for more to join it than in the few
    moments that a small job takes. more: whether something is under way that will become an item; then items
    that come one by one are gathered, too, and nobody waits for what will not come.
    """

    def __init__(
        self,
        run: Callable[[Sequence[I]], Awaitable[Sequence[O]]],
        *,
        limit: int = 128,
        more: Callable[[], bool] = lambda: False,
    ) -> None:
        self._run = run
        self._limit = limit
        self._more = more
        self._last = asyncio.Event()  # nothing is known to follow
        self._waiting: list[tuple[I, asyncio.Future[O]]] = []
        self._task: asyncio.Task[None] | None = None
        self._rate = 0.0  # items per second
        self._counted = 0.0

    async def __call__(self, item: I) -> O:
        future: asyncio.Future[O] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._waiting) >= self._limit or not self._more():
            self._last.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        # Let everybody who is ready in this turn of the loop get in.
        await asyncio.sleep(0)
        while self._waiting:
            await self._gather()
            batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
            try:
                outcomes = await self._run([item for item, _ in batch])
            except Exception as error:
                if len(batch) == 1:
                    _settle(batch[0][1], error=error)
                    continue
                for item, future in batch:
                    try:
                        (outcome,) = await self._run([item])
                    except Exception as alone:
                        _settle(future, error=alone)
                    else:
                        _settle(future, outcome)
            else:
                for (_, future), outcome in zip(batch, outcomes, strict=True):
                    _settle(future, outcome)
            long = self._counts(len(batch)) * _LONG >= _WORTH
            if self._waiting and len(self._waiting) < self._limit:
                await asyncio.sleep(_LONG if long else _SHORT)

    async def _gather(self) -> None:
        """Wait for what is under way, where items come steadily but so slowly that each would go alone."""
        rate = self._counts(0)
        wait = min(_LONGEST, _ENOUGH / rate) if rate else 0.0
        if wait <= _LONG or rate * wait < _WORTH or len(self._waiting) >= self._limit or not self._more():
            return
        self._last.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._last.wait()

    def _counts(self, items: int) -> float:
        """The rate, now that so many more are done."""
        now = time.monotonic()
        self._rate = self._rate * math.exp((self._counted - now) / _SPAN) + items / _SPAN
        self._counted = now
        return self._rate


def _settle(future: asyncio.Future[O], outcome: O | None = None, *, error: Exception | None = None) -> None:
    if future.done():  # whoever waited was cancelled
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(outcome)  # type: ignore[arg-type]
