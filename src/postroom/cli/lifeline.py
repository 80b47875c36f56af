"""Owns the tie between a child process and its parent: when the parent dies, however it dies, so does it.

Linux only: the kernel sends the signal (PR_SET_PDEATHSIG). Knows nothing of what the processes are for.
"""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
# Looked up here: `tie` runs between fork and exec, where nothing may be loaded.
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def tie(parent: int, death_signal: int) -> None:
    """In the child, before exec: have `death_signal` sent when process `parent` dies.

    Must come after any change of user, which makes the kernel forget it. Precisely, the signal comes when
    the thread that forked ends: fork from the main thread.
    """
    _prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked, so nobody would tell us any more
        os.kill(os.getpid(), signal.SIGKILL)
