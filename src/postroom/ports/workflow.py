"""Owns what a system must bring to have documents processed, and what a workflow may bring besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind, JobState
from postroom.ports.task import Checked, Part, Processed, Task
from postroom.settings import Settings


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a job may not go on. expires_in: seconds that it may wait for `resume`."""

    reason: str
    expires_in: float


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
class NamesDocuments(Protocol):
    """A workflow whose options name documents by their ids. A retried job has documents with ids of their own."""

    def with_documents(self, kept: Mapping[str, Any], ids: Mapping[UUID, UUID]) -> Mapping[str, Any]:
        """The options that are kept of a job, as they are to be for a copy of it. ids: each document's, and that of
        its copy; those that have none are left behind."""


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
        """Store what a process chunk made, also when it failed: look at `result.problem` first. Its files are in
        `result.payload`. May read the job and the document, and insert webhooks (`db/delivery.py`).

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
