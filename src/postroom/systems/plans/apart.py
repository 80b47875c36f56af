"""Owns doing one thing in a process of its own, so that what it does to its process costs nothing else.

Only for a chunk that has taken its child down before: a fork costs as much as a small page does. Runs in a child
process, whose limits hold for its forks, too. Refuses to know what is done.
"""

from __future__ import annotations

import os
import pickle
import resource
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SECONDS = 40  # of processor time; those of a chunk's pages together stay below what the chunk may take


def done(work: Callable[[], T], scratch: Path) -> T | None:
    """What `work` returns, by way of a file in `scratch`; None if its process did not live to say it."""
    answer = scratch / "apart"
    number = os.fork()
    if number == 0:
        _work(work, answer)
    _, status = os.waitpid(number, 0)
    try:
        if os.waitstatus_to_exitcode(status) != 0:
            return None
        # As good as our own memory: whoever could forge it has this process in hand already.
        made: T = pickle.loads(answer.read_bytes())  # noqa: S301
        return made
    finally:
        answer.unlink(missing_ok=True)


def _work(work: Callable[[], T], answer: Path) -> None:
    """Never returns into what its parent was at."""
    status = 1
    try:
        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, most))
        answer.write_bytes(pickle.dumps(work()))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)
