"""Owns putting the parts together: from settings to a desk, a worker, an application."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from postroom.blobs.open import open_blobs
from postroom.db.connection import Database
from postroom.desk.access import create_key
from postroom.desk.context import Desk, Offer
from postroom.engine.door import Door
from postroom.engine.jail import Limits
from postroom.engine.sandbox import Pool
from postroom.errors import Invalid
from postroom.ports import System
from postroom.settings import Settings
from postroom.webhooks.sign import Standard
from postroom.wiring.child import SYSTEMS as SYSTEMS_MODULE
from postroom.wiring.child import command
from postroom.wiring.system import SYSTEMS

if TYPE_CHECKING:
    from postroom.engine.run import Worker

log = structlog.get_logger(__name__)

STANDARD = Standard()


def offers(systems: Sequence[System] = SYSTEMS) -> dict[str, Offer]:
    return {
        workflow.name: Offer(system.name, workflow) for system in systems for workflow in system.workflows
    }


def database_url(settings: Settings) -> str:
    if not settings.database_url:
        raise Invalid(
            "No database is named: set POSTROOM_DATABASE_URL=postgresql://…, or use `postroom serve`.",
            field="POSTROOM_DATABASE_URL",
        )
    return settings.database_url


async def upgrade(settings: Settings, systems: Sequence[System] = SYSTEMS) -> None:
    """Bring the database up to date, and plant the bootstrap key."""
    from postroom.db.migrate import migrate
    from postroom.engine import queue

    url = database_url(settings)
    # In our words if none answers, and with some patience for one that is just starting.
    await (await Database.connect(url, size=1, patience=5)).close()
    await migrate(url, [system.migrations for system in systems if system.migrations])
    await queue.install(url)
    if settings.bootstrap_key:
        db = await Database.connect(url, size=1)
        try:
            await create_key(db, name="bootstrap", secret=settings.bootstrap_key)
        finally:
            await db.close()


@asynccontextmanager
async def open_desk(
    settings: Settings, systems: Sequence[System] = SYSTEMS, *, size: int = 10
) -> AsyncIterator[Desk]:
    """The one door, with its connections; closed at the end."""
    db = await Database.connect(database_url(settings), size=size, idle=settings.idle_transaction)
    try:
        blobs = open_blobs(settings.blobs, drafts=settings.drafts or scratch_of(settings) / "drafts")
        yield Desk(db, blobs, offers(systems), settings)
    finally:
        await db.close()


def make_door(settings: Settings, module: str = SYSTEMS_MODULE) -> Door:
    """The API's own children. module: for tests, another list of systems."""

    def pool() -> Pool:
        return Pool(
            settings.door_children,
            command(module, [system.name for system in SYSTEMS if system.asks]),
            limits=child_limits(settings),
            scratch=scratch_of(settings),
            recycle_after=settings.child_tasks,
        )

    return Door(pool, timeout=settings.chunk_timeout)


def scratch_of(settings: Settings) -> Path:
    """The folder for what may be lost when the machine goes."""
    return settings.scratch or Path(tempfile.gettempdir()) / "postroom"


def child_limits(settings: Settings) -> Limits:
    return Limits(
        memory=settings.child_memory,
        file_size=settings.child_file_size,
        open_files=settings.child_open_files,
    )


async def work(
    settings: Settings,
    *,
    only: Sequence[str] = (),
    slots: int = 1,
    seat: str | None = None,
    systems: Sequence[System] = SYSTEMS,
    module: str = SYSTEMS_MODULE,
) -> None:
    """A worker, until SIGTERM. only: names of systems; none: all. module: for tests, another list of systems."""
    # Only here: an API process has no use for any of it, and is smaller without.
    from postroom.engine.attempt import Attempts
    from postroom.engine.bring import Fetches, once
    from postroom.engine.reconcile import Reconcile
    from postroom.engine.run import Worker
    from postroom.intake.fetch import GuardedFetcher
    from postroom.webhooks.deliver import Deliver

    chosen = [system for system in systems if not only or system.name in only]
    unknown = set(only) - {system.name for system in systems}
    if unknown:
        names = ", ".join(system.name for system in systems)
        raise Invalid(f"There is no system {', '.join(sorted(unknown))}; valid are: {names}.", field="--only")
    # All systems' forms, whatever this worker is for: any worker may send any webhook.
    forms = {kind: form for system in systems for kind, form in system.webhooks.items()}
    scratch = scratch_of(settings)
    pool = Pool(
        slots,
        command(module, only),
        limits=child_limits(settings),
        scratch=scratch,
        recycle_after=settings.child_tasks,
        artifact_size=settings.child_file_size,
    )
    # All systems', too: it may be this worker that sweeps, and then it ends jobs of all of them.
    async with open_desk(settings, systems, size=8) as desk:
        await pool.start()
        try:
            reconcile = Reconcile(desk, [system.sweep for system in systems if system.sweep])
            deliver = Deliver(
                desk.db,
                GuardedFetcher(settings, desk.clock),
                desk.clock,
                form=lambda row: forms.get(row["type"], STANDARD),
            )
            workflows = {name: offer.workflow for name, offer in offers(chosen).items()}
            fetcher = GuardedFetcher(settings, desk.clock, limits=once(settings))
            worker = Worker(
                desk.db,
                Attempts(pool, desk.blobs, settings, scratch),
                Fetches(fetcher, desk.blobs, settings, workflows),
                settings,
                workflows,
                [system.name for system in chosen],
                slots=slots,
                seat=seat,
                also=[reconcile.run, deliver.run],
            )
            _stop_on_signal(worker)
            log.info("worker.ready", worker=str(worker.id), slots=slots, isolation=pool.isolation)
            await worker.run()
        finally:
            await pool.close()


def _stop_on_signal(worker: Worker) -> None:
    loop = asyncio.get_running_loop()
    stopping: set[asyncio.Task[None]] = set()  # a task that nobody holds may be collected in the middle

    def stop() -> None:
        if not stopping:
            stopping.add(loop.create_task(worker.stop()))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
