"""Owns ZIP: its members in their order, each converted, bound into one PDF.

Nothing is written under a member's name, so no name can lead anywhere. What unpacks to far more than it is, or
to more than there may be, is refused before it is unpacked and again while it is.
"""

from __future__ import annotations

import shutil
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from postroom.errors import DocumentError
from postroom.systems.conversion.convert import nest
from postroom.systems.conversion.convert.work import PARTS, Work, corrupt, locked, too_much

_RATIO = 200  # unpacked to packed, from _FREE on
_FREE = 10 << 20  # bytes that may come out whatever the ratio
_SKIPPED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, EOFError, OSError)


def convert(work: Work, file: Path, media_type: str) -> Path:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if _counts(member)]
            _measure(work, members)
            parts = [part for member in members if (part := _member(work, archive, member)) is not None]
    except _DAMAGE as error:
        raise corrupt(work.name, "it cannot be unpacked", error) from error
    if not parts:
        raise DocumentError(f"'{work.name}' holds no document.", code="generic")
    return nest.bind(work, parts)


def _counts(member: zipfile.ZipInfo) -> bool:
    name = member.filename
    return not member.is_dir() and not name.startswith(_SKIPPED[0]) and not name.endswith(_SKIPPED[1:])


def _measure(work: Work, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > PARTS:
        raise too_much(work.name, f"more than {PARTS} documents are in it")
    for member in members:
        if member.file_size > max(_FREE, _RATIO * max(1, member.compress_size)):
            raise too_much(work.name, f"'{_name(member)}' in it unpacks to far more than it is")
    if sum(member.file_size for member in members) > work.budget.unpacked:
        raise too_much(work.name, "too much comes out of it")


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/").rpartition("/")[2][:200] or "member"


def _member(work: Work, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[str, Path] | None:
    name = _name(member)
    file = _unpack(work, archive, member)
    with file.open("rb") as stream:
        head = stream.read(4)
    if nest.is_executable(name, head):
        work.notes.warn(
            "Generic", f"The program '{name[:100]}' was left out of '{work.name}'.", dataPart=name
        )
        return None
    return name, nest.part(work, name, file)


def _unpack(work: Work, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Path:
    words: list[bytes | None] = [None]
    if member.flag_bits & 1:
        words = [word.encode("utf-8", "replace") for word in work.passwords]
    for word in words:
        file = work.file(".part")
        try:
            with archive.open(member, pwd=word) as packed, file.open("wb") as out:
                shutil.copyfileobj(_Counted(work, packed, member.file_size), out, 1 << 20)
        except (RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            if word is None:
                raise corrupt(work.name, f"'{_name(member)}' in it cannot be unpacked", error) from error
            continue  # a wrong password shows as damage, too
        return file
    raise locked(work)


class _Counted:
    """Stops what unpacks to more than its directory says."""

    def __init__(self, work: Work, packed: IO[bytes], said: int) -> None:
        self._work, self._packed, self._left = work, packed, said

    def read(self, size: int = -1, /) -> bytes:
        data = self._packed.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise too_much(self._work.name, "more comes out of it than it says")
        self._work.budget.unpack(len(data), self._work.name)
        return data
