"""Owns what a converter is given: a folder, the passwords, a place for events, and what it may spend.

One `Work` belongs to one document; what is nested in it (members of an archive, attachments of a mail) shares
its budget, so that many small parts cost no more than one large one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from postroom.errors import DocumentError
from postroom.systems.conversion.event import Notes

NESTING = 4  # containers within containers
PARTS = 1_000  # documents within one document
UNPACKED = 1 << 30  # bytes that may come out of one document's containers
TEXT = 5 << 20  # bytes of one text that is typeset


@dataclass(slots=True)
class Budget:
    parts: int = PARTS
    unpacked: int = UNPACKED

    def part(self, name: str) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise too_much(name, f"more than {PARTS} documents are in it")

    def unpack(self, size: int, name: str) -> None:
        self.unpacked -= size
        if self.unpacked < 0:
            raise too_much(name, f"more than {UNPACKED >> 20} MB come out of it")


@dataclass(frozen=True, slots=True)
class Work:
    """name: of the document at hand, for people. holder: that of the document which it is in. depth: how many
    containers that makes."""

    name: str
    scratch: Path
    notes: Notes
    passwords: tuple[str, ...] = field(default=(), repr=False)
    say: Callable[[str], None] = lambda sentence: None
    depth: int = 0
    holder: str | None = None
    budget: Budget = field(default_factory=Budget)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def file(self, extension: str) -> Path:
        """A new name in the scratch folder; nothing of a document's own names gets into it."""
        return self.scratch / f"c{next(self.numbers)}{extension}"

    def inside(self, name: str) -> Work:
        """The same, for a part of this document."""
        if self.depth + 1 > NESTING:
            raise too_much(self.name, f"containers are nested deeper than {NESTING} times")
        self.budget.part(self.name)
        return replace(self, name=name, holder=self.name, depth=self.depth + 1)


def too_much(name: str, why: str) -> DocumentError:
    return DocumentError(f"'{name}' is not converted: {why}.", code="unsupportedFeature")


def corrupt(name: str, why: str, cause: object = None) -> DocumentError:
    return DocumentError(f"'{name}' is damaged: {why}.", code="corrupt", cause=cause)


def locked(work: Work) -> DocumentError:
    """A part that stays locked fails the whole, as the contract has it: nothing comes out in parts."""
    where = f"'{work.name}'" + (f" in '{work.holder}'" if work.holder else "")
    count = len(work.passwords)
    tried = "none was given" if not count else "the given password does not open it"
    if count > 1:
        tried = f"none of the {count} given passwords opens it"
    return DocumentError(f"{where} is protected by a password, and {tried}.", code="password")


def missing(name: str, advice: str) -> DocumentError:
    """A tool that this kind of document needs is not installed."""
    return DocumentError(f"'{name}' cannot be converted on this server. {advice}", code="configuration")
