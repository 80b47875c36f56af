"""Owns the folders that children write into: made, taken away, searched for files, removed.

Everything blocks: call it in a thread. Refuses to know what the files are for.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from postroom.engine.fault import BadReply, ReplyTooLarge

_PREFIX = "pool-"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Room:
    """A pool's own folder; `lock` is held as long as its worker lives, whatever way it ends."""

    path: Path
    lock: int

    def close(self) -> None:
        remove(self.path)
        os.close(self.lock)


def open_room(base: Path) -> Room:
    """A folder of our own below `base`. Removes those of workers that have died."""
    base.mkdir(parents=True, exist_ok=True)
    # One at a time: a folder that is not locked yet would look like that of a dead worker.
    turn = os.open(base / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for old in base.glob(_PREFIX + "*"):
            _remove_dead(old)
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base)).resolve()
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    finally:
        os.close(turn)
    return Room(path, lock)


def _remove_dead(room: Path) -> None:
    try:
        lock = os.open(room / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(room)
    except BlockingIOError:
        pass  # its worker lives
    finally:
        os.close(lock)


def remove(folder: Path) -> None:
    """Remove a folder and all in it, also what was made inaccessible. Never fails: the next sweep retries."""

    def unlock(function: object, path: str, error: object) -> None:
        place = Path(path)
        with contextlib.suppress(OSError):
            place.parent.chmod(0o700)
            if place.is_symlink() or not place.is_dir():
                place.unlink()
            else:
                place.chmod(0o700)
                shutil.rmtree(place, ignore_errors=True)

    shutil.rmtree(folder, onerror=unlock)


def claim(scratch: Path, kept: Path, names: Sequence[str], *, largest: int) -> dict[str, Path]:
    """Move `scratch` to `kept`, leave an empty folder in its place, and verify the files `names` in it.

    Moved first, verified afterwards: at its new place the child cannot reach it any more.
    Raises BadReply or ReplyTooLarge; `kept` is removed then.
    """
    try:
        scratch.rename(kept)
        scratch.mkdir(0o700)
        return {name: _verify(kept, name, largest) for name in names}
    except OSError as error:
        remove(kept)
        raise BadReply("The document could not be processed: a result is missing.", cause=error) from error
    except BaseException:
        remove(kept)
        raise


def _verify(folder: Path, name: str, largest: int) -> Path:
    """The path of the regular file `name`, reached without leaving `folder` and without any link."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        raise _bad(f"{name[:255]!r} is not a file of the scratch folder")
    held = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=held)
            os.close(held)
            held = inner
        found = os.stat(parts[-1], dir_fd=held, follow_symlinks=False)
    finally:
        os.close(held)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise _bad(f"{name[:255]!r} is a link or no regular file")
    if found.st_size > largest:
        raise ReplyTooLarge("The document could not be processed: a result is too large.", limit=largest)
    return folder.joinpath(*parts)


def _bad(detail: str) -> BadReply:
    return BadReply("The document could not be processed: its process named a wrong file.", cause=detail)
