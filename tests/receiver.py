"""A real HTTP server that behaves as badly as it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Request:
    line: str
    headers: Mapping[str, str]
    body: bytes


# Writes a whole answer, or whatever else the test wants to see.
Behaviour: TypeAlias = Callable[[Request, asyncio.StreamWriter], object]


@dataclass
class Receiver:
    """A server on a port of its own. behave: may be changed at any time."""

    behave: Behaviour
    url: str = ""
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            request = await read_request(reader)
            self.requests.append(request)
            out = self.behave(request, writer)
            if asyncio.iscoroutine(out):
                await out
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Request:
    line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {key.lower(): value for key, _, value in (text.partition(": ") for text in rest if text)}
    return Request(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def answer(status: int, headers: str = "", body: bytes = b"") -> Behaviour:
    head = f"HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode()
    return lambda request, writer: writer.write(head + body)


async def hang(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@asynccontextmanager
async def receiver(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    made = Receiver(behave)
    tasks: set[asyncio.Task[None]] = set()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(made.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{made.port}/hook?token=hush"
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
