"""Owns how much a worker takes up at once: one chunk per child, and a few ahead where chunks are quick."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_AHEAD = 96  # quick chunks per child


class Slots:
    """A chunk that waits behind a long one could have been another worker's, so chunks are taken ahead only
    while everything that is held is quick."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.slow = 0  # chunks held that are not quick
        self._quick = 0
        self._waiting: deque[tuple[bool, asyncio.Future[None]]] = deque()

    def _free(self, ahead: bool) -> bool:
        held = self._quick + self.slow
        return held < self._size or (ahead and not self.slow and held < self._size * _AHEAD)

    @asynccontextmanager
    async def hold(self, *, ahead: bool) -> AsyncIterator[None]:
        """ahead: the chunk is quick. First come, first served."""
        if self._waiting or not self._free(ahead):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((ahead, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._leave(ahead)
                else:
                    with contextlib.suppress(ValueError):
                        self._waiting.remove((ahead, turn))
                raise
        else:
            self._enter(ahead)
        try:
            yield
        finally:
            self._leave(ahead)

    def _enter(self, ahead: bool) -> None:
        if ahead:
            self._quick += 1
        else:
            self.slow += 1

    def _leave(self, ahead: bool) -> None:
        if ahead:
            self._quick -= 1
        else:
            self.slow -= 1
        while self._waiting and self._free(self._waiting[0][0]):
            kind, turn = self._waiting.popleft()
            if not turn.done():
                self._enter(kind)
                turn.set_result(None)
