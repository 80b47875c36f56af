"""Owns what the core needs from a store of bytes: two small interfaces, and what only some stores can do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob that is safely stored. size in bytes; sha256 lower-case hex of the whole."""

    key: str
    size: int
    sha256: str


class BlobWriter(Protocol):
    """One blob on its way in. Nothing is visible under its key before `commit` returns."""

    async def write(self, data: bytes) -> None:
        """Append bytes. Hashing and writing happen off the event loop; may wait for the disk (backpressure)."""

    async def commit(self) -> Stored:
        """Make it durable and visible, atomically. After it returns the blob survives a crash."""

    async def abort(self) -> None:
        """Forget it. Safe to call at any time, also twice, also after a failed commit."""


class BlobStore(Protocol):
    """Where bytes live. Keys are ours: lower-case letters, digits, `-`, `_`, `.` and `/`."""

    def writer(self, key: str) -> BlobWriter: ...

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes [start, end) in pieces. NotFound if there is no such blob."""

    async def size(self, key: str) -> int:
        """NotFound if there is no such blob."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Missing keys are no error."""

    def keys(self, prefix: str = "") -> AsyncIterator[tuple[str, datetime]]:
        """Every key with its time of last change; streamed, in no order."""


@runtime_checkable
class LocalPath(Protocol):
    """A store whose blobs are files here: a child process may read them in place."""

    def path(self, key: str) -> Path: ...


@runtime_checkable
class TakesFiles(Protocol):
    """A store that takes a finished file of ours faster than its bytes through a writer."""

    async def put_file(self, key: str, file: Path | bytes) -> Stored:
        """Copy a file, or what would be in it, into a blob, as `commit` makes one: all or nothing. The file
        stays."""


@runtime_checkable
class ShowsIncoming(Protocol):
    """A store that lets a child process look at a blob that still arrives."""

    def incoming(self, key: str) -> Path | None:
        """The file that grows while the blob is written, and that leaves this path, renamed or removed, when
        it no longer does. None if there is none (yet)."""


@runtime_checkable
class Sweeps(Protocol):
    """A store that may hold half-written bytes of processes that died."""

    async def sweep(self) -> int:
        """Remove them; returns how many."""


class DraftWriter(Protocol):
    """Bytes on their way into a draft, from one offset on, without a gap.

    The range is ours until `stop`: what is written down of it must be written down before."""

    async def cut(self) -> None:
        """Before the first byte: forget whatever the draft holds from our offset on. NotFound if it does not
        get that far."""

    async def write(self, data: bytes) -> None:
        """As BlobWriter.write."""

    async def sync(self) -> int:
        """Most of what has been written so far (all but the last MiB or so) is durable now; returns how many
        bytes that is. `write` may go on meanwhile."""

    async def end(self) -> tuple[int, str]:
        """Everything is durable; returns how many bytes that is, and their digest, lower-case hex."""

    async def settle(self) -> int:
        """The bytes stop too early. What came is durable; returns how many."""

    async def stop(self) -> None:
        """Settle, and give the range back. To be called in any case; safe to repeat."""


@runtime_checkable
class TakesDrafts(Protocol):
    """A store that takes a blob piece by piece, over restarts, before it becomes visible under a key.

    A draft is a file of ours with holes; its name is 32 hex digits. One range has one writer at a time:
    another is refused with Busy.
    """

    async def draft(self, name: str, *, offset: int, length: int, digest: str | None = None) -> DraftWriter:
        """Write bytes [offset, offset + length). digest: of what is written, e.g. "md5". Nothing of the draft
        changes before the first `cut` or `write`: there is time to see that one is not late."""

    async def publish(self, name: str, key: str, size: int) -> None:
        """The draft is whole: make it the blob `key`, durable and visible. Safe to repeat.

        NotFound if there is neither the draft nor the blob; Conflict if it has another size.
        """

    async def discard(self, names: Sequence[str]) -> None:
        """Forget drafts. Missing ones are no error."""

    def drafts(self) -> AsyncIterator[tuple[str, datetime]]:
        """Every draft with its time of last change."""


@dataclass(frozen=True, slots=True)
class Presigned:
    """An address at the storage itself. headers: to be sent unchanged with the bytes."""

    url: str
    headers: Mapping[str, str]


@runtime_checkable
class PresignsUploads(Protocol):
    """A store to which clients send bytes themselves: they do not pass through us. seconds: of an address."""

    async def presign_put(self, key: str, headers: Mapping[str, str], seconds: float) -> Presigned:
        """headers: what must come with the bytes; others are refused by the storage."""

    async def begin_parts(self, key: str) -> str:
        """Open a multipart upload; returns the storage's id of it."""

    async def presign_parts(
        self, key: str, upload: str, numbers: Sequence[int], seconds: float
    ) -> list[Presigned]: ...

    async def list_parts(self, key: str, upload: str) -> dict[int, tuple[int, str]]:
        """number -> (size, ETag without quotes). NotFound if there is no such upload (any more)."""

    async def complete_parts(self, key: str, upload: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make the blob of its parts, in this order."""

    async def abort_parts(self, key: str, upload: str) -> None:
        """Forget a multipart upload and its parts. Safe to repeat."""
