"""Owns drafts on a local disk: files that fill up over many requests, then become blobs by a rename.

Parts are written at their offsets into one sparse file, so that nothing is copied when the last has come.
Refuses to know what a draft is for and when it is whole.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import re
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from postroom.blobs.disk import Disk, Incoming, sync_folder
from postroom.blobs.stream import Blocks, Run, Stream
from postroom.errors import Busy, Conflict, NotFound

_NAME = re.compile(r"[0-9a-f]{32}")
# struct flock of Linux. `fcntl.lockf` would lock for the whole process: two requests would not see each other.
_FLOCK = struct.Struct("hhqqi4x")
_HELD = (errno.EAGAIN, errno.EACCES)


class Drafts:
    """ports.TakesDrafts, for a `Disk`."""

    def __init__(self, disk: Disk, blocks: Blocks, run: Run) -> None:
        self._disk = disk
        self._blocks = blocks
        self._run = run

    def path(self, name: str) -> Path:
        """Where the draft is, if it is."""
        if not _NAME.fullmatch(name):
            raise ValueError("a draft's name is 32 hex digits")
        return self._disk.drafts / name

    async def draft(self, name: str, *, offset: int, length: int, digest: str | None = None) -> Writer:
        incoming = await self._run(_open, self.path(name), offset, length)
        stream = Stream(lambda: incoming, self._blocks, self._run, start=offset, digest=digest)
        return Writer(stream, incoming, offset, self._run)

    async def publish(self, name: str, key: str, size: int) -> None:
        await self._run(self._publish, self.path(name), key, size)

    def _publish(self, path: Path, key: str, size: int) -> None:
        final = self._disk.path(key)
        incoming = whole(path, size)
        if incoming is None:
            # Published before, by a call that died before it could say so.
            if not final.exists() or final.stat().st_size != size:
                raise NotFound("The bytes of this upload are not there.")
            return
        os.fchmod(incoming.handle, 0o400)  # read-only for all who open it later: a blob never changes
        self._disk.rename(incoming, key)

    async def discard(self, names: Sequence[str]) -> None:
        await self._run(_remove, [self.path(name) for name in names])

    async def listing(self) -> AsyncIterator[tuple[str, datetime]]:
        for found in await self._run(_entries, self._disk.drafts):
            yield found


class Writer:
    """ports.DraftWriter."""

    def __init__(self, stream: Stream, incoming: Incoming, offset: int, run: Run) -> None:
        self._stream = stream
        self._incoming = incoming
        self._offset = offset
        self._run = run
        self._settling: asyncio.Task[int] | None = None
        self._stopping: asyncio.Task[None] | None = None

    async def cut(self) -> None:
        await self._run(_cut, self._incoming.handle, self._offset)

    async def write(self, data: bytes) -> None:
        await self._stream.write(data)

    async def sync(self) -> int:
        size = await self._stream.flush()
        await self._run(os.fdatasync, self._incoming.handle)
        return size

    async def end(self) -> tuple[int, str]:
        size = await self.settle()
        self._stream.check()
        return size, self._stream.hexdigest()

    async def settle(self) -> int:
        if self._settling is None:
            self._settling = asyncio.create_task(self._settle(), name="draft-settle")
        return await asyncio.shield(self._settling)

    async def _settle(self) -> int:
        size = await self._stream.stop()
        await self._run(os.fdatasync, self._incoming.handle)
        return size

    async def stop(self) -> None:
        # A task of its own: whoever is cancelled here must not leave a file open and locked.
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(), name="draft-stop")
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        try:
            await self.settle()
        finally:
            self._incoming.close()


def whole(path: Path, size: int) -> Incoming | None:
    """A draft that has all its bytes; nobody else writes into it until it is closed. None if it is not there.

    Busy if somebody is writing, Conflict if it has another size or was published meanwhile.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    incoming = Incoming(path, handle)
    try:
        _lock(path, handle, 0, 0)
        if (found := os.fstat(handle).st_size) != size:
            raise other_size(found, size)
    except BaseException:
        incoming.close()
        raise
    return incoming


def other_size(found: int, size: int) -> Conflict:
    return Conflict(
        f"The upload is {found} bytes long; {size} were announced.", code="size_mismatch", cause=found
    )


def _cut(handle: int, offset: int) -> None:
    if os.fstat(handle).st_size < offset:
        raise NotFound("What was sent of this upload before is not there any more.", code="draft_lost")
    os.ftruncate(handle, offset)


def _open(path: Path, offset: int, length: int) -> Incoming:
    fresh = not path.exists()
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    incoming = Incoming(path, handle)
    try:
        _lock(path, handle, offset, length or 1)
        if fresh:
            sync_folder(path.parent)
    except BaseException:
        incoming.close()
        raise
    return incoming


def _lock(path: Path, handle: int, offset: int, length: int) -> None:
    """The range (length 0: to the end, wherever that is) is ours until the file is closed, or we die.

    Some network file systems have no locks.
    """
    wanted = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, offset, length, 0)
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, wanted)
    except OSError as error:
        if error.errno in _HELD:
            raise Busy(
                "Another request is sending these bytes right now; try again.",
                code="upload_busy",
                retry_after=1,
                cause=error,
            ) from error
        if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
    # Published between our `open` and our lock: it is a blob now, and a blob never changes.
    if not path.exists() or path.stat().st_ino != os.fstat(handle).st_ino:
        raise Conflict("All bytes of this upload have been put together already.", code="upload_complete")


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _entries(folder: Path) -> list[tuple[str, datetime]]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                changed = entry.stat(follow_symlinks=False).st_mtime
                if _NAME.fullmatch(entry.name):
                    found.append((entry.name, datetime.fromtimestamp(changed, UTC)))
    return found
