"""Owns the counts of a job and what can be said from them: how much is done, and whether they add up."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents of a job stand where. `documents` is the sum of all the others (rule 1)."""

    documents: int = 0
    waiting: int = 0
    running: int = 0
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    duplicate: int = 0
    rejected: int = 0
    cancelled: int = 0

    @property
    def conserved(self) -> bool:
        return self.documents == sum(int(getattr(self, name)) for name in BUCKETS)

    @property
    def ended(self) -> int:
        return self.documents - self.waiting - self.running

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


BUCKETS = tuple(field.name for field in fields(Counts) if field.name != "documents")


@dataclass(frozen=True, slots=True)
class Units:
    """Rows or pages of a job; the same rule holds. Only what has been split into chunks is counted."""

    total: int = 0
    waiting: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def conserved(self) -> bool:
        return self.total == self.waiting + self.running + self.succeeded + self.failed + self.cancelled

    def as_dict(self) -> dict[str, int]:
        return asdict(self)
