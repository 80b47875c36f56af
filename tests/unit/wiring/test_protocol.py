"""Proves how much of a request is kept before anybody has asked for a key, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from postroom.wiring import protocol
from postroom.wiring.protocol import HEAD, Protocol

BEGIN = b"GET /x HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"
LINE = b"X-A: " + b"b" * 1000 + b"\r\n"


class Echo:
    """Answers with the length of the body; counts who came so far."""

    def __init__(self) -> None:
        self.called = 0
        self.headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.called += 1
        length, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            length, more = length + len(message["body"]), message["more_body"]
        self.headers = scope["headers"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % length})


@asynccontextmanager
async def served(app: Echo) -> AsyncIterator[int]:
    config = uvicorn.Config(app, http=Protocol, lifespan="off", log_level="warning")
    config.load()
    state = uvicorn.server.ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Protocol(config, state, {}),
        "127.0.0.1",
        0,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def answer(port: int, sent: bytes) -> bytes:
    """What comes back, until the line is closed; nothing if it was cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), 60)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(BEGIN + LINE * 100, id="lines without end"),
        pytest.param(BEGIN + LINE * 100 + b"\r\n", id="many lines"),
        pytest.param(BEGIN + b"X-A: " + b"b" * 2 * HEAD, id="a line without end"),
        pytest.param(BEGIN + b"X-A: " + b"b" * 2 * HEAD + b"\r\n\r\n", id="one long line"),
        pytest.param(BEGIN + b"a" * 2 * HEAD, id="a name without end"),
        pytest.param(BEGIN + b"a:\r\n" * HEAD, id="very many empty lines"),
        pytest.param(b"GET /" + b"a" * 2 * HEAD, id="an address without end"),
        pytest.param(b"GET /" + b"a" * 2 * HEAD + b" HTTP/1.1\r\nHost: x\r\n\r\n", id="a long address"),
        pytest.param(b"\r\n" * 2 * HEAD, id="nothing but ends of lines"),
    ],
)
async def test_a_head_that_is_too_long_is_refused_and_the_line_closed(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_LINGER", 0.5)
    app = Echo()
    async with served(app) as port:
        found = await answer(port, sent)
    assert found.startswith(b"HTTP/1.1 431 ")
    assert b"\r\nconnection: close\r\n" in found
    assert app.called == 0


@pytest.mark.parametrize("end", [b"", b"\r\n"], ids=["without end", "with an end"])
@pytest.mark.parametrize(
    "more",
    [
        pytest.param(b"0\r\n" + LINE * 200, id="lines after the body"),
        pytest.param(b"0\r\nX-A: " + b"b" * 4 * HEAD + b"\r\n", id="a long line after the body"),
    ],
)
async def test_what_follows_a_chunked_body_is_not_longer_either(more: bytes, end: bytes) -> None:
    async with served(Echo()) as port:
        assert b" 200 " not in await answer(port, CHUNKED + more + end)


async def test_lines_after_a_chunked_body_are_nobodys() -> None:
    app = Echo()
    async with served(app) as port:
        found = await answer(
            port, CHUNKED.replace(b"Host: x", b"Connection: close") + b"0\r\nX-Key: y\r\n\r\n"
        )
    assert found.startswith(b"HTTP/1.1 200 ")
    assert found.endswith(b"\r\n\r\n1\r\n2\r\n0\r\n\r\n")
    assert b"x-key" not in dict(app.headers)


async def test_a_client_that_goes_on_and_on_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_LINGER", 0.1)
    async with served(Echo()) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(BEGIN)
        with pytest.raises(ConnectionError):
            await _flood(writer)


async def _flood(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(LINE)
        await writer.drain()
        await asyncio.sleep(0)


async def test_long_heads_bodies_and_kept_lines_pass() -> None:
    """Only what does not come out is counted: a body may be of any length, and so may many requests be."""
    app = Echo()
    async with (
        served(app) as port,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", limits=httpx.Limits(max_connections=1)
        ) as http,
    ):
        for _ in range(5):
            long = {"X-A": "b" * (HEAD - 2000)}
            assert (await http.post("/x", content=b"c" * 20 * HEAD, headers=long)).text == str(20 * HEAD)

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(200):
                yield b"d" * 1000

        assert (await http.post("/x", content=pieces())).text == "200000"
    sent = BEGIN + LINE * 50 + b"\r\n"
    async with served(app) as port:
        last = sent.replace(b"Host: x", b"Connection: close")
        assert (await answer(port, sent * 30 + last)).count(b"HTTP/1.1 200 ") == 31
