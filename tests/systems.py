"""Systems for tests: the real ones, and `probe`."""

from __future__ import annotations

from postroom.ports import System
from postroom.wiring.system import SYSTEMS as REAL
from tests.probe import SYSTEMS as PROBE

SYSTEMS: tuple[System, ...] = (*REAL, *PROBE)
