"""Starts one part of Postroom as a process of its own, with the test systems: `python -m tests.part worker`.

Settings come from POSTROOM_* as in production.
"""

from __future__ import annotations

import argparse
import functools
import importlib
from collections.abc import Sequence

import uvicorn
import uvloop

from postroom.ports import System
from postroom.settings import Settings
from postroom.web.app import make_app
from postroom.wiring import log
from postroom.wiring.office import open_desk, work


def systems_of(module: str) -> Sequence[System]:
    systems: Sequence[System] = importlib.import_module(module).SYSTEMS
    return systems


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=["api", "worker"])
    parser.add_argument("--module", default="tests.systems")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seat")
    parser.add_argument("--slots", type=int, default=1)
    given = parser.parse_args()
    settings = Settings()
    log.configure(settings, given.part)
    systems = systems_of(given.module)
    if given.part == "worker":
        uvloop.run(work(settings, slots=given.slots, seat=given.seat, systems=systems, module=given.module))
        return
    app = make_app(functools.partial(open_desk, settings, systems), systems)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", loop="uvloop", http="httptools")


if __name__ == "__main__":
    main()
