"""Owns child processes under one parent: start in order, start again what dies, drain, leave nothing behind.

Knows processes only: no database, no web. What a child needs before, and how it says that it is ready,
its `Spec` brings along. Must run on the main thread's event loop: signals arrive there, and children die
with the thread that forked them.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import structlog

from postroom.cli.lifeline import tie
from postroom.core.backoff import delay
from postroom.errors import Unavailable

_LAST_RESORT = 5.0  # seconds between a child's `last_signal` and SIGKILL
_TRIM_EVERY = 5.0  # seconds between two looks at the sizes of logs

_log: Any = structlog.get_logger("postroom.supervise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One child.

    order: children start after those of a lower order are ready, and stop before them.
    before: called before each start. enter: called in the child between fork and exec.
    ready: returns when the child can be used; None: at once. It may take as long as it likes: a child that
        dies meanwhile ends the wait.
    stop_signal: asks it to end. After `drain` seconds comes last_signal, five seconds later SIGKILL.
    death_signal: what it gets when the supervisor dies. log: a file for its output, else ours is used;
        past log_limit bytes its content moves to <log>.1, once.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    order: int = 0
    before: Callable[[], Awaitable[object]] | None = None
    enter: Callable[[], None] | None = None
    ready: Callable[[], Awaitable[object]] | None = None
    stop_signal: int = signal.SIGTERM
    drain: float = 30.0
    last_signal: int = signal.SIGKILL
    death_signal: int = signal.SIGKILL
    log: Path | None = None
    log_limit: int = 8 << 20


class Supervisor:
    """`await Supervisor(specs).run()` returns after SIGTERM, SIGINT or `stop()`, when all children are gone.

    started: set when every child has been ready once.
    """

    def __init__(
        self,
        specs: Iterable[Spec],
        *,
        base: float = 0.5,
        cap: float = 30.0,
        stable: float = 30.0,
        attempts: int = 5,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """base, cap: seconds, see `delay`. stable: seconds of life after which a death counts as the first.

        attempts: how often a child may die before it was ever ready; then `run` raises Unavailable.
        """
        self.started = asyncio.Event()
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

        def pause(failures: int) -> float:
            return delay(failures, base=base, cap=cap, jitter=jitter())

        ordered = sorted(specs, key=lambda spec: spec.order)
        self._groups = [
            [_Child(spec, pause, stable, attempts, self._hurry) for spec in group]
            for _, group in groupby(ordered, key=lambda spec: spec.order)
        ]

    async def run(self) -> None:
        """Raises what the first start of a child raised, after all others have been stopped again."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        trimming = asyncio.create_task(self._trim_logs())
        try:
            await self._start()
            await self._watch([])
        finally:
            self._stopping.set()
            await self._drain()
            trimming.cancel()
            loop.remove_signal_handler(signal.SIGTERM)
            loop.remove_signal_handler(signal.SIGINT)

    def stop(self) -> None:
        """Drain, then let `run` return. Safe to call twice."""
        self._stopping.set()

    def pids(self) -> dict[str, int]:
        """Name to process id of the children that live now."""
        return {child.spec.name: child.pid for group in self._groups for child in group if child.pid}

    def _interrupt(self) -> None:
        if self._stopping.is_set():
            _log.warning("second interrupt, not waiting any longer")
            self._hurry.set()
        self._stopping.set()

    async def _start(self) -> None:
        for group in self._groups:
            for child in group:
                child.begin()
            await self._watch([child.up for child in group])
            if self._stopping.is_set():
                return
        self.started.set()

    async def _watch(self, awaited: Sequence[asyncio.Event]) -> None:
        """Until all `awaited` are set (none: forever) or a stop is asked for. Raises if one is given up."""
        stop = asyncio.create_task(self._stopping.wait())
        goal = asyncio.gather(*(event.wait() for event in awaited)) if awaited else None
        keepers = [child.keeper for group in self._groups for child in group if child.keeper]
        try:
            waits = [stop, *keepers, *((goal,) if goal else ())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            if goal:
                goal.cancel()
                await asyncio.gather(goal, return_exceptions=True)
        for keeper in keepers:
            if keeper.done() and not keeper.cancelled():
                keeper.result()

    async def _drain(self) -> None:
        for group in reversed(self._groups):
            await asyncio.gather(*(child.end() for child in group))

    async def _trim_logs(self) -> None:
        while True:
            for group in self._groups:
                for child in group:
                    child.trim_log()
            await asyncio.sleep(_TRIM_EVERY)


class _Child:
    """One spec and, most of the time, one process of it."""

    def __init__(
        self,
        spec: Spec,
        pause: Callable[[int], float],
        stable: float,
        attempts: int,
        hurry: asyncio.Event,
    ) -> None:
        self.spec = spec
        self.up = asyncio.Event()  # it has been ready once
        self.keeper: asyncio.Task[None] | None = None
        self._pause, self._stable, self._attempts, self._hurry = pause, stable, attempts, hurry
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def begin(self) -> None:
        self.keeper = asyncio.create_task(self._keep(), name=f"keep {self.spec.name}")

    async def end(self) -> None:
        """Stop it for good: asks, then insists. Does nothing if it was never begun."""
        if self.keeper is None:
            return
        self.keeper.cancel()
        await asyncio.gather(self.keeper, return_exceptions=True)
        if self._process is None:
            return
        gone = asyncio.create_task(_gone(self._process.pid))
        hurry = asyncio.create_task(self._hurry.wait())
        if not self._hurry.is_set():
            self._signal(self.spec.stop_signal)
            await asyncio.wait((gone, hurry), timeout=self.spec.drain, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            _log.warning("does not end, insisting", child=self.spec.name, pid=self.pid)
            self._signal(self.spec.last_signal)
            await asyncio.wait((gone,), timeout=_LAST_RESORT)
        if not gone.done():
            self._signal(signal.SIGKILL)
        await gone
        hurry.cancel()
        _log.info("stopped", child=self.spec.name, code=self._bury())

    def trim_log(self) -> None:
        """Copied, then emptied: the child keeps its handle, and appends, so it goes on at the new end."""
        path = self.spec.log
        with suppress(FileNotFoundError):
            if path is not None and path.stat().st_size > self.spec.log_limit:
                shutil.copyfile(path, path.with_name(path.name + ".1"))
                os.truncate(path, 0)

    async def _keep(self) -> None:
        """Start it again and again. Ends only by raising: what its first start raised, or Unavailable."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                code = await self._live()
            except Exception as error:
                if not self.up.is_set():
                    raise
                code = None
                _log.error("cannot be started", child=self.spec.name, error=str(error))
            if time.monotonic() - began >= self._stable:
                failures = 0
            failures += 1
            if not self.up.is_set() and failures >= self._attempts:
                raise Unavailable(
                    f"{self.spec.name} ended {failures} times before it was ready (last with code {code}).",
                    code="child_failed",
                    cause=self._last_words(),
                )
            wait = self._pause(failures)
            _log.warning("ended, starting it again", child=self.spec.name, code=code, seconds=round(wait, 2))
            await asyncio.sleep(wait)

    async def _live(self) -> int:
        """One life, from start to burial; the exit code, negative for a signal."""
        if self.spec.before:
            await self.spec.before()
        self._process = self._spawn()
        _log.info("started", child=self.spec.name, pid=self._process.pid)
        gone = asyncio.create_task(_gone(self._process.pid))
        ready = asyncio.create_task(self._become_ready())
        try:
            await asyncio.wait((gone, ready), return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and not gone.done() and ready.exception() is not None:
                _log.error("is not ready", child=self.spec.name, error=str(ready.exception()))
                self._signal(self.spec.last_signal)
            await gone
        finally:
            for task in (gone, ready):
                task.cancel()
            await asyncio.gather(gone, ready, return_exceptions=True)
        return self._bury()

    async def _become_ready(self) -> None:
        if self.spec.ready:
            await self.spec.ready()
        self.up.set()
        _log.info("ready", child=self.spec.name, pid=self.pid)

    def _spawn(self) -> subprocess.Popen[bytes]:
        parent, spec = os.getpid(), self.spec

        def enter() -> None:
            if spec.enter:
                spec.enter()
            tie(parent, spec.death_signal)

        # preexec_fn rather than a wrapper program: it saves an interpreter's start per child, and its
        # danger, locks that other threads held at the fork, is none here: it only makes system calls,
        # and this process keeps no threads of its own.
        with open(spec.log, "ab", opener=_private) if spec.log else nullcontext() as output:
            return subprocess.Popen(  # noqa: S603
                spec.argv,
                env=None if spec.env is None else dict(spec.env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=enter,
                process_group=0,  # so that a terminal's Ctrl-C reaches only us
            )

    def _signal(self, signum: int) -> None:
        # Not `Popen.send_signal`: that takes the exit code of a dead child, and its number becomes free.
        if self._process is not None:
            os.kill(self._process.pid, signum)

    def _bury(self) -> int:
        """Once it is dead: end what it left in its process group, then take its exit code."""
        process, self._process = self._process, None
        if process is None:
            raise RuntimeError("nothing to bury")
        # Before `wait`: until then its number belongs to it, so this cannot hit a stranger's group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait()

    def _last_words(self) -> str | None:
        if self.spec.log is None:
            return None
        with suppress(OSError):
            return self.spec.log.read_bytes()[-2000:].decode(errors="replace")
        return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _gone(pid: int) -> None:
    """Return when the child has ended, without taking its exit code."""
    loop = asyncio.get_running_loop()
    try:
        handle = os.pidfd_open(pid)
    except OSError:  # a kernel or sandbox without them
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT  # does not block
        while os.waitid(os.P_PID, pid, options) is None:  # noqa: ASYNC110, ASYNC222
            await asyncio.sleep(0.05)
        return
    try:
        ended = asyncio.Event()
        loop.add_reader(handle, ended.set)
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
