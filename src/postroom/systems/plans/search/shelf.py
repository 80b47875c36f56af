"""Owns the texts of pages that are kept in memory for the next search: those that were used last, up to a size.

A page's text never changes once it is stored, so nothing here can be old. Refuses to say whether a page is still
there and whose it is: ask the database first, for every search.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from postroom.db.connection import Database

SIZE = 32 << 20  # bytes; a sheet has about 2,500, so 13,000 sheets
_OVERHEAD = 200  # bytes that one entry takes beside its text


class Shelf:
    """Texts in UTF-8 by page. Not for several threads."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._used = 0
        self._texts: OrderedDict[UUID, bytes] = OrderedDict()

    async def take(self, db: Database, pages: Sequence[UUID]) -> dict[UUID, bytes]:
        """The texts of these pages; one that is gone from the database may be missing."""
        found = {}
        for page in pages:
            if (text := self._texts.get(page)) is not None:
                self._texts.move_to_end(page)
                found[page] = text
        if len(found) < len(pages):
            missing = [page for page in pages if page not in found]
            rows = await db.fetch(
                "SELECT id, convert_to(text, 'UTF8') FROM plan_page WHERE id = ANY($1)", missing
            )
            for page, text in rows:
                found[page] = text
                self._put(page, text)
        return found

    def clear(self) -> None:
        self._texts.clear()
        self._used = 0

    def _put(self, page: UUID, text: bytes) -> None:
        if page in self._texts or len(text) > self._size // 8:
            return  # one giant must not drive out all others
        self._texts[page] = text
        self._used += len(text) + _OVERHEAD
        while self._used > self._size:
            _, old = self._texts.popitem(last=False)
            self._used -= len(old) + _OVERHEAD


SHELF = Shelf()  # of this process
