"""Owns the pool of child processes in which all document code runs: who is made, used, replaced, ended.

Lives on a worker's event loop and never blocks it. Refuses to know what a task means (message.py) and
whether one that failed is tried again (run.py).

    worker ── fork server ──┬─ child      one socket each: requests down, sentences and replies up
                            └─ child

A child ends after its task has timed out, was cancelled, broke the protocol or used it up, after
`recycle_after` tasks, and when it has grown. The others never notice.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import structlog

from postroom.engine import scratch as folders
from postroom.engine.fault import (
    ChildDied,
    ChildMemory,
    ChildTimeout,
    ReplyTooLarge,
    SandboxFault,
    SandboxUnavailable,
)
from postroom.engine.jail import Limits
from postroom.engine.link import Child, Gone, Reply
from postroom.engine.server import Server, environment

T = TypeVar("T")

_log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds between attempts to start what does not start
# What native libraries print before they abort because an allocation was refused.
OUT_OF_MEMORY = ("MemoryError", "std::bad_alloc", "memory allocation of", "annot allocate memory")


@dataclass(frozen=True, slots=True)
class Answer:
    """reply: JSON as the child sent it, for `message.load_answer`, with `files`: the verified files of it, or
    their bytes.

    folder: where they lie until the `async with` block ends; None if the task has written nothing.
    seconds: that the child took, without the wait for a free one.
    """

    reply: Any
    files: Mapping[str, Path | bytes]
    folder: Path | None
    seconds: float = 0.0


class Pool:
    """A fixed number of children.

    argv: starts a fork server (see `wiring.child.command`). scratch: folder for temporary files, may be
    shared by many pools. recycle_rss: growth in bytes after which a child is replaced.
    reply_size: largest reply, bytes. artifact_size: largest file handed over, bytes.
    """

    def __init__(
        self,
        size: int,
        argv: Sequence[str],
        *,
        limits: Limits,
        scratch: Path,
        recycle_after: int = 500,
        recycle_rss: int = 512 << 20,
        reply_size: int = 64 << 20,
        artifact_size: int = 2 << 30,
    ) -> None:
        self._size = size
        self._argv = argv
        self._limits = limits
        self._base = scratch
        self._recycle_after = recycle_after
        self._recycle_rss = recycle_rss
        self._reply_size = reply_size
        self._artifact_size = artifact_size
        self._room: folders.Room | None = None
        self._server: Server | None = None
        self._children: set[Child] = set()
        self._idle: list[Child] = []
        self._waiters: deque[asyncio.Future[Child]] = deque()
        self._numbers = itertools.count()
        self._missing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[Any]] = set()
        self._closing = False

    @property
    def isolation(self) -> tuple[str, ...]:
        """What could be taken from the children: of `user net pid ipc` and `caps landlock seccomp`."""
        namespaces = self._server.namespaces if self._server is not None else ()
        return namespaces + next((child.isolation for child in self._children), ())

    async def start(self) -> None:
        """Returns when all children are ready. SandboxUnavailable, saying why, if one cannot be started."""
        self._room = await asyncio.to_thread(folders.open_room, self._base)
        try:
            await self._fill()
        except BaseException:
            await self.close()
            raise
        self._keeper = asyncio.create_task(self._keep_full(), name="sandbox-keeper")

    async def close(self) -> None:
        """End all children at once, with the tasks that they are at."""
        self._closing = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._server is not None:
            self._server.kill()
            await asyncio.to_thread(self._server.wait)
        for child in list(self._children):
            child.close()
        self._refuse(SandboxUnavailable("The pool of child processes is closed."))
        while self._errands:
            await asyncio.gather(*self._errands, return_exceptions=True)
        if self._room is not None:
            await asyncio.to_thread(self._room.close)
            self._room = None

    @asynccontextmanager
    async def run(
        self,
        task: Any,
        *,
        timeout: float,  # noqa: ASYNC109 - ends the child, not only the wait
        on_say: Callable[[str], None] | None = None,
    ) -> AsyncIterator[Answer]:
        """Have one child do `task` (JSON). Files of the answer are there until the block ends.

        Waits for a free child first; `timeout` (seconds) starts when there is one. Cancelling kills it.
        on_say: called on the event loop, at most five times a second.
        Raises ChildDied, ChildTimeout, BadReply, ReplyTooLarge; SandboxUnavailable if it was not begun.
        """
        child = await self._take()
        began = time.monotonic()
        try:
            reply = await child.ask(task, timeout, on_say)
            answer = replace(await self._claim(child, reply), seconds=time.monotonic() - began)
        except Gone:
            raise await self._post_mortem(child) from None
        except BaseException as error:
            self._drop(child)
            if isinstance(error, SandboxFault) and child.output is not None:
                error.extra["output"] = child.output.take()
            raise
        self._give_back(child, reply)
        try:
            yield answer
        finally:
            if answer.folder is not None:
                self._errand(asyncio.to_thread(folders.remove, answer.folder))

    # --- taking and giving back

    async def _take(self) -> Child:
        if self._idle:
            return self._idle.pop()
        if self._room is None or self._closing:
            raise SandboxUnavailable("The pool of child processes is closed.")
        waiter: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._offer(waiter.result())  # it came in the same moment
            raise

    def _give_back(self, child: Child, reply: Reply) -> None:
        if child.output is not None and (text := child.output.take()):
            _log.info("child_output", text=text)
        child.tasks += 1
        child.rss = child.rss or reply.rss
        grown = reply.rss - child.rss > self._recycle_rss
        if reply.retire or grown or child.tasks >= self._recycle_after:
            self._drop(child)
        else:
            self._offer(child)

    def _offer(self, child: Child) -> None:
        if child not in self._children:
            return  # it has died meanwhile
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(child)
                return
        self._idle.append(child)

    def _refuse(self, error: SandboxUnavailable) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(error)

    async def _claim(self, child: Child, reply: Reply) -> Answer:
        if any(len(data) > self._artifact_size for data in reply.sent.values()):
            raise ReplyTooLarge(
                "The document could not be processed: a result is too large.", limit=self._artifact_size
            )
        if not reply.left and not reply.files:
            return Answer(reply.value, reply.sent, None)
        assert self._room is not None  # noqa: RUF100, S101
        kept = self._room.path / f"kept-{next(self._numbers)}"
        work = asyncio.ensure_future(
            asyncio.to_thread(folders.claim, child.scratch, kept, reply.files, largest=self._artifact_size)
        )
        try:
            return Answer(reply.value, {**reply.sent, **await asyncio.shield(work)}, kept)
        except asyncio.CancelledError:
            self._errand(self._remove_after(work, kept))
            raise

    # --- the end of a child

    def _drop(self, child: Child) -> asyncio.Task[int | None]:
        """Kill a child, now, and clean up after it; its replacement does not wait for that."""
        self._children.discard(child)
        if child in self._idle:
            self._idle.remove(child)
        ended = self._server.end(child.number) if self._server is not None else None
        self._missing.set()
        return self._errand(self._bury(child, ended))

    async def _bury(self, child: Child, ended: asyncio.Future[dict[str, Any]] | None) -> int | None:
        status: int | None = None
        try:
            if ended is not None:
                status = int((await ended)["status"])
        except SandboxUnavailable:
            pass  # the fork server has gone, and the kernel took the child with it
        child.close()
        await asyncio.to_thread(folders.remove, child.home)
        return status

    def _lost(self, child: Child) -> None:
        """The line to a child has ended. One that is at work is seen to by its `run`."""
        if child in self._idle:
            self._drop(child)

    async def _post_mortem(self, child: Child) -> SandboxFault:
        output = child.output.take() if child.output is not None else ""
        status = await asyncio.shield(self._drop(child))
        if status is not None and -status == signal.SIGXCPU:
            return ChildTimeout("The document took too much processor time.", cause=output)
        if any(words in output for words in OUT_OF_MEMORY):
            return ChildMemory("The document needs more memory than it may have.", cause=output)
        number = -status if status is not None and status < 0 else None
        name = signal.Signals(number).name if number in signal.valid_signals() else str(number)
        how = f"signal {name}" if number else f"exit code {status}"
        return ChildDied(
            "The document could not be processed: its process died.",
            cause=f"{how}\n{output}",
            signal=number,
            status=status if number is None else None,
            output=output,
        )

    async def _remove_after(self, work: asyncio.Future[Any], folder: Path) -> None:
        await asyncio.gather(work, return_exceptions=True)
        await asyncio.to_thread(folders.remove, folder)

    def _errand(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task

    # --- keeping the pool full

    async def _keep_full(self) -> None:
        """Replace what is missing; what cannot be started is tried again later and later, never in a spin."""
        pause = FIRST_PAUSE
        while not self._closing:
            await self._missing.wait()
            self._missing.clear()
            try:
                await self._fill()
                pause = FIRST_PAUSE
            except (SandboxUnavailable, OSError) as error:
                cause = error.cause if isinstance(error, SandboxUnavailable) else error
                _log.error("child_start_failed", cause=str(cause), retry_in=pause)
                self._refuse(SandboxUnavailable("Child processes cannot be started.", cause=cause))
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                self._missing.set()

    async def _fill(self) -> None:
        assert self._room is not None  # noqa: RUF100, S101
        if self._server is None or not self._server.alive:
            if self._server is not None:
                self._errand(asyncio.to_thread(self._server.wait))
            self._server = Server(
                self._argv, self._limits, self._room.path, environment(os.environ, self._room.path)
            )
            await self._server.start()
        while len(self._children) < self._size:
            home = self._room.path / f"child-{next(self._numbers)}"
            (home / "task").mkdir(0o700, parents=True)
            child = await self._server.fork(home, self._reply_size, self._lost)
            self._children.add(child)
            self._offer(child)
