"""What a store must do beyond whole blobs: drafts that fill up over many requests, presigned parts and PUTs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from postroom.blobs.local import LocalBlobs
from postroom.blobs.open import open_blobs
from postroom.blobs.s3 import S3Blobs
from postroom.errors import Busy, Conflict, NotFound
from postroom.ports import BlobStore, BlobWriter, PresignsUploads, TakesDrafts
from tests.conformance.blobs.test_blobs import get, listed

MIB = 1 << 20


class Both(BlobStore, TakesDrafts):
    """For the type checker: a store that is both."""


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Both]:
    url = f"file://{tmp_path}/blobs" if request.param == "local" else request.getfixturevalue("s3")()
    opened = open_blobs(url, drafts=tmp_path / "drafts")
    assert isinstance(opened, TakesDrafts)
    yield opened  # type: ignore[misc]
    opened.close()  # type: ignore[attr-defined]


async def write(
    store: Both, name: str, offset: int, data: bytes, *, digest: str | None = None, cut: bool = False
) -> tuple[int, str]:
    writer = await store.draft(name, offset=offset, length=len(data), digest=digest)
    if cut:
        await writer.cut()
    for start in range(0, len(data), 65536):
        await writer.write(data[start : start + 65536])
    try:
        return await writer.end()
    finally:
        await writer.stop()


async def drafts(store: Both) -> set[str]:
    return {name async for name, _ in store.drafts()}


# Offsets that are no multiple of a sector: what direct I/O refuses is written the other way.
@pytest.mark.parametrize("cuts", [[], [MIB], [5], [3 * MIB + 1, 17 * MIB, 19 * MIB + 4096]])
async def test_pieces_in_any_order_make_the_blob(store: Both, cuts: list[int]) -> None:
    data = random.Random(3).randbytes(21 * MIB + 77)
    name = uuid4().hex
    edges = [0, *cuts, len(data)]
    ranges = list(itertools.pairwise(edges))
    for start, end in reversed(ranges):
        piece = data[start:end]
        assert await write(store, name, start, piece, digest="md5") == (
            len(piece),
            hashlib.md5(piece).hexdigest(),
        )
    assert await listed(store) == set() and await drafts(store) == {name}
    await store.publish(name, "a/b", len(data))
    assert await get(store, "a/b") == data
    assert await drafts(store) == set()
    await store.publish(name, "a/b", len(data))  # a call that died before it could say so comes again


async def test_an_empty_draft_makes_an_empty_blob(store: Both) -> None:
    name = uuid4().hex
    assert (await write(store, name, 0, b""))[0] == 0
    await store.publish(name, "empty", 0)
    assert await get(store, "empty") == b""


async def test_what_is_missing_or_of_another_size_is_not_published(store: Both) -> None:
    name = uuid4().hex
    with pytest.raises(NotFound):
        await store.publish(name, "k", 3)
    await write(store, name, 0, b"abc")
    with pytest.raises(Conflict):
        await store.publish(name, "k", 4)
    assert await listed(store) == set()
    await store.discard([name, uuid4().hex])
    assert await drafts(store) == set()


async def test_what_came_before_a_stop_is_there_and_can_be_gone_on_with(store: Both) -> None:
    data = random.Random(4).randbytes(5 * MIB + 3)
    name = uuid4().hex
    writer = await store.draft(name, offset=0, length=len(data))
    await writer.write(data[: 2 * MIB])
    assert await writer.sync() == 2 * MIB
    await writer.write(data[2 * MIB : 3 * MIB + 9])
    assert await writer.settle() == 3 * MIB + 9
    with pytest.raises(Busy):
        await store.draft(name, offset=0, length=len(data))
    assert await writer.settle() == 3 * MIB + 9
    await writer.stop()
    await writer.stop()
    # Less of it was noted down than had come: the rest comes again, after a cut.
    await write(store, name, 2 * MIB, data[2 * MIB :], cut=True)
    await store.publish(name, "k", len(data))
    assert await get(store, "k") == data


async def test_who_comes_to_write_changes_nothing_before_he_cuts(store: Both) -> None:
    name = uuid4().hex
    await write(store, name, 0, b"0123456789")
    late = await store.draft(name, offset=0, length=10)
    await late.stop()
    beyond = await store.draft(name, offset=11, length=1)
    with pytest.raises(NotFound):
        await beyond.cut()
    await beyond.stop()
    await store.publish(name, "k", 10)
    assert await get(store, "k") == b"0123456789"


async def test_a_range_has_one_writer_and_ranges_apart_do_not_mind(store: Both) -> None:
    name = uuid4().hex
    first = await store.draft(name, offset=0, length=10)
    with pytest.raises(Busy):
        await store.draft(name, offset=5, length=10)
    beside = await store.draft(name, offset=10, length=10)
    await asyncio.gather(first.write(b"0123456789"), beside.write(b"abcdefghij"))
    with pytest.raises(Busy):
        await store.publish(name, "k", 20)
    await asyncio.gather(first.end(), beside.end())
    await asyncio.gather(first.stop(), beside.stop())
    await store.publish(name, "k", 20)
    assert await get(store, "k") == b"0123456789abcdefghij"


async def test_a_published_blob_is_never_written_to_again(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path)
    name = uuid4().hex
    await write(store, name, 0, b"good")  # type: ignore[arg-type]
    await store.publish(name, "k", 4)
    await write(store, name, 0, b"evil")  # type: ignore[arg-type]
    assert await get(store, "k") == b"good"
    assert store.path("k").stat().st_mode & 0o222 == 0


async def test_nobody_cuts_a_draft_while_it_is_copied(
    s3: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request of another process still thinks that the upload stands somewhere before its end."""
    url, name, data = s3(), uuid4().hex, random.Random(6).randbytes(3 * MIB)
    store, other = (bucket_at(url, tmp_path) for _ in range(2))
    await write(store, name, 0, data)  # type: ignore[arg-type]
    tried = 0

    def writer(key: str) -> BlobWriter:
        made = S3Blobs.writer(store, key)
        send = made.write

        async def write_on(piece: bytes) -> None:
            nonlocal tried
            with pytest.raises(Busy):
                await write(other, name, MIB, b"x" * MIB, cut=True)  # type: ignore[arg-type]
            tried += 1
            await send(piece)

        made.write = write_on  # type: ignore[method-assign]
        return made

    monkeypatch.setattr(store, "writer", writer)
    await store.publish(name, "k", len(data))
    assert tried == 3
    assert await get(store, "k") == data
    assert await drafts(store) == set()  # type: ignore[arg-type]
    store.close()
    other.close()


async def test_a_draft_that_shrinks_while_it_is_copied_is_not_published(
    s3: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where drafts are on a file system without locks."""
    name, data = uuid4().hex, bytes(3 * MIB)
    store = bucket_at(s3(), tmp_path)
    await write(store, name, 0, data)  # type: ignore[arg-type]

    def writer(key: str) -> BlobWriter:
        os.truncate(tmp_path / "drafts" / ".drafts" / name, MIB)
        return S3Blobs.writer(store, key)

    monkeypatch.setattr(store, "writer", writer)
    with pytest.raises(Conflict) as caught:
        await store.publish(name, "k", len(data))
    assert caught.value.code == "size_mismatch"
    assert await listed(store) == set()
    assert await drafts(store) == {name}  # type: ignore[arg-type]
    store.close()


def bucket_at(url: str, folder: Path) -> S3Blobs:
    opened = open_blobs(url, drafts=folder / "drafts")
    assert isinstance(opened, S3Blobs)
    return opened


async def test_a_sweep_leaves_drafts_alone(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path)
    name = uuid4().hex
    await write(store, name, 0, b"half")  # type: ignore[arg-type]
    assert await store.sweep(timedelta(0)) == 0
    assert {each async for each, _ in store.drafts()} == {name}


# --- presigned ------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(s3: Callable[[], str], tmp_path: Path) -> Iterator[BlobStore]:
    opened = open_blobs(s3(), drafts=tmp_path / "drafts")
    assert isinstance(opened, PresignsUploads)
    yield opened
    opened.close()  # type: ignore[attr-defined]


async def test_a_presigned_put_takes_exactly_its_headers(bucket: BlobStore) -> None:
    assert isinstance(bucket, PresignsUploads)
    data = b"hello"
    sum_ = base64.b64encode(hashlib.sha256(data).digest()).decode()
    headers = {"content-type": "text/plain", "x-amz-checksum-sha256": sum_}
    address = await bucket.presign_put("a/b", headers, 60)
    async with httpx.AsyncClient() as client:
        for wrong in ({}, {**headers, "content-type": "text/html"}):
            assert (await client.put(address.url, content=data, headers=wrong)).status_code == 403
        assert (await client.put(address.url + "0", content=data, headers=headers)).status_code == 403
        assert (await client.put(address.url, content=data, headers=address.headers)).status_code == 200
    assert await get(bucket, "a/b") == data


async def test_an_expired_presigned_address_is_refused(bucket: BlobStore) -> None:
    assert isinstance(bucket, PresignsUploads)
    address = await bucket.presign_put("k", {}, 1)
    await asyncio.sleep(2.5)
    async with httpx.AsyncClient() as client:
        assert (await client.put(address.url, content=b"x")).status_code == 403


async def test_presigned_parts_make_the_blob(bucket: BlobStore) -> None:
    assert isinstance(bucket, PresignsUploads)
    data = random.Random(5).randbytes(10 * MIB + 5)
    pieces = [data[: 5 * MIB], data[5 * MIB : 10 * MIB], data[10 * MIB :]]
    upload = await bucket.begin_parts("big")
    addresses = await bucket.presign_parts("big", upload, [1, 2, 3], 60)
    async with httpx.AsyncClient(timeout=30) as client:
        for n in (2, 0, 1):
            response = await client.put(addresses[n].url, content=pieces[n], headers=addresses[n].headers)
            assert response.status_code == 200
            assert response.headers["etag"].strip('"') == hashlib.md5(pieces[n]).hexdigest()
    there = await bucket.list_parts("big", upload)
    assert there == {n: (len(piece), hashlib.md5(piece).hexdigest()) for n, piece in enumerate(pieces, 1)}
    await bucket.complete_parts("big", upload, [(n, etag) for n, (_, etag) in sorted(there.items())])
    assert await get(bucket, "big") == data
    with pytest.raises(NotFound):
        await bucket.list_parts("big", upload)


async def test_an_aborted_upload_is_gone_and_may_be_aborted_again(bucket: BlobStore) -> None:
    assert isinstance(bucket, PresignsUploads)
    upload = await bucket.begin_parts("k")
    await bucket.abort_parts("k", upload)
    await bucket.abort_parts("k", upload)
    with pytest.raises(NotFound):
        await bucket.list_parts("k", upload)
