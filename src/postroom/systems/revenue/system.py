"""Owns how the revenue desk presents itself to wiring.

Its routes are imported when an API builds them: workers and children have no use for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postroom.ports import System
from postroom.systems.revenue import words
from postroom.systems.revenue.contract import DESK
from postroom.systems.revenue.workflow import Revenue


def _routes(_: object) -> Mapping[str, Any]:
    from postroom.systems.revenue import wire

    return wire.routes()


def _own(app: Any) -> Any:
    from postroom.systems.revenue import record

    return record.router(app)


SYSTEM = System(
    name=DESK,
    workflows=(Revenue(),),
    routes=_routes,
    own=_own,
    words=words.WORDS,
    asks=True,
    migrations=Path(__file__).parent / "migrations",
)
