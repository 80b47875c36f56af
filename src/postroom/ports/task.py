"""Owns what goes into a child and comes out of it: a chunk as a child sees it, and what was found or made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from postroom.core.states import ChunkKind
from postroom.ports.blob import Stored


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
class Artifact:
    """A file made in the scratch folder that is to be kept. name is unique within its document.

    Also one of `Task.stored`, as it is: its bytes are stored already, and are only named once more.
    data: its bytes, where they came with the answer instead of the file; never set by a workflow.
    """

    name: str
    file: Path
    media_type: str
    data: bytes | None = None


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
