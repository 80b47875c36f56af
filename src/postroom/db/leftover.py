"""Owns what a killed Postgres leaves behind on its data folder: processes and the file that names them.

A backend that computes notices the death of its postmaster late, and a new postmaster refuses to start
beside it. Only whoever holds the folder's lock may call `end`. Knows nothing of how a server is started.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from postroom.errors import Conflict

_ORPHAN_GRACE = 0.5  # seconds a backend without a postmaster gets to notice that by itself


@dataclass(frozen=True, slots=True)
class Found:
    pid: int
    postmaster: bool


def find(mark: str, data: Path) -> list[Found]:
    """The Postgres processes of `data`. mark: the server's cluster_name, which their command lines show."""
    out = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (found := _look(int(entry.name), mark.encode(), data)):
            out.append(found)
    return out


async def end(mark: str, data: Path, *, wait: float) -> None:
    """Return once no process of an earlier server of `data` is left, and its pid file is gone.

    A postmaster was told to shut down by the death of its parent: it gets `wait` seconds. One that stays
    was started by somebody else, and is not ours to end: Conflict. Backends without one are killed; what
    they had not committed is rolled back at the next start, as it would have been anyway.
    """
    began = time.monotonic()
    while processes := find(mark, data):
        waited = time.monotonic() - began
        postmaster = next((process for process in processes if process.postmaster), None)
        if waited > wait:
            pid = (postmaster or processes[0]).pid
            raise Conflict(
                f"A Postgres server (process {pid}) that this Postroom did not start runs on {data}. "
                f"Stop it with `kill -INT {pid}`, then start again.",
                code="folder_in_use",
            )
        if postmaster is None and waited > _ORPHAN_GRACE:
            for process in processes:
                _kill(process.pid)
        await asyncio.sleep(0.05)
    # Its process number may belong to somebody else by now, which would keep the new server from starting.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _look(pid: int, mark: bytes, data: Path) -> Found | None:
    try:
        folder = Path(f"/proc/{pid}")
        if (folder / "comm").read_bytes().strip() != b"postgres":
            return None
        line = (folder / "cmdline").read_bytes()
        # In a container root may not look at another user's working directory, but at its command line.
        if not line or not (mark in line or _works_in(pid, data)):
            return None
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None  # it is gone, or not one that we could have started
    return Found(pid, postmaster=not line.startswith(b"postgres: "))


def _works_in(pid: int, data: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
