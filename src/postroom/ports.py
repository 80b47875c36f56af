"""Owns the seams: what the core needs from the outside, and what a system (a front desk) must bring.

Required interfaces are small; what only some can do is a Protocol of its own (`LocalPath`, `PresignsUploads`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind, JobState
from postroom.settings import Settings

# --- blobs ---------------------------------------------------------------------------------------


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

    async def put_file(self, key: str, file: Path) -> Stored:
        """Copy a file into a blob, as `commit` makes one: all or nothing. The file stays."""


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
    """Bytes on their way into a draft, from one offset on, without a gap. Ended by `end` or `stop`."""

    async def write(self, data: bytes) -> None:
        """As BlobWriter.write."""

    async def sync(self) -> int:
        """Most of what has been written so far (all but the last MiB or so) is durable now; returns how many
        bytes that is. `write` may go on meanwhile."""

    async def end(self) -> tuple[int, str]:
        """Everything is durable; returns how many bytes that is, and their digest, lower-case hex."""

    async def stop(self) -> int:
        """The bytes stop too early. What came is durable; returns how many. Safe to call after `end`."""


@runtime_checkable
class TakesDrafts(Protocol):
    """A store that takes a blob piece by piece, over restarts, before it becomes visible under a key.

    A draft is a file of ours with holes; its name is 32 hex digits. One range has one writer at a time:
    another is refused with Busy.
    """

    async def draft(
        self, name: str, *, offset: int, length: int, digest: str | None = None, cut: bool = False
    ) -> DraftWriter:
        """Write bytes [offset, offset + length). digest: of what is written, e.g. "md5".

        cut: forget whatever the draft holds beyond `offset` before; NotFound if it does not get that far.
        """

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


# --- what is done with documents --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document did not succeed. code: stable; message: for a person; cause: input or system."""

    code: str
    message: str
    cause: str = "input"


@dataclass(frozen=True, slots=True)
class Part:
    """One process chunk to be made of a document. range: what the workflow needs to find it again."""

    range: Mapping[str, Any] = field(default_factory=dict)
    pages: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A document as a child process sees it. file: where its bytes are, read-only.

    made: for a finish chunk, the artifacts of the document's process chunks, by name; read-only, too.
    result: for a finish chunk, what they found.
    """

    id: UUID
    position: int
    name: str
    file: Path
    size: int
    sha256: str | None
    declared_type: str | None
    media_type: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Path] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a job may not go on. expires_in: seconds that it may wait for `resume`."""

    reason: str
    expires_in: float


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file made in the scratch folder that is to be kept. name is unique within its document.

    Also one of `Task.stored`, as it is: its bytes are stored already, and are only named once more.
    """

    name: str
    file: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An artifact whose bytes are stored. shared: they are those of another artifact, too."""

    name: str
    media_type: str
    stored: Stored
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    problem: it will not be processed; `rejected` says whether a rule refused it or it is broken.
    facts: kept with the document, and given to its process chunks. parts: its process chunks.
    """

    media_type: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: Sequence[Part] = (Part(),)
    problem: Problem | None = None
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Processed:
    """What a process or finish chunk made.

    result: merged into the document's result. problem: the chunk as a whole failed.
    pages_failed, rows_failed: out of the chunk's own. warnings: sentences kept as events.
    payload: name -> a file in the scratch folder for `StoresEffects.store`; gone once that has returned.
    kept: its artifacts as they are stored, for `StoresEffects.store`; never set by a workflow.
    """

    result: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Sequence[Artifact] = ()
    pages_failed: int = 0
    rows_failed: int = 0
    problem: Problem | None = None
    warnings: Sequence[str] = ()
    payload: Mapping[str, Path] = field(default_factory=dict)
    kept: Sequence[Kept] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One chunk as a child process sees it.

    source: the document (check, process). sources: all succeeded documents (finish).
    scratch: an empty folder of its own, removed afterwards. say: sets the job's `activity`, one sentence.
    attempt: how often it was tried before; it may have taken its process down then, and be worth more care now.
    """

    kind: ChunkKind
    job: UUID
    workflow: str
    profile: str | None
    options: Mapping[str, Any]
    scratch: Path
    part: Part = field(default_factory=Part)
    source: Source | None = None
    sources: Sequence[Source] = ()
    say: Callable[[str], None] = lambda sentence: None
    attempt: int = 0

    @property
    def stored(self) -> frozenset[Path]:
        """Files whose bytes are stored: the documents, and what their process chunks made of them."""
        sources = (*self.sources, *([self.source] if self.source else []))
        return frozenset(file for source in sources for file in (source.file, *source.made.values()))


class Workflow(Protocol):
    """What is done with the documents of one kind of job.

    check, process and finish run in a child process without network, and open foreign bytes only there.
    They raise DocumentError for a document that will never work, Transient for a passing cause.
    """

    name: str
    policy: Policy
    finishes: bool  # whether `finish` is to be called when all documents have ended

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Validate a job's options, fill in defaults. Runs in the API. Invalid names the option."""

    def check(self, task: Task) -> Checked: ...

    def process(self, task: Task) -> Processed: ...

    def finish(self, task: Task) -> Processed: ...

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        """One sentence of what a chunk of this kind does, for people: "Reading 'plan.pdf'."."""


@runtime_checkable
class LimitsDocuments(Protocol):
    """A workflow whose documents may be less large than the house allows."""

    def document_size(self, settings: Settings) -> int:
        """Bytes of one document at most, for those that are fetched."""


@runtime_checkable
class HasTools(Protocol):
    """A workflow that imports what it reads documents with only where it does: the API opens none, and should
    not pay for it. Children are made of a process that has imported `tools` (names of modules)."""

    tools: Sequence[str]


@runtime_checkable
class StoresEffects(Protocol):
    """A workflow whose results go into tables of its own, in the transaction that finishes the chunk."""

    async def store(
        self, transaction: Any, job: UUID, document: UUID, part: Part, result: Processed
    ) -> Processed:
        """Store what a process chunk made; its files are in `result.payload`.

        Called before the job's row is locked, so that the chunks of one job are stored side by side, and
        undone if the chunk turns out to be somebody else's by now. Whatever it locks, it locks in an order
        that all chunks keep. Returns what is to be counted: `result`, or what the database made of it.
        """


@runtime_checkable
class StoresFinish(Protocol):
    """A workflow that keeps what its finish chunk found, in the transaction that finishes the chunk."""

    async def store_finish(self, transaction: Any, job: UUID, result: Processed) -> None:
        """Store what the finish chunk found, also when it failed. Its artifacts are stored already."""


@runtime_checkable
class FollowsJobs(Protocol):
    """A workflow that has a say in how its jobs move, and keeps rows of its own about that.

    Both are called in the transaction of the move, with the job's row locked: what they lock besides, they
    lock in an order that all jobs keep.
    """

    async def admit(self, transaction: Any, job: UUID, settings: Settings) -> Hold | None:
        """May the checked documents be processed? None: yes. A Hold: the job is blocked and can be resumed."""

    async def moved(
        self, transaction: Any, job: UUID, left: JobState, to: JobState, settings: Settings
    ) -> None:
        """The job has just gone from one state to another; whatever follows from that is stored here."""


@dataclass(frozen=True, slots=True)
class Followers:
    """The workflows among many that follow their jobs, and what they need to know."""

    of: Mapping[str, FollowsJobs]
    settings: Settings

    @classmethod
    def among(cls, workflows: Mapping[str, Workflow], settings: Settings) -> Followers:
        return cls({name: one for name, one in workflows.items() if isinstance(one, FollowsJobs)}, settings)


# --- webhooks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """What is announced. id: the same on every attempt, so that a receiver can tell a repetition.

    at: when it happened. data: whatever JSON can hold.
    """

    id: str
    type: str
    at: datetime
    data: Any


class Format(Protocol):
    """How one kind of webhook is written. Both must be pure, and `body` the same on every attempt."""

    def body(self, event: Event) -> bytes: ...

    def headers(self, event: Event, body: bytes, *, secret: str, sent: datetime) -> Mapping[str, str]:
        """sent: the time of this attempt. secret: the account's. Invalid if the secret cannot be used."""


@runtime_checkable
class Paces(Protocol):
    """A format whose receivers are promised when a webhook comes again: others follow the sender's own plan."""

    retries: Sequence[
        float
    ]  # seconds to wait after the first, second, … attempt; there is no other after the last


# --- systems ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a system wants on the machine. check returns None if it is there, else what to do.

    optional: the system works without it, but less well.
    """

    name: str
    check: Callable[[], str | None]
    optional: bool = False


@dataclass(frozen=True)
class System:
    """One front desk, as `wiring` sees it.

    routes: builds the desk's sub-applications, base path -> ASGI application, from the one door.
    own: builds routes below /postroom/v1/<name>, or None. words: core job state -> the desk's word.
    migrations: folder of Alembic versions, or None. webhooks: type of event -> the desk's own way to write it.
    asks: whether the desk asks children about documents before it takes them; only such a desk's tools are loaded
    by the children of an API.
    sweep: forgets what is old, given the one door; called by the sweep of the engine, a worker at a time, and
    safe to repeat. sample: a module with `generate(folder, count, seed)`, which writes documents to try the desk
    with; only the command line imports it.
    """

    name: str
    workflows: Sequence[Workflow] = ()
    routes: Callable[[Any], Mapping[str, Any]] | None = None
    own: Callable[[Any], Any] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    migrations: Path | None = None
    needs: Sequence[Need] = ()
    webhooks: Mapping[str, Format] = field(default_factory=dict)
    asks: bool = False
    sweep: Callable[[Any], Awaitable[None]] | None = None
    sample: str | None = None


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, UTC, aware."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A foreign server's answer. retry_after: seconds that it asks us to wait, if it says so."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What stood at a foreign address. url: after redirects. size in bytes.

    media_type, disposition: the headers Content-Type and Content-Disposition as they came: claims, not facts.
    """

    url: str
    size: int
    media_type: str | None
    disposition: str | None


class Sink(Protocol):
    """Where fetched bytes go; a BlobWriter is one."""

    async def write(self, data: bytes) -> None: ...

    async def abort(self) -> None: ...


SinkT = TypeVar("SinkT", bound=Sink)


class Fetcher(Protocol):
    """The only way to a foreign address.

    All calls raise Invalid (code `address_refused`, `url_invalid`, …) for what may never be reached, and
    Unavailable (code `unreachable`) for what cannot be reached now.
    """

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a webhook, once, without following redirects. The answer's body is not read."""

    async def send(
        self, method: str, url: str, body: AsyncIterator[bytes], *, size: int, media_type: str
    ) -> Reply:
        """Stream a document to its receiver, once, without following redirects. size: bytes of the body."""

    async def get(self, url: str, sink: Callable[[], SinkT], *, limit: int) -> tuple[SinkT, Fetched]:
        """Stream what is there into a sink, which the caller commits.

        sink: makes a new one for each attempt; those of failed attempts are aborted. limit: bytes at most,
        else TooLarge.
        """
