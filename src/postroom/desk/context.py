"""Owns what the door needs to work: handed to every function of this package as its first argument."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeAlias, TypeVar

from postroom.db.connection import Connection, Database
from postroom.errors import Invalid
from postroom.ports import BlobStore, Clock, Followers, Workflow
from postroom.settings import Settings

T = TypeVar("T")

# Called inside the transaction that has the effect, with its result: stores the remembered answer of an
# idempotent call together with the effect, or does nothing.
Seal: TypeAlias = Callable[[Connection, T], Awaitable[None]]


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Offer:
    """A workflow and the system that brings it."""

    system: str
    workflow: Workflow


@dataclass(frozen=True)
class Desk:
    """The building: database, bytes, clock, the workflows on offer, settings."""

    db: Database
    blobs: BlobStore
    offers: Mapping[str, Offer]
    settings: Settings
    clock: Clock = field(default_factory=SystemClock)

    @cached_property
    def followers(self) -> Followers:
        """The workflows that have a say in how their jobs move."""
        return Followers.among({name: offer.workflow for name, offer in self.offers.items()}, self.settings)

    def offer(self, workflow: object) -> Offer:
        """The workflow of that name; Invalid lists those that there are."""
        if isinstance(workflow, str) and workflow in self.offers:
            return self.offers[workflow]
        names = ", ".join(sorted(self.offers))
        raise Invalid(f"There is no workflow of that name; valid are: {names}.", field="workflow")
