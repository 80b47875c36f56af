"""What every BlobStore must do, whatever it stands on. A new kind of storage adds one parameter."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from postroom.blobs.local import LocalBlobs
from postroom.blobs.open import open_blobs
from postroom.errors import Invalid, NotFound, Unavailable
from postroom.ports import BlobStore, LocalPath, Stored

# Around every threshold of the implementations: in memory, in blocks, beyond the page cache.
SIZES = (0, 1, 4096, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (5 << 20) + 7, (18 << 20) + 4097)


@pytest.fixture(params=["local", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    if request.param == "local":
        store = LocalBlobs(tmp_path / "blobs")
    else:
        store = open_blobs(request.getfixturevalue("s3")(), drafts=tmp_path / "drafts")
    yield store
    store.close()


async def put(blobs: BlobStore, key: str, data: bytes, piece: int = 65536) -> Stored:
    writer = blobs.writer(key)
    for start in range(0, len(data), piece):
        await writer.write(data[start : start + piece])
    return await writer.commit()


async def get(blobs: BlobStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in blobs.read(key, start=start, end=end)])


async def listed(blobs: BlobStore, prefix: str = "") -> set[str]:
    return {key async for key, _ in blobs.keys(prefix)}


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_written_is_what_is_read(blobs: BlobStore, size: int) -> None:
    data = random.Random(size).randbytes(size)
    stored = await put(blobs, "a/b", data)
    assert stored == Stored("a/b", size, hashlib.sha256(data).hexdigest())
    assert await get(blobs, "a/b") == data
    assert await blobs.size("a/b") == size


@pytest.mark.parametrize("piece", [1000, 65536, 1 << 20, 3 << 20, 1 << 24])
async def test_the_size_of_the_pieces_makes_no_difference(blobs: BlobStore, piece: int) -> None:
    data = random.Random(piece).randbytes((4 << 20) + 321)
    stored = await put(blobs, "k", data, piece)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert await get(blobs, "k") == data


async def test_ranges_are_half_open_and_clipped(blobs: BlobStore) -> None:
    data = random.Random(1).randbytes((2 << 20) + 11)
    await put(blobs, "k", data)
    for start, end in (
        (0, 0),
        (0, 1),
        (5, 9),
        (1 << 20, None),
        (7, (2 << 20) + 3),
        (9, 4),
        (len(data), None),
    ):
        assert await get(blobs, "k", start, end) == data[start:end]
    assert await get(blobs, "k", len(data) - 2, len(data) + 99) == data[-2:]
    assert await get(blobs, "k", len(data) + 5) == b""


async def test_a_missing_blob_is_not_found_and_deleting_it_is_no_error(blobs: BlobStore) -> None:
    with pytest.raises(NotFound):
        await blobs.size("nothing")
    with pytest.raises(NotFound):
        await get(blobs, "nothing")
    await blobs.delete(["nothing", "nothing/else"])


async def test_nothing_is_visible_before_the_commit_and_nothing_after_an_abort(blobs: BlobStore) -> None:
    for size in (10, 3 << 20):
        writer = blobs.writer("k")
        await writer.write(bytes(size))
        assert await listed(blobs) == set()
        await writer.abort()
        await writer.abort()
        assert await listed(blobs) == set()
        with pytest.raises(NotFound):
            await blobs.size("k")


async def test_an_abort_after_the_commit_takes_nothing_back(blobs: BlobStore) -> None:
    writer = blobs.writer("k")
    await writer.write(b"x")
    await writer.commit()
    await writer.abort()
    assert await get(blobs, "k") == b"x"


@pytest.mark.parametrize("size", [10, 3 << 20])
async def test_a_cancelled_commit_that_is_aborted_leaves_nothing(blobs: BlobStore, size: int) -> None:
    writer = blobs.writer("k")
    await writer.write(bytes(size))
    task = asyncio.create_task(writer.commit())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await writer.abort()
    assert await listed(blobs) == set()


async def test_a_second_commit_replaces_the_first(blobs: BlobStore) -> None:
    await put(blobs, "k", b"one")
    await put(blobs, "k", b"two!")
    assert await get(blobs, "k") == b"two!"
    assert await listed(blobs) == {"k"}


async def test_a_key_may_be_the_beginning_of_another(blobs: BlobStore) -> None:
    for key in ("a", "a/b", "a/b/c"):
        await put(blobs, key, key.encode())
    assert await listed(blobs) == {"a", "a/b", "a/b/c"}
    await blobs.delete(["a/b"])
    assert await listed(blobs) == {"a", "a/b/c"}


async def test_keys_are_listed_by_prefix_with_their_time(blobs: BlobStore) -> None:
    await asyncio.gather(*(put(blobs, f"{'even' if i % 2 == 0 else 'odd'}/{i}", b"x") for i in range(100)))
    assert await listed(blobs, "odd/") == {f"odd/{i}" for i in range(1, 100, 2)}
    now = datetime.now(UTC)
    async for _, changed in blobs.keys():
        assert abs(now - changed) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        "..",
        "../a",
        "a/../b",
        ".a",
        "a/.b",
        "A",
        "a b",
        "a\n",
        "a\0",
        "a,b",
        "-a",
        "é",
        "a" * 241,
        ".incoming/x",
        "a\\b",
        "%2e%2e",
    ],
)
async def test_a_key_that_could_leave_the_store_is_refused(blobs: BlobStore, key: str) -> None:
    with pytest.raises(Invalid):
        blobs.writer(key)
    with pytest.raises(Invalid):
        await blobs.size(key)
    with pytest.raises(Invalid):
        await get(blobs, key)
    with pytest.raises(Invalid):
        await blobs.delete([key])


async def test_many_writers_at_once_do_not_mix(blobs: BlobStore) -> None:
    data = {f"k{i}": random.Random(i).randbytes(40_000 * i) for i in range(40)}
    await asyncio.gather(*(put(blobs, key, value) for key, value in data.items()))
    for key, value in data.items():
        assert await get(blobs, key) == value


async def test_a_local_store_shows_its_files(blobs: BlobStore) -> None:
    if not isinstance(blobs, LocalPath):
        pytest.skip("not on this machine")
    await put(blobs, "a/b", b"hello")
    assert blobs.path("a/b").read_bytes() == b"hello"
    with pytest.raises(Invalid):
        blobs.path("../x")


# --- addresses --------------------------------------------------------------------------------------


def test_a_file_address_opens_a_folder(tmp_path: Path) -> None:
    store = open_blobs(f"file://{tmp_path}/with%20space")
    assert isinstance(store, LocalBlobs)
    assert (tmp_path / "with space").is_dir()


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://bucket/path",
        "s3://bucket?x=1",
        "s3://bucket?endpoint=ftp://x",
        "",
        "folder",
        "file://host/x",
        "file:///",
        "file:x",
        "file:///a?b",
    ],
)
def test_another_address_is_refused_and_told_what_is_valid(url: str) -> None:
    with pytest.raises(Invalid, match="file:///FOLDER"):
        open_blobs(url)


# --- particular to local disk -----------------------------------------------------------------------


async def test_sweep_spares_the_living_and_the_young(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path)
    incoming = tmp_path / ".incoming"
    writer = store.writer("k")
    await writer.write(bytes(4 << 20))
    while not list(incoming.iterdir()):
        await asyncio.sleep(0.01)
    (incoming / "dead").write_bytes(b"x")
    assert await store.sweep(timedelta(minutes=1)) == 0
    assert await store.sweep(timedelta(0)) == 1
    await writer.commit()
    assert await store.size("k") == 4 << 20
    assert list(incoming.iterdir()) == []


async def test_without_direct_io_a_blob_is_stored_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_DIRECT", raising=False)
    data = random.Random(2).randbytes((40 << 20) + 5)
    stored = await put(LocalBlobs(tmp_path), "k", data)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert await get(LocalBlobs(tmp_path), "k") == data


@pytest.mark.parametrize("size", [10, 3 << 20])
async def test_bytes_are_synced_before_the_name_and_the_name_before_the_commit_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    store = LocalBlobs(tmp_path)
    calls: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def watched_fsync(handle: int) -> None:
        fsync(handle)
        calls.append("folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "file")

    def watched_rename(path: Path, target: Path) -> Path:
        calls.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "rename", watched_rename)
    await put(store, "k", bytes(size))
    assert calls == ["file", "rename", "folder"]


@pytest.mark.parametrize("size", [10, 9 << 20])
@pytest.mark.parametrize("call", ["pwrite", "fsync"])
async def test_a_full_disk_is_unavailable_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, call: str
) -> None:
    store = LocalBlobs(tmp_path)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    writer = store.writer("k")

    async def store_it() -> None:
        for _ in range(size // 65536 + 1):
            await writer.write(bytes(min(size, 65536)))
        await writer.commit()

    with pytest.raises(Unavailable) as caught:
        await store_it()
    assert caught.value.code == "storage_full"
    await writer.abort()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_folder_that_cannot_be_synced_fails_every_commit_that_relied_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalBlobs(tmp_path)

    def broken(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("postroom.blobs.disk.sync_folder", broken)
    results = await asyncio.gather(*(put(store, f"k{i}", b"x") for i in range(200)), return_exceptions=True)
    assert {type(result) for result in results} == {Unavailable}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
