"""Owns what lives as long as the server does and is shared by all its applications."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.desk.context import Desk
from postroom.desk.watch import Hub


@dataclass(frozen=True)
class Office:
    """The one door and the event hub. Opened by the outer application's lifespan."""

    desk: Desk
    hub: Hub
