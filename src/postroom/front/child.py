"""Owns looking into a file at upload, before it is a document: in a child process of the server, as always."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.requests import Request

from postroom.engine.door import Door
from postroom.errors import Unavailable
from postroom.ports import BlobStore, Checked, LocalPath, Processed, Task


async def ask(request: Request, task: Task) -> Checked | Processed:
    """What a child makes of the task. Unavailable if this server has no children."""
    pool: Door | None = request.app.state.office.pool
    if pool is None:
        raise Unavailable("Files cannot be looked into right now; try again.")
    return await pool.ask(task)


@asynccontextmanager
async def as_file(blobs: BlobStore, key: str, scratch: Path | None) -> AsyncIterator[Path]:
    """A blob as a file: in place where blobs are files, else fetched for the time."""
    if isinstance(blobs, LocalPath):
        yield blobs.path(key)
        return
    with tempfile.TemporaryDirectory(prefix="upload-", dir=scratch) as folder:
        file = Path(folder) / "file"
        with file.open("xb") as out:
            async for piece in blobs.read(key):
                await asyncio.to_thread(out.write, piece)
        yield file
