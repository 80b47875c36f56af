"""Owns programs that a child keeps beside it from task to task: a warm office, a verifier.

Such a program takes seconds to start and milliseconds to answer, so it is started once and asked over pipes,
one request at a time. It is a process of its own under everything that was taken from its child, and it ends
when it is late, broken or used up, and with its child at the latest.

`Companion` is the child's end of the pipes, `serve` the program's. JSON lines both ways.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import orjson

from postroom.engine import jail
from postroom.errors import PostroomError

LIVING: set[int] = set()  # process numbers; the child's loop (nursery.py) ends all its other descendants
HOME: list[Path] = []  # the child's own folder, once it has one: below it, and only there, may be written
_LINE = 16 << 20  # bytes of the longest answer


class CompanionLate(PostroomError):
    """It did not answer in time, and was ended."""

    code = "companion_late"


class CompanionGone(PostroomError):
    """It ended instead of answering: what it was given took it down, or it cannot be started."""

    code = "companion_gone"


class Companion:
    """A program that is started when it is first asked.

    argv: runs `serve`. uses: requests after which it is replaced. start: seconds that it may take to be ready.
    environ: added to our own environment.
    """

    def __init__(
        self, argv: Sequence[str], *, uses: int, start: float, environ: Mapping[str, str] | None = None
    ) -> None:
        self._argv = list(argv)
        self._uses = uses
        self._start = start
        self._environ = dict(environ or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._folder = ""
        self._asked = 0
        self._ready = False

    def warm(self) -> None:
        """Start it if it is not there, and do not wait: it gets ready while its child does something else."""
        self._take_over()
        if self._process is None or self._process.poll() is not None:
            self._begin()

    def ask(self, request: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
        """The answer. CompanionLate, CompanionGone: it has been ended, and the next request gets a new one."""
        self.warm()
        self._await_ready()
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(orjson.dumps({**request, "seconds": seconds}, default=str) + b"\n")
            self._process.stdin.flush()
            answer = self._read(seconds)
        except (OSError, ValueError) as error:
            self.end()
            raise CompanionGone("A program that was needed has ended.", cause=error) from error
        self._asked += 1
        if self._asked >= self._uses or answer.get("retire"):
            self.end()
        return answer

    def _take_over(self) -> None:
        if self._owner != os.getpid():  # we are a fork of the process that started it
            self._process, self._owner = None, os.getpid()

    def _begin(self) -> None:
        self.end()
        # Not the task's folder, which is taken away with the task.
        folder = tempfile.mkdtemp(prefix="companion-", dir=HOME[0] if HOME else None)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own argv
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={**os.environ, **self._environ, "HOME": folder, "TMPDIR": folder},
                cwd=folder,
            )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise CompanionGone("A program that is needed cannot be started.", cause=error) from error
        self._folder = folder
        LIVING.add(self._process.pid)
        self._asked = 0
        self._ready = False

    def _await_ready(self) -> None:
        if self._ready:
            return
        try:
            self._read(self._start)
        except (OSError, ValueError) as error:
            self.end()
            raise CompanionGone("A program that is needed does not start.", cause=error) from error
        self._ready = True

    def _read(self, seconds: float) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = bytearray()
        deadline = time.monotonic() + seconds
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                self.end()
                raise CompanionLate(f"It took longer than {seconds:g} seconds.", seconds=seconds)
            piece = os.read(self._process.stdout.fileno(), 1 << 16)
            if not piece or len(line) > _LINE:
                raise ConnectionError("the program has ended, or says too much")
            line += piece
        answer = orjson.loads(line)
        if not isinstance(answer, dict):
            raise ConnectionError("an answer is an object")
        return answer

    def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()
        LIVING.discard(process.pid)
        shutil.rmtree(self._folder, ignore_errors=True)


def command(module: str) -> list[str]:
    """The argv of a companion that is a module of ours."""
    # -P: nothing is imported from the current folder.
    return [sys.executable, "-P", "-m", module]


def serve(prepare: Callable[[], Callable[[dict[str, Any]], dict[str, Any]]]) -> None:
    """Run a companion: answer requests until the pipe ends. What is printed goes to the log, not to the pipe."""
    parent = os.getppid()
    jail.die_with_parent()
    if os.getppid() != parent:
        return
    talk: IO[bytes] = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    answer = prepare()
    talk.write(b'{"ready":true}\n')
    for line in sys.stdin.buffer:
        request = orjson.loads(line)
        _allow_cpu(float(request["seconds"]))
        talk.write(orjson.dumps(answer(request), default=str) + b"\n")
    os._exit(0)  # at once: libraries of that size do not always end well


def _allow_cpu(seconds: float) -> None:
    soft = math.ceil(time.process_time() + 4 * seconds + 1)  # it may have threads
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
