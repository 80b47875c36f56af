"""Owns how the conversion desk presents itself to wiring.

Its routes are imported when an API builds them: workers and children have no use for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from postroom.ports import Need, System, Workflow
from postroom.systems.conversion import store, words
from postroom.systems.conversion.need import NEEDS
from postroom.systems.conversion.view import SYSTEM as NAME
from postroom.systems.conversion.workflow import WORKFLOWS


def _routes(_: object) -> Mapping[str, Any]:
    from postroom.systems.conversion import wire

    return wire.routes()


def _own(app: Any) -> Any:
    from postroom.systems.conversion import own

    return own.router(app)


def make_system(workflows: Sequence[Workflow], needs: Sequence[Need] = ()) -> System:
    """The desk over these workflows, those of the engine room or of a test."""
    return System(
        name=NAME,
        workflows=workflows,
        routes=_routes,
        own=_own,
        words=words.WORDS,
        migrations=Path(__file__).parent / "migrations",
        needs=needs,
        sweep=store.sweep,
    )


SYSTEM = make_system(WORKFLOWS, NEEDS)
