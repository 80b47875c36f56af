"""Owns documents for tests: generated certificates, and bytes that pass the door and are none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from postroom.systems.certificates import sample

HOLLOW = b"%PDF-1.4\nnothing that opens\n%%EOF\n"


@cache
def certificate(number: int = 1, kind: str = "fields") -> tuple[bytes, Mapping[str, Any]]:
    """One that can be read, and the truth about it."""
    data, entry = sample.make(Random(number), number, kind)
    return data, entry.truth


def hollow(number: int = 0) -> bytes:
    """Passes every check of the door."""
    return HOLLOW + b"%" + str(number).encode()


# Passes for any certificate that was read; fails for any.
PASSES = {"name": "Insured named", "path": "insured.name", "check": "present"}
FAILS = {"name": "Cyber", "path": "coverages.cyber_liability", "check": "present"}
FAILS_TOO = {"name": "Nobody", "path": "insured.name", "check": "equals", "value": "Nobody at all"}
