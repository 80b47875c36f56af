"""Owns the far side of the sandbox: a fork server, and the loop of each child that it makes.

A child takes over a second to start when it imports what it needs, and a few milliseconds when it is a fork
of a process that has done so. So one process imports everything, opens nothing, and forks on demand.
Refuses to know what a task is: `answer` turns a request into a reply.

Everything here runs on the wrong side of the fence. The worker believes nothing that comes from it.

Wire format of a child, both ways: four bytes of length (big endian), then JSON.
    request  {"task": any, "scratch": folder, "cpu": seconds}
    said     {"say": sentence}                                               any number
    reply    {"reply": any, "files": [names], "sent": {name: size}, "left": bool, "rss": KiB, "retire": bool}
             exactly one
The first frame of a child is {"ready": [what was taken away]}. What a child writes has the length of the JSON,
four bytes as well, in front of it, and behind it the bytes of the files that are sent, in their order.
"""

from __future__ import annotations

import gc
import math
import os
import resource
import signal
import socket
import stat
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import orjson

from postroom.engine import companion, jail

SAY_EVERY = 0.25  # seconds between two sentences that reach the parent
SENT = 256 << 10  # bytes of files that go with a reply: to take a folder over costs more than they do


@dataclass(slots=True)
class Outcome:
    """files: names, relative to the scratch folder. retire: the process should not be used again.

    sendable: their bytes are as good as the files.
    """

    reply: Any
    files: list[str]
    retire: bool = False
    sendable: bool = False


Answer = Callable[[Any, Path, Callable[[str], None]], Outcome]  # (task, scratch, say)


# --- the fork server ---------------------------------------------------------------------------------


def serve(control: socket.socket, parent: int, prepare: Callable[[], Answer]) -> None:
    """Run a fork server until `control` (a seqpacket socket) ends. The first packet holds the limits.

    Packets, one answer each: {"fork": folder} with two descriptors (the child's socket, its output),
    {"end": number} kills child `number` with all that it started, and tells how it ended.
    """
    jail.die_with_parent()
    if os.getppid() != parent:
        return
    limits = jail.Limits(**orjson.loads(control.recv(65536)))
    left = jail.enclose(limits)
    jail.die_with_parent()  # changing user namespaces has cleared it
    if "pid" in left:
        _become_first()
    else:
        jail.adopt_orphans()
    try:
        answer = prepare()
    except BaseException:
        traceback.print_exc()  # before our line ends: that is when the worker looks for a cause
        _flush()
        os._exit(1)
    gc.collect()
    gc.freeze()  # the collector would touch, and so copy, every page that children share
    control.send(orjson.dumps({"ready": left}))
    _loop(control, answer)
    os._exit(0)  # at once: everything below dies with us


def _become_first() -> None:
    """Go on as process 1 of the new namespace: when it ends, the kernel ends everything in it."""
    child = os.fork()
    if child == 0:
        jail.die_with_parent()  # should the other one be gone already, `control` ends and so do we
        return
    os.closerange(3, 1024)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _loop(control: socket.socket, answer: Answer) -> None:
    living: set[int] = set()
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, 65536, 2, socket.MSG_CMSG_CLOEXEC)
        if not packet:
            return
        request: dict[str, Any] = orjson.loads(packet)
        if "fork" in request:
            number = os.fork()
            if number == 0:
                control.close()
                wire, output = descriptors
                _child(wire, output, Path(request["fork"]), answer)
            for descriptor in descriptors:
                os.close(descriptor)
            living.add(number)
            control.send(orjson.dumps({"number": number}))
        else:
            number = request["end"]
            living.discard(number)
            control.send(orjson.dumps({"status": _end(number)}))
            _end_orphans(living)


def _end(number: int) -> int:
    """Kill a child and its process group; not reaped before, so its number cannot be another's by now."""
    with suppress(OSError):
        os.kill(number, signal.SIGKILL)
    with suppress(OSError):
        os.killpg(number, signal.SIGKILL)
    with suppress(OSError):
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    return 0


def _end_orphans(living: set[int]) -> None:
    """End what an ended child has left behind: each killed process hands us its own children in turn."""
    for _ in range(1000):
        orphans = [number for number in jail.children() if number not in living]
        if not orphans:
            return
        for number in orphans:
            with suppress(OSError):
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)


# --- a child -----------------------------------------------------------------------------------------


def _child(wire: int, output: int, home: Path, answer: Answer) -> NoReturn:
    """Set up, serve, and never return into the fork server."""
    status = 1
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        worked = _settle(home)
        with socket.socket(fileno=wire) as link:
            _send(link, {"ready": worked})
            _serve_tasks(link, answer)
        status = 0
    except BaseException:  # a fork that raises must not unwind into the server's loop
        traceback.print_exc()
        with suppress(Exception):
            sys.stderr.flush()
    finally:
        os._exit(status)


def _settle(home: Path) -> tuple[str, ...]:
    before = os.getppid()
    worked = jail.confine(home)
    companion.HOME[:] = [home]
    jail.die_with_parent()  # last: a change of capabilities clears it
    jail.adopt_orphans()
    if os.getppid() != before:
        raise ProcessLookupError("the fork server has ended")
    return worked


def _serve_tasks(link: socket.socket, answer: Answer) -> None:
    previous = ""
    while (frame := _receive(link)) is not None:
        request = orjson.loads(frame)
        scratch = request["scratch"]
        if scratch != previous:
            os.environ["HOME"] = os.environ["TMPDIR"] = previous = scratch
            tempfile.tempdir = None  # it remembers what it was told first
        os.chdir(scratch)  # each time: a folder that was used has been taken away
        _allow_cpu(request["cpu"])
        outcome = answer(request["task"], Path(scratch), _Say(link))
        _flush()
        _end_leftovers()
        sent = _taken(outcome.files) if outcome.sendable else {}
        _send(
            link,
            {
                "reply": outcome.reply,
                "files": [] if sent else outcome.files,
                "sent": {name: len(data) for name, data in sent.items()},
                "left": bool(os.listdir(scratch)),  # noqa: PTH208 - a Path costs ten times as much
                "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
                "retire": outcome.retire,
            },
            sent.values(),
        )


def _taken(files: list[str]) -> dict[str, bytes]:
    """The bytes of files in this folder, which are removed; none if they are large, or anything is odd about
    one: the worker looks at that."""
    found: dict[str, bytes] = {}
    room = SENT
    try:
        for name in files:
            state = os.lstat(name)
            room -= state.st_size
            if room < 0 or "/" in name or not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
                return {}
        for name in files:
            with open(name, "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs more than the call
                found[name] = file.read()
        for name in files:
            os.unlink(name)  # noqa: PTH108
    except OSError:
        return {}
    return found


def _allow_cpu(seconds: float) -> None:
    soft = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


class _Say:
    """Sends a sentence to the parent, at most four a second: what is faster nobody can read."""

    __slots__ = ("_link", "_next")

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._next = 0.0

    def __call__(self, sentence: str) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + SAY_EVERY
            _send(self._link, {"say": str(sentence)[:1000]})


def _flush() -> None:
    """So that what a task prints is read before its reply."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


def _end_leftovers() -> None:
    """Programs that a task has started and not waited for end with it; all but what is kept on purpose."""
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            companion.LIVING.clear()
            return  # the usual case: there are none
        companion.LIVING.discard(reaped)
        others = [number for number in jail.children() if number not in companion.LIVING]
        if not others and not reaped and companion.LIVING:
            return
        for number in others:
            with suppress(OSError):
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)


def _send(link: socket.socket, message: dict[str, Any], sent: Iterable[bytes] = ()) -> None:
    body = orjson.dumps(message)
    behind = b"".join(sent)
    link.sendall(struct.pack(">II", 4 + len(body) + len(behind), len(body)) + body + behind)


def _receive(link: socket.socket) -> bytes | None:
    """The next frame, or None when the parent has closed."""
    data = link.recv(65536)
    if not data:
        return None
    while len(data) < 4:
        data += link.recv(4) or _cut()
    size = 4 + int.from_bytes(data[:4])
    if len(data) == size:
        return data[4:]
    whole = bytearray(data)
    while len(whole) < size:
        whole += link.recv(min(size - len(whole), 1 << 20)) or _cut()
    return bytes(whole[4:])


def _cut() -> NoReturn:
    raise ConnectionError("the parent has gone in the middle of a request")
