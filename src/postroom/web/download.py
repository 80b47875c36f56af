"""Owns sending stored bytes to a client: streamed, named, and never run by a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from postroom.intake.filename import disposition
from postroom.ports import BlobStore


def blob_response(
    blobs: BlobStore,
    key: str,
    *,
    name: str,
    media_type: str,
    size: int,
    sha256: str | None = None,
    if_none_match: str | None = None,
) -> Response:
    """The bytes of a blob, or 304. What came from strangers is sandboxed if a browser opens it."""
    if sha256 and if_none_match and f'"{sha256}"' in if_none_match:
        return Response(status_code=304, headers={"ETag": f'"{sha256}"'})
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
