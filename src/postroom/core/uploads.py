"""Owns what an announced upload is: its ways, and how its bytes are cut into parts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

PARTS_AT_MOST = 10_000  # of one upload, as with S3
_ROUND = 1 << 20


class Mode(StrEnum):
    """How the bytes of an announced document arrive."""

    PUT = "put"  # in one request to a signed address
    MULTIPART = "multipart"  # in parts, each to a signed address of its own, in any order
    RESUMABLE = "resumable"  # from the beginning to the end, over as many requests as it takes


@dataclass(frozen=True, slots=True)
class Range:
    """One part. number counts from 1; offset and size in bytes."""

    number: int
    offset: int
    size: int


def part_size(size: int, wanted: int) -> int:
    """Bytes per part: as wanted, or more where there would be too many parts otherwise."""
    least = -(-size // PARTS_AT_MOST)
    return wanted if least <= wanted else -(-least // _ROUND) * _ROUND


def ranges(size: int, part: int) -> Iterator[Range]:
    """The parts of `size` bytes; all but the last are `part` bytes long. One empty part if there are none."""
    for number in range(max(1, -(-size // part))):
        offset = number * part
        yield Range(number + 1, offset, min(part, size - offset))
