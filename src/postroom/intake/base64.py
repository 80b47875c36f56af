"""Owns Base64 on the way in: decoded piece by piece, also out of the middle of a JSON body of any size.

Refuses to know what the bytes are for. Standard alphabet, padded, no line breaks (RFC 4648, section 4).
"""

from __future__ import annotations

import binascii
from collections.abc import AsyncIterator
from typing import Any

import orjson

from postroom.errors import Invalid, Malformed, TooLarge

_AROUND = 64 << 10  # bytes of a JSON body beside the content itself


class Decoder:
    """Feed it text in any pieces, then `end`. Invalid names `field`."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._rest = b""
        self._padded = False

    def feed(self, text: bytes) -> bytes:
        whole = self._rest + text
        count = len(whole) // 4 * 4
        self._rest = whole[count:]
        if not count:
            return b""
        if self._padded:
            raise self._wrong("text after the padding")
        self._padded = whole[count - 1 : count] == b"="
        try:
            return binascii.a2b_base64(whole[:count], strict_mode=True)
        except binascii.Error as error:
            raise self._wrong(error) from error

    def end(self) -> None:
        if self._rest:
            raise self._wrong("its length is no multiple of four")

    def _wrong(self, cause: object) -> Invalid:
        return Invalid(
            f"'{self._field}' must be Base64: A-Z, a-z, 0-9, '+' and '/', padded with '='.",
            field=self._field,
            cause=cause,
        )


def decode(text: str, field: str) -> bytes:
    """A small content, whole."""
    decoder = Decoder(field)
    data = decoder.feed(text.encode("utf-8", "replace"))
    decoder.end()
    return data


class JsonContent:
    """A JSON object with one large member of Base64: iterate over its bytes, then look at the `members`.

    The content is never in memory as a whole; everything else of the body may have 64 KiB.
    Malformed if it is not such a JSON object; Invalid if the member is missing, no string or no Base64.
    """

    def __init__(self, body: AsyncIterator[bytes], member: str) -> None:
        self._body = body
        self._member = member
        self._decoder = Decoder(member)
        self._around = bytearray()  # the body, with an empty string for the content
        self._depth = 0
        self._quoted: bytearray | None = None  # the string that we are in
        self._escaped = False
        self._last: bytes | None = None  # the string before this byte
        self._is_value = False
        self._inside = False
        self._found = False
        self.members: dict[str, Any] = {}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            position = 0
            while position < len(piece):
                if self._inside:
                    position, data = self._content(piece, position)
                    if data:
                        yield data
                else:
                    position = self._outside(piece, position)
        self._finish()

    def _content(self, piece: bytes, position: int) -> tuple[int, bytes]:
        """Text up to the closing quote. A slash may be escaped in JSON; nothing else here needs to be."""
        end = piece.find(b'"', position)
        text = piece[position:] if end < 0 else piece[position:end]
        data = self._decoder.feed(self._unescaped(text))
        if end >= 0:
            if self._escaped:
                raise Invalid(f"'{self._member}' must be Base64.", field=self._member)
            self._decoder.end()
            self._inside = False
            self._around += b'"'
            return end + 1, data
        return len(piece), data

    def _unescaped(self, text: bytes) -> bytes:
        # A piece may end between a backslash and its slash.
        if self._escaped:
            text, self._escaped = b"\\" + text, False
        if b"\\" in text:
            if text.endswith(b"\\"):
                text, self._escaped = text[:-1], True
            text = text.replace(b"\\/", b"/")
        return text

    def _outside(self, piece: bytes, position: int) -> int:
        """One byte of everything else."""
        byte = piece[position : position + 1]
        self._around += byte
        if len(self._around) > _AROUND:
            raise TooLarge(f"The body may have {_AROUND} bytes beside '{self._member}'.", limit=_AROUND)
        if self._quoted is not None:
            self._in_string(byte)
        elif byte == b'"':
            if self._depth == 1 and self._is_value and self._last == self._member.encode():
                self._begin_content()
            else:
                self._quoted = bytearray()
        elif byte in (b"{", b"["):
            self._depth += 1
            self._is_value = False
        elif byte in (b"}", b"]"):
            self._depth -= 1
        elif byte == b":":
            self._is_value = True
        elif byte == b",":
            self._is_value, self._last = False, None
        return position + 1

    def _in_string(self, byte: bytes) -> None:
        assert self._quoted is not None
        if self._escaped:
            self._escaped = False
        elif byte == b"\\":
            self._escaped = True
        elif byte == b'"':
            if self._depth == 1 and not self._is_value:
                self._last = bytes(self._quoted)
            self._quoted = None
            return
        self._quoted += byte

    def _begin_content(self) -> None:
        if self._found:
            raise Malformed(f"The body names '{self._member}' twice.", field=self._member)
        self._found = self._inside = True

    def _finish(self) -> None:
        try:
            value = orjson.loads(bytes(self._around))
        except orjson.JSONDecodeError as error:
            raise Malformed(f"The body is not valid JSON: {error}.", field="body", cause=error) from error
        if not isinstance(value, dict):
            raise Malformed("The body must be a JSON object.", field="body")
        if not self._found:
            raise Invalid(f"'{self._member}' must be a string of Base64.", field=self._member)
        self.members = {name: item for name, item in value.items() if name != self._member}
