"""Owns turning the engine by hand, without any process: admit, claim, finish, one transaction at a time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from postroom.core.states import ChunkKind
from postroom.db import worker
from postroom.db.chunk import Entry, Return
from postroom.desk.context import Desk
from postroom.engine import queue
from postroom.engine.admit import Admission
from postroom.engine.claim import Claimed, Claims
from postroom.engine.effect import Brought, Done, Effects, Kept
from postroom.ports import Checked, Part, Problem, Processed, Stored


class Hand:
    """One worker's hand. Two of them are two workers."""

    def __init__(self, desk: Desk) -> None:
        self.id = uuid4()
        self._desk = desk
        workflows = {name: offer.workflow for name, offer in desk.offers.items()}
        self.claims = Claims(desk.db, self.id, workflows)
        self.effects = Effects(desk.db, blocked_ttl=3600)
        self._admission = Admission(desk.db, desk.settings)

    async def enter(self) -> None:
        async with self._desk.db.transaction() as connection:
            await worker.enter(connection, self.id, "here", None, 1, 4, ["probe"])

    async def admit(self) -> list[Entry]:
        """A round of admission; returns what stands in the queue afterwards."""
        await worker.beat(self._desk.db, self.id, "here", None, 1, 4, ["probe"])
        assert await self._admission.round()
        async with self._desk.db.connection() as connection:
            return await queue.present(connection)

    async def take(self) -> list[Claimed]:
        """Admit and claim everything."""
        found = [await self.claims(entry) for entry in await self.admit()]
        return [claimed for claimed in found if claimed is not None]

    async def check(self, claimed: Claimed, outcome: str = "ok", parts: int = 1) -> bool:
        plan = [Part({"n": n}, pages=2, rows=3) for n in range(parts)]
        checked = Checked(media_type="text/plain", parts=plan)
        if outcome != "ok":
            checked = Checked(problem=Problem(outcome, "It was to be so."), rejected=outcome == "reject")
        return await self.effects.checked(claimed, checked)

    async def fetch(self, claimed: Claimed, *, problem: bool = False) -> bool:
        """As if something had been fetched; nothing is."""
        if problem:
            brought = Brought(problem=Problem("unreachable", "It was to be so."))
        else:
            brought = Brought(Stored(f"document/xx/{claimed.chunk}", 3, "ab" * 32), "text/plain")
        return await self.effects.fetched((claimed, brought))

    async def process(
        self, claimed: Claimed, *, problem: bool = False, pages_failed: int = 0, kept: Sequence[Kept] = ()
    ) -> bool:
        done = Processed(
            {"n": claimed.chunk},
            problem=Problem("asked", "It was to be so.") if problem else None,
            pages_failed=pages_failed,
        )
        if claimed.kind is ChunkKind.FINISH:
            return await self.effects.finished(Done(claimed, done, kept))
        return await self.effects.processed(Done(claimed, done, kept))

    async def give_back(self, claimed: Claimed, *, attempt: bool = False) -> bool:
        return await self.effects.returned((claimed, Return(claimed.chunk, claimed.epoch, attempt=attempt)))

    async def through(self) -> None:
        """Work until nothing is left to take."""
        while found := await self.take():
            for claimed in found:
                if claimed.kind is ChunkKind.FETCH:
                    await self.fetch(claimed)
                elif claimed.kind is ChunkKind.CHECK:
                    await self.check(claimed)
                else:
                    await self.process(claimed)
