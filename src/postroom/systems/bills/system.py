"""Owns how the bills desk presents itself to wiring.

Its routes are imported when an API builds them: workers and children have no use for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postroom.ports import System
from postroom.systems.bills import announce, words
from postroom.systems.bills.contract import DESK, EVENTS
from postroom.systems.bills.workflow import Bills


def _routes(_: object) -> Mapping[str, Any]:
    from postroom.systems.bills import wire

    return wire.routes()


def _own(app: Any) -> Any:
    from postroom.systems.bills import own

    return own.router(app)


SYSTEM = System(
    name=DESK,
    workflows=(Bills(),),
    routes=_routes,
    own=_own,
    words=words.WORDS,
    asks=True,
    migrations=Path(__file__).parent / "migrations",
    webhooks={kind: announce.Svix() for kind in EVENTS},
    sample="postroom.systems.bills.sample",
)
