"""Starts one part of Postroom as a process of its own, with the test systems: `python -m tests.part worker`.

Settings come from POSTROOM_* as in production. A worker kills itself whenever it attempts to process a
document whose name starts with `kill-worker`; tests/failpoint.py has it die at other chosen steps.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import signal
from collections.abc import Sequence
from typing import Any

import uvloop

from postroom.core.states import ChunkKind
from postroom.engine.attempt import Attempts
from postroom.engine.claim import Claimed
from postroom.ports import System
from postroom.settings import Settings
from postroom.wiring import log
from postroom.wiring.office import make_door, open_desk, work
from tests.recovery import failpoint


def systems_of(module: str) -> Sequence[System]:
    systems: Sequence[System] = importlib.import_module(module).SYSTEMS
    return systems


def _dies_of_some(make: Any) -> Any:
    """The worker itself, not its child: a child lives in a process namespace of its own and cannot."""

    async def dying(self: Attempts, claimed: Claimed, say: Any) -> Any:
        deadly = any(row["name"].startswith("kill-worker") for row in claimed.sources)
        if deadly and claimed.kind is ChunkKind.PROCESS and claimed.lost < self._settings.lost_limit:
            os.kill(os.getpid(), signal.SIGKILL)
        return await make(self, claimed, say)

    return dying


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=["api", "worker"])
    parser.add_argument("--module", default="tests.systems")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seat")
    parser.add_argument("--slots", type=int, default=1)
    given = parser.parse_args()
    failpoint.install()
    Attempts.make = _dies_of_some(Attempts.make)  # type: ignore[method-assign]
    settings = Settings()
    log.configure(settings, given.part)
    systems = systems_of(given.module)
    if given.part == "worker":
        uvloop.run(
            work(
                settings,
                only=given.only,
                slots=given.slots,
                seat=given.seat,
                systems=systems,
                module=given.module,
            )
        )
        return
    # Only here: a worker would start half a second later.
    import uvicorn

    from postroom.web.app import make_app
    from postroom.wiring.protocol import Protocol

    door = functools.partial(make_door, settings, given.module)
    app = make_app(functools.partial(open_desk, settings, systems), systems, door)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", loop="uvloop", http=Protocol)


if __name__ == "__main__":
    main()
