"""Owns how the plans desk presents itself to wiring.

Its routes are imported when an API builds them: workers and children have no use for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postroom.ports import System
from postroom.systems.plans import announce, words
from postroom.systems.plans.contract import DESK
from postroom.systems.plans.workflow import Plans


def _routes(_: object) -> Mapping[str, Any]:
    from postroom.systems.plans import wire

    return wire.routes()


def _own(app: Any) -> Any:
    from postroom.systems.plans import own

    return own.router(app)


SYSTEM = System(
    name=DESK,
    workflows=(Plans(),),
    routes=_routes,
    own=_own,
    words=words.WORDS,
    migrations=Path(__file__).parent / "migrations",
    webhooks={announce.TYPE: announce.StatusChanged()},
    sample="postroom.systems.plans.sample",
)
