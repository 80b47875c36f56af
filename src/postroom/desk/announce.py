"""Owns the announcement of documents that arrive later, and what a client is told to send them by.

Addresses on our own storage are signed by us, those on S3 by its own rules; both expire.
Refuses to know what becomes of the bytes (`arrive`) and of what does not come (`settle`).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.blobs.key import fresh
from postroom.core.documents import Document
from postroom.core.uploads import Address, Announced, Instruction, Limits, Mode, part_size, ranges
from postroom.db import document as document_rows
from postroom.db import job as job_rows
from postroom.db import secret
from postroom.db import upload as rows
from postroom.db.connection import Connection, Row
from postroom.db.document import NewDocument
from postroom.db.upload import Upload
from postroom.desk.access import Access
from postroom.desk.context import Desk, Seal
from postroom.desk.document import locked_open
from postroom.errors import Invalid, TooLarge
from postroom.intake import signed
from postroom.ports import PresignsUploads

SIGNING = "upload-address"  # the name of the secret that signs addresses on our own storage
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEADER = re.compile(r"[\x20-\x7e]{0,255}")


def hashed(token: str) -> bytes:
    """A token as it is stored."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def register(
    desk: Desk,
    access: Access,
    job: UUID,
    announced: Sequence[Announced],
    *,
    origin: str,
    limits: Limits = Limits(),
    held: bool = False,
    mode: Mode | None = None,
    seal: Seal[list[Instruction]] | None = None,
) -> list[Instruction]:
    """Announce documents of an open job, all or none, and say how to send them.

    origin: scheme and host under which the client reaches us ("https://mail.example"), for addresses on our
    own storage. held: the documents stay `registered` until `complete` or `complete_and_close` names them,
    even when their bytes are there (the plans desk); otherwise a PUT on our own storage receives them.
    mode: PUT, MULTIPART or RESUMABLE (without address); None: PUT or MULTIPART by size
    (`settings.multipart_threshold`).
    The same sha256 and size announced again while the document is still `registered`: the same document,
    with fresh addresses and a fresh token; it does not count twice.
    NotFound, Conflict (`job_closed`), Invalid, TooLarge (see Limits).
    """
    for index, item in enumerate(announced):
        _check(item, index, limits.each if limits.each is not None else desk.settings.upload_size)
    key = await signing_key(desk)
    async with desk.db.transaction() as connection:
        row = await locked_open(connection, access, job)
        plans, tokens = await _announce(desk, connection, row, announced, held, mode)
        await _check_sums(connection, job, limits)
        documents = [plan.document for plan in plans]
        await _begin_parts(desk, connection, await rows.of_job(connection, job, documents))
        uploads = {one.document: one for one in await rows.of_job(connection, job, documents)}
        stored = {one.id: one for one in await document_rows.of_ids(connection, documents)}
        result = [
            await _instruct(desk, uploads[each], stored[each], tokens[uploads[each].id], origin, key)
            for each in documents
        ]
        if seal is not None:
            await seal(connection, result)
    return result


def _check(item: Announced, index: int, largest: int) -> None:
    extra: dict[str, Any] = {"index": index}
    if item.size < 0:
        raise Invalid("The size must be a number of bytes, 0 or more.", field="size", **extra)
    if item.size > largest:
        raise TooLarge(
            f"'{item.name}' is larger than {largest} bytes.",
            code="document_too_large",
            field="size",
            limit=largest,
            **extra,
        )
    if item.sha256 is not None and not _SHA256.fullmatch(item.sha256):
        raise Invalid("The SHA-256 must be 64 lower-case hex characters.", field="sha256", **extra)
    if item.declared_type is not None and not _HEADER.fullmatch(item.declared_type):
        raise Invalid(
            "The content type must be at most 255 printable ASCII characters.", field="contentType", **extra
        )


async def _check_sums(connection: Connection, job: UUID, limits: Limits) -> None:
    """After the insert: what is too much is rolled back with it."""
    count, size = await rows.announced(connection, job)
    if limits.documents is not None and count > limits.documents:
        raise TooLarge(
            f"A job may have {limits.documents} documents at most.",
            code="too_many_documents",
            limit=limits.documents,
        )
    if limits.together is not None and size > limits.together:
        raise TooLarge(
            f"The documents of a job may have {limits.together} bytes together at most.",
            code="too_many_bytes",
            limit=limits.together,
        )


@dataclass(slots=True)
class _Plan:
    """Which document and upload an announcement got."""

    document: UUID
    upload: UUID


async def _announce(
    desk: Desk,
    connection: Connection,
    row: Row,
    announced: Sequence[Announced],
    held: bool,
    mode: Mode | None,
) -> tuple[list[_Plan], dict[UUID, str]]:
    """Rows for what is new, fresh tokens for what was announced before; the token of each upload."""
    job = row["id"]
    expires_at = desk.clock.now() + timedelta(seconds=desk.settings.upload_ttl)
    if mode is Mode.RESUMABLE:  # it has no address that could expire before its job does
        expires_at = row["expires_at"] or expires_at
    known: dict[tuple[str | None, int], _Plan] = {
        (row["announced_sha256"], row["upload_size"]): _Plan(row["id"], row["upload_id"])
        for row in await rows.twins(
            connection, job, [(one.sha256, one.size) for one in announced if one.sha256 is not None], held
        )
    }
    tokens = {plan.upload: secrets.token_urlsafe(32) for plan in known.values()}
    for upload, token in tokens.items():
        await rows.renew(connection, upload, hashed(token), expires_at)
    plans: list[_Plan] = []
    new: list[tuple[_Plan, Announced]] = []
    for item in announced:
        plan = known.get((item.sha256, item.size)) if item.sha256 is not None else None
        if plan is None:
            plan = _Plan(UUID(int=0), UUID(str(uuid7())))
            new.append((plan, item))
            tokens[plan.upload] = secrets.token_urlsafe(32)
            if item.sha256 is not None:
                known[(item.sha256, item.size)] = plan
        plans.append(plan)
    first = await job_rows.take_positions(connection, job, len(new))
    documents = [
        NewDocument(
            item.name,
            declared_type=item.declared_type,
            meta=dict(item.meta),
            announced_sha256=item.sha256,
        )
        for _, item in new
    ]
    for (plan, _), made in zip(
        new, await document_rows.insert(connection, job, first, documents), strict=True
    ):
        plan.document = made["id"]
    values = [
        _row(desk, plan, item, mode, held, hashed(tokens[plan.upload]), expires_at) for plan, item in new
    ]
    await rows.insert(connection, values)
    return plans, tokens


def _row(
    desk: Desk,
    plan: _Plan,
    item: Announced,
    mode: Mode | None,
    held: bool,
    token_hash: bytes,
    expires_at: datetime,
) -> dict[str, Any]:
    settings = desk.settings
    way = mode or (Mode.MULTIPART if item.size > settings.multipart_threshold else Mode.PUT)
    cut = part_size(item.size, settings.multipart_part_size) if way is Mode.MULTIPART else None
    return {
        "id": plan.upload,
        "document_id": plan.document,
        "mode": way.value,
        "blob": fresh("document"),
        "foreign_id": None,
        "token_hash": token_hash,
        "size": item.size,
        "part_size": cut,
        "held": held,
        "expires_at": expires_at,
    }


async def _begin_parts(desk: Desk, connection: Connection, uploads: Sequence[Upload]) -> None:
    """Open multipart uploads at the storage. Should we not get to the end, it forgets them by its own rules."""
    store = desk.blobs
    new = [one for one in uploads if one.mode is Mode.MULTIPART and one.foreign_id is None]
    if not new or not isinstance(store, PresignsUploads):
        return
    for upload in new:
        await rows.set_foreign(connection, upload.id, await store.begin_parts(upload.blob))


async def _instruct(
    desk: Desk, upload: Upload, document: Document, token: str, origin: str, key: bytes
) -> Instruction:
    whole, parts = None, []
    if upload.mode is Mode.PUT:
        (whole,) = await addresses(desk, upload, [(0, upload.size)], origin, key)
    elif upload.mode is Mode.MULTIPART:
        cut = [(one.number, one.size) for one in ranges(upload.size, upload.part_size or 1)]
        parts = await addresses(desk, upload, cut, origin, key)
    return Instruction(
        document, upload.id, upload.mode, token, upload.expires_at, whole, parts, upload.part_size
    )


async def signing_key(desk: Desk) -> bytes:
    """What signs addresses on our own storage. Never asked for inside a transaction: it takes a connection."""
    return await secret.of(desk.db, SIGNING)


async def addresses(
    desk: Desk, upload: Upload, parts: Sequence[tuple[int, int]], origin: str, key: bytes
) -> list[Address]:
    """parts: (number, size) each; number 0 is the whole. key: see `signing_key`."""
    store = desk.blobs
    if isinstance(store, PresignsUploads):
        return await _presigned(desk, store, upload, parts)
    # Ten thousand signatures take a moment: not on the event loop.
    return await asyncio.to_thread(
        lambda: [
            Address(origin + signed.address(key, grant), grant.headers, size, number)
            for number, size in parts
            for grant in [grant_of(upload, number, size)]
        ]
    )


def grant_of(upload: Upload, part: int, size: int, expires: int | None = None) -> signed.Grant:
    """What an address of this upload allows. expires: as an address says; None: as we would make it now."""
    headers = signed.headers_of(upload.announced_sha256, upload.declared_type) if part == 0 else {}
    when = int(upload.expires_at.timestamp()) if expires is None else expires
    return signed.Grant(upload.id, size, when, part, headers)


async def _presigned(
    desk: Desk, store: PresignsUploads, upload: Upload, parts: Sequence[tuple[int, int]]
) -> list[Address]:
    seconds = desk.settings.upload_ttl
    if upload.mode is Mode.PUT:
        headers = signed.headers_of(upload.announced_sha256, upload.declared_type)
        found = await store.presign_put(upload.blob, headers, seconds)
        return [Address(found.url, found.headers, upload.size)]
    numbers = [number for number, _ in parts]
    made = await store.presign_parts(upload.blob, upload.foreign_id or "", numbers, seconds)
    return [
        Address(one.url, one.headers, size, number) for one, (number, size) in zip(made, parts, strict=True)
    ]
