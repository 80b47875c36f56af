"""Owns what lives as long as the server does and is shared by all its applications."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from starlette.requests import Request

from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.watch import Hub
from postroom.engine.door import Door
from postroom.intake.turn import Turns
from postroom.web.idempotent import Once, once
from postroom.web.sse import Seats


@dataclass(frozen=True)
class Office:
    """The one door, the event hub and who listens to it, children for what must be known of a document before it
    is taken, and whose turn it is to send the bytes of an upload.

    Opened by the outer application's lifespan.
    """

    desk: Desk
    hub: Hub
    seats: Seats
    pool: Door | None = None
    turns: Turns = field(default_factory=Turns)

    def once(self, request: Request, access: Access) -> AbstractAsyncContextManager[Once]:
        """One POST of our own API under its `Idempotency-Key`; for the routes that systems add to it."""
        return once(request, self.desk, access)
