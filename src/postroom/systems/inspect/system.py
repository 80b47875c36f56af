"""Owns how `inspect` presents itself to wiring. It has no desk of its own: it is used through our own API."""

from __future__ import annotations

from postroom.ports import System
from postroom.systems.inspect.workflow import Inspect

SYSTEM = System(name="inspect", workflows=(Inspect(),), sample="postroom.systems.inspect.sample")
