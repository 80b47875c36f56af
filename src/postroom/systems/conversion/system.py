"""Owns how the conversion desk presents itself to wiring."""

from __future__ import annotations

from postroom.systems.conversion.wire import make_system

SYSTEM = make_system(())
