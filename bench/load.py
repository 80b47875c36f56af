"""Owns a small HTTP load generator: keep-alive connections that ask the same thing, as fast as answered.

    python -m bench.load HOST PORT PATH KEY CONNECTIONS SECONDS

A process of its own, so that it takes another core than the server. Prints JSON: rate, p50, p99 (ms), errors.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop


class _Client(asyncio.Protocol):
    def __init__(self, request: bytes, until: float, times: list[float], errors: list[bytes]) -> None:
        self._request = request
        self._until = until
        self._times = times
        self._errors = errors
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        marker = head.lower().index(b"content-length:") + 15
        length = int(head[marker:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        now = time.perf_counter()
        self._times.append(now - self._sent)
        if b" 200 " not in head[:20]:
            self._errors.append(head[:60])
        self._buffer = b""
        if now < self._until:
            self._ask()
        elif not self.done.done():
            self._transport.close()
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self._errors.append(b"connection lost")
            self.done.set_result(None)


async def run(
    host: str, port: int, path: str, key: str, connections: int, seconds: float
) -> dict[str, float]:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nAccept: application/json\r\n\r\n"
    ).encode()
    times: list[float] = []
    errors: list[bytes] = []
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    clients = [
        (
            await loop.create_connection(
                lambda: _Client(request, started + seconds, times, errors), host, port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.done for client in clients))
    took = time.perf_counter() - started
    times.sort()
    return {
        "rate": len(times) / took,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[int(len(times) * 0.99)] * 1000,
        "errors": len(errors),
        "first": errors[0].decode() if errors else 0,
    }


if __name__ == "__main__":
    host, port, path, key, connections, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(run(host, int(port), path, key, int(connections), float(seconds)))))
