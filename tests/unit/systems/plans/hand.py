"""Runs the workflow of plans by hand, in this process: check, every part, finish; and stores what comes of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.core.states import ChunkKind
from postroom.db.connection import Database
from postroom.ports import Checked, Part, Processed, Source, Task
from postroom.systems.plans import keep
from postroom.systems.plans.workflow import Plans

csv.field_size_limit(1 << 30)
QUICK: Mapping[str, Any] = {"images": "none"}


@dataclass
class Done:
    """source: with what was made of it. parts: each with its result."""

    source: Source
    checked: Checked
    parts: list[tuple[Part, Processed]] = field(default_factory=list)

    def rows(self, name: str) -> Iterator[list[str]]:
        for _, result in self.parts:
            with result.payload[name].open(newline="") as file:
                yield from csv.reader(file)

    @property
    def pages_failed(self) -> int:
        return sum(result.pages_failed for _, result in self.parts)


def task(kind: ChunkKind, folder: Path, options: Mapping[str, Any] = QUICK, **more: Any) -> Task:
    scratch = folder / uuid7().hex
    scratch.mkdir()
    return Task(kind, UUID(int=1), "plans", None, Plans().options(options), scratch, **more)


def read(
    file: Path, folder: Path, options: Mapping[str, Any] = QUICK, facts: Mapping[str, Any] | None = None
) -> Done:
    """Check and process a file."""
    workflow = Plans()
    source = Source(uuid7(), 0, file.name, file, file.stat().st_size, None, None, facts=facts or {})
    checked = workflow.check(task(ChunkKind.CHECK, folder, options, source=source))
    source = replace(source, media_type=checked.media_type, facts=checked.facts)
    done = Done(source, checked)
    made: dict[str, Path] = {}
    for part in checked.parts if checked.problem is None else ():
        given = task(ChunkKind.PROCESS, folder, options, source=source, part=part)
        result = workflow.process(given)
        done.parts.append((part, result))
        made |= {artifact.name: artifact.file for artifact in result.artifacts}
    done.source = replace(source, made=made)
    return done


def finish(folder: Path, *done: Done) -> Processed:
    """The decisions over all of these files."""
    return Plans().finish(task(ChunkKind.FINISH, folder, sources=tuple(one.source for one in done)))


def decided(result: Processed, name: str) -> list[list[str]]:
    with result.payload[name].open(newline="") as file:
        return list(csv.reader(file))


@dataclass(frozen=True)
class Home:
    """A job of an account's project, as the desk makes them."""

    account: UUID
    project: UUID
    job: UUID


async def home(db: Database, account: UUID, job: UUID, name: str = "Clinic") -> Home:
    made = Home(account, uuid7(), job)
    await db.execute(
        "INSERT INTO plan_project (id, account_id, name) VALUES ($1, $2, $3)", made.project, account, name
    )
    await db.execute(
        "INSERT INTO plan_job (job_id, project_id, base, expires_at) VALUES ($1, $2, '', now() + interval '1 day')",
        job,
        made.project,
    )
    return made


async def store(db: Database, at: Home, folder: Path, *files: Done) -> None:
    """Store everything that was read, and what the finish makes of it."""
    for position, done in enumerate(files):
        await db.execute(
            "INSERT INTO plan_file (id, project_id, job_id, position, name, content_type, size, pages)"
            " VALUES ($1, $2, $3, $4, $5, 'application/pdf', 1, $6)",
            done.source.id,
            at.project,
            at.job,
            position,
            done.source.name,
            sum(part.pages for part, _ in done.parts),
        )
        for part, result in done.parts:
            async with db.transaction() as connection:
                stored = await keep.write(connection, at.job, done.source.id, part, result)
                assert stored.problem is None, stored.problem
    async with db.transaction() as connection:
        await keep.write_finish(connection, at.job, finish(folder, *files))
