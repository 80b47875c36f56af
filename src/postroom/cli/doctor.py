"""Owns `postroom doctor`: is all there that a server here needs, and if not, what is to be done.

Each check is one function that never raises: what it finds, and advice. Refuses to mend anything.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from postroom.cli import place
from postroom.cli.place import Data
from postroom.cli.say import as_json, out, status, table
from postroom.db import cluster
from postroom.db.embedded import Embedded
from postroom.errors import PostroomError
from postroom.settings import Settings

if TYPE_CHECKING:
    from postroom.db.connection import Database

_SPACE = 2 << 30  # bytes that should be free
_SKEW = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """status: ok, warning (it works, but worse) or failed. advice: what to do, unless it is ok."""

    check: str
    status: str
    found: str
    advice: str = ""


def ok(check: str, found: str) -> Finding:
    return Finding(check, "ok", found)


def doctor(
    data: Data = place.DEFAULT,
    json: Annotated[bool, typer.Option("--json", help="As JSON, for machines.")] = False,
) -> None:
    """Check this machine and the data folder, and say what to do about each thing that is wrong.

    Exit code: 0 if a server can work here, 1 if not. Works beside a running server, and without one. A warning
    means that all works, but worse: a tool of one desk is missing, or documents' processes cannot be cut off from
    the network.

    Examples:

    postroom doctor --data ./data

    postroom doctor --json | jq '.[] | select(.status != "ok")'
    """
    findings = [python(), postgres(), folder(data), isolation(), *needs(), *asyncio.run(at_work(data))]
    if json:
        as_json([asdict(finding) for finding in findings])
    else:
        rows = [(finding.check, status(finding.status), _told(finding)) for finding in findings]
        out.print(table(("check", "", "found"), rows))
    if any(finding.status == "failed" for finding in findings):
        raise typer.Exit(1)


def _told(finding: Finding) -> str:
    return f"{finding.found} {finding.advice}".strip()


# --- the machine ------------------------------------------------------------------------------------


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return ok("Python", f"{version} in {sys.prefix}")


def postgres() -> Finding:
    if Settings().database_url:
        return ok("Postgres", "POSTROOM_DATABASE_URL is set; the bundled one is not used")
    try:
        cluster.tool("postgres")
    except PostroomError as error:
        return Finding("Postgres", "failed", error.message)
    return ok("Postgres", f"bundled, version {cluster.MAJOR}")


def folder(data: Path) -> Finding:
    path = data.absolute()
    if not path.exists():
        return Finding(
            "data folder", "warning", f"{path} is not there yet.", f"`postroom serve --data {data}` makes it."
        )
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding(
            "data folder", "failed", f"{path} is not writable.", "Use its owner's account, or another --data."
        )
    try:
        cluster.refuse_other(path / "pg", f"postroom upgrade --data {path}")
    except PostroomError as error:
        return Finding("data folder", "failed", error.message)
    return ok("data folder", str(path))


def isolation() -> Finding:
    from postroom.engine.jail import network_isolation

    how = network_isolation()
    if how is None:
        return Finding(
            "sandbox",
            "warning",
            "Document code keeps its limits on memory, time and files, but the network cannot be taken away.",
            "Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run as root.",
        )
    ways = {"namespace": "a network namespace", "filter": "a filter of system calls"}
    return ok("sandbox", f"document code has no network, by {ways.get(how, how)}")


def needs() -> list[Finding]:
    from postroom.wiring.system import SYSTEMS

    found = []
    for system in SYSTEMS:
        for need in system.needs:
            advice = need.check()
            name = f"{system.name}: {need.name}"
            worst = "warning" if need.optional else "failed"
            found.append(ok(name, "there") if advice is None else Finding(name, worst, "Missing.", advice))
        if not system.needs:
            found.append(ok(system.name, "needs nothing of the machine"))
    return found


# --- the data -------------------------------------------------------------------------------------------


async def at_work(data: Path) -> list[Finding]:
    """What only a database that answers can tell."""
    from postroom.db.connection import Database

    found = [await blobs(place.settings_of(data))]
    if not place.settings_of(data).database_url and not place.exists(data):
        return found
    try:
        running = bool(place.settings_of(data).database_url) or Embedded(data).serving() is not None
        async with place.opened(data, migrate=False) as settings:
            db = await Database.connect(settings.database_url, size=1, patience=5)
            try:
                checks: Sequence[Callable[[Any], Awaitable[Finding]]] = (database, skew)
                found += [await _sure(check, db) for check in checks]
                if running and all(finding.status != "failed" for finding in found):
                    found.append(await workers(db, settings))
                    found += await unserved(db, settings)
            finally:
                await db.close()
    except PostroomError as error:
        found.append(
            Finding("database", "failed", error.message, "Is it running, and is POSTROOM_DATABASE_URL right?")
        )
    return found


async def _sure(check: Callable[[Database], Awaitable[Finding]], db: Database) -> Finding:
    try:
        return await check(db)
    except Exception as error:
        return Finding(check.__name__, "failed", f"{type(error).__name__}: {error}.")


async def database(db: Database) -> Finding:
    from postroom.db.migrate import config, missing
    from postroom.wiring.system import SYSTEMS

    version = str(await db.fetchval("SHOW server_version"))
    if int(await db.fetchval("SHOW server_version_num")) < 150000:
        return Finding("database", "failed", f"Postgres {version} is too old.", "Postroom needs 15 or newer.")
    if await db.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
        return Finding("database", "failed", "It has no tables yet.", "Run `postroom migrate`.")
    here = {row["version_num"] for row in await db.fetch("SELECT version_num FROM alembic_version")}
    folders = [system.migrations for system in SYSTEMS if system.migrations]
    if lacking := missing(config(db.url, folders), here):
        advice = "`postroom serve` and `postroom migrate` bring it up to date."
        return Finding("database", "warning", f"Its tables lack version {_listed(lacking)}.", advice)
    return ok("database", f"Postgres {version}, tables up to date ({_listed(here)})")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


async def skew(db: Database) -> Finding:
    before = time.time()
    there: datetime = await db.fetchval("SELECT clock_timestamp()")
    middle = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    seconds = abs((there - middle).total_seconds())
    if seconds > _SKEW:
        return Finding(
            "clock",
            "warning",
            f"{seconds:.1f} s away from the database's.",
            "Run a time service (chrony) on both.",
        )
    return ok("clock", f"{seconds * 1000:.0f} ms away from the database's")


async def workers(db: Database, settings: Settings) -> Finding:
    from postroom.db import stat

    count = await stat.workers(db, 3 * settings.heartbeat)
    if not count:
        return Finding("workers", "failed", "None is alive.", "Start `postroom serve`, or `postroom worker`.")
    return ok("workers", f"{count} alive")


async def unserved(db: Database, settings: Settings) -> list[Finding]:
    """Jobs that wait for a worker that does not run: a finding for each of their systems."""
    from postroom.db import job

    held_up = Counter(row["system"] for row in await job.unserved(db, 3 * settings.heartbeat))
    return [
        Finding(
            f"{system}: jobs",
            "warning",
            f"{count:,} cannot go on: no running worker serves {system}.",
            f"Start `postroom worker` for all systems, or one with `--only {system}`.",
        )
        for system, count in sorted(held_up.items())
    ]


async def blobs(settings: Settings) -> Finding:
    """Write one, read it, delete it; and is there room for more."""
    from postroom.blobs.open import open_blobs

    folder = Path(settings.blobs.removeprefix("file://")) if settings.blobs.startswith("file://") else None
    if folder is not None and not folder.exists():
        parent = next(path for path in folder.parents if path.exists())
        return _room("blobs", parent, f"{folder} is made when it is needed")
    try:
        store = open_blobs(settings.blobs)
        writer = store.writer(f"doctor/{os.getpid()}")
        await writer.write(b"well")
        stored = await writer.commit()
        await store.delete([stored.key])
    except (PostroomError, OSError) as error:
        advice = "Give us the right to write there."
        if folder is None:
            advice = (
                "Is the endpoint right, does the bucket exist, and are AWS_ACCESS_KEY_ID and the like set?"
            )
        return Finding("blobs", "failed", f"{settings.blobs}: {error}", advice)
    if folder is None:
        return ok("blobs", f"{settings.blobs} takes documents")
    return _room("blobs", folder, f"{settings.blobs} takes documents")


def _room(check: str, where: Path, found: str) -> Finding:
    free = shutil.disk_usage(where).free
    told = f"{found}; {free / 1e9:,.1f} GB free"
    if free < _SPACE:
        return Finding(check, "warning", f"{told}.", "Make room: a full disk stops all work.")
    return ok(check, told)
