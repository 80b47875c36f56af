"""Owns the API's own children: what must be known of a document before it is taken is found out in them.

Refuses to know workflows and requests. A question is a task like any other; nothing of it is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from postroom.core.backoff import delay
from postroom.engine import message
from postroom.engine.fault import SandboxUnavailable
from postroom.engine.sandbox import Pool
from postroom.errors import Unavailable
from postroom.ports import Checked, Processed, Task

log = structlog.get_logger(__name__)


class Door:
    """A pool that starts in the background: a server that takes no uploads yet should not wait for it.

    A start that fails is tried again for as long as the server runs.
    """

    def __init__(self, make: Callable[[], Pool], *, timeout: float, pause: float = 1.0) -> None:
        """make: a pool that was never started. timeout: seconds that one question may take. pause: seconds
        before a failed start is tried again, doubled up to a minute."""
        self._make = make
        self._timeout = timeout
        self._pause = pause
        self._pool: Pool | None = None
        self._tried = asyncio.Event()
        self._start: asyncio.Task[None] | None = None

    @property
    def closed(self) -> bool:
        """Whether there is nobody to ask (yet)."""
        return self._pool is None

    def open(self) -> None:
        self._start = asyncio.create_task(self._started(), name="door")

    async def _started(self) -> None:
        attempt = 0
        while True:
            pool = self._make()
            try:
                await pool.start()
            except (Unavailable, OSError) as error:
                log.error("door.closed", error=str(error), cause=repr(getattr(error, "cause", None)))
            else:
                self._pool = pool
                return
            finally:
                self._tried.set()
            attempt += 1
            await asyncio.sleep(delay(attempt, base=self._pause, cap=60.0, jitter=0.5))

    async def ask(self, task: Task) -> Checked | Processed:
        """The answer, without files. Raises what the task raises, a SandboxFault if its process failed, and
        SandboxUnavailable if there is no process to ask."""
        if self._start is not None:
            await self._tried.wait()
        if self._pool is None:
            raise SandboxUnavailable("There are no child processes yet; their start is tried again.")
        async with self._pool.run(message.dump_task(task), timeout=self._timeout) as answer:
            return message.load_answer(answer.reply, answer.files)

    async def close(self) -> None:
        if self._start is not None:
            self._start.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._start
        if self._pool is not None:
            await self._pool.close()
