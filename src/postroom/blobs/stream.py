"""Owns how a large blob gets to disk: fixed blocks, hashed and written in threads while the next one fills.

Refuses to know keys, names and when a blob becomes visible (that is `disk`).

Incoming bytes are copied into a few blocks that are used again and again. The copy is cheaper than keeping
the pieces: a piece that is freed at once goes back to the allocator warm, while pieces held until the disk
has them make malloc return memory to the system and fault it in again. Memory is bounded, too.
Beyond `CACHED` bytes, blocks bypass the page cache where the file system can: three times as fast as leaving
a GiB of dirty pages to the final fsync, and one large upload does not evict everything else.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import mmap
import os
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from postroom.blobs.disk import Incoming, translated, write_all

BLOCK = 1 << 20
BLOCKS = 6  # per blob: one fills, the others are hashed and written
CACHED = 16 << 20  # what comes first stays in the page cache, for the check that soon reads it
SYNC_EVERY = 32 << 20  # without direct I/O: keeps the final fsync short
KEPT_BLOCKS = 16

_SECTOR = 4096
_AT_ONCE = 8  # blocks that a thread does before it turns to other work

Run = Callable[..., Awaitable[Any]]


class Blocks:
    """Page-aligned buffers (direct I/O wants that), used again. Not shared between event loops."""

    def __init__(self) -> None:
        self._spare: list[mmap.mmap] = []

    def take(self) -> mmap.mmap:
        return self._spare.pop() if self._spare else mmap.mmap(-1, BLOCK)

    def give(self, block: mmap.mmap) -> None:
        if len(self._spare) < KEPT_BLOCKS:
            self._spare.append(block)


class _File:
    """The file under a stream. Blocks; one call at a time."""

    def __init__(self, create: Callable[[], Incoming]) -> None:
        self._create = create
        self._direct: bool | None = None
        self._unsynced = 0
        self.incoming: Incoming | None = None

    def append(self, block: mmap.mmap, length: int, offset: int) -> None:
        if self.incoming is None:
            self.incoming = self._create()
        handle = self.incoming.handle
        whole = length == BLOCK and offset % _SECTOR == 0
        if self._direct is None and whole and offset >= CACHED:
            self._direct = _set_direct(handle, True)
        if self._direct and not whole:  # direct I/O takes whole sectors only
            self._direct = not _set_direct(handle, False)
        with memoryview(block) as view, view[:length] as data:
            try:
                write_all(handle, data, offset)
            except OSError:
                if not self._direct:
                    raise
                # A file system may accept the flag and refuse the write; the buffered way tells the truth.
                self._direct = not _set_direct(handle, False)
                write_all(handle, data, offset)
        self._unsynced += length
        if not self._direct and self._unsynced >= SYNC_EVERY:
            os.fdatasync(handle)
            self._unsynced = 0


def _set_direct(handle: int, on: bool) -> bool:
    """Whether the flag is as wanted now."""
    flag = getattr(os, "O_DIRECT", 0)
    if not flag:
        return not on
    flags = fcntl.fcntl(handle, fcntl.F_GETFL)
    try:
        fcntl.fcntl(handle, fcntl.F_SETFL, flags | flag if on else flags & ~flag)
    except OSError:
        return False
    return True


@dataclass(slots=True)
class _Full:
    """A block on its way. left: how many lanes are not done with it."""

    block: mmap.mmap
    length: int
    offset: int
    left: int


class _Lane:
    """One thing that is done to every block, in order, in a thread: written, or hashed.

    The lanes do not wait for each other, and a thread goes on with the next block without asking the event
    loop: both would cost more than the work. After a few blocks it makes room for other streams.
    """

    def __init__(self, act: Callable[[_Full], None], done: Callable[[_Full, Exception | None], None]) -> None:
        self._act = act
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Full] = deque()
        self._driver: asyncio.Task[None] | None = None

    def put(self, full: _Full, run: Run) -> None:
        self._waiting.append(full)
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive(run), name="blob-lane")

    async def _drive(self, run: Run) -> None:
        while self._waiting:
            await run(self._work)

    def _work(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._waiting))):
            full = self._waiting.popleft()
            failed: Exception | None = None
            try:
                self._act(full)
            except OSError as error:
                failed = translated(error)
            except Exception as error:
                failed = error
            self._loop.call_soon_threadsafe(self._done, full, failed)


class Stream:
    """One large file on its way to disk. Must be ended by `end`, `stop` or `discard`."""

    def __init__(
        self,
        create: Callable[[], Incoming],
        blocks: Blocks,
        run: Run,
        *,
        start: int = 0,
        digest: str | None = "sha256",
    ) -> None:
        """create: makes or opens the file, in a thread. start: where in it to begin. digest: of what is
        written here, or None."""
        self._file = _File(create)
        self._blocks = blocks
        self._run = run
        self._start = start
        # Later blocks are aligned in the file, so that they may bypass the page cache.
        self._room = BLOCK - start % BLOCK
        # Not for security where it is not SHA-256: S3's clients want the MD5 of a part for its ETag.
        self._hash = hashlib.new(digest, usedforsecurity=digest == "sha256") if digest else None
        self._lanes = [_Lane(act, self._done) for act in (self._write, self._update)[: 2 if digest else 1]]
        self._free: asyncio.Queue[mmap.mmap] = asyncio.Queue()
        self._made = 0
        self._block: mmap.mmap | None = None
        self._filled = 0
        self._taken = 0  # bytes handed over
        self._past = 0  # of these, in blocks that all lanes are done with
        self._stored = 0  # of these, in the file
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._failed: Exception | None = None
        self._dropped = False

    async def write(self, data: bytes) -> None:
        """Waits while all blocks are on their way. Raises what the disk raised for an earlier block."""
        position = 0
        while position < len(data):
            if self._block is None:
                self._block = await self._next_block()
                self._filled = 0
            count = min(len(data) - position, self._room - self._filled)
            piece = data if count == len(data) else memoryview(data)[position : position + count]
            self._block[self._filled : self._filled + count] = piece
            self._filled += count
            position += count
            if self._filled == self._room:
                self._hand_over()
                self._room = BLOCK

    async def _next_block(self) -> mmap.mmap:
        if self._made < BLOCKS and self._free.empty():
            self._made += 1
            return self._blocks.take()
        block = await self._free.get()
        if self._failed is not None:
            self._free.put_nowait(block)
            raise self._failed
        return block

    def _hand_over(self) -> None:
        if self._block is not None:
            full = _Full(self._block, self._filled, self._start + self._taken, len(self._lanes))
            self._taken += self._filled
            self._block = None
            for lane in self._lanes:
                lane.put(full, self._run)

    def _done(self, full: _Full, failed: Exception | None) -> None:
        """A lane is done with a block. Each does them in order, so all together do."""
        self._failed = self._failed or failed
        full.left -= 1
        if full.left:
            return
        self._past += full.length
        if self._failed is None and not self._dropped:
            self._stored += full.length
        self._free.put_nowait(full.block)
        for waiter in [one for one in self._waiters if one[0] <= self._past]:
            self._waiters.remove(waiter)
            if not waiter[1].done():
                waiter[1].set_result(None)

    async def _passed(self) -> None:
        """Until all that has been handed over so far is through."""
        if self._past < self._taken:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((self._taken, waiter))
            await waiter

    async def end(self) -> tuple[Incoming, int, str]:
        """The file (not yet synced), its size and SHA-256. If it raises, nothing is left of the stream."""
        size = await self.stop()
        if self._failed is not None or self._file.incoming is None:
            await self._discard_file()
            raise self._failed or RuntimeError("a stream without bytes")
        return self._file.incoming, size, self.hexdigest()

    def hexdigest(self) -> str:
        """Of what has been written, once all of it has been."""
        return self._hash.hexdigest() if self._hash is not None else ""

    async def flush(self) -> int:
        """Wait until all blocks that have been full so far are in the file; returns how many bytes that is.

        A block that still fills is left alone: written in two, it would have to go through the page cache.
        """
        await self._passed()
        self.check()
        return self._stored

    def check(self) -> None:
        """Raises what the disk raised."""
        if self._failed is not None:
            raise self._failed

    @property
    def incoming(self) -> Incoming | None:
        """The file, once it is open."""
        return self._file.incoming

    async def stop(self) -> int:
        """What has come is all: it is in the file, unless that failed; returns how many bytes are."""
        self._hand_over()
        # Threads cannot be cancelled: the file may be closed only after the last of them is done.
        await self._passed()
        while not self._free.empty():
            self._blocks.give(self._free.get_nowait())
        return self._stored

    async def discard(self) -> None:
        """Forget it, whatever is under way."""
        self._dropped = True
        await self.stop()
        await self._discard_file()

    async def _discard_file(self) -> None:
        if self._file.incoming is not None:
            await self._run(self._file.incoming.discard)

    def _write(self, full: _Full) -> None:
        if self._failed is None and not self._dropped:
            self._file.append(full.block, full.length, full.offset)

    def _update(self, full: _Full) -> None:
        if self._failed is None and not self._dropped and self._hash is not None:
            with memoryview(full.block) as view, view[: full.length] as data:
                self._hash.update(data)
