"""Owns sending stored bytes to a client: streamed, named, and never run by a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.responses import StreamingResponse

from postroom.ports import BlobStore


def disposition(name: str, *, inline: bool = False) -> str:
    """Content-Disposition for a foreign file name (RFC 6266): an ASCII form and the exact one."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def blob_response(
    blobs: BlobStore, key: str, *, name: str, media_type: str, size: int, sha256: str | None = None
) -> StreamingResponse:
    """The bytes of a blob. What came from strangers is sandboxed if somebody opens it in a browser."""
    inline = media_type in ("image/webp", "image/png", "image/jpeg", "text/plain; charset=utf-8")
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": disposition(name, inline=inline),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if sha256:
        headers["ETag"] = f'"{sha256}"'

    async def pieces() -> AsyncIterator[bytes]:
        async for piece in blobs.read(key):
            yield piece

    return StreamingResponse(pieces(), media_type=media_type, headers=headers)
