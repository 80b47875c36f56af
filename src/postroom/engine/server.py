"""Owns the worker's end of the line to a fork server: its start, its requests, its end.

Refuses to know when children are made, reused or replaced (sandbox.py), and what they say (link.py).
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from postroom.engine.fault import SandboxFault, SandboxUnavailable
from postroom.engine.jail import Limits
from postroom.engine.link import Child, Gone, Output

START = 240.0  # seconds that a fork server may take to import everything on a busy machine
END_ALONE = 2.0  # seconds that a fork server may take to end by itself
END = 10.0  # seconds that a killed child may take to be gone

# The whole environment of a child. Nothing of ours is in it: no POSTROOM_*, no address, no key.
_NAMES = ("PATH", "LANG", "LANGUAGE", "TZ", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
_BEGINNINGS = ("LC_", "LD_LIBRARY_PATH", "TESSDATA_PREFIX", "FONTCONFIG_")


def environment(given: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """What of `given` a child may see."""
    kept = {name: given[name] for name in given if name in _NAMES or name.startswith(_BEGINNINGS)}
    return kept | {"HOME": str(scratch), "TMPDIR": str(scratch)}


class Server:
    """The line to one fork server. Requests are answered in order."""

    def __init__(self, argv: Sequence[str], limits: Limits, room: Path, environ: Mapping[str, str]) -> None:
        self._argv = list(argv)
        self._limits = limits
        self._room = room
        self._environ = environ
        self._waiting: deque[asyncio.Future[dict[str, Any]]] = deque()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._output: Output | None = None
        self._loop = asyncio.get_running_loop()
        self.namespaces: tuple[str, ...] = ()

    @property
    def alive(self) -> bool:
        return self._control is not None

    async def start(self) -> None:
        """SandboxUnavailable, with what the process printed, if it does not come up."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        arguments = ["--control", str(theirs.fileno()), "--parent", str(os.getpid())]
        self._output = Output(reading)
        self._control = ours
        ours.setblocking(False)
        self._loop.add_reader(ours.fileno(), self._packet)
        try:
            # Popen itself, in the loop's own thread: the child must die with us, and the kernel ties that
            # to the thread that started it. It returns in a millisecond or two.
            self._process = subprocess.Popen(  # noqa: S603, ASYNC220
                self._argv + arguments,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                cwd=self._room,
                env=dict(self._environ),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            self.kill()
            raise SandboxUnavailable("Child processes cannot be started.", cause=error) from error
        finally:
            theirs.close()
            os.close(writing)
        hello = await self._request(orjson.dumps(asdict(self._limits)), (), START)
        self.namespaces = tuple(hello["ready"])

    async def fork(self, home: Path, reply_size: int, lost: Callable[[Child], None]) -> Child:
        """A child that is ready, living in the existing folder `home`. SandboxUnavailable if it is not."""
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        child = Child(home, reply_size, lost)
        child.output = Output(reading)
        try:
            await self._loop.create_unix_connection(lambda: child, sock=ours)
            packet = orjson.dumps({"fork": str(home)})
            answer = self._request(packet, (theirs.fileno(), writing), START)
        finally:
            theirs.close()
            os.close(writing)
        try:
            child.number = int((await answer)["number"])
            async with asyncio.timeout(START):
                await child.ready
        except (Gone, SandboxFault, SandboxUnavailable, TimeoutError) as error:
            cause = child.output.take() or error
            child.close()
            if child.number:
                self.end(child.number)
            raise SandboxUnavailable("A child process ended before it was ready.", cause=cause) from error
        except asyncio.CancelledError:
            child.close()
            raise
        return child

    def end(self, number: int) -> asyncio.Future[dict[str, Any]]:
        """Kill a child. The kill is under way when this returns; the result holds its `status`."""
        return self._request(orjson.dumps({"end": number}), (), END)

    def kill(self) -> None:
        """Have the server end: it does when its line ends, and its children, and theirs, end with it."""
        if self._control is not None:
            self._loop.remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        cause = self._output.take() if self._output is not None else ""
        error = SandboxUnavailable("Child processes cannot be started.", cause=cause or "their server ended")
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(error)
        if self._output is not None:
            self._output.close()

    def wait(self) -> None:
        """Until a server after `kill` is gone, if need be by force. Blocks: call it in a thread."""
        if self._process is None:
            return
        try:
            # Left to itself it reaps what it has started; killed, it leaves that to process 1.
            self._process.wait(END_ALONE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _request(
        self, packet: bytes, descriptors: Sequence[int], seconds: float
    ) -> asyncio.Future[dict[str, Any]]:
        future: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        # A server that does not answer is stuck, and everything behind it too: only its end helps.
        timer = self._loop.call_later(seconds, self.kill)
        future.add_done_callback(lambda done: _settled(done, timer))
        self._waiting.append(future)
        try:
            if self._control is None:
                raise ConnectionError("the fork server has ended")
            socket.send_fds(self._control, [packet], list(descriptors))
        except OSError:
            self.kill()
        return future

    def _packet(self) -> None:
        try:
            packet = self._control.recv(65536) if self._control is not None else b""
            answer = orjson.loads(packet) if packet else None
        except BlockingIOError:
            return
        except (OSError, orjson.JSONDecodeError):
            answer = None
        if not isinstance(answer, dict) or not self._waiting:
            self.kill()
            return
        future = self._waiting.popleft()
        if not future.done():
            future.set_result(answer)


def _settled(future: asyncio.Future[dict[str, Any]], timer: asyncio.TimerHandle) -> None:
    timer.cancel()
    if not future.cancelled():
        future.exception()  # whoever asked may have gone: that is no reason for a warning
