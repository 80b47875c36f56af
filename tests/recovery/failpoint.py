"""Owns dying at a chosen step: a part started with POSTROOM_FAILPOINTS kills itself before or after a commit.

POSTROOM_FAILPOINTS: words like `finish-processes:before` or `admit:after@3` (at the third time), comma
separated; each fires once in all lives of all processes that share POSTROOM_FAILPOINT_FOLDER. With
POSTROOM_FAILPOINT_SIGNAL=SIGSTOP it falls asleep there instead.
"""

from __future__ import annotations

import functools
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from postroom.db import chunk
from postroom.db.connection import Connection, Database
from postroom.desk import document as desk_document
from postroom.desk import job as desk_job
from postroom.engine.claim import Claims
from postroom.engine.effect import Effects

# Where a step begins: whatever transaction ends next in the same task is the step's own.
STEPS: dict[str, tuple[Any, str]] = {
    "receive": (desk_document, "receive"),
    "close": (desk_job, "close"),
    "admit": (chunk, "store_shares"),  # only rounds that admit something get there
    "claim-checks": (Claims, "_claim_checks"),
    "claim-processes": (Claims, "_claim_others"),
    "finish-checks": (Effects, "_end_checks"),
    "finish-processes": (Effects, "_end_processes"),
    "finish-job": (Effects, "finished"),
    "put-back": (Effects, "_returned"),
}

_step: ContextVar[str] = ContextVar("step", default="")


def install() -> None:
    """Wrap the engine as the environment says; does nothing without POSTROOM_FAILPOINTS."""
    words = [word for word in os.environ.get("POSTROOM_FAILPOINTS", "").split(",") if word]
    if not words:
        return
    folder = Path(os.environ["POSTROOM_FAILPOINT_FOLDER"])
    for name in {word.partition(":")[0] for word in words}:
        owner, function = STEPS[name]
        setattr(owner, function, _marked(getattr(owner, function), name))
    Database.transaction = _dying(Database.transaction, words, folder)  # type: ignore[method-assign]


def _marked(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(function)
    async def marked(*args: Any, **kwargs: Any) -> Any:
        _step.set(name)
        return await function(*args, **kwargs)

    return marked


def _dying(transaction: Callable[..., Any], words: list[str], folder: Path) -> Callable[..., Any]:
    seen: Counter[str] = Counter()
    number = signal.Signals[os.environ.get("POSTROOM_FAILPOINT_SIGNAL", "SIGKILL")]

    def die_if_due(place: str) -> None:
        seen[place] += 1
        for word in words:
            at, _, times = word.partition("@")
            if at == place and seen[place] >= int(times or 1):
                try:
                    (folder / word).touch(exist_ok=False)
                except FileExistsError:
                    continue
                os.kill(os.getpid(), number)

    @asynccontextmanager
    async def dying(self: Database, **how: Any) -> AsyncIterator[Connection]:
        step = ""
        async with transaction(self, **how) as connection:
            yield connection
            step = _step.get()
            _step.set("")
            if step:
                die_if_due(f"{step}:before")
        if step:
            die_if_due(f"{step}:after")

    return dying
