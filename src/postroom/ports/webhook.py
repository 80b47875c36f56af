"""Owns how a webhook is written; how it is sent is not known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Event:
    """What is announced. id: the same on every attempt, so that a receiver can tell a repetition.

    at: when it happened. data: whatever JSON can hold.
    """

    id: str
    type: str
    at: datetime
    data: Any


class Format(Protocol):
    """How one kind of webhook is written. Both must be pure, and `body` the same on every attempt."""

    def body(self, event: Event) -> bytes: ...

    def headers(self, event: Event, body: bytes, *, secret: str, sent: datetime) -> Mapping[str, str]:
        """sent: the time of this attempt. secret: the account's. Invalid if the secret cannot be used."""


@runtime_checkable
class Paces(Protocol):
    """A format whose receivers are promised when a webhook comes again: others follow the sender's own plan."""

    retries: Sequence[float]  # seconds to wait after the first, second, … attempt; none after the last
