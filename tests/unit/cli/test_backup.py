"""A backup is whole, or says what it lacks; a restore takes only backups, and only into an empty place."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from postroom.blobs.local import LocalBlobs
from postroom.cli import backup
from postroom.cli.backup import write
from postroom.db.connection import Database
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order, submit
from postroom.errors import Conflict, Invalid, NotFound
from postroom.settings import Settings
from tests.database import drop


class Losing(LocalBlobs):
    """A store where one blob is deleted between being listed and being read."""

    async def keys(self, prefix: str = "") -> AsyncIterator[tuple[str, datetime]]:
        async for pair in super().keys(prefix):
            yield pair
        yield "document/gone", datetime.now(UTC)


async def stored(store: LocalBlobs, key: str, data: bytes) -> None:
    writer = store.writer(key)
    await writer.write(data)
    await writer.commit()


async def test_a_blob_that_is_deleted_meanwhile_is_reported_and_costs_nothing_else(
    database_url: str, tmp_path: Path
) -> None:
    store = Losing(tmp_path / "blobs")
    await stored(store, "document/kept", b"kept")
    raw = io.BytesIO()
    taken = await write(database_url, store, raw)
    assert (taken.blobs, taken.missing) == (1, ["document/gone"])
    raw.seek(0)
    with tarfile.open(fileobj=raw) as tar:
        assert tar.getnames() == ["postroom.json", "database.dump", "blobs/document/kept"]
        kept = tar.extractfile("blobs/document/kept")
        assert kept is not None and kept.read() == b"kept"


def made(path: Path, *entries: tuple[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


HEAD = ("postroom.json", json.dumps({"format": 1}).encode())
DUMP = ("database.dump", b"not really")


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([], "no backup"),
        ([DUMP], "no backup"),
        ([HEAD], "no backup"),
        ([("postroom.json", b"[]"), DUMP], "no backup"),
        ([("postroom.json", b'{"format": 99}'), DUMP], "newer Postroom"),
        ([HEAD, DUMP, ("../outside", b"x")], "does not write"),
    ],
)
def test_what_is_no_backup_is_refused_and_leaves_nothing(
    tmp_path: Path, entries: list[tuple[str, bytes]], says: str
) -> None:
    file = made(tmp_path / "b.tar", *entries)
    with pytest.raises(Invalid, match=says):
        backup.restore(file, tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar"]


def test_a_blob_never_lands_outside_its_store(tmp_path: Path) -> None:
    file = made(tmp_path / "b.tar", HEAD, DUMP, ("blobs/../../outside", b"x"))
    with pytest.raises((Invalid, NotFound, ValueError)):
        backup.restore(file, tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar"]


def test_a_backup_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    file = made(tmp_path / "b.tar", HEAD, DUMP, ("blobs/document/1", b"x" * 5000))
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(Invalid, match="cut off"):
        backup.restore(file, tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar"]


def test_nothing_is_restored_over_something(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        backup.restore(made(tmp_path / "b.tar", HEAD, DUMP), tmp_path / "data")
    assert (tmp_path / "data" / "mine").read_text() == "mine"


def test_no_backup_is_written_over_another(tmp_path: Path) -> None:
    file = made(tmp_path / "b.tar", HEAD)
    with pytest.raises(Conflict, match="exists already"):
        backup.backup(file, tmp_path / "data")


async def test_a_named_database_and_store_are_filled_whatever_stands_in_the_data_folder(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_job = await submit(desk, access, Order("probe"))
    name = urlsplit(settings.database_url).path.removeprefix("/")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine").write_text("mine")
    monkeypatch.setenv("POSTROOM_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("POSTROOM_BLOBS", settings.blobs)
    await asyncio.to_thread(backup.backup, tmp_path / "b.tar", tmp_path / "data")
    with pytest.raises(Conflict, match="database is not empty"):
        await asyncio.to_thread(backup.restore, tmp_path / "b.tar", tmp_path / "data")
    await desk.db.execute(f"CREATE DATABASE {name}_empty")
    url = urlunsplit(urlsplit(settings.database_url)._replace(path=f"/{name}_empty"))
    try:
        monkeypatch.setenv("POSTROOM_DATABASE_URL", url)
        await asyncio.to_thread(backup.restore, tmp_path / "b.tar", tmp_path / "data")
        restored = await Database.connect(url, size=1)
        try:
            assert await restored.fetchval("SELECT id FROM job") == made_job.id
        finally:
            await restored.close()
    finally:
        await drop(desk.settings.database_url, f"{name}_empty")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["mine"]
