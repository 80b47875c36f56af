"""Owns the digests that a client announces (RFC 9530) and their comparison with what arrived.

Refuses to know where bytes go. SHA-256 comes for free from the blob store; SHA-512 is computed here, in a
thread and only if it was announced. Other algorithms are ignored, as the RFC asks.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

import http_sf

from postroom.errors import DigestMismatch, Invalid

_LENGTHS = {"sha-256": 32, "sha-512": 64}
_BATCH = 1 << 20


@dataclass(frozen=True, slots=True)
class Announced:
    """One digest as announced. source: the header or member that an error names."""

    source: str
    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Expected:
    """All digests announced for one body; every one of them must hold. Empty: nothing to verify."""

    digests: tuple[Announced, ...] = field(default=())

    def __add__(self, other: Expected) -> Expected:
        return Expected(self.digests + other.digests)

    @classmethod
    def sha256(cls, digest: bytes, source: str) -> Expected:
        """One that came another way than by these headers (a member, `x-amz-checksum-sha256`)."""
        return cls((Announced(source, "sha-256", digest),))


def parse_digest(header: str, value: str | None) -> Expected:
    """The digests in a `Content-Digest` or `Repr-Digest`; several lines of a header joined by a comma.

    Invalid if it is not a dictionary of byte sequences. Nothing if there is none that we know.
    """
    if value is None:
        return Expected()
    try:
        # Latin-1: whatever is not ASCII is then refused by the parser, not by the encoding.
        members = http_sf.parse(value.encode("latin-1", "replace"), tltype="dictionary")
    except http_sf.StructuredFieldError as error:
        raise _invalid(header, error) from error
    found = []
    for algorithm, member in members.items() if isinstance(members, dict) else ():
        length = _LENGTHS.get(algorithm)
        if length is None:
            continue
        digest = member[0] if isinstance(member, tuple) else member
        if not isinstance(digest, bytes) or len(digest) != length:
            raise _invalid(header, f"{algorithm} of another type or length")
        found.append(Announced(header, algorithm, digest))
    return Expected(tuple(found))


def parse_digests(headers: Iterable[tuple[str, str]]) -> Expected:
    """The digests in `Content-Digest` and `Repr-Digest` out of all headers (names in any case)."""
    lines: dict[str, list[str]] = {"Content-Digest": [], "Repr-Digest": []}
    for name, value in headers:
        if name.title() in lines:
            lines[name.title()].append(value)
    expected = Expected()
    for name, values in lines.items():
        if values:
            expected += parse_digest(name, ", ".join(values))
    return expected


def _invalid(header: str, cause: object) -> Invalid:
    return Invalid(
        f"{header} must look like 'sha-256=:<Base64 of 32 bytes>:' or 'sha-512=:<Base64 of 64 bytes>:'.",
        field=header,
        cause=cause,
    )


class Verifier:
    """Watches bytes go by and says at the end whether they are the ones announced."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        wanted = any(one.algorithm == "sha-512" for one in expected.digests)
        self._sha512 = hashlib.sha512() if wanted else None
        self._waiting: list[bytes] = []
        self._size = 0

    async def feed(self, data: bytes) -> None:
        if self._sha512 is None:
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _BATCH:
            await self._hash()

    async def _hash(self) -> None:
        if self._sha512 is not None and self._waiting:
            data, self._waiting, self._size = b"".join(self._waiting), [], 0
            await asyncio.to_thread(self._sha512.update, data)

    async def check(self, sha256: str) -> None:
        """sha256: lower-case hex of what arrived. DigestMismatch names the first that does not hold."""
        await self._hash()
        actual = {"sha-256": bytes.fromhex(sha256)}
        if self._sha512 is not None:
            actual["sha-512"] = self._sha512.digest()
        for one in self._expected.digests:
            if not hmac.compare_digest(one.digest, actual[one.algorithm]):
                raise DigestMismatch(
                    f"The bytes that arrived do not have the {one.algorithm} that {one.source} announces.",
                    field=one.source,
                    cause=f"announced {one.digest.hex()}, got {actual[one.algorithm].hex()}",
                )
