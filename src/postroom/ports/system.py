"""Owns what a front desk hands to `wiring`: one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from postroom.ports.webhook import Format
from postroom.ports.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a system wants on the machine. check returns None if it is there, else what to do.

    optional: the system works without it, but less well.
    """

    name: str
    check: Callable[[], str | None]
    optional: bool = False


@dataclass(frozen=True)
class System:
    """One front desk, as `wiring` sees it.

    routes: builds the desk's sub-applications, base path -> ASGI application, from the one door.
    own: builds routes below /postroom/v1/<name>, or None. words: core job state -> the desk's word.
    migrations: folder of Alembic versions, or None. webhooks: type of event -> the desk's own way to write it.
    asks: whether the desk asks children about documents before it takes them; only such a desk's tools are loaded
    by the children of an API.
    sweep: forgets what is old, given the one door; called by the sweep of the engine, a worker at a time, and
    safe to repeat. sample: a module with `generate(folder, count, seed)`, which writes documents to try the desk
    with; only the command line imports it.
    """

    name: str
    workflows: Sequence[Workflow] = ()
    routes: Callable[[Any], Mapping[str, Any]] | None = None
    own: Callable[[Any], Any] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    migrations: Path | None = None
    needs: Sequence[Need] = ()
    webhooks: Mapping[str, Format] = field(default_factory=dict)
    asks: bool = False
    sweep: Callable[[Any], Awaitable[None]] | None = None
    sample: str | None = None
