"""Owns running Postroom's parts as real processes for a test: started, killed, respawned, ended.

Keeps processes alive the way the supervisor does (postroom.cli.supervise is tested elsewhere): what dies is
buried with its process group and started again in the same seat. It knows nothing of jobs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil

import tests
from postroom.cli.lifeline import tie
from postroom.errors import Unavailable
from postroom.settings import Settings
from tests.port import free_port

_ROOT = Path(tests.__file__).parent.parent
_PAUSE = 0.05  # seconds between two looks at the processes


async def until(
    condition: Callable[[], object],
    seconds: float = 300.0,
    *,
    every: float = 0.02,
    what: str | Callable[[], str] = "",
) -> Any:
    """Wait for something true and return it. A database that is away for a moment is waited for.

    what: it was; if that is only known when time is over, a function.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = condition()
            value = await found if isinstance(found, Awaitable) else found
        except (Unavailable, OSError, httpx.TransportError):
            value = None
        if value:
            return value
        if time.monotonic() > deadline:
            said = what() if callable(what) else what
            raise AssertionError(f"not in {seconds} s: {said or condition}")
        await asyncio.sleep(every)


def environment(settings: Settings) -> dict[str, str]:
    """What a part needs to run with these settings."""
    given = {
        f"POSTROOM_{name.upper()}": str(getattr(settings, name))
        for name in settings.model_fields_set
        if getattr(settings, name) is not None
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    return {**inherited, **given, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}


class Part:
    """One process, and its log."""

    def __init__(self, name: str, argv: list[str], env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.lives = 0
        self._argv = [sys.executable, "-m", "tests.part", *argv]
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        parent = os.getpid()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv,
                cwd=_ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=lambda: tie(parent, signal.SIGKILL),
            )
        self.lives += 1

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        if self._process is None or self._process.returncode is not None:
            return False
        # Looked at, not reaped: until `bury` the number, and that of its group, belong to it.
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def gone(self) -> bool:
        return not self.alive

    def ready(self) -> bool:
        """A worker that takes chunks, in its present life or a former one."""
        return "worker.ready" in self.text()

    @property
    def code(self) -> int | None:
        """How it ended; None while it lives."""
        return None if self._process is None or self.alive else self._process.wait()

    def signal(self, number: int) -> None:
        if self.alive:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def stop(self) -> None:
        """SIGSTOP: it is silent, and knows nothing of it."""
        self.signal(signal.SIGSTOP)

    def cont(self) -> None:
        self.signal(signal.SIGCONT)

    def bury(self) -> None:
        """Once dead: end what it left in its group, as the supervisor does, then take its exit code."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def children(self) -> list[psutil.Process]:
        """The processes that open documents: those below the fork server that have none below them."""
        with contextlib.suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.pid).children(recursive=True)
            parents = {process.ppid() for process in below}
            return [process for process in below if process.pid not in parents]
        return []

    def text(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


class Live:
    """Workers, and the API if asked for, on the database and blobs of `settings`. Use as a context.

    module: with the systems that the workers know. They start in a third of the time without the real ones.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        workers: int = 2,
        slots: int = 1,
        api: bool = False,
        respawn: bool = True,
        env: Mapping[str, str] | None = None,
        module: str = "tests.probe",
    ) -> None:
        self.respawn = respawn
        folder.mkdir(parents=True, exist_ok=True)
        given = {**environment(settings), **(env or {})}
        self.port = free_port() if api else 0
        self.workers = [
            Part(
                f"worker-{number}",
                ["worker", "--module", module, "--seat", str(number), "--slots", str(slots)],
                given,
                folder,
            )
            for number in range(workers)
        ]
        self.apis = [Part("api", ["api", "--port", str(self.port)], given, folder)] if api else []
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def parts(self) -> list[Part]:
        return [*self.apis, *self.workers]

    async def __aenter__(self) -> Live:
        for part in self.parts:
            part.start()
        self._watch = asyncio.create_task(self._keep())
        try:
            await self.ready()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.respawn = False
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        for part in self.parts:
            if part.alive:
                part.kill()
            if part.lives:
                await until(part.gone, what=f"end of {part.name}")
                part.bury()

    async def ready(self) -> None:
        """Every part has come up at least once."""
        for worker in self.workers:
            await until(worker.ready, 400, what=lambda part=worker: f"{part.name}: {part.text()}")
        if self.apis:
            async with httpx.AsyncClient() as client:
                await until(lambda: self._answers(client), 400, what=lambda: f"api: {self.apis[0].text()}")

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        return (await client.get(f"{self.url}/healthz")).status_code == 200

    async def _keep(self) -> None:
        while True:
            for part in self.parts:
                if part.lives and not part.alive:
                    part.bury()
                    if self.respawn:
                        part.start()
            await asyncio.sleep(_PAUSE)

    def log(self) -> str:
        return "\n".join(part.text() for part in self.parts)
