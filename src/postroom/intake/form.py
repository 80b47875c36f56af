"""Owns `multipart/form-data`: a body becomes fields in memory and files in blobs, part by part.

Refuses to know which fields a front desk wants and what its errors look like. File bytes go straight to the
blob store; nothing of a request is kept unless the whole of it was good and the caller says so.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from postroom.errors import Invalid, Malformed, PostroomError, TooLarge, UnsupportedType
from postroom.intake.body import watched
from postroom.intake.digest import parse_digests
from postroom.intake.filename import FileName, extended
from postroom.intake.hold import Hold, held
from postroom.intake.part import FileHead, FilePart, FormFile, FormLimits, TextPart
from postroom.intake.upload import Upload
from postroom.ports import BlobStore

__all__ = ["FileHead", "Form", "FormFile", "FormLimits", "boundary_of", "read_form"]

_BOUNDARY = re.compile(r"[\x20-\x7e]{0,199}[\x21-\x7e]")
_TEXT_TYPES = ("application/json", "application/x-www-form-urlencoded")
_EPILOGUE = 64 << 10
_COMMITS = 32  # small files on their way to disk at once: their syncs are shared


@dataclass(slots=True)
class Form:
    """fields: name -> values, all in the order of arrival. types: of each value, the Content-Type as sent.
    files in the order of arrival."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    types: dict[str, list[str | None]] = field(default_factory=dict)
    files: list[FormFile] = field(default_factory=list)
    hold: Hold = field(default_factory=Hold)

    def keep(self) -> None:
        """The rows that name the blobs are stored."""
        self.hold.keep()


@asynccontextmanager
async def read_form(
    content_type: str | None,
    body: AsyncIterator[bytes],
    blobs: BlobStore,
    key_for: Callable[[FileHead], str | None],
    *,
    limits: FormLimits | None = None,
    texts: Collection[str] = (),
) -> AsyncIterator[Form]:
    """Read a whole form; its blobs are `held`: deleted when the context ends, unless `keep()` was called.

    key_for: the blob key for a file, or None to read past its bytes; it may raise to refuse the request.
    texts: fields that are text even when they come with a file name. Otherwise a part is a file if it has a
    `filename` or `filename*`, or a Content-Type that is neither text nor JSON.
    UnsupportedType, Malformed, TooLarge, Invalid and DigestMismatch; nothing is stored then.
    """
    boundary = boundary_of(content_type)
    reader = _Reader(blobs, key_for, limits or FormLimits(), texts)
    async with held(reader.undo) as reader.form.hold:
        await reader.read(boundary, body)
        yield reader.form


def boundary_of(content_type: str | None) -> str:
    """UnsupportedType if it is not `multipart/form-data`, Malformed if its boundary is unusable."""
    kind, options = parse_options_header(content_type or "")
    if kind != "multipart/form-data":
        raise UnsupportedType(
            "The body must be of type multipart/form-data.", field="Content-Type", cause=kind
        )
    boundary = str(options.get("boundary", ""))
    if not _BOUNDARY.fullmatch(boundary):
        raise Malformed(
            "Content-Type must name a boundary of 1 to 200 printable ASCII characters: "
            "multipart/form-data; boundary=...",
            field="Content-Type",
        )
    return boundary


class _Reader:
    """Reads one form. `undo` removes everything it has stored or begun to store."""

    def __init__(
        self,
        blobs: BlobStore,
        key_for: Callable[[FileHead], str | None],
        limits: FormLimits,
        texts: Collection[str],
    ) -> None:
        self._blobs = blobs
        self._key_for = key_for
        self._limits = limits
        self._texts = texts
        self._parts = 0
        self._fields_size = 0
        self._silent = 0
        self._part: TextPart | FilePart | None = None
        self._uploads: list[Upload] = []
        self._commits: set[asyncio.Task[None]] = set()
        self.form = Form()

    async def read(self, boundary: str, body: AsyncIterator[bytes]) -> None:
        parser = PushMultipartParser(
            boundary,
            max_header_size=self._limits.header_size,
            max_header_count=self._limits.header_count,
            header_charset="latin-1",  # decodes anything; `_text` finds out what it really is
        )
        try:
            async for piece in _started(watched(body, self._limits.idle), boundary):
                self._check_silence(len(piece))
                for event in parser.parse(piece):
                    self._silent = 0
                    if event is None:
                        await self._end_part()
                    elif isinstance(event, MultipartSegment):
                        self._begin_part(event)
                    elif self._part is not None:
                        await self._part.write(event)
            parser.close()
        except ParserLimitReached as error:
            limits = self._limits
            raise TooLarge(
                f"A part may have {limits.header_count} headers of {limits.header_size} bytes each at most.",
                limit=limits.header_size,
                cause=error,
            ) from error
        except MultipartError as error:
            raise _unreadable(error) from error
        await self._settle(0)

    def _check_silence(self, size: int) -> None:
        # Bytes that make no part: headers (bounded) or what follows the last boundary. No one needs more.
        limits = self._limits
        self._silent += size if self._part is None else 0
        if self._silent > limits.header_size * limits.header_count + size + _EPILOGUE:
            raise Malformed("There are too many bytes after the last boundary of the form.")

    def _begin_part(self, segment: MultipartSegment) -> None:
        self._parts += 1
        if self._parts > self._limits.parts:
            raise TooLarge(
                f"A form may have {self._limits.parts} parts at most.",
                code="too_many_parts",
                limit=self._limits.parts,
            )
        headers = [(name, _text(value)) for name, value in segment.headerlist]
        if any("\n" in value or "\r" in value for _, value in headers):
            # The parser lets them pass or not, depending on how the network split the body.
            raise Malformed("A header of a part holds a bare line break.")
        name = self._field_name(segment)
        _check_encoding(segment, name)
        sent = extended(_text(segment.header("Content-Disposition", "")))
        if sent is None and segment.filename is not None:
            sent = _text(segment.filename)
        is_text = sent is None and _is_text_type(segment.content_type)
        if is_text or name in self._texts:
            self.form.types.setdefault(name, []).append(_declared_type(headers))
            self._part = TextPart(name, segment.charset or "utf-8", self._limits, self._fields_size)
            return
        head = FileHead(
            position=len(self.form.files),
            field=name,
            name=None if sent is None else FileName.of(sent),
            declared_type=_declared_type(headers),
        )
        self._part = self._begin_file(head, headers)

    def _field_name(self, segment: MultipartSegment) -> str:
        name = _text(segment.name or "")
        if not 0 < len(name) <= self._limits.field_name or not name.isprintable():
            raise Invalid(
                f"The name of a form field must be 1 to {self._limits.field_name} printable characters.",
                field="name",
                cause=name[:255],
            )
        return name

    def _begin_file(self, head: FileHead, headers: Sequence[tuple[str, str]]) -> FilePart:
        # First the client's own mistakes, then the caller's refusal, and only then a writer to clean up.
        expected = parse_digests(headers)
        key = self._key_for(head)
        upload = None
        if key is not None:
            label = f"The file in {head.field!r}"
            limit = self._limits.file_size
            upload = Upload(self._blobs, key, limit=limit, expected=expected, label=label, field=head.field)
            self._uploads.append(upload)
        self.form.files.append(FormFile(head, 0, b""))
        return FilePart(head, upload, self._limits.collect)

    async def _end_part(self) -> None:
        part, self._part = self._part, None
        if isinstance(part, TextPart):
            self._fields_size += part.size
            self.form.fields.setdefault(part.name, []).append(part.value())
        elif part is not None:
            # Commits run on while the next part arrives: a thousand small files would wait for the disk one
            # after the other otherwise.
            self._commits.add(asyncio.create_task(self._commit(part), name="form-commit"))
            await self._settle(_COMMITS)

    async def _commit(self, part: FilePart) -> None:
        self.form.files[part.head.position] = await part.finish()

    async def _settle(self, allowed: int) -> None:
        """Wait until at most `allowed` commits are under way; raise what one of them raised."""
        while len(self._commits) > allowed:
            done, _ = await asyncio.wait(self._commits, return_when=asyncio.FIRST_COMPLETED)
            self._commits -= done
            failures = [failure for task in done if (failure := task.exception()) is not None]
            if failures:
                raise failures[0]

    async def undo(self) -> None:
        """Every upload of this form is aborted or deleted, whatever state it is in."""
        await asyncio.gather(*self._commits, return_exceptions=True)
        results = await asyncio.gather(*(one.drop() for one in self._uploads), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, PostroomError):
                raise result


async def _started(body: AsyncIterator[bytes], boundary: str) -> AsyncIterator[bytes]:
    """The same bytes, once they have been seen to start with the boundary.

    The parser would skip a preamble, but where it looks for its end depends on how the body was split.
    Clients send none, and a wrong boundary is then told at once and not after two gigabytes.
    """
    first = b""
    delimiter = b"--" + boundary.encode("ascii")
    begun = False
    async for piece in body:
        if begun:
            yield piece
            continue
        first += piece
        if len(first) < len(delimiter) + 2:
            continue
        if not first.startswith((delimiter, b"\r\n" + delimiter)):
            raise Malformed("The body does not start with the boundary that Content-Type names.")
        begun = True
        yield first
    if not begun and first:
        yield first


def _text(latin: str) -> str:
    """What the parser read as Latin-1: UTF-8 if it can be, otherwise Latin-1 it is (old clients)."""
    try:
        return latin.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return latin


def _declared_type(headers: Sequence[tuple[str, str]]) -> str | None:
    value = next((value for name, value in headers if name == "Content-Type"), None)
    return value and "".join(character for character in value[:255] if character.isprintable())


def _is_text_type(content_type: str | None) -> bool:
    return content_type is None or content_type.startswith("text/") or content_type in _TEXT_TYPES


def _check_encoding(segment: MultipartSegment, name: str) -> None:
    encoding = str(segment.header("Content-Transfer-Encoding", "binary")).strip().lower()
    if encoding not in ("binary", "8bit", "7bit"):
        raise Invalid(
            f"The part {name!r} must be sent as it is: Content-Transfer-Encoding may only be 'binary', "
            "'8bit' or '7bit'.",
            field=name,
            cause=encoding,
        )


def _unreadable(error: MultipartError) -> Malformed:
    if "Unexpected end" in str(error):
        return Malformed(
            "The form was cut off: the body ended before its last boundary.", code="body_cut_off", cause=error
        )
    return Malformed(f"The form cannot be read: {error}.", cause=error)
