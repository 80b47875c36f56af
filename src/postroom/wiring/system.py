"""Owns the list of systems. Adding a front desk means adding its folder and one line here."""

from __future__ import annotations

from postroom.ports import System
from postroom.systems.inspect.wire import SYSTEM as INSPECT

SYSTEMS: tuple[System, ...] = (INSPECT,)
