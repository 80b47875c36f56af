"""Owns how small blobs get to disk when many come at once: several per thread and turn, each on its own terms.

A hop into a thread and back costs as much as storing a small blob does. What arrives in one turn of the event
loop is therefore spread evenly over the threads: a few go in one hop, a hundred go in eight, and those that
come meanwhile wait for the next free one.
Refuses to know what makes a blob durable (that is `disk`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from postroom.blobs.disk import Disk, translated
from postroom.ports import Stored

HOPS = 8  # at a time: they mostly wait for the disk, and many fsyncs at once share one journal commit
FEW, MOST = 4, 32  # blobs per hop, where there are so many

_Item = tuple[str, Sequence[bytes] | Path, "asyncio.Future[Stored]"]


class SmallPuts:
    """Call it with a key and the bytes, or a small file that holds them; the future tells when they are durable.

    One event loop. executor: the threads; may serve others, too.
    """

    def __init__(self, disk: Disk, executor: Executor) -> None:
        self._disk = disk
        self._executor = executor
        self._waiting: deque[_Item] = deque()
        self._hops = 0
        self._called = False

    def __call__(self, key: str, content: Sequence[bytes] | Path) -> asyncio.Future[Stored]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Stored] = loop.create_future()
        self._waiting.append((key, content, future))
        if not self._called and self._hops < HOPS:
            self._called = True
            loop.call_soon(self._spread)  # with all who come in this turn of the loop
        return future

    def _spread(self) -> None:
        self._called = False
        while self._waiting and self._hops < HOPS:
            share = max(FEW, min(MOST, -(-len(self._waiting) // (HOPS - self._hops))))
            items = [self._waiting.popleft() for _ in range(min(share, len(self._waiting)))]
            self._hops += 1
            try:
                hop = asyncio.get_running_loop().run_in_executor(
                    self._executor, self._disk.put_all, [(key, content) for key, content, _ in items]
                )
            except RuntimeError as error:  # the threads have ended
                self._hops -= 1
                for _, _, future in items:
                    _fail(future, error)
                continue
            hop.add_done_callback(lambda done, items=items: self._landed(done, items))  # type: ignore[misc]

    def _landed(self, hop: asyncio.Future[list[Stored | OSError]], items: Sequence[_Item]) -> None:
        self._hops -= 1
        if hop.cancelled() or (error := hop.exception()) is not None:
            defect = asyncio.CancelledError() if hop.cancelled() else error
            for _, _, future in items:
                _fail(future, defect)
        else:
            for (_, _, future), outcome in zip(items, hop.result(), strict=True):
                if isinstance(outcome, OSError):
                    _fail(future, translated(outcome))
                elif not future.done():
                    future.set_result(outcome)
        self._spread()


def _fail(future: asyncio.Future[Stored], error: BaseException | None) -> None:
    if not future.done() and error is not None:
        future.set_exception(error)
