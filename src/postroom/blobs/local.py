"""Owns blobs on a local disk: the asynchronous face of `disk` and `stream`.

Plain files, not `obstore`: its local put neither syncs nor hashes; with both added it is no faster for
small blobs and less than half as fast for large ones.
Refuses to know what a blob means, and how long it is kept.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from postroom.blobs.disk import Disk, translated
from postroom.blobs.draft import Drafts, Writer
from postroom.blobs.key import checked
from postroom.blobs.small import SmallPuts
from postroom.blobs.stream import Blocks, Stream
from postroom.errors import NotFound
from postroom.ports import BlobWriter, Stored

SMALL = 1 << 20  # up to here a blob is kept in memory and stored in one hop, twice as fast at 1 MiB
PIECE = 1 << 20
LISTED = 1000  # keys per hop

P = ParamSpec("P")
T = TypeVar("T")


class _Threads:
    """The threads that touch the disk; errors of the file system come out translated."""

    def __init__(self) -> None:
        # More than cores: they mostly wait for the disk, and many fsyncs at once share one journal commit.
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="blobs")

    @property
    def pool(self) -> ThreadPoolExecutor:
        return self._pool

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, lambda: call(*args, **kwargs))
        except OSError as error:
            raise translated(error) from error

    def close(self) -> None:
        self._pool.shutdown(wait=True)


class LocalBlobs:
    """A BlobStore, LocalPath, ShowsIncoming, TakesDrafts in `folder`, which is made if it is not there. One per event loop."""

    def __init__(self, folder: Path) -> None:
        try:
            self._disk = Disk(folder)
        except OSError as error:
            raise translated(error) from error
        self._threads = _Threads()
        self._blocks = Blocks()
        self._puts = SmallPuts(self._disk, self._threads.pool)
        self._drafts = Drafts(self._disk, self._blocks, self._threads.run)
        self._writers: WeakValueDictionary[str, LocalWriter] = WeakValueDictionary()

    def writer(self, key: str) -> BlobWriter:
        writer = LocalWriter(checked(key), self._disk, self._blocks, self._threads, self._puts)
        self._writers[key] = writer
        return writer

    def incoming(self, key: str) -> Path | None:
        writer = self._writers.get(key)
        return writer.incoming if writer is not None else None

    async def put_file(self, key: str, file: Path | bytes) -> Stored:
        if isinstance(file, Path) and not _is_small(file):
            return await self._stream_file(key, file)
        put = self._puts(checked(key), file if isinstance(file, Path) else [file])
        try:
            return await asyncio.shield(put)
        except asyncio.CancelledError:
            # A thread cannot be stopped: what it stored is taken back.
            (outcome,) = await asyncio.gather(put, return_exceptions=True)
            if isinstance(outcome, Stored):
                await self._threads.run(self._disk.remove, [key])
            raise

    async def _stream_file(self, key: str, file: Path) -> Stored:
        writer = self.writer(key)
        try:
            with file.open("rb") as opened:
                while piece := await self._threads.run(opened.read, PIECE):
                    await writer.write(piece)
            return await writer.commit()
        except BaseException:
            await writer.abort()
            raise

    def path(self, key: str) -> Path:
        return self._disk.path(checked(key))

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if start < 0 or (end is not None and end < 0):
            raise ValueError("start and end count from the beginning of the blob")
        file, last, piece = await self._threads.run(_open, self.path(key), start, end)
        with file:
            while piece:
                yield piece
                start += len(piece)
                if start >= last:
                    return
                piece = await self._threads.run(os.pread, file.fileno(), min(PIECE, last - start), start)

    async def size(self, key: str) -> int:
        return await self._threads.run(_size, self.path(key))

    async def delete(self, keys: Sequence[str]) -> None:
        await self._threads.run(self._disk.remove, [checked(key) for key in keys])

    async def keys(self, prefix: str = "") -> AsyncIterator[tuple[str, datetime]]:
        for shard in self._disk.shards():
            entries = _entries(shard, prefix)
            while batch := await self._threads.run(lambda it: list(islice(it, LISTED)), entries):
                for found in batch:
                    yield found

    async def sweep(self, older_than: timedelta = timedelta(minutes=10)) -> int:
        """Remove what dead processes left half-written; returns how many files."""
        return await self._threads.run(self._disk.sweep, older_than.total_seconds())

    # --- drafts

    async def draft(self, name: str, *, offset: int, length: int, digest: str | None = None) -> Writer:
        return await self._drafts.draft(name, offset=offset, length=length, digest=digest)

    async def publish(self, name: str, key: str, size: int) -> None:
        await self._drafts.publish(name, checked(key), size)

    async def discard(self, names: Sequence[str]) -> None:
        await self._drafts.discard(names)

    def drafts(self) -> AsyncIterator[tuple[str, datetime]]:
        return self._drafts.listing()

    def close(self) -> None:
        """Wait for what is under way and end the threads."""
        self._threads.close()


def _open(path: Path, start: int, end: int | None) -> tuple[FileIO, int, bytes]:
    """The file, where the range ends in it, and its first piece: a small blob is read in this one hop."""
    try:
        file = FileIO(path)
    except FileNotFoundError as error:
        raise _missing(error) from error
    size = os.fstat(file.fileno()).st_size
    last = size if end is None else min(end, size)
    piece = os.pread(file.fileno(), min(PIECE, last - start), start) if last > start else b""
    return file, last, piece


def _is_small(file: Path) -> bool:
    return file.stat().st_size <= SMALL  # of a file that has just been written: not worth a thread


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError as error:
        raise _missing(error) from error


def _missing(error: FileNotFoundError) -> NotFound:
    # Only here: a missing file while we write is a fault of the storage, not of the key.
    return NotFound("There is no such blob.", cause=error)


def _entries(shard: Path, prefix: str) -> Iterator[tuple[str, datetime]]:
    with os.scandir(shard) as entries:
        for entry in entries:
            key = entry.name.replace(",", "/")
            if key.startswith(prefix):
                try:
                    changed = entry.stat(follow_symlinks=False).st_mtime
                except FileNotFoundError:
                    continue  # deleted while we list
                yield key, datetime.fromtimestamp(changed, UTC)


class _State(Enum):
    OPEN = auto()
    COMMITTING = auto()
    COMMITTED = auto()
    ABORTED = auto()


class LocalWriter:
    """A BlobWriter. Must be ended by `commit` or `abort`."""

    def __init__(
        self, key: str, disk: Disk, blocks: Blocks, threads: _Threads, small_puts: SmallPuts
    ) -> None:
        self._key = key
        self._disk = disk
        self._blocks = blocks
        self._threads = threads
        self._puts = small_puts
        self._small: list[bytes] = []
        self._size = 0
        self._stream: Stream | None = None
        self._state = _State.OPEN
        self._finishing: asyncio.Future[Stored] | None = None

    async def write(self, data: bytes) -> None:
        if self._state is not _State.OPEN:
            raise RuntimeError("the blob has been committed or aborted")
        if self._stream is None:
            self._size += len(data)
            if self._size <= SMALL:
                self._small.append(bytes(data))
                return
            self._stream = Stream(self._disk.create, self._blocks, self._threads.run)
            pieces, self._small = self._small, []
            for piece in pieces:
                await self._stream.write(piece)
        await self._stream.write(data)

    @property
    def incoming(self) -> Path | None:
        file = self._stream.incoming if self._stream is not None else None
        return file.path if file is not None else None

    async def commit(self) -> Stored:
        if self._state is not _State.OPEN:
            raise RuntimeError("the blob has been committed or aborted")
        self._state = _State.COMMITTING
        # A caller that is cancelled leaves at once; `abort` then waits for the outcome and undoes it.
        if self._stream is None:
            pieces, self._small = self._small, []
            self._finishing = self._puts(self._key, pieces)
        else:
            self._finishing = asyncio.create_task(self._finish(self._stream), name="blob-commit")
        stored = await asyncio.shield(self._finishing)
        self._state = _State.COMMITTED
        return stored

    async def _finish(self, stream: Stream) -> Stored:
        incoming, size, sha256 = await stream.end()
        await self._threads.run(self._disk.publish, incoming, self._key)
        return Stored(self._key, size, sha256)

    async def abort(self) -> None:
        """After a commit that returned it does nothing."""
        before, self._state = self._state, _State.ABORTED
        if before is _State.OPEN:
            self._small.clear()
            if self._stream is not None:
                await self._stream.discard()
        elif before is _State.COMMITTING and self._finishing is not None:
            (outcome,) = await asyncio.gather(self._finishing, return_exceptions=True)
            if isinstance(outcome, Stored):
                await self._threads.run(self._disk.remove, [self._key])
        elif before is _State.COMMITTED:
            self._state = _State.COMMITTED
