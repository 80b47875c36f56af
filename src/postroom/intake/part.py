"""Owns the two kinds of parts of a form while they arrive, and what is told of a file.

Refuses to know how a form is parsed (`form`) and what a file is for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from postroom.errors import DigestMismatch, Invalid, PostroomError, TooLarge
from postroom.intake.filename import FileName
from postroom.intake.upload import Upload
from postroom.ports import Stored

_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252")


@dataclass(frozen=True, slots=True)
class FormLimits:
    """Sizes in bytes, idle in seconds (None: for ever).

    header_size: one header of a part; a name of 4,000 four-byte characters, percent-encoded, fits.
    collect: a file that is too large or not what its digest says becomes `FormFile.error` instead of an
    exception, and the rest of the form is read, so that a front desk can report on all files at once.
    """

    file_size: int = 2 << 30
    parts: int = 1000
    field_size: int = 1 << 20
    fields_size: int = 8 << 20
    field_name: int = 200
    header_size: int = 64 << 10
    header_count: int = 16
    idle: float | None = 60.0
    collect: bool = False


@dataclass(frozen=True, slots=True)
class FileHead:
    """A file part before its bytes. position: its place among the files, from 0.

    name: None if the part has no `filename`. declared_type: the part's Content-Type as sent, or None.
    """

    position: int
    field: str
    name: FileName | None
    declared_type: str | None


@dataclass(frozen=True, slots=True)
class FormFile:
    """stored is None if the caller took no bytes, or `error` says why they were dropped.

    first: the first bytes (at most 1,024), to tell the type from.
    """

    head: FileHead
    size: int
    first: bytes
    stored: Stored | None = None
    error: PostroomError | None = None


class TextPart:
    """A field on its way in; its bytes are capped before they are kept."""

    def __init__(self, name: str, charset: str, limits: FormLimits, before: int) -> None:
        self.name = name
        self.size = 0
        self._charset = charset.lower()
        self._limits = limits
        self._before = before
        self._pieces = bytearray()

    async def write(self, data: bytes) -> None:
        self.size += len(data)
        for limit, size, what in (
            (self._limits.field_size, self.size, f"The field {self.name!r} is"),
            (self._limits.fields_size, self._before + self.size, "All fields of the form together are"),
        ):
            if size > limit:
                raise TooLarge(f"{what} longer than {limit} bytes.", field=self.name, limit=limit)
        self._pieces += data

    def value(self) -> str:
        if self._charset not in _CHARSETS:
            raise Invalid(
                f"The field {self.name!r} must be UTF-8 text.", field=self.name, cause=self._charset
            )
        try:
            text = self._pieces.decode(self._charset)
        except UnicodeDecodeError as error:
            raise Invalid(
                f"The field {self.name!r} must be {self._charset.upper()} text.", field=self.name, cause=error
            ) from error
        if "\0" in text:
            raise Invalid(f"The field {self.name!r} must not hold the character NUL.", field=self.name)
        return text


class FilePart:
    """A file on its way in. Without an upload its bytes are only counted."""

    def __init__(self, head: FileHead, upload: Upload | None, collect: bool) -> None:
        self.head = head
        self._upload = upload
        self._collect = collect
        self._file = FormFile(head, 0, b"")
        self._size = 0

    async def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._upload is None:
            return
        try:
            await self._upload.write(data)
        except TooLarge as error:
            if not self._collect:
                raise
            await self._give_up(self._upload, error)

    async def _give_up(self, upload: Upload, error: PostroomError) -> None:
        self._upload = None
        self._file = replace(self._file, first=upload.first, error=error)
        await upload.drop()

    async def finish(self) -> FormFile:
        if self._upload is not None:
            try:
                stored = await self._upload.finish()
                self._file = replace(self._file, first=self._upload.first, stored=stored)
            except DigestMismatch as error:
                if not self._collect:
                    raise
                await self._give_up(self._upload, error)
        return replace(self._file, size=self._size)
