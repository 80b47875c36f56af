"""Owns that one thing has one sender at a time, in this process: the latest takes over.

A client whose line broke comes back before we have noticed that it was gone. It must not wait for its former
self to time out, and both must not write at once. Between processes the storage's locks decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from postroom.errors import Conflict


@dataclass(slots=True, eq=False)
class _Turn:
    task: asyncio.Task[object]
    over: asyncio.Event = field(default_factory=asyncio.Event)
    replaced: bool = False


class Turns:
    """One per process and event loop."""

    def __init__(self) -> None:
        self._held: dict[Hashable, _Turn] = {}

    @asynccontextmanager
    async def take(self, what: Hashable) -> AsyncIterator[None]:
        """Our turn; whoever had it is told to stop, and has stopped when this begins.

        Conflict (code `upload_replaced`) in the middle, if a later one takes over.
        """
        while (other := self._held.get(what)) is not None:
            if not other.replaced:
                other.replaced = True
                other.task.cancel()
            await other.over.wait()
        task = asyncio.current_task()
        assert task is not None
        mine = self._held[what] = _Turn(task)
        try:
            yield
        except asyncio.CancelledError:
            if mine.replaced and task.uncancel() == 0:
                raise Conflict("A later request goes on with this upload.", code="upload_replaced") from None
            raise
        finally:
            del self._held[what]
            mine.over.set()
