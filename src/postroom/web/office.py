"""Owns what lives as long as the server does and is shared by all its applications."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.desk.context import Desk
from postroom.desk.watch import Hub
from postroom.engine.door import Door


@dataclass(frozen=True)
class Office:
    """The one door, the event hub, and children for what must be known of a document before it is taken.

    Opened by the outer application's lifespan.
    """

    desk: Desk
    hub: Hub
    pool: Door | None = None
