"""Owns the API's own children: what must be known of a document before it is taken is found out in them.

Refuses to know workflows and requests. A question is a task like any other; nothing of it is stored.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from postroom.engine import message
from postroom.engine.sandbox import Pool
from postroom.errors import Unavailable
from postroom.ports import Checked, Processed, Task

log = structlog.get_logger(__name__)


class Door:
    """A pool that starts in the background: a server that takes no uploads yet should not wait for it."""

    def __init__(self, pool: Pool, *, timeout: float) -> None:
        """timeout: seconds that one question may take."""
        self._pool = pool
        self._timeout = timeout
        self._started: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._started = asyncio.create_task(self._start(), name="door")

    async def _start(self) -> None:
        try:
            await self._pool.start()
        except Unavailable as error:
            log.error("door.closed", error=str(error), cause=repr(error.cause))

    async def ask(self, task: Task) -> Checked | Processed:
        """The answer, without files. Raises what the task raises, a SandboxFault if its process failed, and
        SandboxUnavailable if there is no process to ask."""
        if self._started is not None:
            await asyncio.shield(self._started)
        async with self._pool.run(message.dump_task(task), timeout=self._timeout) as answer:
            return message.load_answer(answer.reply, answer.files)

    async def close(self) -> None:
        if self._started is not None:
            self._started.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._started
        await self._pool.close()
