"""Owns a crowd of event listeners in a process of its own; reports how late each event came.

python -m bench.listen HOST PORT JOB KEY COUNT
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

import uvloop

_SENT = re.compile(rb'"sentAt":([0-9.]+)')


async def _listen(
    host: str, port: int, request: bytes, ready: asyncio.Semaphore, delays: list[float]
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    await reader.readuntil(b"retry: 1000")
    ready.release()
    while data := await reader.read(65536):
        now = time.time()
        delays.extend((now - float(value)) * 1000 for value in _SENT.findall(data))
    writer.close()


async def main(host: str, port: int, job: str, key: str, count: int) -> None:
    request = (
        f"GET /postroom/v1/jobs/{job}/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n"
    ).encode()
    ready = asyncio.Semaphore(0)
    delays: list[float] = []
    tasks = [asyncio.create_task(_listen(host, port, request, ready, delays)) for _ in range(count)]
    for _ in range(count):
        await ready.acquire()
    print("ready", flush=True)
    await asyncio.wait(tasks, timeout=120)
    delays.sort()
    print(
        json.dumps(
            {
                "received": len(delays),
                "p50": delays[len(delays) // 2] if delays else 0,
                "p99": delays[int(len(delays) * 0.99)] if delays else 0,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    host, port, job, key, count = sys.argv[1:]
    uvloop.run(main(host, int(port), job, key, int(count)))
