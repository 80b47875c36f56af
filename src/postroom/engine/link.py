"""Owns the worker's ends of the lines to a child: frames in and out, and what it prints.

What comes in is hostile until proven otherwise: sizes are capped before a byte is kept, shapes are checked.
Refuses to know when children are made, reused or replaced (sandbox.py).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson

from postroom.engine.fault import BadReply, ChildTimeout, ReplyTooLarge, SandboxFault

OUTPUT = 16_384  # bytes of what a child prints that are kept per task: the last ones
FILES = 100_000  # files in one reply
SAY_EVERY = 0.2  # seconds; a little less than what an honest child keeps to


class Gone(Exception):
    """The child's line has ended. Never leaves this package: the pool makes a ChildDied of it."""


class Output:
    """What a process prints: read so that it never waits for us, and its end kept for the log."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._text = bytearray()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)

    def _read(self) -> None:
        if self._descriptor < 0:
            return
        try:
            data = os.read(self._descriptor, 65536)
        except BlockingIOError:
            return
        if not data:
            self.close()
            return
        self._text += data
        del self._text[:-OUTPUT]

    def take(self) -> str:
        """What has been printed since the last call."""
        self._read()
        if not self._text:
            return ""
        text = self._text.decode("utf-8", "replace")
        self._text.clear()
        return text

    def close(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


# --- one child ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """rss: the most memory that the process has held so far, bytes. left: its scratch folder is not empty.

    files: names of those in it that are handed over. sent: those whose bytes have come instead.
    """

    value: Any
    files: tuple[str, ...]
    sent: dict[str, bytes]
    left: bool
    rss: int
    retire: bool


class Child(asyncio.Protocol):
    """The line to one child. One request at a time; anything said out of turn ends it."""

    def __init__(self, home: Path, reply_size: int, lost: Callable[[Child], None]) -> None:
        loop = asyncio.get_running_loop()
        self.home = home
        self.scratch = home / "task"
        self.number = 0
        self.tasks = 0
        self.rss = 0  # of its first reply
        self.isolation: tuple[str, ...] = ()
        self.output: Output | None = None
        self.ready: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._scratch = str(self.scratch)
        self._reply_size = reply_size
        self._lost = lost
        self._buffer = bytearray()
        self._answer: asyncio.Future[Reply] | None = None
        self._on_say: Callable[[str], None] | None = None
        self._said = 0.0
        self._transport: asyncio.Transport | None = None

    async def ask(self, task: Any, seconds: float, on_say: Callable[[str], None] | None) -> Reply:
        """One task. Gone, ChildTimeout, BadReply, ReplyTooLarge: the child must not be used again."""
        transport = self._transport
        if transport is None:
            raise Gone
        body = orjson.dumps({"task": task, "scratch": self._scratch, "cpu": seconds + 1.0}, str)
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._answer = answer
        self._on_say = on_say
        timer = self._loop.call_later(seconds, self._fail, _late(seconds))
        transport.write(len(body).to_bytes(4) + body)
        try:
            return await answer
        finally:
            timer.cancel()
            self._answer = self._on_say = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        if self.output is not None:
            self.output.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(Gone())
        self._lost(self)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        try:
            while len(buffer) >= 4:
                size = 4 + int.from_bytes(buffer[:4])
                if size - 4 > self._reply_size:
                    raise ReplyTooLarge(
                        "The document could not be processed: its result is too large.",
                        limit=self._reply_size,
                    )
                if len(buffer) < size:
                    return
                end = 8 + int.from_bytes(buffer[4:8])
                if end > size:
                    raise _bad("the JSON is longer than the frame")
                body, behind = bytes(buffer[8:end]), bytes(buffer[end:size])
                del buffer[:size]
                self._frame(_decode(body), behind)
        except SandboxFault as error:
            buffer.clear()
            self._fail(error)
            self._close_line()

    def _frame(self, frame: dict[str, Any], behind: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            if "say" in frame:
                self._say(frame["say"])
            else:
                self._answer.set_result(_reply(frame, behind))
        elif not self.ready.done():
            self.isolation = tuple(str(name)[:32] for name in _of(frame, "ready", list))
            self.ready.set_result(None)
        else:
            raise _bad("a message out of turn")

    def _say(self, sentence: object) -> None:
        now = self._loop.time()
        if self._on_say is not None and isinstance(sentence, str) and now - self._said >= SAY_EVERY:
            self._said = now
            self._on_say(sentence[:1000])

    def _fail(self, error: Exception) -> None:
        for future in (self._answer, self.ready):
            if future is not None and not future.done():
                future.set_exception(error)
        if self.ready.done() and not self.ready.cancelled():
            self.ready.exception()  # nobody may be waiting for it any more: no reason for a warning

    def _close_line(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _late(seconds: float) -> ChildTimeout:
    return ChildTimeout(f"The document took longer than {seconds:g} seconds.", seconds=seconds)


def _decode(body: bytes) -> dict[str, Any]:
    try:
        frame = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _bad(f"no JSON: {error}") from error
    if not isinstance(frame, dict):
        raise _bad("a frame is an object")
    # Postgres takes no text with a NUL in it, and then the whole batch would fail for one document.
    return _without_nul(frame) if b"\\u0000" in body else frame


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return [_without_nul(item) for item in value] if isinstance(value, list) else value


def _reply(frame: dict[str, Any], behind: bytes) -> Reply:
    files = _of(frame, "files", list)
    if len(files) > FILES or not all(isinstance(name, str) for name in files):
        raise _bad("files are names")
    return Reply(
        value=frame.get("reply"),
        files=tuple(files),
        sent=_sent(_of(frame, "sent", dict), behind),
        left=_of(frame, "left", bool),
        rss=_of(frame, "rss", int) * 1024,
        retire=_of(frame, "retire", bool),
    )


def _sent(sizes: dict[str, Any], behind: bytes) -> dict[str, bytes]:
    """What came behind a reply, by name."""
    found: dict[str, bytes] = {}
    start = 0
    for name, size in sizes.items():
        if type(size) is not int or size < 0:
            raise _bad("a size is a number")
        found[name] = behind[start : start + size]
        start += size
    if start != len(behind):
        raise _bad("what is sent has the size that is said")
    return found


def _of(frame: dict[str, Any], name: str, kind: type) -> Any:
    value = frame.get(name)
    if type(value) is not kind:
        raise _bad(f"{name} is no {kind.__name__}")
    return value


def _bad(detail: str) -> BadReply:
    return BadReply("The document could not be processed: its process gave no valid answer.", cause=detail)
