"""Owns what lives as long as the server does and is shared by all its applications."""

from __future__ import annotations

from dataclasses import dataclass, field

from postroom.desk.context import Desk
from postroom.desk.watch import Hub
from postroom.engine.door import Door
from postroom.intake.turn import Turns


@dataclass(frozen=True)
class Office:
    """The one door, the event hub, children for what must be known of a document before it is taken, and whose
    turn it is to send the bytes of an upload.

    Opened by the outer application's lifespan.
    """

    desk: Desk
    hub: Hub
    pool: Door | None = None
    turns: Turns = field(default_factory=Turns)
