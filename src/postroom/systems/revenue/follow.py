"""Owns looking into an upload while it still arrives: a fast one has been surveyed when its last byte is stored.

Only a saving of time: whenever it does not come to an end, the file is surveyed as it always is. Refuses to
know what is asked of the file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from postroom.ports import BlobStore, Checked, ShowsIncoming

_WORTH = 16 << 20  # bytes from which on it pays
_FAST = 0.5  # seconds in which these must have come: a child does not wait for slow clients

# Asked by uploads that were refused meanwhile. A child that is left alone ends by itself; a cancelled one dies.
_strays: set[asyncio.Task[Checked]] = set()


class Follow:
    """One upload, to the blob `key`. ask: has a child look at a file that still grows."""

    def __init__(self, blobs: BlobStore, key: str, ask: Callable[[Path], Awaitable[Checked]]) -> None:
        self._blobs = blobs if isinstance(blobs, ShowsIncoming) else None
        self._key = key
        self._ask = ask
        self._task: asyncio.Task[Checked] | None = None

    async def body(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same pieces; begins to look when enough of them have come."""
        seen, begin = 0, time.monotonic()
        async for piece in pieces:
            yield piece
            seen += len(piece)
            if self._blobs is None or seen < _WORTH:
                continue
            path = self._blobs.incoming(self._key)
            if path is not None and time.monotonic() - begin < _FAST:
                self._task = asyncio.create_task(self._looked(path), name="revenue-follow")
                self._task.add_done_callback(_strays.discard)
                _strays.add(self._task)
            self._blobs = None

    async def _looked(self, path: Path) -> Checked:
        try:
            return await self._ask(path)
        except Exception:  # whatever it is, the survey of the whole file will meet it again
            return Checked()

    async def found(self) -> Checked | None:
        """What the child found in the whole file, if it did."""
        checked = await asyncio.shield(self._task) if self._task is not None else None
        return checked if checked is not None and checked.facts else None
