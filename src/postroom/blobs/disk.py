"""Owns the folder of a local blob store: its layout, and the order of writes that makes a crash harmless.

Everything here blocks and is called in threads. Refuses to know the event loop and buffering.

Layout: FOLDER/.incoming/<random> while a blob arrives, FOLDER/.drafts/<name> while it does so over many
requests, then FOLDER/<shard>/<key with ',' for '/'>.
A flat name means that no folder is ever made or removed later, and that `a` and `a/b` can both exist.
Order: bytes, fsync of the file, rename, fsync of the shard's folder. So a visible blob is always a whole one.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import threading
import time
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from postroom.errors import PostroomError, Unavailable
from postroom.ports import Stored

SHARDS = 64
INCOMING = ".incoming"
DRAFTS = ".drafts"
JOINED = 64

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


def translated(error: OSError) -> PostroomError:
    """The one place where errors of the file system become ours."""
    if error.errno in _FULL:
        return Unavailable("There is no room left to store the document.", code="storage_full", cause=error)
    return Unavailable("The document storage cannot be used right now.", cause=error)


class FolderSync:
    """fsync of one folder, shared: whoever renamed before it began is served by it (group commit)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Condition()
        self._begun = 0
        self._ended = 0
        self._busy = False
        self._failure: tuple[int, OSError] | None = None

    def __call__(self) -> None:
        with self._turn:
            # The one that is under way may have begun before our rename: we need the next.
            need = self._begun + 1
            while self._busy and self._ended < need:
                self._turn.wait()
            if self._ended >= need:
                # A failure after ours is taken for ours: better one upload again than one lost.
                if self._failure is not None and self._failure[0] >= need:
                    raise self._failure[1]
                return
            self._busy = True
            self._begun = need
        try:
            sync_folder(self._folder)
        except OSError as error:
            self._failure = (need, error)
            raise
        finally:
            with self._turn:
                self._ended = need
                self._busy = False
                self._turn.notify_all()


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes | memoryview, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(handle, view, offset)
        view = view[done:]
        offset += done


@dataclass(slots=True)
class Incoming:
    """A temporary file, open for writing and locked for as long as its writer lives."""

    path: Path
    handle: int

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def discard(self) -> None:
        self.close()
        with suppress(FileNotFoundError):
            self.path.unlink()


class Disk:
    """One folder of blobs. All methods block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / INCOMING
        self.drafts = folder / DRAFTS
        self._shards = [folder / f"{number:02x}" for number in range(SHARDS)]
        self._sync = {shard: FolderSync(shard) for shard in self._shards}
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.drafts.mkdir(exist_ok=True, mode=0o700)
        for shard in self._shards:
            shard.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder)
        with suppress(PermissionError):  # a parent that we may not read was not made by us
            sync_folder(folder.parent)

    def path(self, key: str) -> Path:
        # crc32 is stable over versions and machines; it only spreads, it protects nothing.
        return self._shards[zlib.crc32(key.encode()) % SHARDS] / key.replace("/", ",")

    def create(self) -> Incoming:
        path = self._incoming / os.urandom(16).hex()
        # Read-only for all who open it later: a blob never changes.
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o400)
        # The kernel drops the lock when the process dies: that is how `sweep` knows. Some network file
        # systems have no locks; then age alone decides.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Incoming(path, handle)

    def publish(self, incoming: Incoming, key: str) -> None:
        """Make the file durable, then visible, then its name durable. What fails leaves nothing behind."""
        try:
            self.rename(incoming, key)
        except OSError:
            incoming.discard()
            raise

    def rename(self, incoming: Incoming, key: str) -> None:
        """As `publish`; a file that could not be renamed stays."""
        final = self.path(key)
        renamed = False
        try:
            os.fsync(incoming.handle)
            incoming.path.rename(final)
            renamed = True
            self._sync[final.parent]()
        except OSError:
            if renamed:
                final.unlink(missing_ok=True)
            raise
        finally:
            incoming.close()

    def put_all(self, items: Sequence[tuple[str, Sequence[bytes] | Path]]) -> list[Stored | OSError]:
        """Small blobs, each by key and bytes or the file that holds them: hash, write, publish.

        One that fails leaves nothing behind and costs no other; its error stands in its place.
        """
        outcomes: list[Stored | OSError] = []
        renamed: dict[Path, list[int]] = {}
        for number, (key, content) in enumerate(items):
            final = self.path(key)
            try:
                outcomes.append(self._put(key, final, content))
            except OSError as error:
                outcomes.append(error)
            else:
                renamed.setdefault(final.parent, []).append(number)
        for folder, numbers in renamed.items():  # once for all that were renamed into it
            try:
                self._sync[folder]()
            except OSError as error:
                for number in numbers:
                    self.path(items[number][0]).unlink(missing_ok=True)
                    outcomes[number] = error
        return outcomes

    def _put(self, key: str, final: Path, content: Sequence[bytes] | Path) -> Stored:
        """A small blob whose bytes are durable and whose name is there, but not durable yet."""
        parts = [content.read_bytes()] if isinstance(content, Path) else content
        digest = hashlib.sha256()
        size = 0
        incoming = self.create()
        try:
            # Joining costs a copy in fresh memory; with many tiny pieces the calls would cost more.
            for part in parts if len(parts) <= JOINED else [b"".join(parts)]:
                digest.update(part)
                write_all(incoming.handle, part, size)
                size += len(part)
            os.fsync(incoming.handle)
            incoming.path.rename(final)
        except OSError:
            incoming.discard()
            raise
        incoming.close()
        return Stored(key, size, digest.hexdigest())

    def remove(self, keys: Iterable[str]) -> None:
        # Not synced: a deletion undone by a crash is an orphan, and reconcile removes it again.
        for key in keys:
            self.path(key).unlink(missing_ok=True)

    def shards(self) -> Sequence[Path]:
        return self._shards

    def sweep(self, older_than: float) -> int:
        """Remove temporary files without a living writer, last changed `older_than` seconds ago or more."""
        removed = 0
        limit = time.time() - older_than
        with os.scandir(self._incoming) as entries:
            for entry in entries:
                # Its writer may have ended meanwhile: nothing to do then.
                with suppress(FileNotFoundError):
                    if entry.stat(follow_symlinks=False).st_mtime <= limit and _is_abandoned(entry.path):
                        Path(entry.path).unlink()
                        removed += 1
        return removed


def _is_abandoned(path: str) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # no locks here: its age has decided
    finally:
        os.close(handle)
    return True
