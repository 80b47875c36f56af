"""Owns how the certificates desk presents itself to wiring.

Its routes are imported when an API builds them: workers and children have no use for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postroom.ports import System
from postroom.systems.certificates import announce, words
from postroom.systems.certificates.contract import DESK
from postroom.systems.certificates.workflow import Certificates


def _routes(_: object) -> Mapping[str, Any]:
    from postroom.systems.certificates import wire

    return wire.routes()


def _own(app: Any) -> Any:
    from postroom.systems.certificates import own

    return own.router(app)


SYSTEM = System(
    name=DESK,
    workflows=(Certificates(),),
    routes=_routes,
    own=_own,
    words=words.WORDS,
    migrations=Path(__file__).parent / "migrations",
    webhooks=announce.FORMATS,
    sample="postroom.systems.certificates.sample",
)
