"""Owns the time in which stored bytes belong to nobody but the call that brought them.

They are dropped when that call fails, but not when nobody knows whether the rows that name them are stored:
then the sweep decides. Refuses to know what the bytes are and who stores the rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from postroom.errors import CancelledInCommit, OutcomeUnknown


@dataclass(slots=True)
class Hold:
    """kept: the bytes are not ours to drop (any more)."""

    kept: bool = False

    def keep(self) -> None:
        """The rows that name the bytes are stored."""
        self.kept = True


@asynccontextmanager
async def held(drop: Callable[[], Awaitable[None]]) -> AsyncIterator[Hold]:
    """Bytes are ours until `keep` is called. drop: removes them; called at the end if they were not kept."""
    hold = Hold()
    try:
        yield hold
    except (OutcomeUnknown, CancelledInCommit):
        hold.keep()
        raise
    finally:
        if not hold.kept:
            await drop()
