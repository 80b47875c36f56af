"""Owns artifacts on their way out: which one a path names, download tokens, the bytes.

A path is compared with stored names and never resolved on a disk.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from postroom.db.connection import Connection, Database, Row
from postroom.errors import Conflict, NotFound
from postroom.ports import BlobStore

_COLUMNS = "a.file_id, a.name, a.media_type, a.size, a.blob, f.name AS file_name"
_HIDDEN = "a.name NOT LIKE 'reading/%'"  # notes of the workflow to itself


def _split(path: str) -> tuple[UUID, str]:
    file, _, name = path.partition("/")
    try:
        return UUID(hex=file), name.replace("\0", "\ufffd")
    except ValueError:
        raise _unknown() from None


def _unknown() -> NotFound:
    return NotFound("There is no artifact at this path.", code="artifact_not_found", field="path")


async def of_project(db: Database, project: UUID, path: str) -> Row:
    file, name = _split(path)
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM plan_artifact a JOIN plan_file f ON f.id = a.file_id"  # noqa: S608
        f" WHERE a.file_id = $1 AND a.name = $2 AND f.project_id = $3 AND {_HIDDEN}",
        file,
        name,
        project,
    )
    if row is None:
        raise _unknown()
    return row


async def of_job(db: Database, job: UUID, path: str) -> Row:
    """Only what the result of the job names; it is there once the job has ended well or with errors."""
    file, name = _split(path)
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM plan_artifact a JOIN plan_file f ON f.id = a.file_id"  # noqa: S608
        " JOIN job j ON j.id = f.job_id AND j.state IN ('succeeded', 'partial')"
        f" WHERE a.file_id = $1 AND a.name = $2 AND f.job_id = $3 AND {_HIDDEN}",
        file,
        name,
        job,
    )
    if row is None:
        raise _unknown()
    return row


# --- tokens --------------------------------------------------------------------------------------------


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


async def issue_token(connection: Connection, artifact: Row, expires_at: datetime) -> str:
    """A token for one download of one artifact. It is not kept, only its hash."""
    token = f"adl_{secrets.token_urlsafe(32)}"
    await connection.execute("DELETE FROM plan_token WHERE expires_at < now() - interval '1 day'")
    await connection.execute(
        "INSERT INTO plan_token (hash, file_id, name, expires_at) VALUES ($1, $2, $3, $4)",
        _hash(token),
        artifact["file_id"],
        artifact["name"],
        expires_at,
    )
    return token


async def of_token(db: Database, token: str, *, use: bool) -> Row:
    """The artifact of a token that is good. use: this is its one download. NotFound, or Conflict
    `download_token_used` if it was used or its time is over."""
    digest = _hash(token)
    query = (
        "UPDATE plan_token SET used_at = now()"
        " WHERE hash = $1 AND used_at IS NULL AND expires_at > now() RETURNING file_id, name"
        if use
        else "SELECT file_id, name FROM plan_token WHERE hash = $1 AND used_at IS NULL AND expires_at > now()"
    )
    found = await db.fetchrow(query, digest)
    row = None
    if found is not None:
        row = await db.fetchrow(
            f"SELECT {_COLUMNS} FROM plan_artifact a JOIN plan_file f ON f.id = a.file_id"  # noqa: S608
            " WHERE a.file_id = $1 AND a.name = $2",
            found["file_id"],
            found["name"],
        )
    if row is not None:
        return row
    if await db.fetchval("SELECT EXISTS (SELECT FROM plan_token WHERE hash = $1)", digest):
        raise Conflict("The download token was used or has expired.", code="download_token_used")
    raise NotFound("There is no such download token.", field="token")


# --- bytes ---------------------------------------------------------------------------------------------


def sent(blobs: BlobStore, row: Row, *, head: bool) -> Response:
    """The bytes of an artifact, or only what is said of them."""
    headers = {
        "Content-Length": str(row["size"]),
        "Content-Disposition": _disposition(row),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    kind = "application/octet-stream"
    if head:
        return Response(None, 200, headers={**headers, "Content-Type": kind})

    async def pieces() -> AsyncIterator[bytes]:
        async for piece in blobs.read(row["blob"]):
            yield piece

    return StreamingResponse(pieces(), media_type=kind, headers=headers)


def _disposition(row: Row) -> str:
    name = f"{row['file_name'].rpartition('.')[0] or row['file_name']}-{row['name'].replace('/', '-')}"
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
