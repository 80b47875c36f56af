"""Owns one attempt at one chunk: bring its bytes to a child, run it, keep what it made, judge what went wrong.

Refuses to know the queue and the database; run.py feeds it, effect.py stores what it returns.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from postroom.blobs.digest import sha256_of
from postroom.blobs.key import fresh
from postroom.core import backoff
from postroom.core.outcome import Cause
from postroom.core.states import ChunkKind
from postroom.db.chunk import Return
from postroom.db.connection import Row, loads
from postroom.engine import message
from postroom.engine.claim import Claimed
from postroom.engine.effect import Brought
from postroom.engine.fault import ChildTimeout, SandboxFault, SandboxUnavailable
from postroom.engine.sandbox import Pool
from postroom.errors import Blocked, DocumentError, NotFound, Transient, Unavailable
from postroom.ports import (
    Artifact,
    BlobStore,
    Checked,
    Kept,
    LocalPath,
    Problem,
    Processed,
    Source,
    Stored,
    TakesFiles,
    Task,
)
from postroom.settings import Settings

log = structlog.get_logger(__name__)

_PIECE = 1 << 20
_SIDE_BY_SIDE = 8  # artifacts that are stored at once
_CRASHES = 3  # times that a chunk may take its child down: somebody else may have killed one or two of them


@dataclass(frozen=True, slots=True)
class Again:
    """The attempt failed for a passing cause."""

    back: Return


@dataclass(frozen=True, slots=True)
class Paused:
    """The job cannot go on."""

    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended. kept: its artifacts, stored already. seconds: what the child took, 0 if unknown.

    held: the folder with the files of its payload, to be given to `release` when they are stored.
    sha256: of the document's bytes, if nobody had hashed them before.
    """

    what: Checked | Processed | Brought | Again | Paused
    kept: Sequence[Kept] = ()
    seconds: float = 0.0
    held: Path | None = None
    sha256: str | None = None


class Attempts:
    """Makes attempts for one worker, all in one pool of children."""

    def __init__(self, pool: Pool, blobs: BlobStore, settings: Settings, scratch: Path) -> None:
        self._pool = pool
        self._blobs = blobs
        self._local = blobs if isinstance(blobs, LocalPath) else None
        self._files = blobs if isinstance(blobs, TakesFiles) else None
        self._settings = settings
        self._scratch = scratch

    async def make(self, claimed: Claimed, say: Callable[[str], None]) -> Ended:
        """Run the chunk once."""
        if claimed.lost >= self._settings.lost_limit:
            return Ended(failed(claimed, _lost(claimed)))
        kept: list[Kept] = []
        held: Path | None = None
        sha256: str | None = None
        try:
            async with self._sources(claimed.sources) as sources:
                if claimed.kind is ChunkKind.CHECK and sources[0].sha256 is None:
                    # Parts, and bytes that did not pass through us, have been hashed by nobody yet.
                    sha256 = await asyncio.to_thread(_hash, sources[0].file)
                    announced = claimed.sources[0]["announced_sha256"]
                    if announced not in (None, sha256):
                        return Ended(Checked(problem=_mismatch()), sha256=sha256)
                    sources[0] = replace(sources[0], sha256=sha256)
                task = Task(
                    kind=claimed.kind,
                    job=claimed.job,
                    workflow=claimed.workflow,
                    profile=claimed.profile,
                    options=claimed.options,
                    scratch=Path(),
                    part=claimed.part,
                    source=sources[0] if claimed.document else None,
                    sources=() if claimed.document else sources,
                    attempt=claimed.attempt,
                )
                timeout = self._settings.chunk_timeout
                async with self._pool.run(message.dump_task(task), timeout=timeout, on_say=say) as answer:
                    made = _stored(claimed.sources, sources)
                    known = {str(file): file for file in made}
                    result = message.load_answer(answer.reply, answer.files, known)
                    if isinstance(result, Processed):
                        await self._keep_all(result.artifacts, kept, made)
                        if result.payload and answer.folder is not None:
                            result, held = await asyncio.to_thread(_hold, result, answer.folder)
        except BaseException as error:
            await self.forget(kept)
            if not isinstance(error, Exception):
                raise
            return Ended(self._judge(claimed, error))
        return Ended(result, kept, answer.seconds, held, sha256)

    async def release(self, ended: Ended) -> None:
        """The payload is stored, or does not count. If we die first, our room is removed with all in it."""
        if ended.held is not None:
            await asyncio.to_thread(shutil.rmtree, ended.held, True)

    async def forget(self, kept: Sequence[Kept]) -> None:
        """Artifacts of an attempt that does not count. If we die first, the sweep finds them."""
        if own := [item.stored.key for item in kept if not item.shared]:
            await self._blobs.delete(own)

    @asynccontextmanager
    async def _sources(self, rows: Sequence[Row]) -> AsyncIterator[list[Source]]:
        """Documents as files. Where blobs are files they are read in place, else fetched for the time."""
        if self._local is not None:
            place = self._local.path
            yield [
                _source(row, place(row["blob"]), {name: place(one.key) for name, one in _made(row)})
                for row in rows
            ]
            return
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="source-", dir=self._scratch))
        try:
            sources = []
            for row in rows:
                file = folder / str(row["id"])
                await self._fetch(row["blob"], file)
                made: dict[str, Path] = {}
                for name, one in _made(row):
                    made[name] = folder / f"{row['id']}-{len(made)}"
                    await self._fetch(one.key, made[name])
                sources.append(_source(row, file, made))
            yield sources
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, True)

    async def _fetch(self, key: str, file: Path) -> None:
        with file.open("xb") as out:
            async for piece in self._blobs.read(key):
                await asyncio.to_thread(out.write, piece)

    async def _keep_all(
        self, artifacts: Sequence[Artifact], kept: list[Kept], made: Mapping[Path, Stored]
    ) -> None:
        """Store artifacts, a few side by side: their syncs share one commit of the disk's journal.

        kept: gets each that is stored, also when another fails. made: files that are stored already.
        """
        for first in range(0, len(artifacts), _SIDE_BY_SIDE):
            some = artifacts[first : first + _SIDE_BY_SIDE]
            done = await asyncio.gather(
                *(self._keep(artifact, kept, made) for artifact in some), return_exceptions=True
            )
            for error in done:
                if error is not None:
                    raise error
            # They were kept as they got done; the result names them as the child did.
            names = [artifact.name for artifact in some]
            kept[-len(some) :] = sorted(kept[-len(some) :], key=lambda one: names.index(one.name))

    async def _keep(self, artifact: Artifact, kept: list[Kept], made: Mapping[Path, Stored]) -> None:
        if artifact.data is None and artifact.file in made:
            kept.append(Kept(artifact.name, artifact.media_type, made[artifact.file], shared=True))
            return
        key = fresh("artifact")
        if self._files is not None:
            content = artifact.file if artifact.data is None else artifact.data
            kept.append(Kept(artifact.name, artifact.media_type, await self._files.put_file(key, content)))
            return
        writer = self._blobs.writer(key)
        try:
            if artifact.data is not None:
                await writer.write(artifact.data)
                kept.append(Kept(artifact.name, artifact.media_type, await writer.commit()))
                return
            with artifact.file.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    await writer.write(piece)
                    if len(piece) < _PIECE:
                        break
            kept.append(Kept(artifact.name, artifact.media_type, await writer.commit()))
        except BaseException:
            await writer.abort()
            raise

    def _judge(self, claimed: Claimed, error: Exception) -> Checked | Processed | Again | Paused:
        """What an error means: the document's fault, a passing cause, or a cause outside."""
        if isinstance(error, (SandboxFault, SandboxUnavailable)):
            # What the child said last, its traceback above all, is for whoever runs this; no client sees it.
            log.warning("child.fault", chunk=claimed.chunk, code=error.code, cause=_said(error.cause))
        if isinstance(error, DocumentError):
            return failed(claimed, Problem(error.code, error.message))
        if isinstance(error, Blocked):
            return Paused(Cause(error.extra.get("by", Cause.SYSTEM)), error.message)
        if isinstance(error, SandboxUnavailable):
            return Again(Return(claimed.chunk, claimed.epoch, delay=self._delay(2)))
        if isinstance(error, NotFound):
            return failed(claimed, Problem("bytes_missing", "The stored bytes are gone.", "system"))
        if isinstance(error, ChildTimeout):
            return failed(claimed, Problem(error.code, error.message))
        if isinstance(error, SandboxFault):
            if claimed.attempt + 1 < _CRASHES:
                return self._again(claimed, error.code, error.message)
            return failed(claimed, Problem(error.code, error.message))
        if isinstance(error, (Transient, Unavailable, OSError)):
            code = getattr(error, "code", "io")
            if claimed.attempt + 1 < self._settings.retry_attempts:
                return self._again(claimed, code, str(error))
            text = f"Given up after {claimed.attempt + 1} attempts: {error}"
            return failed(claimed, Problem(code, text, "system"))
        raise error

    def _again(self, claimed: Claimed, code: str, message: str) -> Again:
        error = {"code": code, "message": message, "cause": "system"}
        return Again(Return(claimed.chunk, claimed.epoch, self._delay(claimed.attempt + 1), True, error))

    def _delay(self, attempt: int) -> float:
        settings = self._settings
        return backoff.delay(
            attempt,
            base=settings.retry_base,
            cap=settings.retry_cap,
            jitter=random.random(),  # noqa: S311 spreads load, hides nothing
        )


def _said(cause: object) -> str | None:
    return cause if cause is None or isinstance(cause, str) else repr(cause)


def failed(claimed: Claimed, problem: Problem) -> Checked | Processed:
    if claimed.kind is ChunkKind.CHECK:
        return Checked(problem=problem)
    return Processed(problem=problem)


def _hash(file: Path) -> str:
    try:
        return sha256_of(file)
    except FileNotFoundError as error:
        raise NotFound("There is no such blob.", cause=error) from error


def _mismatch() -> Problem:
    text = "The bytes that arrived do not have the SHA-256 that was announced for them."
    return Problem("digest_mismatch", text)


def _hold(result: Processed, folder: Path) -> tuple[Processed, Path]:
    """Take the files of an answer out of the folder that the pool is about to remove."""
    held = folder.with_name(f"held-{folder.name}")
    folder.rename(held)
    payload = {name: held / file.relative_to(folder) for name, file in result.payload.items()}
    return replace(result, payload=payload), held


def _lost(claimed: Claimed) -> Problem:
    text = f"The worker stopped {claimed.lost} times while it was at this document, so it was given up."
    return Problem("worker_lost", text, "system")


def _made(row: Row) -> list[tuple[str, Stored]]:
    """What the process chunks of a document made, by name; known to finish chunks only."""
    return [(name, Stored(**one)) for name, one in (loads(row["made"]) or {}).items()]


def _stored(rows: Sequence[Row], sources: Sequence[Source]) -> dict[Path, Stored]:
    """The files of documents and of what process chunks made, and what each is in the store."""
    found: dict[Path, Stored] = {}
    for row, source in zip(rows, sources, strict=True):
        if source.sha256 is not None:
            found[source.file] = Stored(row["blob"], source.size, source.sha256)
        found |= {source.made[name]: stored for name, stored in _made(row)}
    return found


def _source(row: Row, file: Path, made: Mapping[str, Path]) -> Source:
    return Source(
        id=row["id"],
        position=row["position"],
        name=row["name"],
        file=file,
        size=row["size"],
        sha256=row["sha256"],
        declared_type=row["declared_type"],
        media_type=row["media_type"],
        facts=loads(row["facts"]) or {},
        made=made,
        result=loads(row["result"]) or {},
    )
