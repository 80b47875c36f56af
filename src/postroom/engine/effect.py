"""Owns storing what chunks did: results, counters, events, next chunks and webhooks in one fenced transaction.

A worker that was thought dead and is not finds its epoch outdated here, and leaves no trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.core.events import EventType
from postroom.core.outcome import Cause, document_outcome
from postroom.core.states import DOCUMENT, DocumentState, target
from postroom.db import chunk, event, job
from postroom.db.chunk import CheckEnd, DocumentSum, FetchEnd, ProcessEnd, Return
from postroom.db.connection import Connection, Database, dumps
from postroom.desk.advance import advance, failures
from postroom.desk.job import block
from postroom.engine.batch import Batch
from postroom.engine.claim import Claimed
from postroom.ports import (
    Checked,
    Followers,
    Kept,
    Part,
    Problem,
    Processed,
    Stored,
    StoresEffects,
    StoresFinish,
)


@dataclass(frozen=True, slots=True)
class Brought:
    """A document that was fetched, or why it cannot be. declared_type: the Content-Type that came with it."""

    stored: Stored | None = None
    declared_type: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A process or finish chunk that ended, well or not."""

    claimed: Claimed
    processed: Processed
    kept: Sequence[Kept] = field(default_factory=tuple)


def _decide(total: DocumentSum, row: Any) -> None:
    """Where a document goes if these were its last chunks. row: what it was before them (`d_…`)."""
    if row["d_chunks_done"] + total.done < row["d_chunks"]:
        return
    step = document_outcome(
        chunks_failed=row["d_chunks_failed"] + total.failed,
        chunks=row["d_chunks"],
        units_failed=row["d_pages_failed"] + total.pages_failed + row["d_rows_failed"] + total.rows_failed,
        units=row["d_pages"] + row["d_rows"],
    )
    total.state = target(DOCUMENT, step)
    if total.state is DocumentState.FAILED and total.error is None and row["d_error"] is None:
        total.error = _nothing(row["d_pages"])


def _nothing(pages: int) -> dict[str, Any] | None:
    """Why a document failed of which no chunk did as a whole: each of its pages did. Rows that failed say so
    themselves."""
    if not pages:
        return None
    message = f"None of its {pages:,} pages could be processed."
    return {"code": "all_failed", "message": message, "cause": "input"}


def _error(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "cause": problem.cause}


class _Stale(Exception):
    """The chunk is no longer ours: whatever this transaction did is undone."""


class Effects:
    """Each call returns whether its effects were stored; False: the chunk is no longer ours."""

    def __init__(
        self,
        db: Database,
        *,
        blocked_ttl: float,
        followers: Followers | None = None,
        more: Callable[[], bool] = lambda: False,
    ) -> None:
        """more: whether chunks are under way whose ends may be stored together with one that has ended."""
        self._db = db
        self._blocked_ttl = blocked_ttl
        self._followers = followers
        self._ended: Batch[tuple[Claimed, CheckEnd | Done], bool] = Batch(self._end, more=more)
        self.fetched: Batch[tuple[Claimed, Brought], bool] = Batch(self._fetched)
        self.returned: Batch[tuple[Claimed, Return], bool] = Batch(self._returned)

    async def _fetched(self, items: Sequence[tuple[Claimed, Brought]]) -> list[bool]:
        jobs = {claimed.job for claimed, _ in items}
        async with self._db.transaction() as connection:
            await job.lock(connection, list(jobs))
            rows = await chunk.finish_fetches(connection, [_fetch_end(*item) for item in items])
            stored = {row["chunk_id"] for row in rows}
            stored |= await _before(connection, [c for c, _ in items if c.chunk not in stored])
            for job_id in {row["job_id"] for row in rows}:
                await event.append(
                    connection, job_id, failures(row for row in rows if row["job_id"] == job_id)
                )
            # In the same transaction: at no moment is there neither a fetch nor a check to wait for.
            await chunk.make_checks_after_fetch(connection, [row["id"] for row in rows])
            await event.notify(connection, event.WORK)
            await advance(connection, jobs, self._followers)
        return [claimed.chunk in stored for claimed, _ in items]

    async def checked(self, claimed: Claimed, checked: Checked, sha256: str | None = None) -> bool:
        """A check. sha256: of the document's bytes, if its check hashed them."""
        return await self._ended((claimed, _check_end(claimed, checked, sha256)))

    async def processed(self, done: Done) -> bool:
        """A process chunk."""
        return await self._ended((done.claimed, done))

    async def _end(self, items: Sequence[tuple[Claimed, CheckEnd | Done]]) -> list[bool]:
        """Checks and process chunks together: while some jobs are checked others are processed, and a
        transaction costs the most of what a chunk costs."""
        jobs = {claimed.job for claimed, _ in items}
        checks = [end for _, end in items if isinstance(end, CheckEnd)]
        processes = [end for _, end in items if isinstance(end, Done)]
        async with self._db.transaction(planned=True) as connection:
            await job.lock(connection, list(jobs))
            stored = await self._end_checks(connection, checks) if checks else set()
            if processes:
                stored |= await self._end_processes(connection, processes)
            stored |= await _before(connection, [c for c, _ in items if c.chunk not in stored])
            await advance(connection, jobs, self._followers)
        return [claimed.chunk in stored for claimed, _ in items]

    async def _end_checks(self, connection: Connection, ends: Sequence[CheckEnd]) -> set[int]:
        rows = await chunk.finish_checks(connection, ends)
        for job_id in sorted({row["job_id"] for row in rows}):
            await event.append(connection, job_id, failures(row for row in rows if row["job_id"] == job_id))
        return {row["chunk_id"] for row in rows}

    async def _end_processes(self, connection: Connection, items: Sequence[Done]) -> set[int]:
        rows = await chunk.finish_processes(connection, [_process_end(item) for item in items])
        ours = {row["chunk_id"]: row for row in rows}
        good = [item for item in items if item.claimed.chunk in ours]
        await self._add_up(connection, [(item, ours[item.claimed.chunk]) for item in good])
        await self._keep(connection, good)
        await self._warn(connection, good)
        return set(ours)

    async def _add_up(self, connection: Connection, done: Sequence[tuple[Done, Any]]) -> None:
        """Add what chunks made to their documents, and end those of which these were the last ones.

        done: each chunk with what `finish_processes` returned for it; no running document, nothing to add to.
        """
        sums: dict[UUID, DocumentSum] = {}
        before: dict[UUID, Any] = {}
        for item, row in done:
            if row["d_id"] is not None:
                before[row["d_id"]] = row
                _add(sums, row["d_id"], item, row)
        if not sums:
            return
        events: dict[UUID, list[tuple[EventType, dict[str, Any]]]] = defaultdict(list)
        for total in sums.values():
            row = before[total.document]
            _decide(total, row)
            if total.state is DocumentState.FAILED:
                told = dumps(total.error) if total.error else row["d_error"]
                failed = {"id": total.document, "position": row["d_position"], "name": row["d_name"]}
                events[row["d_job_id"]] += failures([{**failed, "state": total.state.value, "error": told}])
        await chunk.add_to_documents(connection, list(sums.values()))
        for job_id in sorted(events):
            await event.append(connection, job_id, events[job_id])

    async def store(self, item: Done, workflow: StoresEffects) -> bool:
        """One process chunk whose results go into tables of its system, in the same transaction."""
        try:
            return await self._stored(item, workflow)
        except _Stale:
            return False

    async def _stored(self, item: Done, workflow: StoresEffects) -> bool:
        claimed = item.claimed
        async with self._db.transaction() as connection:
            if claimed.document is None or await _before(connection, [claimed]):
                return claimed.document is not None
            # The system's rows come first and the job's row last: it is held for milliseconds then, and the
            # chunks of one job are stored side by side. The fence below still undoes what does not count.
            made = replace(item.processed, kept=item.kept)
            counted = await workflow.store(connection, claimed.job, claimed.document, claimed.part, made)
            item = replace(item, processed=counted)
            await job.lock(connection, [claimed.job])
            rows = await chunk.finish_processes(connection, [_process_end(item)])
            if not rows:
                raise _Stale
            await self._add_up(connection, [(item, rows[0])])
            await self._keep(connection, [item])
            await self._warn(connection, [item])
            await advance(connection, [claimed.job], self._followers)
        return True

    async def finished(self, item: Done, workflow: StoresFinish | None = None) -> bool:
        """The finish chunk of a job. workflow: keeps what it found in tables of its system."""
        async with self._db.transaction() as connection:
            await job.lock(connection, [item.claimed.job])
            if not await chunk.finish_job_chunk(connection, item.claimed.chunk, item.claimed.epoch):
                return bool(await _before(connection, [item.claimed]))
            problem = item.processed.problem
            if problem is not None:
                await job.blame(connection, item.claimed.job, Cause(problem.cause), problem.message)
            await self._keep(connection, [item])
            if workflow is not None:
                await workflow.store_finish(connection, item.claimed.job, item.processed)
            await self._warn(connection, [item])
            await advance(connection, [item.claimed.job], self._followers)
        return True

    async def blocked(self, claimed: Claimed, cause: Cause, reason: str) -> bool:
        """The chunk goes back, and its job is paused."""
        async with self._db.transaction() as connection:
            rows = await job.lock(connection, [claimed.job])
            back = Return(claimed.chunk, claimed.epoch)
            if not rows or not await chunk.put_back(connection, [back]):
                return False
            await block(
                connection, rows[0], cause, reason, expires_in=self._blocked_ttl, followers=self._followers
            )
        return True

    async def _returned(self, items: Sequence[tuple[Claimed, Return]]) -> list[bool]:
        async with self._db.transaction() as connection:
            await job.lock(connection, [claimed.job for claimed, _ in items])
            back = await chunk.put_back(connection, [item for _, item in items])
        return [item.chunk in back for _, item in items]

    async def _keep(self, connection: Connection, items: Sequence[Done]) -> None:
        rows = [
            (
                uuid7(),
                item.claimed.job,
                item.claimed.document,
                kept.name,
                kept.media_type,
                kept.stored.key,
                kept.stored.size,
                kept.stored.sha256,
            )
            for item in items
            for kept in item.kept
        ]
        if rows:
            await chunk.add_artifacts(connection, rows)

    async def _warn(self, connection: Connection, items: Sequence[Done]) -> None:
        for item in items:
            data = {"document": item.claimed.document}
            if item.claimed.document is not None:
                data["name"] = item.claimed.sources[0]["name"]
            warnings = [(EventType.WARNING, {**data, "message": text}) for text in item.processed.warnings]
            await event.append(connection, item.claimed.job, warnings)


async def _before(connection: Connection, items: Sequence[Claimed]) -> set[int]:
    """The chunks whose effects an earlier try has stored, though its commit was never acknowledged."""
    claims = [(item.chunk, item.epoch) for item in items]
    return await chunk.done_under(connection, claims) if claims else set()


def _fetch_end(claimed: Claimed, brought: Brought) -> FetchEnd:
    stored, problem = brought.stored, brought.problem
    return FetchEnd(
        chunk=claimed.chunk,
        epoch=claimed.epoch,
        state=DocumentState.RECEIVED if problem is None else DocumentState.FAILED,
        blob=stored.key if stored else None,
        size=stored.size if stored else None,
        sha256=stored.sha256 if stored else None,
        declared_type=brought.declared_type,
        error=_error(problem) if problem else None,
    )


def _check_end(claimed: Claimed, checked: Checked, sha256: str | None = None) -> CheckEnd:
    parts = list(checked.parts) or [Part()]
    state = DocumentState.READY
    if checked.problem is not None:
        state = DocumentState.REJECTED if checked.rejected else DocumentState.FAILED
    return CheckEnd(
        chunk=claimed.chunk,
        epoch=claimed.epoch,
        state=state,
        media_type=checked.media_type,
        facts=dict(checked.facts),
        plan={"parts": [{"range": dict(p.range), "pages": p.pages, "rows": p.rows} for p in parts]},
        error=_error(checked.problem) if checked.problem else None,
        pages=sum(part.pages for part in parts),
        rows=sum(part.rows for part in parts),
        sha256=sha256,
    )


def _process_end(item: Done) -> ProcessEnd:
    problem = item.processed.problem
    part = item.claimed.part
    return ProcessEnd(
        chunk=item.claimed.chunk,
        epoch=item.claimed.epoch,
        failed=problem is not None,
        result=dict(item.processed.result),
        error=_error(problem) if problem else None,
        # A chunk that failed as a whole took all its pages and rows with it.
        pages_failed=part.pages if problem else item.processed.pages_failed,
        rows_failed=part.rows if problem else item.processed.rows_failed,
    )


def _add(sums: dict[UUID, DocumentSum], document: UUID, item: Done, stored: Any) -> None:
    total = sums.setdefault(document, DocumentSum(document))
    total.done += 1
    total.failed += item.processed.problem is not None
    total.pages_failed += stored["pages_failed"]
    total.rows_failed += stored["rows_failed"]
    if item.processed.result:
        total.result = {**(total.result or {}), **item.processed.result}
    if item.processed.problem is not None:
        total.error = _error(item.processed.problem)
