"""Owns bringing a database up to date: runs Alembic over the core's versions and those of every system."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

_HERE = Path(__file__).parent / "migrations"
# Alembic keeps what it is doing in module globals. Between processes the lock in env.py does this.
_one = threading.Lock()


def config(url: str, systems: Sequence[Path] = ()) -> Config:
    """Alembic's settings. systems: their version folders; each is a branch of its own."""
    settings = Config()
    settings.set_main_option("script_location", str(_HERE))
    settings.set_main_option("path_separator", "newline")
    folders = [_HERE / "versions", *systems]
    settings.set_main_option("version_locations", "\n".join(str(folder) for folder in folders))
    settings.attributes["url"] = make_url(url).set(drivername="postgresql+asyncpg")
    return settings


async def migrate(url: str, systems: Sequence[Path] = ()) -> None:
    """Upgrade to the newest version. Safe to run from many processes at once: they queue up."""
    await asyncio.to_thread(_upgrade, config(url, systems))


def _upgrade(settings: Config) -> None:
    with _one:
        command.upgrade(settings, "heads")


def missing(settings: Config, here: Iterable[str]) -> set[str]:
    """The newest versions that a database at `here` does not have. A version implies what it builds on and
    what it depends on, so Alembic's own table need not name every branch."""
    scripts = ScriptDirectory.from_config(settings)
    applied: set[str] = set()
    waiting = list(here)
    while waiting:
        revision = scripts.get_revision(waiting.pop())
        if revision.revision not in applied:
            applied.add(revision.revision)
            for names in (revision.down_revision, revision.dependencies):
                waiting += [names] if isinstance(names, str) else (names or ())
    return set(scripts.get_heads()) - applied
