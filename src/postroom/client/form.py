"""Owns forms on their way out: files as multipart/form-data, streamed, of known length, and repeatable.

Refuses to know where they go. Every file can be read again from its start, because a form whose connection
broke is sent again.
"""

from __future__ import annotations

import base64
import hashlib
import io
import mimetypes
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, TypeAlias
from urllib.parse import quote

from postroom.client.error import Invalid

# A path; an open binary file; or either of these, or bytes, with the name that it is to have.
File: TypeAlias = "str | os.PathLike[str] | BinaryIO | tuple[str, str | os.PathLike[str] | BinaryIO | bytes]"

_PIECE = 1 << 18
_SPOOL = 1 << 20  # bytes of a stream that are kept in memory; more goes to a temporary file
_PLAIN = set(map(chr, range(0x20, 0x7F))) - set('"\\%')


class Part:
    """One file of a form: its name, its size in bytes, and its bytes as often as they are asked for."""

    def __init__(self, file: File, *, digest: bool) -> None:
        given, source = file if isinstance(file, tuple) else (None, file)
        if isinstance(source, bytes):
            source = io.BytesIO(source)
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        if isinstance(source, str | os.PathLike):
            self._path = Path(source)
            self.size = self._path.stat().st_size
            name = self._path.name
        else:
            self._file, self._start, self.size = _seekable(source)
            label = getattr(source, "name", None)
            name = os.path.basename(label) if isinstance(label, str) else "document"  # noqa: PTH119
        self.name = given if given is not None else name
        self._digest = digest

    @property
    def media_type(self) -> str:
        """As the name suggests."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def head(self) -> bytes:
        """The part's headers; with the digest of what is there now, if it is wanted."""
        name = self.name.encode("utf-8", "replace").decode()
        plain = "".join(character if character in _PLAIN else "_" for character in name)
        disposition = f'form-data; name="file"; filename="{plain}"'
        if plain != name:
            # Exact, whatever is in the name. The server takes it although RFC 7578 knows it not.
            disposition += f"; filename*=UTF-8''{quote(name, safe='')}"
        lines = [f"Content-Disposition: {disposition}", f"Content-Type: {self.media_type}"]
        if self._digest:
            lines.append(f"Repr-Digest: sha-256=:{base64.b64encode(self.sha256()).decode()}:")
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def pieces(self) -> Iterator[bytes]:
        """Exactly `size` bytes. Invalid if the file has another size by now."""
        yield from self.range(0, self.size)
        if self._grown():
            raise self._changed()

    def range(self, offset: int, size: int) -> Iterator[bytes]:
        """Exactly `size` bytes from `offset` on. Invalid if they are not there any more."""
        left = size
        with self._opened(offset) as file:
            while left and (piece := file.read(min(_PIECE, left))):
                left -= len(piece)
                yield piece
        if left:
            raise self._changed()

    def _opened(self, offset: int) -> AbstractContextManager[BinaryIO]:
        if self._path is not None:
            file = self._path.open("rb")
            file.seek(offset)
            return file
        if self._file is None:
            raise RuntimeError("a part has a path or a file")
        self._file.seek(self._start + offset)
        return nullcontext(self._file)

    def _grown(self) -> bool:
        with self._opened(self.size) as file:
            return bool(file.read(1))

    def _changed(self) -> Invalid:
        return Invalid(f"'{self.name}' changed while it was read.", code="file_changed", field=self.name)

    def sha256(self) -> bytes:
        """Of the bytes that are there now."""
        found = hashlib.sha256()
        for piece in self.pieces():
            found.update(piece)
        return found.digest()


def _seekable(source: BinaryIO) -> tuple[BinaryIO, int, int]:
    """The file, where it starts and how long it is from there; a stream is copied to a temporary file."""
    if not source.seekable():
        copy = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115
        shutil.copyfileobj(source, copy)
        return copy, 0, copy.tell()  # type: ignore[return-value]
    start = source.tell()
    return source, start, source.seek(0, io.SEEK_END) - start


class Form:
    """Parts as one body. Iterating sends it; each time anew, from the start."""

    def __init__(self, parts: Sequence[Part], on_sent: Callable[[int], None] | None = None) -> None:
        """on_sent: told how many bytes of files more have gone out; negative when sending starts over."""
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._parts = parts
        self._on_sent = on_sent or (lambda _: None)
        self._sent = 0
        self._heads = [f"--{boundary}\r\n".encode() + part.head() for part in parts]
        self._end = f"--{boundary}--\r\n".encode()
        whole = sum(len(head) + part.size + 2 for head, part in zip(self._heads, parts, strict=True))
        self.length = whole + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        if self._sent:
            self._on_sent(-self._sent)
            self._sent = 0
        for head, part in zip(self._heads, self._parts, strict=True):
            yield head
            for piece in part.pieces():
                yield piece
                self._sent += len(piece)
                self._on_sent(len(piece))
            yield b"\r\n"
        yield self._end


def batches(
    files: Iterable[File], *, count: int, size: int, large: int, digest: bool
) -> Iterator[list[Part]]:
    """Parts in forms of at most `count` files and `size` bytes; a file of more than `large` bytes, or alone more
    than `size`, is alone."""
    batch: list[Part] = []
    held = 0
    for file in files:
        part = Part(file, digest=digest)
        if batch and (len(batch) >= count or held + part.size > size or part.size > large):
            yield batch
            batch, held = [], 0
        batch.append(part)
        held += part.size
        if part.size > large:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
