"""Owns one file on its way into one blob: its limit, its first bytes, its digest, and that nothing is left
of it when something is wrong. Refuses to know where the bytes come from (`form`, `raw`).
"""

from __future__ import annotations

from postroom.errors import PostroomError, TooLarge
from postroom.intake.digest import Expected, Verifier
from postroom.ports import BlobStore, Stored

FIRST = 1024  # the window in which a PDF header may stand


class Upload:
    """Write, then `finish` or `drop`; `drop` is safe at any time, and removes what was stored as well.

    label: how an error calls this file. field: the offending part, for the error.
    """

    def __init__(
        self,
        blobs: BlobStore,
        key: str,
        *,
        limit: int,
        expected: Expected,
        label: str,
        field: str | None = None,
    ) -> None:
        self._blobs = blobs
        self._key = key
        self._limit = limit
        self._label = label
        self._field = field
        self._writer = blobs.writer(key)
        self._verifier = Verifier(expected)
        self._committed = False
        self.first = b""
        self.size = 0

    async def write(self, data: bytes) -> None:
        """TooLarge once the limit is passed."""
        self.size += len(data)
        if self.size > self._limit:
            raise TooLarge(
                f"{self._label} is larger than {self._limit} bytes.", field=self._field, limit=self._limit
            )
        if len(self.first) < FIRST:
            self.first += data[: FIRST - len(self.first)]
        await self._writer.write(data)
        await self._verifier.feed(data)

    async def finish(self) -> Stored:
        """Durable and verified. If it raises, nothing is left."""
        try:
            stored = await self._writer.commit()
            self._committed = True
            await self._verifier.check(stored.sha256)
        except PostroomError as error:
            error.field = error.field or self._field
            await self.drop()
            raise
        return stored

    async def drop(self) -> None:
        await self._writer.abort()
        if self._committed:
            self._committed = False
            await self._blobs.delete([self._key])
