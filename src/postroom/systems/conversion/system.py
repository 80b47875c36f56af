"""Owns how the conversion desk presents itself to wiring."""

from __future__ import annotations

from postroom.systems.conversion.need import NEEDS
from postroom.systems.conversion.wire import make_system
from postroom.systems.conversion.workflow import WORKFLOWS

SYSTEM = make_system(WORKFLOWS, NEEDS)
