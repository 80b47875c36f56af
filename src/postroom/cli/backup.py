"""Owns `postroom backup` and `restore`: the whole mailroom as one tar file, taken while it works.

The database is dumped first, blobs are copied after: they never change, so all that the dump names are there,
but for those that were deleted in between. Those are named at the end, and cost nothing else.

    postroom.json     format, time, version
    database.dump     pg_dump, custom format
    blobs/KEY         one per blob
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from postroom import __version__
from postroom.cli import place
from postroom.cli.place import Data
from postroom.cli.say import as_json, note
from postroom.errors import Conflict, Invalid, NotFound
from postroom.ports import BlobStore, LocalPath
from postroom.settings import Settings

_FORMAT = 1
_HEAD, _DUMP, _BLOBS = "postroom.json", "database.dump", "blobs/"
_PIECE = 1 << 20

Json = Annotated[bool, typer.Option("--json", help="Say on stdout what was done, as JSON.")]


@dataclass(slots=True)
class Taken:
    """blobs: copied. missing: keys that were there when the dump was taken, and were gone when copied."""

    blobs: int
    size: int
    missing: list[str]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The tar file to write; must not exist.")],
    data: Data = place.DEFAULT,
    json: Json = False,
) -> None:
    """Write the whole mailroom, jobs and documents, into one file. The server may run meanwhile.

    Example: postroom backup /backups/postroom-$(date +%F).tar --data /srv/postroom
    """
    if file.exists():
        raise Conflict(f"{file} exists already; choose another name.", field="FILE")
    taken = asyncio.run(_backup(file, data))
    if json:
        as_json({"file": str(file), "blobs": taken.blobs, "bytes": taken.size, "missing": taken.missing})
        return
    note(f"{file}: the database and {taken.blobs:,} blobs, {taken.size / 1e6:,.1f} MB.")
    if taken.missing:
        note(f"{len(taken.missing):,} blobs were deleted while the backup was taken, with their jobs.")


async def _backup(file: Path, folder: Path) -> Taken:
    from postroom.blobs.open import open_blobs

    unfinished = file.with_name(f".{file.name}.part")
    async with place.opened(folder, migrate=False) as settings:
        try:
            with open(unfinished, "wb", opener=_private) as raw:  # noqa: ASYNC230
                taken = await write(settings.database_url, open_blobs(settings.blobs), raw)
                raw.flush()
                os.fsync(raw.fileno())
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    return taken


async def write(url: str, blobs: BlobStore, raw: BinaryIO) -> Taken:
    """Write a backup of database and blobs into an open file."""
    from postroom.db import dump

    before = {key async for key, _ in blobs.keys()}  # noqa: SIM118
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        head = {"format": _FORMAT, "taken": datetime.now(UTC).isoformat(), "postroom": __version__}
        _put(tar, _HEAD, io.BytesIO(json.dumps(head).encode()), None)
        with tempfile.TemporaryDirectory() as scratch:
            await dump.dump(url, Path(scratch) / _DUMP)
            tar.add(Path(scratch) / _DUMP, _DUMP, filter=_anonymous)
        copied: set[str] = set()
        async for key, _ in blobs.keys():
            try:
                async with _readable(blobs, key) as file:
                    _put(tar, _BLOBS + key, file, await blobs.size(key))
            except (NotFound, FileNotFoundError):
                before.add(key)
            else:
                copied.add(key)
        return Taken(len(copied), raw.tell(), sorted(before - copied))


@asynccontextmanager
async def _readable(blobs: BlobStore, key: str) -> AsyncIterator[BinaryIO]:
    if isinstance(blobs, LocalPath):
        with blobs.path(key).open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as copy:
        async for piece in blobs.read(key):
            copy.write(piece)
        copy.seek(0)
        yield copy


def _put(tar: tarfile.TarFile, name: str, file: BinaryIO, size: int | None) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(file.getbuffer()) if isinstance(file, io.BytesIO) else size or 0
    entry.mtime = int(datetime.now(UTC).timestamp())
    entry.mode = 0o600
    tar.addfile(entry, file)
    _forget(tar)


def _forget(tar: tarfile.TarFile) -> None:
    tar.members.clear()  # type: ignore[attr-defined]  # a kilobyte per entry, and nobody asks again


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # the dump holds whatever the documents hold


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


# --- and back -----------------------------------------------------------------------------------------


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file of `postroom backup`.", dir_okay=False)
    ],
    data: Data = place.DEFAULT,
    json: Json = False,
) -> None:
    """Make a data folder from a backup. The folder must be empty or not exist yet.

    Where the environment names a database and a blob store, it is those that are filled, and no folder.

    Example: postroom restore /backups/postroom.tar --data /srv/postroom
    """
    folder = data.absolute()
    given = Settings()
    elsewhere = bool(given.database_url and given.blobs)
    if not elsewhere and folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty; restore into a new folder.", field="--data")
    made = not folder.exists()
    try:
        missing, count = asyncio.run(_restore(file, folder, make=not elsewhere))
    except BaseException as error:
        # Blobs that got into a store elsewhere are named by no row: its sweep removes them.
        if not elsewhere:
            _clear(folder, whole=made)
        if isinstance(error, tarfile.TarError):
            raise Invalid(
                f"{file} is no backup of Postroom, or cut off.", field="FILE", cause=error
            ) from error
        raise
    if json:
        as_json({"folder": None if elsewhere else str(folder), "blobs": count, "missing": missing})
        return
    where, start = (
        ("where the environment says", "postroom api, postroom worker")
        if elsewhere
        else (f"in {folder}", f"postroom serve --data {data}")
    )
    note(f"{count:,} blobs and the database are {where}. Start it: {start}")
    if missing:
        note(
            f"{missing:,} blobs that the database names are not in the backup; their documents have no bytes."
        )


def _clear(folder: Path, *, whole: bool) -> None:
    """What a failed restore made. The folder was empty, so all in it is ours."""
    if not folder.exists():
        return
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    if whole:
        folder.rmdir()


async def _restore(file: Path, folder: Path, *, make: bool) -> tuple[int, int]:
    from postroom.blobs.open import open_blobs
    from postroom.db import dump
    from postroom.db.connection import Database
    from postroom.db.embedded import Embedded

    with tarfile.open(file, "r:") as tar, tempfile.TemporaryDirectory() as scratch:
        dumped = _take_head(tar, Path(scratch))
        if make:
            folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
        blobs = open_blobs(place.settings_of(folder).blobs)
        kept = await _take_blobs(tar, blobs)
        async with _target(folder, Embedded) as settings:
            # Last, and in one transaction: until then there is no job that could lack its documents.
            await dump.load(settings.database_url, dumped)
            db = await Database.connect(settings.database_url, size=1)
            try:
                missing = 0
                async for keys in dump.named_blobs(db):
                    missing += len(set(keys) - kept)
            finally:
                await db.close()
    return missing, len(kept)


@asynccontextmanager
async def _target(folder: Path, embedded: type) -> AsyncIterator[Settings]:
    settings = place.settings_of(folder)
    if settings.database_url:
        yield settings
        return
    async with embedded(folder) as url:
        yield place.settings_of(folder, url)


def _take_head(tar: tarfile.TarFile, scratch: Path) -> Path:
    """The dump, copied out. Invalid if this is no backup of ours, or one from the future."""
    wrong = Invalid("This is no backup of Postroom.", field="FILE")
    head = tar.next()
    if head is None or head.name != _HEAD or head.size > _PIECE or (read := tar.extractfile(head)) is None:
        raise wrong
    try:
        version = int(json.loads(read.read())["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise wrong from error
    if version > _FORMAT:
        raise Invalid("This backup was made by a newer Postroom; restore it with that.", field="FILE")
    entry = tar.next()
    if entry is None or entry.name != _DUMP or (source := tar.extractfile(entry)) is None:
        raise wrong
    with (scratch / _DUMP).open("wb") as out:
        shutil.copyfileobj(source, out, _PIECE)
    return scratch / _DUMP


async def _take_blobs(tar: tarfile.TarFile, blobs: BlobStore) -> set[str]:
    """Through the store, which checks every key: a name in a tar file is data, never a path."""
    kept: set[str] = set()
    while (entry := tar.next()) is not None:
        source = tar.extractfile(entry) if entry.isreg() and entry.name.startswith(_BLOBS) else None
        if source is None:
            raise Invalid(f"The backup holds '{entry.name}', which Postroom does not write.", field="FILE")
        key = entry.name.removeprefix(_BLOBS)
        writer = blobs.writer(key)
        try:
            while piece := source.read(_PIECE):
                await writer.write(piece)
            await writer.commit()
        except BaseException:
            await writer.abort()
            raise
        kept.add(key)
        _forget(tar)
    return kept
